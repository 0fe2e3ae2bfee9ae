"""How sure to be: score and evidence -> probability, fitted on held-out questions; the threshold.

Pure: knows what a reader found, but neither the reader nor where questions come from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reader.calibrate import EVIDENCE, Calibration, Evidence, Quotation, quotations, weigh
from reader.decode import Found
from training.metrics import expected_calibration_error, is_right, risk_coverage, selective_errors

FIT_F1 = 0.7  # training questions have one accepted answer, test questions several (docs/reader.md)
WRONG_COST = 0.5  # of a wrong answer, as a share of what a right one earns
SMOOTHING = 1.0  # ridge on standardised inputs, in questions: keeps unused weights at 0


@dataclass(frozen=True, slots=True)
class Read:
    """What the reader found for one question, kept so that fitting reads nothing again.

    ``texts[own]`` is the text that answers; ``own`` is -1 where none does.
    """

    question: str
    regime: str
    texts: tuple[str, ...]
    found: Found
    own: int
    accepted: tuple[str, ...]

    def right(self, quotation: Quotation) -> bool:
        """Whether a quotation answers the question."""
        there = quotation.text_index == self.own
        return there and is_right(quotation.words, self.accepted, FIT_F1)


@dataclass(frozen=True, slots=True)
class Row:
    """The best quotation of a question: its score, its evidence, whether it is right."""

    score: float
    evidence: Evidence
    right: bool
    regime: str


def fit_logistic(
    inputs: NDArray[np.float64],
    right: NDArray[np.bool_],
    counts: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Coefficients and intercept of ridge logistic regression by Newton's method.

    Targets are smoothed as in Platt 1999, so that separable data has a finite answer.

    Args:
        inputs: shape (n, d).
        right: shape (n,).
        counts: how much each row counts, shape (n,); all the same if None.

    Returns:
        d coefficients of the inputs as given, then the intercept.

    Raises:
        ValueError: if all are right or all wrong.
    """
    n_right, n = int(right.sum()), len(right)
    if n_right in (0, n):
        raise ValueError(f"expected some right and some wrong answers, got {n_right} of {n} right")
    weight = np.ones(n) if counts is None else counts
    targets = np.where(right, (n_right + 1) / (n_right + 2), 1 / (n - n_right + 2))
    centre, spread = inputs.mean(axis=0), inputs.std(axis=0)
    spread[spread < 1e-9] = 1.0
    standard = np.column_stack([(inputs - centre) / spread, np.ones(n)])  # (n, d + 1)
    ridge = np.array([SMOOTHING] * inputs.shape[1] + [0.0])
    fitted = np.zeros(len(ridge))
    for _ in range(100):
        predicted = 1 / (1 + np.exp(-np.clip(standard @ fitted, -500, 500)))
        gradient = standard.T @ (weight * (predicted - targets)) + ridge * fitted
        curvature = (standard.T * (weight * predicted * (1 - predicted))) @ standard
        step = np.linalg.solve(curvature + np.diag(ridge + 1e-9), gradient)
        fitted = fitted - step
        if np.abs(step).max() < 1e-9:
            break
    coefficients = fitted[:-1] / spread
    return np.append(coefficients, fitted[-1] - coefficients @ centre)


def fit_null_weight(reads: Sequence[Read]) -> float:
    """How much the null score counts, from the best span of every passage that was read.

    Raises:
        ValueError: if higher logits are not more often right.
    """
    rows = [row for read in reads for row in _best_of_each_text(read)]
    inputs = np.array([(logit, null) for logit, null, _ in rows])  # (passages, 2)
    of_logit, of_null, _ = fit_logistic(inputs, np.array([right for _, _, right in rows]))
    if of_logit <= 0:
        raise ValueError(f"higher logits are not more often right: weight {of_logit:.4f}")
    return max(0.0, float(-of_null / of_logit))


def _best_of_each_text(read: Read) -> Iterator[tuple[float, float, bool]]:
    """Logit, null logit and rightness of the best span of each text."""
    by_logit = quotations(read.found, read.texts, Calibration(0.0, 1.0, 0.0, 0.5))
    best: dict[int, Quotation] = {}
    for one in by_logit:
        if one.text_index not in best or one.score > best[one.text_index].score:
            best[one.text_index] = one
    for index, one in best.items():
        yield one.score, read.found.nulls[index], read.right(one)


