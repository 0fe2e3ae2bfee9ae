"""The objectives. Tensors in, a scalar tensor out.

Letters: n windows, L tokens. ``allowed`` is True where a span may start or end: the text's
tokens and [CLS]. Question and padding take no probability, as they take none in decoding.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from training.labels import NULL_POSITION

LOWEST = torch.finfo(torch.float32).min


def span_loss(
    start_logits: Tensor,
    end_logits: Tensor,
    starts: Tensor,
    ends: Tensor,
    allowed: Tensor,
    smoothing: float = 0.0,
) -> Tensor:
    """Mean cross-entropy of start and end (BERT, Devlin et al. 2019, section 4.2).

    Args:
        start_logits, end_logits: shape (n, L).
        starts, ends: shape (n,), token positions.
        allowed: shape (n, L).
        smoothing: share of the target spread evenly over the allowed positions (label
            smoothing, Szegedy et al. 2016, section 7).
    """
    loss = _cross_entropy(start_logits, starts, allowed, smoothing)
    return (loss + _cross_entropy(end_logits, ends, allowed, smoothing)) / 2


def _cross_entropy(logits: Tensor, targets: Tensor, allowed: Tensor, smoothing: float) -> Tensor:
    log_p = torch.log_softmax(logits.float().masked_fill(~allowed, LOWEST), dim=-1)  # (n, L)
    hit = -log_p.gather(1, targets[:, None]).squeeze(1)  # (n,)
    if not smoothing:
        return hit.mean()
    spread = -(log_p * allowed).sum(dim=-1) / allowed.sum(dim=-1)  # (n,)
    return ((1 - smoothing) * hit + smoothing * spread).mean()


def shared_norm_loss(
    start_logits: Tensor,
    end_logits: Tensor,
    starts: Tensor,
    ends: Tensor,
    allowed: Tensor,
    groups: Tensor,
) -> Tensor:
    """Cross-entropy over all windows of one question together (Clark and Gardner 2018, 3.1).

    The softmax runs over the text tokens of every window of a group, so that scores of
    different passages can be compared; [CLS] takes no part. Groups without an answer, and
    groups of one window, have no term.

    Args:
        start_logits, end_logits: shape (n, L).
        starts, ends: shape (n,); ``NULL_POSITION`` where a window does not answer.
        allowed: shape (n, L).
        groups: shape (n,), the same number for windows of the same question.
    """
    spans = allowed.clone()
    spans[:, NULL_POSITION] = False
    n_groups = int(groups.max()) + 1
    sizes = torch.bincount(groups, minlength=n_groups)  # (n_groups,)
    counted = (starts != NULL_POSITION) & (sizes[groups] > 1)  # (n,)
    if not bool(counted.any()):
        return start_logits.sum() * 0.0
    terms = [
        _over_group(logits, targets, spans, groups, n_groups)[counted]
        for logits, targets in ((start_logits, starts), (end_logits, ends))
    ]
    return (terms[0] + terms[1]).mean() / 2


def _over_group(
    logits: Tensor, targets: Tensor, spans: Tensor, groups: Tensor, n_groups: int
) -> Tensor:
    scores = logits.float()
    own = torch.logsumexp(scores.masked_fill(~spans, LOWEST), dim=-1)  # (n,) of each window
    table = own.new_full((n_groups, len(own)), -torch.inf)  # row g: the windows of group g
    table[groups, torch.arange(len(own), device=own.device)] = own
    normaliser = torch.logsumexp(table, dim=-1)  # (n_groups,)
    return normaliser[groups] - scores.gather(1, targets[:, None]).squeeze(1)


def agreement_loss(first: Tensor, second: Tensor, allowed: Tensor) -> Tensor:
    """Symmetric divergence of two passes under dropout (R-Drop, Wu et al. 2021, equation 2)."""
    forward = distillation_loss(first, second, allowed, 1.0)
    return (forward + distillation_loss(second, first, allowed, 1.0)) / 2


def distillation_loss(
    student: Tensor, teacher: Tensor, allowed: Tensor, temperature: float
) -> Tensor:
    """KL divergence from the teacher's positions (Hinton et al. 2015, section 2).

    Args:
        student, teacher: logits, shape (n, L).
        allowed: shape (n, L).
        temperature: logits are divided by it; the loss is multiplied by its square.
    """
    log_p, log_q = (
        torch.log_softmax((logits.float() / temperature).masked_fill(~allowed, LOWEST), dim=-1)
        for logits in (teacher, student)
    )
    divergence = functional.kl_div(log_q, log_p, reduction="none", log_target=True)
    return (divergence * allowed).sum(dim=-1).mean() * temperature**2
