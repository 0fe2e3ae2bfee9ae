"""Several at once: order of writing and of results, failures, early ends."""

from __future__ import annotations

import threading
import time
from contextlib import closing

import pytest

from retriever.intake.several import AT_ONCE, Stopped, Turn, Turns, in_order


def test_writes_and_results_keep_the_order_though_work_overlaps() -> None:
    together = threading.Barrier(AT_ONCE)
    written: list[int] = []

    def work(item: int, turn: Turn) -> int:
        together.wait(timeout=20)  # passes only if as many are at work at once
        if item % 3 != 1:  # some never write
            turn(None)
            written.append(item)
        return item * 10

    items = range(4 * AT_ONCE)
    assert list(in_order(work, items)) == [item * 10 for item in items]
    assert written == [item for item in items if item % 3 != 1]


def test_a_failure_is_raised_in_its_place_and_leaves_the_rest() -> None:
    begun: list[int] = []

    def work(item: int, turn: Turn) -> int:
        begun.append(item)
        turn(None)
        if item == 2:
            raise ValueError("item 2")
        time.sleep(0.01 * (item > 2))  # else all may be done before anyone looks
        return item

    results = in_order(work, range(1000))
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match="item 2"):
        next(results)
    assert len(begun) < 1000


def test_whoever_stops_listening_stops_the_work() -> None:
    begun: list[int] = []

    def work(item: int, turn: Turn) -> int:
        begun.append(item)
        turn(None)
        return item

    results = in_order(work, range(100_000))
    assert next(results) == 0
    results.close()
    assert len(begun) < 100_000


def test_what_is_under_way_is_told_when_nobody_listens() -> None:
    begun, ended = threading.Event(), threading.Event()

    def work(item: int, turn: Turn) -> int:
        if item == 0:
            return item
        begun.set()
        deadline = time.monotonic() + 20
        while not turn.stopped():
            assert time.monotonic() < deadline, "nobody told"
            time.sleep(0.01)
        with pytest.raises(Stopped):
            turn(None)
        ended.set()
        return item

    with closing(in_order(work, range(2))) as results:
        assert next(results) == 0
        assert begun.wait(20)
    assert ended.is_set()


def test_whoever_waits_for_a_turn_is_woken_when_nobody_listens() -> None:
    turns = Turns()
    threading.Timer(0.05, turns.stop).start()
    with pytest.raises(Stopped):
        Turn(turns, 7)(20.0)
