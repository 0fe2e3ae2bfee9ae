"""Search and reading together: the order of quotations and passages, and their probability."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.evidence import LEAST, READER_ALONE, Weights, log_odds, rank_passages, weigh
from reader.types import Span
from retriever.types import Hit, Passage


def span(text_index: int, probability: float, char_start: int = 0) -> Span:
    return Span(text_index, char_start, char_start + 1, "x", 1.0, 0.0, 1.0, probability)


def hit(place: int) -> Hit:
    return Hit(Passage(place, 1, "a.txt", "x", place, place + 1, 1), 0.9 - 0.02 * place)


HITS = [hit(place) for place in range(10)]
spans = st.lists(
    st.builds(span, st.integers(0, 9), st.floats(0, 1), st.integers(0, 99)), max_size=30
)


def test_the_standing_is_as_written_and_the_gap_is_limited() -> None:
    weights = Weights(search=5, most_gap=0.05)
    assert weights.standing(span(1, 0.8), 0.02) == pytest.approx(math.log(4) - 0.1)
    assert weights.standing(span(3, 0.8), 0.06) == pytest.approx(math.log(4) - 0.25)


def test_between_equal_readings_the_search_decides_and_a_sure_reading_wins() -> None:
    near, far = span(0, 0.6), span(9, 0.6)
    assert [s.text_index for s in weigh(HITS, [far, near], Weights())] == [0, 9]
    sure = replace(far, probability=0.999)
    assert [s.text_index for s in weigh(HITS, [near, sure], Weights())] == [9, 0]


@given(spans)
def test_all_are_kept_and_none_is_stated_likelier_than_one_before(found: list[Span]) -> None:
    weighed = weigh(HITS, found, Weights())
    likely = [s.probability for s in weighed]
    assert likely == sorted(likely, reverse=True)
    assert sorted(s.char_start for s in weighed) == sorted(s.char_start for s in found)


@given(spans, st.floats(0, 1))
def test_a_far_search_makes_less_sure_and_changes_no_order(found: list[Span], far: float) -> None:
    near, away = (weigh([replace(h, score=s) for h in HITS], found, Weights()) for s in (1.0, far))
    assert [s.char_start for s in away] == [s.char_start for s in near]
    pairs = zip(away, near, strict=True)
    assert all(a.probability <= n.probability + LEAST for a, n in pairs)


def test_the_firsts_log_odds_are_as_written() -> None:
    weights = Weights(slope=0.5, near=10, near_enough=0.7, intercept=0.3)
    for best, lost in ((0.9, 0.0), (0.7, 0.0), (0.6, 1.0)):
        (weighed,) = weigh([replace(HITS[0], score=best)], [span(0, 0.8)], weights)
        assert log_odds(weighed.probability) == pytest.approx(math.log(4) / 2 + 0.3 - lost)


def test_names_that_no_passage_holds_make_less_sure() -> None:
    weights = Weights(slope=1.0, intercept=0.0, unnamed=2.0)
    for share in (0.0, 0.5, 1.0):
        (weighed,) = weigh([HITS[0]], [span(0, 0.8)], weights, share)
        assert log_odds(weighed.probability) == pytest.approx(math.log(4) - 2 * share)


def test_rivals_stay_as_far_apart_as_the_reader_found_them() -> None:
    weights = Weights(slope=0.5, intercept=1.0)
    found = [span(0, 0.8), span(0, 0.5), span(0, 0.1)]
    odds = [log_odds(one.probability) for one in weigh(HITS, found, weights)]
    assert odds[0] - odds[1] == pytest.approx(math.log(4))
    assert odds[1] - odds[2] == pytest.approx(math.log(9))


@given(spans)
def test_the_order_within_a_passage_is_the_readers(found: list[Span]) -> None:
    one_text = sorted((replace(s, text_index=4) for s in found), key=lambda s: -s.probability)
    weighed = weigh(HITS, one_text, Weights(search=50))
    assert [s.char_start for s in weighed] == [s.char_start for s in one_text]


@given(spans)
def test_the_reader_alone_keeps_its_order_and_its_probabilities(found: list[Span]) -> None:
    ordered = sorted(found, key=lambda s: -s.probability)
    weighed = weigh(HITS, ordered, READER_ALONE)
    assert [s.probability for s in weighed] == [s.probability for s in ordered]


def test_passages_follow_their_best_span_and_the_unheard_come_last() -> None:
    weighed = [span(2, 0.9), span(0, 0.5), span(2, 0.4)]
    assert rank_passages(HITS[:4], weighed) == [HITS[2], HITS[0], HITS[1], HITS[3]]


def test_wrong_weights_are_named() -> None:
    for wrong in ({"search": -1.0}, {"near": -1.0}, {"slope": 0.0}):
        with pytest.raises(ValueError, match="weights are 0 or more"):
            Weights(**wrong)
