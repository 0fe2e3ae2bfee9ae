"""Probabilities lie in [0, 1] and never change the order of scores."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.calibrate import Calibration

SCORES = st.floats(-1e6, 1e6)


@given(SCORES, SCORES, st.floats(1e-3, 100), st.floats(-50, 50))
def test_order_is_kept(a: float, b: float, slope: float, intercept: float) -> None:
    calibration = Calibration(0.5, slope, intercept, 0.5)
    low, high = calibration.probability(min(a, b)), calibration.probability(max(a, b))
    assert 0.0 <= low <= high <= 1.0


def test_known_values() -> None:
    calibration = Calibration(null_weight=0.5, slope=2.0, intercept=-1.0, threshold=0.3)
    assert calibration.score(3.0, 4.0) == 1.0
    assert calibration.probability(0.5) == 0.5
    assert calibration.probability(1.5) == pytest.approx(0.880797, abs=1e-6)
    assert calibration.probability(-0.5) == pytest.approx(0.119203, abs=1e-6)


@pytest.mark.parametrize("slope", [0.0, -1.0, float("nan")])
def test_a_slope_that_would_turn_the_order_is_refused(slope: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Calibration(1.0, slope, 0.0, 0.5)


def test_a_threshold_is_a_probability() -> None:
    with pytest.raises(ValueError, match="probability"):
        Calibration(1.0, 1.0, 0.0, 1.5)
    with pytest.raises(ValueError, match="0 or more"):
        Calibration(-1.0, 1.0, 0.0, 0.5)
