"""The objectives. Tensors in, a scalar tensor out."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def span_loss(
    start_logits: Tensor, end_logits: Tensor, starts: Tensor, ends: Tensor, allowed: Tensor
) -> Tensor:
    """Mean cross-entropy of start and end (BERT, Devlin et al. 2019, section 4.2).

    Args:
        start_logits, end_logits: shape (n, L).
        starts, ends: shape (n,), token positions.
        allowed: shape (n, L), True where a span may start or end: the text's tokens and
            [CLS]. Question and padding take no probability, as they take none in decoding.
    """
    lowest = torch.finfo(torch.float32).min
    start_scores = start_logits.float().masked_fill(~allowed, lowest)
    end_scores = end_logits.float().masked_fill(~allowed, lowest)
    loss = functional.cross_entropy(start_scores, starts) + functional.cross_entropy(
        end_scores, ends
    )
    return loss / 2
