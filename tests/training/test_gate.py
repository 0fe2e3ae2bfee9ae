"""The gate: what is better passes, what forgets does not, and the interval is the bootstrap's."""

from __future__ import annotations

import numpy as np
import pytest

from training.gate import Difference, Gate, difference


def of(gain: float, n: int = 50) -> Difference:
    return Difference(40.0, 40.0 + gain, gain - 2, gain + 2, n)


@pytest.mark.parametrize(
    ("corrections", "base", "passed", "verdict"),
    [
        (4.0, 0.1, True, "better on the corrections held out, and not worse on the base data"),
        (4.0, -0.5, True, "better on the corrections held out, and not worse on the base data"),
        (4.0, -0.6, False, "worse on the base data by more than 0.5 points"),
        (0.0, 1.0, False, "not better on the corrections held out"),
        (-1.0, -3.0, False, "not better on the corrections held out"),
    ],
)
def test_both_conditions_must_hold(
    corrections: float, base: float, passed: bool, verdict: str
) -> None:
    gate = Gate(of(corrections), of(base))
    assert gate.passed is passed
    assert gate.verdict == verdict


def test_the_interval_is_that_of_paired_draws() -> None:
    random = np.random.default_rng(5)
    before = random.random(400)
    after = np.clip(before + random.normal(0.05, 0.1, 400), 0, 1)
    found = difference(before, after)
    apart = 100 * (after - before)
    error = apart.std() / np.sqrt(len(apart))
    assert found.gain == pytest.approx(apart.mean())
    assert found.low == pytest.approx(apart.mean() - 1.96 * error, abs=0.15)
    assert found.high == pytest.approx(apart.mean() + 1.96 * error, abs=0.15)
    assert str(found).startswith(f"{100 * before.mean():.1f} -> {100 * after.mean():.1f} (+")


def test_other_questions_are_refused() -> None:
    with pytest.raises(ValueError, match="same questions for both readers, got 3 and 2"):
        difference(np.ones(3), np.ones(2))
    with pytest.raises(ValueError, match="got 0 and 0"):
        difference(np.ones(0), np.ones(0))
