"""The plain pass agrees with transformers, with and without padding, and survives any score."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch.nn import functional
from transformers import BertConfig, BertForQuestionAnswering

from reader.bert import BertShape, BertSpanReader, attention


@pytest.fixture(scope="module")
def reference() -> BertForQuestionAnswering:
    torch.manual_seed(5)
    config = BertConfig(
        vocab_size=60,
        hidden_size=64,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=128,
        max_position_embeddings=48,
        initializer_range=0.2,  # large weights, so that layers matter
    )
    return BertForQuestionAnswering(config).eval()


@pytest.mark.parametrize("padding", [0, 7])
@pytest.mark.parametrize("kind, least", [(torch.bfloat16, 0.999), (torch.float32, 0.9999999)])
def test_agrees_with_transformers(
    reference: BertForQuestionAnswering, padding: int, kind: torch.dtype, least: float
) -> None:
    config = reference.config
    shape = BertShape(config.num_hidden_layers, config.num_attention_heads, config.layer_norm_eps)
    fast = BertSpanReader(reference.state_dict(), shape, kind)
    input_ids = torch.randint(60, (2, 40), generator=torch.Generator().manual_seed(3))
    types = (torch.arange(40) > 9).long().repeat(2, 1)
    mask = torch.ones_like(input_ids)
    mask[1, 40 - padding :] = 0
    with torch.inference_mode():
        exact = reference(input_ids=input_ids, token_type_ids=types, attention_mask=mask)
    start, end = fast(input_ids, types, mask)
    assert start.dtype == end.dtype == torch.float32
    real = mask == 1
    for found, wanted in ((start, exact.start_logits), (end, exact.end_logits)):
        both = np.corrcoef(found[real].numpy(), wanted[real].numpy())
        assert both[0, 1] > least


def test_a_missing_weight_is_named(reference: BertForQuestionAnswering) -> None:
    weights = reference.state_dict()
    del weights["bert.encoder.layer.2.output.dense.bias"]
    with pytest.raises(KeyError, match=r"layer\.2\.output\.dense\.bias"):
        BertSpanReader(weights, BertShape(3, 4, 1e-12), torch.bfloat16)


@pytest.mark.parametrize("scale", [0.01, 1.0, 30.0, -30.0])
def test_attention_is_softmax_for_scores_of_any_size(scale: float) -> None:
    """At a scale of 30 a power of two overflows or vanishes; the answer is still right."""
    generator = torch.Generator().manual_seed(11)
    query, key, value = (
        torch.randn(3, 24, 8, generator=generator).to(torch.bfloat16) for _ in range(3)
    )
    query = query.abs() * scale
    key = key.abs() + 1
    found = attention(query, key, value)
    scores = torch.bmm(query, key.transpose(1, 2)).double() * math.log(2)
    wanted = torch.bmm(functional.softmax(scores, dim=-1), value.double())
    assert bool(found.isfinite().all())
    torch.testing.assert_close(found.double(), wanted, rtol=0.02, atol=0.02)
