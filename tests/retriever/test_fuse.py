"""The weighted sum of scores against its formula and its promises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.fuse import Ranking, fuse

SCORES = st.dictionaries(st.integers(0, 20), st.floats(0, 1), max_size=12)


def ranking(scores: dict[int, float], floor: float = 0.0, weight: float = 1.0) -> Ranking:
    return Ranking(sorted(scores.items(), key=lambda hit: -hit[1]), floor, weight)


RANKINGS = st.lists(st.builds(ranking, SCORES, st.floats(0, 1), st.floats(0.1, 2)), max_size=4)


def test_known_scores() -> None:
    near = ranking({7: 0.9, 8: 0.6}, floor=0.6, weight=0.75)
    matching = ranking({8: 1.0, 9: 0.4}, weight=0.25)
    assert fuse([near, matching]) == [
        (8, pytest.approx(0.75 * 0.6 + 0.25)),
        (7, pytest.approx(0.75 * 0.9)),
        (9, pytest.approx(0.75 * 0.6 + 0.25 * 0.4)),
    ]


def test_a_clear_lead_in_one_list_beats_two_second_places() -> None:
    # What ranks alone cannot tell: 1 is far ahead by words, 2 a hair ahead by meaning.
    near = ranking({2: 0.71, 1: 0.70}, weight=0.5)
    matching = ranking({1: 1.0, 2: 0.2}, weight=0.5)
    assert [i for i, _ in fuse([near, matching])] == [1, 2]


def test_equals_go_by_id() -> None:
    assert [i for i, _ in fuse([ranking({9: 0.5, 2: 0.5}), ranking({4: 0.5})])] == [2, 4, 9]


def test_empty_lists_and_limits() -> None:
    assert fuse([]) == []
    assert fuse([ranking({}), ranking({})]) == []
    three = ranking({1: 0.3, 2: 0.2, 3: 0.1})
    assert [i for i, _ in fuse([three], 2)] == [1, 2]
    assert fuse([three], 0) == []


@given(RANKINGS)
def test_agrees_with_the_formula(rankings: list[Ranking]) -> None:
    items = {item for one in rankings for item, _ in one.hits}
    slow = {
        item: sum(one.weight * dict(one.hits).get(item, one.floor) for one in rankings)
        for item in items
    }
    fused = fuse(rankings)
    assert dict(fused) == pytest.approx(slow)
    assert [score for _, score in fused] == sorted((s for _, s in fused), reverse=True)


@given(RANKINGS)
def test_order_of_the_lists_hardly_matters(rankings: list[Ranking]) -> None:
    assert dict(fuse(rankings[::-1])) == pytest.approx(dict(fuse(rankings)))
