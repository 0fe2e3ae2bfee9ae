"""Windows of many lengths -> padded batches with little padding. numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reader.types import Window


@dataclass(frozen=True, slots=True)
class BatchConfig:
    """How windows are grouped for one forward pass.

    On a CPU a batch gains nothing over its windows one by one, and int8 activations are
    scaled by the whole batch: read alone, a window's scores never depend on its neighbours.
    On a GPU one large batch is best.

    Attributes:
        max_windows: most windows in a batch.
        max_tokens: most tokens in a batch, padding included.
        max_padding: most padding, as a share of a batch's tokens.
        step: a batch's length is padded on to a multiple of it.
    """

    max_windows: int
    max_tokens: int
    max_padding: float
    step: int = 1


CPU_BATCHES = BatchConfig(max_windows=1, max_tokens=512, max_padding=0.0)
# torch compiles its bfloat16 products anew for every length (docs/reader.md).
BF16_BATCHES = BatchConfig(max_windows=1, max_tokens=512, max_padding=0.0, step=16)
GPU_BATCHES = BatchConfig(max_windows=512, max_tokens=98_304, max_padding=0.5)


@dataclass(frozen=True, slots=True, eq=False)
class TokenBatch:
    """Padded model input of n windows, L tokens each; all arrays (n, L) int64.

    ``attention_mask`` holds 1 for a token and 0 for padding.
    """

    input_ids: NDArray[np.int64]
    token_type_ids: NDArray[np.int64]
    attention_mask: NDArray[np.int64]


def plan_batches(lengths: Sequence[int], config: BatchConfig) -> list[list[int]]:
    """Group window indices by length; together the groups hold every index once."""
    groups: list[list[int]] = []
    tokens = 0
    for index in sorted(range(len(lengths)), key=lambda i: lengths[i], reverse=True):
        group = groups[-1] if groups else []
        longest = lengths[group[0]] if group else 0
        padded = longest * (len(group) + 1)
        if (
            group
            and len(group) < config.max_windows
            and padded <= config.max_tokens
            and padded - tokens - lengths[index] <= config.max_padding * padded
        ):
            group.append(index)
            tokens += lengths[index]
        else:
            groups.append([index])
            tokens = lengths[index]
    return groups


def pad(windows: Sequence[Window], pad_id: int, step: int = 1) -> TokenBatch:
    """Pad windows to the longest of them, and on to a multiple of ``step``.

    Token types: 0 for the question, 1 for the text and what stands above it.
    """
    longest = max(window.length for window in windows)
    shape = (len(windows), -(-longest // step) * step)
    input_ids = np.full(shape, pad_id, dtype=np.int64)
    token_type_ids = np.zeros(shape, dtype=np.int64)
    attention_mask = np.zeros(shape, dtype=np.int64)
    for row, window in enumerate(windows):
        input_ids[row, : window.length] = window.token_ids
        token_type_ids[row, window.context_start - window.n_above : window.length] = 1
        attention_mask[row, : window.length] = 1
    return TokenBatch(input_ids, token_type_ids, attention_mask)
