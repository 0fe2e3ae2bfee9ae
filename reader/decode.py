"""Logits -> the best spans of each window. numpy only: no model, no tokenizer, no text.

Letters: n windows, L tokens (padded), D the longest answer in tokens, m candidates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from reader.types import FloatArray, Window

IndexArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TokenSpans:
    """The m best spans of each of n windows, best first.

    ``starts`` and ``ends`` are token positions, both inclusive; ``scores`` is start logit
    plus end logit, -inf where a window has fewer than m spans. All of shape (n, m).
    """

    starts: IndexArray
    ends: IndexArray
    scores: FloatArray


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span of characters with its score, before choosing among overlapping ones."""

    text_index: int
    char_start: int
    char_end: int
    logit: float


@dataclass(frozen=True, slots=True)
class Found:
    """All that was found for one question, before its spans are scored and chosen.

    ``nulls`` holds, for each text that was read, the score of "this text does not answer":
    the lowest over its windows.
    """

    candidates: list[Candidate] = field(default_factory=list)
    nulls: dict[int, float] = field(default_factory=dict)


def best_token_spans(
    start_logits: FloatArray,
    end_logits: FloatArray,
    context_starts: Sequence[int],
    context_ends: Sequence[int],
    m: int,
    max_answer_tokens: int,
) -> TokenSpans:
    """Search every span of at most ``max_answer_tokens`` tokens inside each context.

    The score of tokens i..j is ``start_logits[i] + end_logits[j]`` with i <= j (Devlin et
    al. 2019, section 4.2). All windows are searched at once, over an (n, L, D) band, so the
    result is that of trying every pair.

    Args:
        start_logits, end_logits: shape (n, L).
        context_starts, context_ends: n token positions; a span lies in ``[start, end)``.
        m: spans wanted for each window.
        max_answer_tokens: D.
    """
    n, length = start_logits.shape
    positions = np.arange(length)
    inside = (positions >= np.asarray(context_starts)[:, None]) & (
        positions < np.asarray(context_ends)[:, None]
    )  # (n, L)
    lowest = np.float32(-np.inf)
    starts = np.where(inside, start_logits, lowest).astype(np.float32)
    ends = np.where(inside, end_logits, lowest).astype(np.float32)
    width = min(max_answer_tokens, length)
    padded = np.pad(ends, ((0, 0), (0, width - 1)), constant_values=lowest)  # (n, L + D - 1)
    band = np.lib.stride_tricks.sliding_window_view(padded, width, axis=1)  # (n, L, D)
    scores = (starts[:, :, None] + band).reshape(n, length * width)  # (n, L * D)
    picked = _largest(scores, min(m, length * width))  # (n, m)
    first, extra = np.divmod(picked, width)
    return TokenSpans(first, first + extra, np.take_along_axis(scores, picked, axis=1))


def _largest(scores: FloatArray, m: int) -> IndexArray:
    """Columns of the m largest of each row, in falling order; ties go to the lower column."""
    part = np.argpartition(-scores, m - 1, axis=1)[:, :m]
    part.sort(axis=1)
    order = np.argsort(-np.take_along_axis(scores, part, axis=1), axis=1, kind="stable")
    return np.take_along_axis(part, order, axis=1)


def null_scores(start_logits: FloatArray, end_logits: FloatArray) -> FloatArray:
    """Score of "no answer in this window": the logits of [CLS], shape (n,)."""
    return start_logits[:, 0] + end_logits[:, 0]


def to_candidates(spans: TokenSpans, row: int, window: Window) -> list[Candidate]:
    """Token positions of one window -> characters of its text."""
    candidates: list[Candidate] = []
    found = zip(spans.starts[row], spans.ends[row], spans.scores[row], strict=True)
    for start, end, score in found:
        if not np.isfinite(score):
            break
        char_start = int(window.offsets[start - window.context_start, 0])
        char_end = int(window.offsets[end - window.context_start, 1])
        if char_start < char_end:
            candidates.append(Candidate(window.text_index, char_start, char_end, float(score)))
    return candidates
