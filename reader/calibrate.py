"""Scores -> probabilities, and the rule for saying nothing. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt scaling (Platt 1999) of a span's score, and the threshold to answer at all.

    ``probability(score) = 1 / (1 + exp(-(slope * score + intercept)))``. The slope is
    positive, so calibration never changes the order of spans.

    Attributes:
        slope: fitted on held-out questions; above 0.
        intercept: likewise.
        threshold: least probability at which an answer is given.
    """

    slope: float
    intercept: float
    threshold: float

    def __post_init__(self) -> None:
        if not self.slope > 0:
            raise ValueError(f"slope must be above 0 to keep the order of spans, got {self.slope}")
        if not 0 <= self.threshold <= 1:
            raise ValueError(f"threshold is a probability in [0, 1], got {self.threshold}")

    def probability(self, score: float) -> float:
        """Probability in [0, 1] that a span with this score is right."""
        x = self.slope * score + self.intercept
        if x >= 0:
            return 1.0 / (1.0 + math.exp(-min(x, 700.0)))
        exponential = math.exp(max(x, -700.0))
        return exponential / (1.0 + exponential)


UNCALIBRATED = Calibration(slope=1.0, intercept=0.0, threshold=0.5)
