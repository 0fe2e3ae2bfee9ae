"""The fit finds known parameters, keeps the order and refuses what cannot be fitted."""

from __future__ import annotations

import numpy as np
import pytest

from reader.squad import AnswerText, Example
from training.fit_calibration import Asked, asked_sets, best_threshold, fit, fit_logistic, report


def test_finds_the_parameters_that_made_the_data() -> None:
    random = np.random.default_rng(0)
    scores = random.normal(2.0, 4.0, 40_000)
    right = random.random(40_000) < 1 / (1 + np.exp(-(0.7 * scores - 1.5)))
    slope, intercept = fit_logistic(scores[:, None], right)
    assert slope == pytest.approx(0.7, abs=0.03)
    assert intercept == pytest.approx(-1.5, abs=0.06)


def test_separable_answers_have_a_finite_fit() -> None:
    scores = np.arange(20.0)
    slope, intercept = fit_logistic(scores[:, None], scores >= 10)
    assert np.isfinite([slope, intercept]).all()
    assert slope > 0


def test_what_cannot_be_fitted_is_said() -> None:
    scores = np.arange(10.0)
    with pytest.raises(ValueError, match="got 10 of 10 right"):
        fit_logistic(scores[:, None], np.ones(10, dtype=bool))
    upside_down = [Asked(scores, np.zeros(10), scores < 5)]
    with pytest.raises(ValueError, match="not more often right"):
        fit(upside_down)


def test_weighs_the_null_score_as_the_data_does() -> None:
    random = np.random.default_rng(1)
    asked = []
    for _ in range(4000):
        logits, nulls = random.normal(0, 3, 4), random.normal(0, 3, 4)
        chance = 1 / (1 + np.exp(-(0.8 * logits - 0.4 * nulls - 2.0)))
        asked.append(Asked(logits, nulls, random.random(4) < chance))
    calibration = fit(asked)
    assert calibration.null_weight == pytest.approx(0.5, abs=0.03)
    assert calibration.slope == pytest.approx(0.8, abs=0.05)
    assert calibration.intercept == pytest.approx(-2.0, abs=0.2)
    assert report(asked, calibration)["ece"] < 0.03


def test_the_threshold_leaves_out_what_costs_more_than_it_earns() -> None:
    probabilities = np.array([0.9, 0.8, 0.7, 0.4, 0.3, 0.2])
    right = np.array([True, True, True, False, True, False])
    assert best_threshold(probabilities, right) == 0.7


def test_half_of_the_questions_lack_their_passage() -> None:
    examples = [
        Example(f"q{i}", f"Which is {i}?", f"This is the answer{i}.", (AnswerText("x", 0),), i)
        for i in range(400)
    ]
    examples = [
        Example(e.id, e.question, e.context, (AnswerText(f"answer{e.order}.", 12),), e.order)
        for e in examples
    ]
    sets = asked_sets(examples, seed=3)
    present = [there for _, _, there in sets]
    assert 0.4 < sum(present) / len(present) < 0.6
    for example, passages, there in sets:
        assert (example.context in passages) == there
        assert len(set(passages)) == len(passages) == 10
