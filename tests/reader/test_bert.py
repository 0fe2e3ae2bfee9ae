"""The pass without padding agrees with transformers, tiles or none, and survives any score."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch.nn import functional
from transformers import BertConfig, BertForQuestionAnswering

from reader.bert import BertShape, BertSpanReader, attention
from reader.processor import has_tiles

ENDS = ("start_logits", "end_logits")


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


TILED = pytest.param(
    torch.bfloat16, True, 0.995,
    marks=pytest.mark.skipif(not has_tiles(), reason="needs a processor with AMX"),
)  # fmt: skip


@pytest.mark.parametrize("lengths", [(40, 33), (40, 40), (7,), (1, 31, 24)])
@pytest.mark.parametrize(
    "kind, tiled, least",
    [(torch.bfloat16, False, 0.995), TILED, (torch.float32, False, 0.9999999)],
)
def test_agrees_with_transformers(
    reference: BertForQuestionAnswering,
    lengths: tuple[int, ...],
    kind: torch.dtype,
    tiled: bool,
    least: float,
) -> None:
    config = reference.config
    shape = BertShape(config.num_hidden_layers, config.num_attention_heads, config.layer_norm_eps)
    fast = BertSpanReader(reference.state_dict(), shape, kind, tiled)
    generator = torch.Generator().manual_seed(3)
    windows = [torch.randint(60, (1, length), generator=generator) for length in lengths]
    types = [(torch.arange(length) > 9).long()[None] for length in lengths]
    with torch.inference_mode():
        alone = [
            reference(input_ids=ids, token_type_ids=kinds)
            for ids, kinds in zip(windows, types, strict=True)
        ]
    found = fast(torch.cat(windows, 1)[0], torch.cat(types, 1)[0], lengths)
    wanted = [torch.cat([getattr(one, name)[0] for one in alone]) for name in ENDS]
    for some, exact in zip(found, wanted, strict=True):
        assert some.dtype == torch.float32
        assert some.shape == (sum(lengths),)
        assert np.corrcoef(some.numpy(), exact.numpy())[0, 1] > least


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
