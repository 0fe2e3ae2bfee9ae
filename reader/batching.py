"""Windows of many lengths -> padded batches with little padding. numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from reader.types import Window


@dataclass(frozen=True, slots=True)
class BatchConfig:
    """How windows are grouped for one forward pass.

    On most CPUs a batch gains nothing over its windows one by one, and int8 activations are
    scaled by the whole batch: read alone, a window's scores never depend on its neighbours.
    On a GPU one large batch is best, with AMX one for each core (docs/reader.md).

    Attributes:
        max_windows: most windows in a batch.
        max_tokens: most tokens in a batch, padding included.
        max_padding: most padding, as a share of a batch's tokens.
        abreast: batches that are read side by side: windows are dealt out to them so that all
            end together, and padding, which such a runtime does not read, does not count. 0
            lets windows of like length into a batch.
    """

    max_windows: int
    max_tokens: int
    max_padding: float
    abreast: int = 0


CPU_BATCHES = BatchConfig(max_windows=1, max_tokens=512, max_padding=0.0)
AMX_BATCHES = BatchConfig(max_windows=64, max_tokens=1024, max_padding=1.0, abreast=1)
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
    """Group window indices; together the groups hold every index once."""
    longest_first = sorted(range(len(lengths)), key=lambda i: lengths[i], reverse=True)
    if config.abreast:
        return _dealt_out(longest_first, lengths, config)
    groups: list[list[int]] = []
    tokens = 0
    for index in longest_first:
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


def _dealt_out(
    longest_first: Sequence[int], lengths: Sequence[int], config: BatchConfig
) -> list[list[int]]:
    """Each window to the group that has the fewest tokens, of as many as are read abreast."""
    rounds = -(-sum(lengths) // (config.abreast * config.max_tokens))
    n_groups = min(rounds * config.abreast, len(lengths))
    groups: list[list[int]] = [[] for _ in range(n_groups)]
    filled = [(0, group) for group in range(n_groups)]  # a heap
    for index in longest_first:
        tokens, group = heappop(filled)
        groups[group].append(index)
        heappush(filled, (tokens + lengths[index], group))
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
