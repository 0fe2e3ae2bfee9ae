"""The fit finds known parameters, keeps the order and refuses what cannot be fitted."""

from __future__ import annotations

import numpy as np
import pytest

from reader.calibrate import EVIDENCE, Calibration, Evidence
from reader.decode import Candidate, Found
from training.calibration import (
    Read,
    Row,
    best_threshold,
    cross_fitted,
    fit,
    fit_logistic,
    fit_null_weight,
    fit_rows,
    report,
    rows_of,
)
from training.metrics import expected_calibration_error

TEXTS = ("alpha", "bravo", "gamma", "delta")


def reads_of(
    n: int, slope: float, null_weight: float, intercept: float, seed: int = 1, regime: str = "made"
) -> list[Read]:
    """Questions over four texts, a span each; the best one is right by a known chance."""
    random = np.random.default_rng(seed)
    reads: list[Read] = []
    for _ in range(n):
        logits, nulls = random.normal(0, 3, 4), random.normal(0, 3, 4)
        scores = logits - null_weight * nulls
        best = int(np.argmax(scores))
        right = random.random() < 1 / (1 + np.exp(-(slope * scores[best] + intercept)))
        found = Found(
            [Candidate(i, 0, 5, float(logit)) for i, logit in enumerate(logits)],
            {i: float(null) for i, null in enumerate(nulls)},
        )
        accepted = (TEXTS[best],) if right else ("no such word",)
        reads.append(Read("Which?", regime, TEXTS, found, best, accepted))
    return reads


def test_finds_the_parameters_that_made_the_data() -> None:
    random = np.random.default_rng(0)
    scores = random.normal(2.0, 4.0, 40_000)
    right = random.random(40_000) < 1 / (1 + np.exp(-(0.7 * scores - 1.5)))
    slope, intercept = fit_logistic(scores[:, None], right)
    assert slope == pytest.approx(0.7, abs=0.03)
    assert intercept == pytest.approx(-1.5, abs=0.06)


def test_an_input_that_never_changes_gets_no_weight() -> None:
    random = np.random.default_rng(4)
    scores = random.normal(0, 2, 2000)
    right = random.random(2000) < 1 / (1 + np.exp(-scores))
    inputs = np.column_stack([scores, np.full(2000, 2.3)])
    slope, of_constant, _ = fit_logistic(inputs, right)
    assert slope == pytest.approx(1.0, abs=0.1)
    assert of_constant == pytest.approx(0.0, abs=1e-9)


def test_separable_answers_have_a_finite_fit() -> None:
    scores = np.arange(20.0)
    slope, intercept = fit_logistic(scores[:, None], scores >= 10)
    assert np.isfinite([slope, intercept]).all()
    assert slope > 0


def test_what_cannot_be_fitted_is_said() -> None:
    scores = np.arange(10.0)
    with pytest.raises(ValueError, match="got 10 of 10 right"):
        fit_logistic(scores[:, None], np.ones(10, dtype=bool))
    upside_down = [
        Read(
            "Which?",
            "made",
            TEXTS,
            Found([Candidate(0, 0, 5, float(x))], {0: 0.0}),
            own,
            ("alpha",),
        )
        for x in range(50)
        for own in [0 if x < 25 else -1]
    ]
    with pytest.raises(ValueError, match="not more often right"):
        fit_null_weight(upside_down)


def test_finds_chances_that_are_known() -> None:
    reads = reads_of(4000, slope=0.8, null_weight=0.5, intercept=-2.0)
    calibration = fit(reads, inputs=())
    assert calibration.weights == {}
    assert calibration.slope > 0
    assert cross_fitted(reads)["made"]["ece"] < 0.03
    unseen = rows_of(reads_of(4000, 0.8, 0.5, -2.0, seed=9), calibration.null_weight)
    assert report(unseen, lambda _: calibration)["made"]["ece"] < 0.04


def test_evidence_that_tells_is_used() -> None:
    random = np.random.default_rng(7)
    reads: list[Read] = []
    for _ in range(2000):
        logits = np.sort(random.normal(0, 3, 2))
        right = random.random() < 1 / (1 + np.exp(-(1.5 * (logits[1] - logits[0]) - 4.0)))
        found = Found(
            [Candidate(i, 0, 5, float(x)) for i, x in enumerate(logits)], {0: 0.0, 1: 0.0}
        )
        accepted = (TEXTS[1],) if right else ("no such word",)
        reads.append(Read("Which?", "made", TEXTS, found, 1, accepted))
    plain, full = fit(reads, inputs=()), fit(reads, inputs=EVIDENCE)
    assert set(full.weights) == set(EVIDENCE)
    assert full.slope > 0
    assert _surprise(full, reads) < _surprise(plain, reads) - 0.05


def _surprise(calibration: Calibration, reads: list[Read]) -> float:
    """Mean negative log likelihood of what was right and wrong."""
    rows = rows_of(reads, calibration.null_weight)
    stated = np.array([calibration.probability(row.score, row.evidence) for row in rows])
    right = np.array([row.right for row in rows])
    return -float(np.mean(np.log(np.where(right, stated, 1 - stated))))


def test_regimes_are_reported_apart() -> None:
    sure = reads_of(300, 0.8, 0.5, 1.0, seed=5, regime="easy")
    poor = reads_of(300, 0.8, 0.5, -4.0, seed=6, regime="hard")
    figures = cross_fitted([read for pair in zip(sure, poor, strict=True) for read in pair])
    assert figures["easy"]["n"] == figures["hard"]["n"] == 300
    assert figures["easy"]["right_of_all"] > figures["hard"]["right_of_all"] + 0.3


def test_the_threshold_leaves_out_what_costs_more_than_it_earns() -> None:
    probabilities = np.array([0.9, 0.8, 0.7, 0.4, 0.3, 0.2])
    assert best_threshold(probabilities, np.array([True, True, True, False, False, True])) == 0.7
    assert best_threshold(probabilities, np.array([True, True, True, False, True, False])) == 0.3


def test_calibration_error_of_the_true_chances_is_small() -> None:
    random = np.random.default_rng(2)
    chances = random.random(20_000)
    assert expected_calibration_error(chances, random.random(20_000) < chances) < 0.02


def made_rows(n: int, by_texts: float, seed: int) -> list[Row]:
    """Best quotations over one or ten texts, right by a chance that the score decides."""
    random = np.random.default_rng(seed)
    rows: list[Row] = []
    for index in range(n):
        score, texts = random.normal(0, 2), np.log(10) * (index % 2)
        chance = 1 / (1 + np.exp(-(1.0 + by_texts * texts) * score))
        rows.append(Row(score, Evidence(texts=texts), bool(random.random() < chance), "made"))
    return rows


def test_the_slope_grows_with_the_texts_read_and_never_shrinks() -> None:
    steeper = fit_rows(made_rows(6000, 0.5, seed=1), 0.5, ("texts",))
    assert steeper.slope == pytest.approx(1.0, abs=0.1)
    assert steeper.slope_by_texts == pytest.approx(0.5, abs=0.15)
    flatter = fit_rows(made_rows(6000, -0.3, seed=2), 0.5, ("texts",))
    assert flatter.slope_by_texts == 0.0
    assert flatter.slope > 0
