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
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_CJK = re.compile(r"([\u3400-\u9fff\uf900-\ufaff])")


@dataclass(frozen=True, slots=True)
class Score:
    """Means over ``n`` questions, in percent."""

    exact_match: float
    f1: float
    n: int


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


def is_right(prediction: str, answers: Sequence[str]) -> bool:
    """Whether a quotation counts as right when a probability is judged: F1 of 0.8 or more.

    A question without an answer has no right quotation.
    """
    return bool(answers) and f1(prediction, answers) >= RIGHT_F1


def score(pairs: Sequence[tuple[str, Sequence[str]]]) -> Score:
    """Mean exact match and F1 over ``(prediction, accepted answers)`` pairs."""
    if not pairs:
        raise ValueError("expected at least one question to score, got none")
    return Score(_mean(exact_match, pairs), _mean(f1, pairs), len(pairs))


def _mean(
    measure: Callable[[str, Sequence[str]], float], pairs: Sequence[tuple[str, Sequence[str]]]
) -> float:
    return 100 * sum(measure(text, answers) for text, answers in pairs) / len(pairs)


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
