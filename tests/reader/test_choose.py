"""Which candidates are quoted: the best that do not overlap, in the borders most agree on."""

from __future__ import annotations

from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.choose import COMPARED, EXACT, choose, expected_gains, overlap
from reader.decode import Candidate

TEXT = "Ships of the line, built\nat  Chatham in 1765, carried 104 guns; x"
TEXTS = [TEXT] * 4
CANDIDATES = st.lists(
    st.builds(
        lambda text, start, size, logit: Candidate(text, start, start + size, logit),
        st.integers(0, 3), st.integers(0, 40), st.integers(1, 10), st.floats(-5, 5),
    ),
    max_size=40,
)  # fmt: skip


def words_of(candidate: Candidate) -> set[int]:
    """Where the words begin that a candidate touches, by walking over the text."""
    begins = [
        i for i, c in enumerate(TEXT) if not c.isspace() and (i == 0 or TEXT[i - 1].isspace())
    ]
    return {
        begin
        for begin, until in zip(begins, [*begins[1:], len(TEXT)], strict=True)
        if begin < candidate.char_end and candidate.char_start < until
    }


@given(candidates=CANDIDATES, k=st.integers(1, 6))
def test_the_chosen_spans_are_the_best_that_do_not_overlap(
    candidates: list[Candidate], k: int
) -> None:
    kept = choose(candidates, TEXTS, k)
    for text_index in {candidate.text_index for candidate in candidates}:
        of_text = [c for c in candidates if c.text_index == text_index]
        chosen = [c for c in kept if c.text_index == text_index]
        assert 1 <= len(chosen) <= k
        assert max(of_text, key=lambda c: c.logit).logit == chosen[0].logit
        assert [c.logit for c in chosen] == sorted((c.logit for c in chosen), reverse=True)
        places = {(c.char_start, c.char_end) for c in of_text}
        assert {(c.char_start, c.char_end) for c in chosen} <= places
        for index, one in enumerate(chosen):
            assert not any(overlap(one, other) for other in chosen[:index])
        if len(chosen) < k:  # then everything left out overlaps something better
            for other in of_text:
                assert any(overlap(other, c) and c.logit >= other.logit for c in chosen)


@given(
    places=st.lists(
        st.tuples(st.integers(0, 50), st.integers(1, 12), st.floats(-5, 5)),
        min_size=1, max_size=COMPARED,
    )
)  # fmt: skip
def test_gains_are_those_of_sets_of_words(places: list[tuple[int, int, float]]) -> None:
    candidates = [Candidate(0, start, start + size, logit) for start, size, logit in places]
    mass = sum(exp(c.logit) for c in candidates)
    for place, (one, gain) in enumerate(
        zip(candidates, expected_gains(candidates, TEXT), strict=True)
    ):
        expected = 0.0
        for other_place, other in enumerate(candidates):
            mine, theirs = words_of(one), words_of(other)
            f1 = 2 * len(mine & theirs) / (len(mine) + len(theirs))
            exact = float(place == other_place)
            expected += exp(other.logit) / mass * ((1 - EXACT) * f1 + EXACT * exact)
        assert gain == pytest.approx(expected, abs=1e-5)


def span(words: str, logit: float) -> Candidate:
    return Candidate(0, TEXT.index(words), TEXT.index(words) + len(words), logit)


def test_borders_are_those_that_most_agree_on() -> None:
    found = [span("104", 2.0), span("carried 104 guns", 1.9), span("104 guns", 1.8)]
    assert choose(found, TEXTS, 5) == [span("104 guns", 2.0)]


def test_a_far_likelier_span_keeps_its_borders() -> None:
    found = [span("104", 4.0), span("carried 104 guns", 1.0), span("104 guns", 1.0)]
    assert choose(found, TEXTS, 5) == [span("104", 4.0)]


def test_no_border_moves_to_another_line() -> None:
    found = [span("built", 2.0), span("built\nat  Chatham", 1.9), span("Chatham", 1.8)]
    assert choose(found, TEXTS, 5) == [span("built", 2.0), span("Chatham", 1.8)]


def test_a_span_found_by_two_windows_counts_once() -> None:
    found = [span("104", 2.0), span("104 guns", 1.9), span("104 guns", 1.9)]
    assert choose(found, TEXTS, 5) == [span("104", 2.0)]
