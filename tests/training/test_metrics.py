"""EM and F1 follow the published SQuAD rules; calibration error follows its definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.metrics import (
    exact_match,
    expected_calibration_error,
    f1,
    is_right,
    normalise,
    score,
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
