"""Logits -> a score that compares across texts, and its probability. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a span is scored, Platt scaling of that score, and the threshold to answer at all.

    ``score = logit - null_weight * null_logit``: evidence for the span, less a share of the
    evidence that its text does not answer (Devlin et al. 2019, section 4.3, has weight 1).
    ``probability = 1 / (1 + exp(-(slope * score + intercept)))`` (Platt 1999). The slope is
    positive, so calibration never changes the order of spans.

    Attributes:
        null_weight: fitted on held-out questions, 0 or more.
        slope: likewise; above 0.
        intercept: likewise.
        threshold: least probability at which an answer is given.
    """

    null_weight: float
    slope: float
    intercept: float
    threshold: float

    def __post_init__(self) -> None:
        if not self.slope > 0:
            raise ValueError(f"slope must be above 0 to keep the order of spans, got {self.slope}")
        if not self.null_weight >= 0:
            raise ValueError(f"null_weight must be 0 or more, got {self.null_weight}")
        if not 0 <= self.threshold <= 1:
            raise ValueError(f"threshold is a probability in [0, 1], got {self.threshold}")

    def score(self, logit: float, null_logit: float) -> float:
        """Evidence for a span; comparable across texts."""
        return logit - self.null_weight * null_logit

    def probability(self, score: float) -> float:
        """Probability in [0, 1] that a span with this score is right."""
        x = self.slope * score + self.intercept
        if x >= 0:
            return 1.0 / (1.0 + math.exp(-min(x, 700.0)))
        exponential = math.exp(max(x, -700.0))
        return exponential / (1.0 + exponential)


UNCALIBRATED = Calibration(null_weight=1.0, slope=1.0, intercept=0.0, threshold=0.5)
