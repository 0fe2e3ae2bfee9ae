"""Batches last about a second, whatever the machine."""

from __future__ import annotations

import pytest

from retriever.intake.pace import AIM_S, FIRST, LEAST, LOOK_AGAIN_S, Pace, pause_s


def test_the_first_batch_is_small() -> None:
    assert Pace().size(128) == FIRST
    assert Pace().size(5) == 5


@pytest.mark.parametrize(("rate", "size"), [(1000.0, 128), (60.0, 60), (2.0, LEAST)])
def test_batches_last_about_a_second(rate: float, size: int) -> None:
    pace = Pace()
    for _ in range(12):
        n_passages = pace.size(128)
        pace.note(n_passages, n_passages / rate)
    assert pace.size(128) == pytest.approx(size * AIM_S, abs=1)


def test_a_busy_machine_is_followed() -> None:
    pace = Pace()
    pace.note(128, 0.5)
    assert pace.size(128) == 128
    for _ in range(6):
        pace.note(20, 1.0)
    assert pace.size(128) < 32


def test_no_time_at_all_is_no_error() -> None:
    pace = Pace()
    pace.note(1, 0.0)
    assert pace.size(128) == 128


def test_whoever_looks_at_a_long_queue_pauses_longer() -> None:
    assert pause_s(0.001) == LOOK_AGAIN_S
    assert pause_s(0.08) == pytest.approx(0.8)
