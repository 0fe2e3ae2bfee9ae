"""Probabilities lie in [0, 1], never change the order of spans, and see all that was read."""

from __future__ import annotations

import math
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.calibrate import (
    EVIDENCE,
    MOST_LEAD,
    NO_EVIDENCE,
    Calibration,
    Evidence,
    Quotation,
    quotations,
    weigh,
)
from reader.decode import Candidate, Found
from reader.items import item_lists

SCORES = st.floats(-1e6, 1e6)
WEIGHTS = st.dictionaries(st.sampled_from(EVIDENCE), st.floats(-50, 50))
FOUND = st.lists(
    st.builds(
        Quotation,
        text_index=st.integers(0, 3),
        char_start=st.integers(0, 20),
        char_end=st.integers(21, 40),
        words=st.text("abC", min_size=1, max_size=3),
        score=st.floats(-50, 50),
    ),
    min_size=1,
    max_size=12,
)


@given(FOUND, WEIGHTS, st.floats(1e-3, 100), st.floats(0, 10), st.floats(-50, 50), st.booleans())
def test_order_is_kept_within_a_question(
    found: list[Quotation],
    weights: dict[str, float],
    slope: float,
    slope_by_texts: float,
    intercept: float,
    written: bool,
) -> None:
    calibration = Calibration(0.5, slope, intercept, 0.5, weights, slope_by_texts)
    evidence = weigh("Which one?" if written else "which one", 4, found)
    by_score = sorted(found, key=lambda one: one.score)
    probabilities = [calibration.probability(one.score, evidence) for one in by_score]
    assert probabilities == sorted(probabilities)
    assert all(0.0 <= p <= 1.0 for p in probabilities)


@given(SCORES, SCORES, st.floats(1e-3, 100), st.floats(-50, 50))
def test_order_is_kept_without_evidence(a: float, b: float, slope: float, intercept: float) -> None:
    calibration = Calibration(0.5, slope, intercept, 0.5)
    low, high = calibration.probability(min(a, b)), calibration.probability(max(a, b))
    assert 0.0 <= low <= high <= 1.0


def test_known_values() -> None:
    calibration = Calibration(null_weight=0.5, slope=2.0, intercept=-1.0, threshold=0.3)
    assert calibration.score(3.0, 4.0) == 1.0
    assert calibration.probability(0.5) == 0.5
    assert calibration.probability(1.5) == pytest.approx(0.880797, abs=1e-6)
    assert calibration.probability(-0.5) == pytest.approx(0.119203, abs=1e-6)


def test_evidence_moves_the_probability_by_its_weights() -> None:
    calibration = Calibration(0.5, 2.0, -1.0, 0.3, {"mass": -2.0, "lead": 0.5})
    # 2 * 3 - 2 * 4 + 0.5 * 6 - 1 = 0
    assert calibration.probability(3.0, Evidence(mass=4.0, lead=6.0, texts=9.0)) == 0.5
    assert calibration.probability(0.5, NO_EVIDENCE) == 0.5
    steeper = Calibration(0.5, 2.0, -4.0, 0.3, slope_by_texts=1.0)
    assert steeper.probability(1.0, Evidence(texts=2.0)) == 0.5  # (2 + 1 * 2) * 1 - 4 = 0


def test_evidence_by_hand() -> None:
    found = [
        Quotation(0, 0, 5, "Paris", 3.0),
        Quotation(1, 8, 13, "paris", 2.5),  # the same words: no rival, and no second mass
        Quotation(0, 3, 9, "is it", 2.0),  # overlaps the best: no rival, but some mass
        Quotation(1, 40, 44, "Lyon", 1.0),
    ]
    evidence = weigh("Which city?", 2, found)
    assert evidence.mass == pytest.approx(math.log(math.exp(3) + math.exp(2) + math.exp(1)))
    assert evidence.lead == 2.0
    assert evidence.texts == pytest.approx(math.log(2))
    assert evidence.query == 0.0
    assert evidence.query_lead == 0.0
    assert evidence.texts_lead == pytest.approx(2.0 * math.log(2))
    assert weigh("which city", 2, found).query == 0.5
    assert weigh("which city", 2, found).query_lead == 1.0
    assert weigh("哪座城市？", 2, found).query == 0.0


def test_a_quotation_without_rivals_leads_by_the_most() -> None:
    alone = weigh("Which city?", 1, [Quotation(0, 0, 5, "Paris", -4.0)])
    assert (alone.mass, alone.lead) == (-4.0, MOST_LEAD)
    assert weigh("Which city?", 1, []) == NO_EVIDENCE


@given(FOUND)
def test_the_order_of_candidates_does_not_count(found: list[Quotation]) -> None:
    distinct = list({one.score: one for one in found}.values())
    one, other = weigh("Which?", 3, distinct), weigh("Which?", 3, distinct[::-1])
    assert one.mass == pytest.approx(other.mass)
    assert (one.lead, one.texts) == (other.lead, other.texts)


def test_every_candidate_is_scored_against_its_own_text() -> None:
    found = Found([Candidate(0, 0, 5, 7.0), Candidate(1, 3, 7, 6.0)], {0: 4.0, 1: -2.0})
    one, other = quotations(found, ["Paris, here", "in Lyon"], Calibration(0.5, 1.0, 0.0, 0.5))
    assert (one.words, one.score) == ("Paris", 5.0)
    assert (other.words, other.score) == ("Lyon", 7.0)


@given(st.integers(0, 90), st.integers(1, 12))
def test_the_list_of_a_quotation_is_the_innermost_that_it_touches(start: int, length: int) -> None:
    text = (
        "- apples\n- pears\n  - early ones\n  - late ones\n- plums\n\nAnd so on.\n\n1. one\n2. two"
    )
    found = Found([Candidate(0, start, start + length, 1.0)], {0: 0.0})
    (one,) = quotations(found, [text], Calibration(0.0, 1.0, 0.0, 0.5))
    touched = [
        index
        for index, items in enumerate(item_lists(text))
        if any(s < start + length and start < e for s, e in items)
    ]
    assert one.item_list == max(touched, default=-1)


@pytest.mark.parametrize("slope", [0.0, -1.0, float("nan")])
def test_a_slope_that_would_turn_the_order_is_refused(slope: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Calibration(1.0, slope, 0.0, 0.5)


def test_what_is_no_calibration_is_refused() -> None:
    with pytest.raises(ValueError, match="probability"):
        Calibration(1.0, 1.0, 0.0, 1.5)
    with pytest.raises(ValueError, match="0 or more"):
        Calibration(-1.0, 1.0, 0.0, 0.5)
    with pytest.raises(ValueError, match="slope_by_texts must be 0 or more"):
        Calibration(1.0, 1.0, 0.0, 0.5, slope_by_texts=-0.1)
    with pytest.raises(ValueError, match="several_mass, several_lead; got mood"):
        Calibration(1.0, 1.0, 0.0, 0.5, {"mood": 1.0})


def test_a_calibration_of_an_older_manifest_has_no_weights() -> None:
    row = {"null_weight": 0.5, "slope": 1.0, "intercept": 0.0, "threshold": 0.5}
    old = Calibration(**row)  # type: ignore[arg-type]
    assert old.probability(1.0, Evidence(mass=9.0, lead=9.0)) == old.probability(1.0)
    assert Calibration(**asdict(old)) == old
