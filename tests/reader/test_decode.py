"""Span search agrees with trying every pair; chosen spans never overlap."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from reader.decode import (
    Candidate,
    best_per_text,
    best_token_spans,
    null_scores,
    overlap,
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


@settings(deadline=None, max_examples=200)
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


CANDIDATES = st.lists(
    st.builds(
        lambda text, start, size, logit: Candidate(text, start, start + size, logit),
        st.integers(0, 3), st.integers(0, 40), st.integers(1, 10), st.floats(-5, 5),
    ),
    max_size=40,
)  # fmt: skip


@given(candidates=CANDIDATES, k=st.integers(1, 6))
def test_the_chosen_spans_are_the_best_that_do_not_overlap(
    candidates: list[Candidate], k: int
) -> None:
    kept = best_per_text(candidates, k)
    for text_index in {candidate.text_index for candidate in candidates}:
        of_text = [c for c in candidates if c.text_index == text_index]
        chosen = [c for c in kept if c.text_index == text_index]
        assert 1 <= len(chosen) <= k
        assert max(of_text, key=lambda c: c.logit).logit == chosen[0].logit
        assert [c.logit for c in chosen] == sorted((c.logit for c in chosen), reverse=True)
        for index, one in enumerate(chosen):
            assert not any(overlap(one, other) for other in chosen[:index])
        if len(chosen) < k:  # then everything left out overlaps something better
            for other in of_text:
                assert any(overlap(other, c) and c.logit >= other.logit for c in chosen)
