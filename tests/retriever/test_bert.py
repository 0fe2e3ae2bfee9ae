"""The forward pass over texts laid end to end against transformers, one text at a time."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from retriever.encoding.bert import BertRows, BertShape, Pooling, attention

TEXTS = [[2, 9], [2, 7, 7, 5], [2, 1, 8, 5], [2, *range(1, 30), 3]]


@pytest.fixture(scope="module")
def model() -> BertModel:
    """A tiny BERT with random weights."""
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=32, hidden_size=16, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=24, max_position_embeddings=40, layer_norm_eps=1e-6,
    )  # fmt: skip
    return BertModel(config).eval()


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_rows_are_those_of_transformers(model: BertModel, pooling: Pooling) -> None:
    rows = BertRows(model.state_dict(), BertShape(2, 4, 1e-6), pooling, torch.float32)
    for text, row in zip(TEXTS, rows(TEXTS), strict=True):
        with torch.inference_mode():
            hidden = model(torch.tensor([text])).last_hidden_state[0]  # (L, C)
        expected = hidden[0] if pooling == "cls" else hidden.mean(0)
        np.testing.assert_allclose(row, expected, atol=2e-6)


def test_bfloat16_is_near(model: BertModel) -> None:
    shape = BertShape(2, 4, 1e-6)
    exact = BertRows(model.state_dict(), shape, "mean", torch.float32)(TEXTS)
    near = BertRows(model.state_dict(), shape, "mean", torch.bfloat16)(TEXTS)
    assert near.dtype == torch.float32
    assert torch.cosine_similarity(exact, near).min() > 0.999


@pytest.mark.parametrize("scale", [1.0, 60.0, 4000.0])
def test_attention_keeps_its_precision_whatever_the_scores(scale: float) -> None:
    torch.manual_seed(5)
    query, key, value = torch.randn(3, 2, 7, 4).mul(scale**0.5).unbind(0)
    expected = (query @ key.transpose(1, 2) * math.log(2)).softmax(-1) @ value
    torch.testing.assert_close(attention(query, key, value), expected, rtol=1e-4, atol=1e-4)
