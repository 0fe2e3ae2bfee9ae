"""Labelled windows -> padded tensors, in an order fixed by the seed. No model, no files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reader.batching import pad
from reader.types import Window
from training.labels import NULL_POSITION

POOL_BATCHES = 50  # windows are sorted by length within pools of this many batches


@dataclass(frozen=True, slots=True)
class LabelledWindow:
    """A window and the token positions (inclusive) of its answer; 0, 0 where it has none."""

    window: Window
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded tensors of n windows, L tokens each.

    ``attention_mask`` holds 1 for a token and 0 for padding; ``allowed`` is True where a
    span may start or end (the text's tokens and [CLS]).
    """

    input_ids: Tensor  # (n, L) int64
    token_type_ids: Tensor  # (n, L) int64
    attention_mask: Tensor  # (n, L) int64
    allowed: Tensor  # (n, L) bool
    starts: Tensor  # (n,) int64
    ends: Tensor  # (n,) int64


def plan_epoch(lengths: Sequence[int], batch_size: int, seed: int) -> list[NDArray[np.int64]]:
    """Indices of each batch of one epoch: shuffled, yet alike in length within a batch.

    The same arguments always give the same plan, so a resumed run continues exactly.
    """
    random = Random(seed)
    order = list(range(len(lengths)))
    random.shuffle(order)
    pool_size = batch_size * POOL_BATCHES
    batches: list[NDArray[np.int64]] = []
    for begin in range(0, len(order), pool_size):
        pool = sorted(order[begin : begin + pool_size], key=lambda index: lengths[index])
        batches += [
            np.array(pool[i : i + batch_size], dtype=np.int64)
            for i in range(0, len(pool), batch_size)
        ]
    random.shuffle(batches)
    return batches


def collate(items: Sequence[LabelledWindow], pad_id: int) -> Batch:
    """Pad windows to the longest of them, as the reader does."""
    padded = pad([item.window for item in items], pad_id)
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
    )
