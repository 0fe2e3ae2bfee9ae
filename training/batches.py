"""Labelled windows -> padded tensors, in an order fixed by the seed. No model, no files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import torch
from torch import Tensor

from reader.batching import pad
from reader.types import Window
from training.labels import NULL_POSITION

STEP = 16  # tokens: lengths of batches are multiples of it
POOL_BATCHES = 50  # windows are sorted by length within pools of this many batches


@dataclass(frozen=True, slots=True)
class LabelledWindow:
    """A window and the token positions (inclusive) of its answer; 0, 0 where it has none."""

    window: Window
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Group:
    """The windows that are read for one question, always in one batch.

    Attributes:
        windows: of one text, or of several texts asked the same question.
        weight: times the group is seen an epoch: 2 is twice, 0.5 every other time.
    """

    windows: tuple[LabelledWindow, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded tensors of n windows, L tokens each.

    ``attention_mask`` holds 1 for a token and 0 for padding; ``allowed`` is True where a
    span may start or end (the text's tokens and [CLS]); ``groups`` numbers the questions.
    """

    input_ids: Tensor  # (n, L) int64
    token_type_ids: Tensor  # (n, L) int64
    attention_mask: Tensor  # (n, L) int64
    allowed: Tensor  # (n, L) bool
    starts: Tensor  # (n,) int64
    ends: Tensor  # (n,) int64
    groups: Tensor  # (n,) int64


def plan_epoch(
    groups: Sequence[Group], batch_size: int, seed: int, max_tokens: int = 0
) -> list[list[int]]:
    """Indices of the groups of each batch of one epoch: shuffled, yet alike in length.

    A batch holds ``batch_size`` windows, fewer only where a group would not fit. The same
    arguments always give the same plan, so a resumed run continues exactly.

    Args:
        groups: all there are.
        batch_size: most windows a batch, but for a group that is larger.
        seed: decides the order, and which groups of a fractional weight are seen.
        max_tokens: windows will be cut to this length; 0 for whole windows.
    """
    random = Random(seed)
    order = [
        index
        for index, group in enumerate(groups)
        for _ in range(int(group.weight) + (random.random() < group.weight % 1))
    ]
    random.shuffle(order)
    pool_size = batch_size * POOL_BATCHES
    batches: list[list[int]] = []
    for begin in range(0, len(order), pool_size):
        pool = order[begin : begin + pool_size]
        pool.sort(key=lambda index: _longest(groups[index], max_tokens))
        batches += _fill(pool, groups, batch_size)
    random.shuffle(batches)
    return batches


def _longest(group: Group, max_tokens: int) -> int:
    longest = max(item.window.length for item in group.windows)
    return min(longest, max_tokens) if max_tokens else longest


def _fill(pool: Sequence[int], groups: Sequence[Group], batch_size: int) -> list[list[int]]:
    batches: list[list[int]] = [[]]
    held = 0
    for index in pool:
        size = len(groups[index].windows)
        if batches[-1] and held + size > batch_size:
            batches.append([])
            held = 0
        batches[-1].append(index)
        held += size
    return batches


def collate(groups: Sequence[Sequence[LabelledWindow]], pad_id: int) -> Batch:
    """Pad the windows of some questions to a multiple of ``STEP`` tokens.

    So a run meets two dozen lengths instead of three hundred: oneDNN compiles its matrix
    products for each anew, or keeps them all, which took more than ten gigabytes.
    """
    items = [item for group in groups for item in group]
    padded = pad([item.window for item in items], pad_id, STEP)
    allowed = torch.zeros(padded.input_ids.shape, dtype=torch.bool)  # (n, L)
    allowed[:, NULL_POSITION] = True
    for row, item in enumerate(items):
        allowed[row, item.window.context_start : item.window.context_end] = True
    return Batch(
        input_ids=torch.from_numpy(padded.input_ids),
        token_type_ids=torch.from_numpy(padded.token_type_ids),
        attention_mask=torch.from_numpy(padded.attention_mask),
        allowed=allowed,
        starts=torch.tensor([item.start for item in items]),
        ends=torch.tensor([item.end for item in items]),
        groups=torch.tensor([place for place, group in enumerate(groups) for _ in group]),
    )
