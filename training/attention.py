"""Attention as three plain matrix operations: on CPUs faster than the fused kernel.

Registered with transformers under ``NAME``; knows tensors only. At head size 32 in
bfloat16, torch's fused kernel for CPUs needs three times as long forward and backward
(docs/reader.md), since its small tiles never reach the machine's matrix units.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AttentionInterface, AttentionMaskInterface

NAME = "plain"


def plain_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    **_: object,
) -> tuple[Tensor, None]:
    """softmax(Q K^T / sqrt(d)) V (Vaswani et al. 2017, equation 1).

    The softmax runs in the inputs' precision with float32 sums inside, where autocast
    would turn the whole (n, H, L, L) array into float32.

    Args:
        module: the layer that asks; only whether it is in training mode is used.
        query, key, value: shape (n, H, L, d).
        attention_mask: shape (n, 1, 1, L), 0 for a token and a large negative number for
            padding; None where there is no padding.
        dropout: share of attention weights set to zero in training.
        scaling: the factor 1 / sqrt(d).

    Returns:
        The attended values, shape (n, L, H, d), and None in place of the weights.
    """
    factor = query.shape[-1] ** -0.5 if scaling is None else scaling
    with torch.autocast(query.device.type, enabled=False):
        scores = torch.matmul(query * factor, key.transpose(-1, -2))  # (n, H, L, L)
        if attention_mask is not None:
            scores = scores + attention_mask.to(scores.dtype)
        weights = torch.softmax(scores, dim=-1)
        if dropout and module.training:
            weights = functional.dropout(weights, dropout)
        attended = torch.matmul(weights, value)  # (n, H, L, d)
    return attended.transpose(1, 2), None


def padding_mask(*_: object, attention_mask: Tensor | None = None, **__: object) -> Tensor | None:
    """The (n, 1, 1, L) mask to add, from the (n, L) boolean one; None without padding."""
    if attention_mask is None or bool(attention_mask.all()):
        return None
    added = torch.zeros(attention_mask.shape, dtype=torch.float32, device=attention_mask.device)
    added.masked_fill_(~attention_mask.bool(), -30_000.0)
    return added[:, None, None, :]


AttentionInterface.register(NAME, plain_attention)
AttentionMaskInterface.register(NAME, padding_mask)
