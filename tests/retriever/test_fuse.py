"""Reciprocal rank fusion against its formula and its promises."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.fuse import fuse

RANKINGS = st.lists(st.lists(st.integers(0, 20), unique=True, max_size=12), max_size=4)


def test_known_scores() -> None:
    assert fuse([[7, 8], [8, 9]]) == [
        (8, pytest.approx(1 / 61 + 1 / 62)),
        (7, pytest.approx(1 / 61)),
        (9, pytest.approx(1 / 62)),
    ]


def test_equals_go_by_best_rank_then_id() -> None:
    assert [i for i, _ in fuse([[5, 3], [3, 5]])] == [3, 5]
    assert [i for i, _ in fuse([[9], [2], [4]])] == [2, 4, 9]


def test_empty_lists_and_limits() -> None:
    assert fuse([]) == []
    assert fuse([[], []]) == []
    assert len(fuse([[1, 2, 3]], 2)) == 2
    assert fuse([[1, 2, 3]], 0) == []


def test_bad_constant_is_named() -> None:
    with pytest.raises(ValueError, match="got -1"):
        fuse([[1]], k=-1)


def test_weights_count() -> None:
    assert fuse([[1], [2]], weights=[0.4, 0.6]) == [
        (2, pytest.approx(0.6 / 61)),
        (1, pytest.approx(0.4 / 61)),
    ]
    with pytest.raises(ValueError, match="each of 2 lists, got 1"):
        fuse([[1], [2]], weights=[1.0])


@given(RANKINGS)
def test_agrees_with_the_formula(rankings: list[list[int]]) -> None:
    slow = {
        item: sum(1 / (60 + ranking.index(item) + 1) for ranking in rankings if item in ranking)
        for ranking in rankings
        for item in ranking
    }
    fused = fuse(rankings)
    assert dict(fused) == pytest.approx(slow)
    assert [score for _, score in fused] == sorted((s for _, s in fused), reverse=True)


@given(RANKINGS, st.randoms(use_true_random=False))
def test_order_of_the_lists_does_not_matter(
    rankings: list[list[int]], shuffler: random.Random
) -> None:
    shuffled = list(rankings)
    shuffler.shuffle(shuffled)
    assert fuse(shuffled) == fuse(rankings)


def test_a_repeated_id_counts_once() -> None:
    assert fuse([[1, 1, 2]]) == fuse([[1, 2]])
