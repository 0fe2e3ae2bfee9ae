"""Whether a reader may take another's place: two columns of figures in, a verdict out. Pure.

Knows no model and no question; figures are means over questions, in percent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWS = 2000
SEED = 13


@dataclass(frozen=True, slots=True)
class Difference:
    """Two readers on the same ``n`` questions.

    Attributes:
        before: mean of the reader in use, in percent.
        after: mean of the new one.
        low: ``after - before`` is above this in 95 of 100 draws of questions.
        high: likewise, below.
        n: questions.
    """

    before: float
    after: float
    low: float
    high: float
    n: int

    @property
    def gain(self) -> float:
        """How much better the new reader is; below 0 if it is worse."""
        return self.after - self.before

    def __str__(self) -> str:
        return (
            f"{self.before:.1f} -> {self.after:.1f} ({self.gain:+.1f}, "
            f"95 % from {self.low:+.1f} to {self.high:+.1f}, n = {self.n})"
        )


def difference(before: NDArray[np.float64], after: NDArray[np.float64]) -> Difference:
    """Both readers' figures in [0, 1] for the same questions, (n,) each, compared.

    The interval is the paired bootstrap's (Berg-Kirkpatrick et al. 2012): questions are drawn
    with replacement, and each draw compares both readers on the same ones.

    Raises:
        ValueError: if there is no question, or not the same number for both.
    """
    if not len(before) or len(before) != len(after):
        raise ValueError(
            f"expected the same questions for both readers, got {len(before)} and {len(after)}"
        )
    random = np.random.default_rng(SEED)
    apart = 100 * (after - before)  # (n,)
    draws = random.integers(0, len(apart), (DRAWS, len(apart)))  # (DRAWS, n)
    low, high = np.quantile(apart[draws].mean(axis=1), (0.025, 0.975))
    means = (100 * float(before.mean()), 100 * float(after.mean()))
    return Difference(*means, float(low), float(high), len(apart))


@dataclass(frozen=True, slots=True)
class Gate:
    """What is asked of an adapted reader, and what it showed.

    Attributes:
        corrections: F1 over the corrections that were kept from training.
        base: F1 over questions of the base data that no reader was trained on.
        most_loss: points of F1 that ``base`` may lose.
    """

    corrections: Difference
    base: Difference
    most_loss: float = 0.5

    @property
    def passed(self) -> bool:
        """Better on the corrections, and not worse on the base data beyond what is allowed."""
        return self.corrections.gain > 0 and self.base.gain >= -self.most_loss

    @property
    def verdict(self) -> str:
        """One sentence."""
        if self.passed:
            return "better on the corrections held out, and not worse on the base data"
        if self.corrections.gain <= 0:
            return "not better on the corrections held out"
        return f"worse on the base data by more than {self.most_loss} points"
