"""The plain attention computes what transformers' own does, forward and backward."""

from __future__ import annotations

import torch
from transformers import BertConfig, BertForQuestionAnswering

from training import attention
from training.batches import Batch
from training.objective import logits_of


def model(kind: str) -> BertForQuestionAnswering:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=32, hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0, attn_implementation=kind,
    )  # fmt: skip
    return BertForQuestionAnswering(config)


def test_logits_and_gradients_agree_with_the_reference() -> None:
    ids = torch.randint(1, 50, (3, 12), generator=torch.Generator().manual_seed(1))
    mask = torch.ones_like(ids)
    mask[1, 7:] = 0
    zeros = torch.zeros(3, dtype=torch.int64)
    batch = Batch(ids, torch.zeros_like(ids), mask, mask == 1, zeros, zeros, zeros)
    found = []
    for kind in ("eager", attention.NAME):
        made = model(kind)
        start, _ = logits_of(made, batch)
        (start * mask).pow(2).sum().backward()
        query = made.bert.encoder.layer[0].attention.self.query.weight
        assert query.grad is not None
        found.append((start[mask == 1].detach(), query.grad))
    torch.testing.assert_close(found[0], found[1], rtol=1e-4, atol=1e-6)


def test_attention_dropout_acts_in_training_alone() -> None:
    q = torch.randn(1, 2, 6, 8, generator=torch.Generator().manual_seed(2))
    layer = torch.nn.Identity()
    layer.eval()
    calm, _ = attention.plain_attention(layer, q, q, q, None, dropout=0.5)
    layer.train()
    shaken, _ = attention.plain_attention(layer, q, q, q, None, dropout=0.5)
    assert calm.shape == (1, 6, 2, 8)
    assert not torch.equal(calm, shaken)
