"""Figures for Prometheus: what is counted, and that nobody is named."""

from __future__ import annotations

from chatbot.meter import ACTIVE_S, Meter, State
from tests.chatbot.records import Clock, answer, reply

EMPTY = State({}, {})


def figures(meter: Meter, state: State = EMPTY) -> dict[str, float]:
    lines = meter.text(state).decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def test_questions_are_counted_by_what_became_of_them() -> None:
    meter = Meter()
    meter.replied(reply(answer("It was lit in 1871.", "1871")))
    meter.replied(reply(None))
    meter.replied(reply(None))
    meter.failed()
    found = figures(meter)
    assert found['quoth_questions_total{outcome="answered"}'] == 1
    assert found['quoth_questions_total{outcome="abstained"}'] == 2
    assert found['quoth_questions_total{outcome="failed"}'] == 1
    assert found["quoth_answer_seconds_count"] == 3
    assert found['quoth_answer_seconds_bucket{le="0.1"}'] == 3  # records.reply took 0.1 s


def test_a_visitor_counts_once_and_is_not_named() -> None:
    meter = Meter()
    for _ in range(3):
        meter.seen("visitor-a")
    meter.seen("visitor-b")
    assert figures(meter)["quoth_visitors_active"] == 2
    assert b"visitor-" not in meter.text(EMPTY)


def test_visitors_who_went_away_are_dropped_also_where_nobody_reads_the_figures() -> None:
    clock = Clock()
    meter = Meter(clock)
    meter.seen("visitor-a")
    clock.now_s = ACTIVE_S + 1
    meter.seen("visitor-b")
    assert list(meter._seen_at) == ["visitor-b"]
    assert figures(meter)["quoth_visitors_active"] == 1


def test_the_library_is_counted_by_state() -> None:
    found = figures(Meter(), State({"indexed": 7, "broken": 1}, {"waiting": 2}))
    assert found['quoth_documents{state="indexed"}'] == 7
    assert found['quoth_documents{state="broken"}'] == 1
    assert found['quoth_files{state="waiting"}'] == 2


def test_two_meters_are_apart() -> None:
    one, two = Meter(), Meter()
    one.failed()
    assert figures(two)['quoth_questions_total{outcome="failed"}'] == 0
