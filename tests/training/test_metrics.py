"""EM and F1 follow the published SQuAD rules; calibration error follows its definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.metrics import (
    best_abstaining,
    calibration_error_by_chance,
    exact_match,
    expected_calibration_error,
    f1,
    is_right,
    normalise,
    risk_coverage,
    score,
    selective_errors,
)


@pytest.mark.parametrize(
    "prediction, answers, em, f",
    [
        ("The Tower", ["tower"], 1.0, 1.0),  # articles and case do not count
        ("Denver Broncos.", ["Denver Broncos"], 1.0, 1.0),  # nor does punctuation
        ("the  Denver\nBroncos", ["Denver Broncos"], 1.0, 1.0),  # nor white space
        ("Santa Clara, California", ["Levi's Stadium", "Santa Clara"], 0.0, 0.8),
        ("gold", ["gold gold"], 0.0, 2 / 3),  # tokens count as often as they stand there
        ("silver", ["gold"], 0.0, 0.0),
        ("", [], 1.0, 1.0),  # nothing said, nothing to say (SQuAD v2.0)
        ("gold", [], 0.0, 0.0),
        ("the", ["a"], 1.0, 1.0),  # nothing is left of either
        ("北京大学", ["北京"], 0.0, 2 / 3),
    ],
)
def test_the_published_rules(prediction: str, answers: list[str], em: float, f: float) -> None:
    assert exact_match(prediction, answers) == em
    assert f1(prediction, answers) == pytest.approx(f)


def test_articles_inside_words_stay() -> None:
    assert normalise("Theatre and anthem of a land") == "theatre and anthem of land"


@given(st.text(max_size=60), st.lists(st.text(max_size=60), min_size=1, max_size=3))
def test_bounds_and_agreement(prediction: str, answers: list[str]) -> None:
    em, f = exact_match(prediction, answers), f1(prediction, answers)
    assert 0.0 <= f <= 1.0
    assert em <= f
    assert exact_match(answers[0], answers) == 1.0


def test_means_are_in_percent() -> None:
    result = score([("gold", ["gold"]), ("silver", ["gold"])])
    assert (result.exact_match, result.f1, result.n) == (50.0, 50.0, 2)
    with pytest.raises(ValueError, match="at least one question"):
        score([])


def test_right_needs_most_of_the_answer() -> None:
    assert is_right("Santa Clara, California", ["Santa Clara"])
    assert not is_right("California", ["Santa Clara, California"])
    assert not is_right("", [])


def test_calibration_error_by_hand() -> None:
    probabilities = np.array([0.95, 0.95, 0.05, 0.05])
    right = np.array([True, False, False, False])
    # two bins of two: |0.95 - 0.5| and |0.05 - 0|, half the weight each
    assert expected_calibration_error(probabilities, right) == pytest.approx(0.25)
    assert expected_calibration_error(np.array([1.0]), np.array([True])) == 0.0


def test_risk_and_coverage_by_hand() -> None:
    probabilities = np.array([0.2, 0.9, 0.6, 0.8])
    right = np.array([False, True, False, True])
    assert selective_errors(probabilities, right).tolist() == [0.0, 0.0, 1 / 3, 0.5]
    curve = risk_coverage(probabilities, right)
    assert curve.error_at["100"] == 0.5
    assert curve.error_at["50"] == 0.0
    assert curve.aurc == pytest.approx((0 + 0 + 1 / 3 + 1 / 2) / 4)
    with pytest.raises(ValueError, match="at least one question"):
        risk_coverage(np.array([]), np.array([], dtype=bool))


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_answering_all_is_wrong_as_often_as_all_are_wrong(rows: list[tuple[float, bool]]) -> None:
    probabilities, right = np.array([p for p, _ in rows]), np.array([r for _, r in rows])
    curve = risk_coverage(probabilities, right)
    assert curve.error_at["100"] == pytest.approx(1 - right.mean())
    best = risk_coverage(right.astype(float), right)  # nobody can order better than the truth
    assert best.aurc <= curve.aurc + 1e-12
    for at, error in best.error_at.items():
        assert error <= curve.error_at[at] + 1e-12


@given(
    st.lists(
        st.tuples(st.sampled_from([0.1, 0.4, 0.7, 0.9]), st.floats(0, 1), st.booleans()),
        min_size=1,
        max_size=12,
        unique_by=lambda row: row[0],
    )
)
def test_best_abstaining_is_the_best_of_all_thresholds(
    rows: list[tuple[float, float, bool]],
) -> None:
    probabilities = np.array([row[0] for row in rows])
    answerable = np.array([row[2] for row in rows])
    earned = np.array([row[1] for row in rows]) * answerable
    by_threshold = [
        100 * float(np.where(probabilities >= threshold, earned, ~answerable).mean())
        for threshold in (0.0, *probabilities, 1.1)
    ]
    assert best_abstaining(probabilities, earned, answerable) == pytest.approx(max(by_threshold))


def test_true_probabilities_miss_by_chance_less_the_more_questions() -> None:
    random = np.random.default_rng(1)
    few, many = random.random(200), random.random(20_000)
    expected = calibration_error_by_chance(many)
    assert expected < calibration_error_by_chance(few) / 5
    found = expected_calibration_error(many, random.random(20_000) < many)
    assert found == pytest.approx(expected, abs=0.006)
    assert calibration_error_by_chance(np.array([0.0, 1.0])) == 0.0
