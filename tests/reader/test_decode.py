"""Span search agrees with trying every pair; chosen spans never overlap."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from reader.decode import (
    Candidate,
    best_token_spans,
    null_scores,
    to_candidates,
)
from reader.types import FloatArray, Window


def brute_force(
    start: FloatArray, end: FloatArray, begin: int, stop: int, m: int, longest: int
) -> list[float]:
    """The m best scores of one window, by trying every pair."""
    scores = [
        float(np.float32(start[i] + end[j]))
        for i in range(begin, stop)
        for j in range(i, min(i + longest, stop))
    ]
    return sorted(scores, reverse=True)[:m]


@settings(max_examples=200)
@given(
    n=st.integers(1, 4),
    length=st.integers(1, 30),
    m=st.integers(1, 40),
    longest=st.integers(1, 35),
    seed=st.integers(0, 2**32 - 1),
    data=st.data(),
)
def test_agrees_with_brute_force(
    n: int, length: int, m: int, longest: int, seed: int, data: st.DataObject
) -> None:
    random = np.random.default_rng(seed)
    start = random.normal(size=(n, length)).astype(np.float32)
    end = random.normal(size=(n, length)).astype(np.float32)
    begins = [data.draw(st.integers(0, length - 1)) for _ in range(n)]
    stops = [data.draw(st.integers(begin, length)) for begin in begins]
    spans = best_token_spans(start, end, begins, stops, m, longest)
    for row in range(n):
        expected = brute_force(start[row], end[row], begins[row], stops[row], m, longest)
        found = spans.scores[row][np.isfinite(spans.scores[row])]
        np.testing.assert_allclose(found, expected, rtol=0, atol=0)
        for i, j, score in zip(spans.starts[row], spans.ends[row], spans.scores[row], strict=True):
            if np.isfinite(score):
                assert begins[row] <= i <= j < min(i + longest, stops[row])
                assert np.float32(start[row, i] + end[row, j]) == score


def test_null_score_is_that_of_the_first_token() -> None:
    start = np.array([[1.0, 9.0], [2.0, 9.0]], dtype=np.float32)
    end = np.array([[0.5, 9.0], [-1.0, 9.0]], dtype=np.float32)
    assert null_scores(start, end).tolist() == [1.5, 1.0]


def test_candidates_are_characters_of_the_text() -> None:
    offsets = np.array([[0, 3], [4, 9], [10, 12]], dtype=np.int32)
    window = Window(0, 7, np.arange(6, dtype=np.int32), 2, offsets)
    start = np.array([[0, 0, 0, 5, 0, 0]], dtype=np.float32)
    end = np.array([[0, 0, 0, 0, 5, 0]], dtype=np.float32)
    spans = best_token_spans(start, end, [window.context_start], [window.context_end], 1, 30)
    assert to_candidates(spans, 0, window) == [Candidate(7, 4, 12, 10.0)]