def rows_of(reads: Sequence[Read], null_weight: float) -> list[Row]:
    """The best quotation of every question, its evidence as the reader weighs it."""
    scale = Calibration(null_weight, 1.0, 0.0, 0.5)
    rows: list[Row] = []
    for read in reads:
        found = quotations(read.found, read.texts, scale)
        evidence = weigh(read.question, len(read.found.nulls), found)
        best = max(found, key=lambda one: one.score)
        rows.append(Row(best.score, evidence, read.right(best), read.regime))
    return rows


def fit(reads: Sequence[Read], inputs: Sequence[str] = EVIDENCE) -> Calibration:
    """The weight of the null score, then that of score and evidence, then the threshold.

    Args:
        reads: held-out questions, as read.
        inputs: fields of ``Evidence`` to use; none of them makes it Platt scaling.

    Raises:
        ValueError: if higher scores are not more often right.
    """
    null_weight = fit_null_weight(reads)
    rows = rows_of(reads, null_weight)
    calibration = fit_rows(rows, null_weight, inputs)
    chatted = [row for row in rows if row.evidence.texts > 0] or rows
    threshold = best_threshold(*judged(chatted, calibration))
    return replace(calibration, threshold=round(threshold, 4))


def fit_rows(
    rows: Sequence[Row], null_weight: float, inputs: Sequence[str], steeper: bool = True
) -> Calibration:
    """Logistic regression of rightness; ``steeper`` lets the slope grow with the texts read."""
    table = [
        [r.score, steeper * r.evidence.texts * r.score, *(getattr(r.evidence, i) for i in inputs)]
        for r in rows
    ]
    right = np.array([row.right for row in rows])
    found = [float(x) for x in fit_logistic(np.array(table), right)]
    slope, by_texts, *of_evidence, intercept = found
    if by_texts < 0:
        return fit_rows(rows, null_weight, inputs, steeper=False)
    of_input = dict(zip(inputs, of_evidence, strict=True))
    return Calibration(null_weight, slope, intercept, 0.5, of_input, by_texts)


def judged(
    rows: Sequence[Row], calibration: Calibration
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Probability and rightness of each question's best quotation, (n,) each."""
    probabilities = [calibration.probability(row.score, row.evidence) for row in rows]
    return np.array(probabilities), np.array([row.right for row in rows], dtype=bool)


def best_threshold(probabilities: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """The point of the risk-coverage curve where answering gains most.

    A wrong answer costs half of what a right one earns, so a point gains ``coverage * (1 -
    error - error / 2)`` (Chow 1970): an answer is shown in its sentence with its doubt in
    words and number, so a wrong one is seen through, while silence helps nobody.
    """
    errors = selective_errors(probabilities, right)  # (n,)
    gains = np.arange(1, len(errors) + 1) * (1 - (1 + WRONG_COST) * errors)
    return float(np.sort(probabilities)[::-1][int(np.argmax(gains))])


def report(
    rows: Iterable[Row], calibration_of: Callable[[int], Calibration]
) -> dict[str, dict[str, float]]:
    """Calibration figures by regime: shares in [0, 1], ``n`` a count.

    ``calibration_of`` says by which calibration the i-th row is judged.
    """
    by_regime: dict[str, list[tuple[float, bool, bool]]] = {}
    for index, row in enumerate(rows):
        calibration = calibration_of(index)
        probability = calibration.probability(row.score, row.evidence)
        by_regime.setdefault(row.regime, []).append(
            (probability, row.right, probability >= calibration.threshold)
        )
    return {name: _figures(*zip(*found, strict=True)) for name, found in by_regime.items()}


def _figures(
    stated: Sequence[float], found: Sequence[bool], given: Sequence[bool]
) -> dict[str, float]:
    probabilities, right, answered = np.array(stated), np.array(found), np.array(given)
    return {
        "n": len(right),
        "ece": expected_calibration_error(probabilities, right),
        "stated": float(probabilities.mean()),
        "right_of_all": float(right.mean()),
        "coverage": float(answered.mean()),
        "right_of_answered": float(right[answered].mean()) if answered.any() else 0.0,
        "aurc": risk_coverage(probabilities, right).aurc,
    }


def cross_fitted(reads: Sequence[Read]) -> dict[str, dict[str, float]]:
    """Figures by regime, every question judged by a fit on the half it is not in."""
    halves = (fit(reads[1::2]), fit(reads[::2]))
    rows = [rows_of(reads[i : i + 1], halves[i % 2].null_weight)[0] for i in range(len(reads))]
    return report(rows, lambda index: halves[index % 2])
