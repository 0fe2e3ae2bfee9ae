"""Exact match and F1 by the rules of the SQuAD evaluation, and calibration error. Pure.

Rajpurkar et al. 2016, section 6.1: lower case, no punctuation, no articles, single
spaces; the best over all accepted answers. SQuAD v2.0 (2018): a question without an
answer is right only when nothing is answered. Chinese is compared character by
character (CMRC 2018, Cui et al. 2019).
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RIGHT_F1 = 0.8
COVERAGES = (100, 90, 80, 70, 50)  # percent
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_CJK = re.compile(r"([\u3400-\u9fff\uf900-\ufaff])")


@dataclass(frozen=True, slots=True)
class Score:
    """Means over ``n`` questions, in percent."""

    exact_match: float
    f1: float
    n: int


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """What staying silent on the least sure questions wins (Geifman and El-Yaniv 2017).

    Attributes:
        error_at: coverage in percent -> share of wrong answers among those given, in [0, 1].
        aurc: mean of that share over all coverages, in [0, 1].
    """

    error_at: dict[str, float]
    aurc: float


def normalise(text: str) -> str:
    """The form in which answers are compared."""
    plain = _ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION))
    return " ".join(_CJK.sub(r" \1 ", plain).split())


def exact_match(prediction: str, answers: Sequence[str]) -> float:
    """1.0 if the prediction equals any accepted answer; no answers means "" is right."""
    return max(float(normalise(prediction) == normalise(a)) for a in answers or ("",))


def f1(prediction: str, answers: Sequence[str]) -> float:
    """The best token F1 over the accepted answers; no answers means "" is right."""
    return max(_f1(normalise(prediction).split(), normalise(a).split()) for a in answers or ("",))


def _f1(predicted: list[str], accepted: list[str]) -> float:
    if not predicted or not accepted:
        return float(predicted == accepted)
    common = sum((Counter(predicted) & Counter(accepted)).values())
    if common == 0:
        return 0.0
    precision, recall = common / len(predicted), common / len(accepted)
    return 2 * precision * recall / (precision + recall)


def is_right(prediction: str, answers: Sequence[str], least_f1: float = RIGHT_F1) -> bool:
    """Whether a quotation counts as right when a probability is judged: F1 of 0.8 or more.

    A question without an answer has no right quotation.
    """
    return bool(answers) and f1(prediction, answers) >= least_f1


def score(pairs: Sequence[tuple[str, Sequence[str]]]) -> Score:
    """Mean exact match and F1 over ``(prediction, accepted answers)`` pairs."""
    if not pairs:
        raise ValueError("expected at least one question to score, got none")
    return Score(_mean(exact_match, pairs), _mean(f1, pairs), len(pairs))


def _mean(
    measure: Callable[[str, Sequence[str]], float], pairs: Sequence[tuple[str, Sequence[str]]]
) -> float:
    return 100 * sum(measure(text, answers) for text, answers in pairs) / len(pairs)


def selective_errors(
    probabilities: NDArray[np.float64], right: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Share of wrong answers when only the i + 1 surest questions are answered, shape (n,).

    Args:
        probabilities: shape (n,); the surer is answered first, ties in the order given.
        right: shape (n,).
    """
    wrong = ~right[np.argsort(-probabilities, kind="stable")]
    return np.cumsum(wrong) / np.arange(1, len(wrong) + 1)


def risk_coverage(probabilities: NDArray[np.float64], right: NDArray[np.bool_]) -> RiskCoverage:
    """The curve's figures; ValueError without any question. Arguments as above."""
    if not len(right):
        raise ValueError("expected at least one question to score, got none")
    errors = selective_errors(probabilities, right)
    at = {str(c): float(errors[max(1, round(len(errors) * c / 100)) - 1]) for c in COVERAGES}
    return RiskCoverage(at, float(errors.mean()))


def best_abstaining(
    probabilities: NDArray[np.float64], earned: NDArray[np.float64], answerable: NDArray[np.bool_]
) -> float:
    """The mean that the best of all thresholds would reach, in percent.

    It is chosen on the very questions it is measured on, as ``best_f1`` and ``best_exact``
    of the official SQuAD v2.0 script are: an upper bound, for comparing with papers.

    Args:
        probabilities: shape (n,).
        earned: exact match or F1 of each answer if it is given, shape (n,).
        answerable: shape (n,); silence earns 1 where this is False.
    """
    order = np.argsort(-probabilities, kind="stable")
    silence = (~answerable).astype(np.float64)
    gains = np.concatenate([[0.0], np.cumsum((earned - silence)[order])])
    return float(100 * (silence.sum() + gains.max()) / len(earned))


def expected_calibration_error(
    probabilities: NDArray[np.float64], correct: NDArray[np.bool_], n_bins: int = 15
) -> float:
    """Mean gap between stated and found accuracy over bins of equal width (Guo et al. 2017).

    Args:
        probabilities: shape (n,), in [0, 1].
        correct: shape (n,).
        n_bins: number of bins over [0, 1].
    """
    bins = np.minimum((probabilities * n_bins).astype(int), n_bins - 1)
    error = 0.0
    for index in range(n_bins):
        members = bins == index
        if members.any():
            gap = abs(probabilities[members].mean() - correct[members].mean())
            error += float(gap) * float(members.mean())
    return error


def calibration_error_by_chance(
    probabilities: NDArray[np.float64], n_bins: int = 15, n_draws: int = 100, seed: int = 13
) -> float:
    """The calibration error that these probabilities would show if they were exactly true.

    So few questions fall into a bin that even perfect probabilities miss by chance; the
    mean over ``n_draws`` drawn outcomes says by how much (Bröcker and Smith 2007).
    """
    random = np.random.default_rng(seed)
    draws = random.random((n_draws, len(probabilities))) < probabilities  # (n_draws, n)
    errors = [expected_calibration_error(probabilities, drawn, n_bins) for drawn in draws]
    return float(np.mean(errors))
