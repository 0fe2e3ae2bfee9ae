"""Buckets empty and fill by an injected clock; each limit says so in one sentence."""

from __future__ import annotations

import math
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.people import limits as module
from chatbot.people.limits import MB, Gate, LimitReached, Limits, TokenBuckets
from tests.chatbot.records import Clock


def test_a_bucket_empties_says_how_long_and_fills_again() -> None:
    clock = Clock()
    bucket = TokenBuckets(20, 60, clock)
    assert [bucket.take("a") for _ in range(20)] == [0.0] * 20
    assert bucket.take("a") == pytest.approx(3.0)
    assert bucket.take("b") == 0.0
    clock.now_s = 2.9
    assert bucket.take("a") == pytest.approx(0.1)
    clock.now_s = 3.1
    assert bucket.take("a") == 0.0
    assert bucket.take("a", 20) == pytest.approx(60, abs=0.5)
    assert bucket.take("a", 21) == math.inf


@given(
    capacity=st.integers(1, 10),
    steps=st.lists(st.tuples(st.floats(0, 30), st.integers(1, 4)), max_size=60),
)
def test_no_more_passes_than_were_filled_in_and_a_wait_is_enough(
    capacity: int, steps: list[tuple[float, int]]
) -> None:
    clock = Clock()
    bucket = TokenBuckets(capacity, 60, clock)
    taken = 0
    for pause_s, n in steps:
        clock.now_s += pause_s
        wait_s = bucket.take("a", n)
        if wait_s == math.inf:
            assert n > capacity
            continue
        if wait_s:
            clock.now_s += wait_s + 1e-6
            assert bucket.take("a", n) == 0.0
        taken += n
        assert taken <= capacity + clock.now_s * capacity / 60 + 1e-6


def test_tokens_that_were_not_needed_come_back_and_no_more() -> None:
    bucket = TokenBuckets(2, 60, Clock())
    bucket.take("a")
    for _ in range(5):
        bucket.give_back("a")
    assert bucket.take("a", 2) == 0.0
    assert bucket.take("a") > 0


def test_a_clock_that_goes_back_takes_nothing_away() -> None:
    clock = Clock(100)
    bucket = TokenBuckets(2, 60, clock)
    bucket.take("a")
    clock.now_s = 0
    assert bucket.take("a") == 0.0
    assert bucket.take("a") > 0


def test_buckets_that_are_full_again_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUCKETS_KEPT", 5)
    clock = Clock()
    bucket = TokenBuckets(1, 60, clock)
    for n in range(5):
        bucket.take(str(n))
    clock.now_s = 61
    bucket.take("new")
    assert list(bucket._levels) == ["new"]
    for n in range(5):
        bucket.spend(str(n), 1)
    clock.now_s = 200
    bucket.spend("spent", 1)
    assert list(bucket._levels) == ["spent"]


def test_each_limit_is_told_in_a_sentence_with_its_figures() -> None:
    clock = Clock()
    gate = Gate(Limits(500, 20, 4, 3, 10, 5, 2), clock)
    for _ in range(20):
        gate.question("a", "Why?")
    with pytest.raises(LimitReached, match="asked 20 questions within a minute; wait 3 s"):
        gate.question("a", "Why?")
    gate.question("b", "Why?")
    with pytest.raises(LimitReached, match="501 characters; 500 is the most"):
        gate.question("b", "w" * 501)
    with pytest.raises(LimitReached, match="4 files; 3 at once"):
        gate.upload("a", 4)
    gate.upload("a", 3)
    with pytest.raises(LimitReached, match="4 files within an hour; wait 15 min"):
        gate.upload("a", 2)
    gate.holdings(10, 5 * MB)
    with pytest.raises(LimitReached, match="11 documents; 10 is the most"):
        gate.holdings(11, 0)
    with pytest.raises(LimitReached, match="6 MB; 5 MB is the most"):
        gate.holdings(1, 5 * MB + 1)
    with pytest.raises(LimitReached, match="2 collections"):
        gate.collection(3)


def test_zero_is_no_limit() -> None:
    gate = Gate(Limits(*(0 for _ in fields(Limits))), Clock())
    for _ in range(1000):
        gate.question("a", "w" * 10_000)
    gate.upload("a", 10_000)
    gate.holdings(10**9, 10**15)
    gate.collection(10**6)


def test_a_negative_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="uploads per hour, got -1"):
        Limits(uploads_per_hour=-1)


def test_an_address_has_limits_of_its_own_and_this_machine_has_none() -> None:
    clock = Clock()
    limits = Limits(
        questions_per_minute=2,
        address_questions_per_minute=3,
        address_visitors_per_hour=2,
        address_uploads_per_hour=4,
        address_mb_per_hour=1,
    )
    gate = Gate(limits, clock)
    for visitor in "abc":
        gate.question(visitor, "Why?", "198.51.100.1")
    with pytest.raises(LimitReached, match=r"3 questions came from your address .*; wait 20 s"):
        gate.question("d", "Why?", "198.51.100.1")
    gate.question("d", "Why?", "198.51.100.2")
    for _ in range(2):
        gate.newcomer("198.51.100.1")
    with pytest.raises(LimitReached, match=r"2 new visitors .* wait 30 min"):
        gate.newcomer("198.51.100.1")
    for visitor in range(100):
        gate.newcomer("")
        gate.question(str(visitor), "Why?")


def test_uploads_of_an_address_are_counted_in_files_and_bytes() -> None:
    clock = Clock()
    gate = Gate(Limits(address_uploads_per_hour=4, address_mb_per_hour=1), clock)
    gate.uploading("a", MB)
    gate.uploaded("a", 6)
    with pytest.raises(LimitReached, match=r"4 files came .* wait 45 min"):
        gate.uploading("a", 1)
    clock.now_s = 3600
    gate.uploading("a", MB // 2)
    with pytest.raises(LimitReached, match=r"More than 1 MB .* wait 15 min"):
        gate.uploading("a", MB * 3 // 4)
    with pytest.raises(LimitReached, match=r"wait 60 min"):
        gate.uploading("b", 2 * MB)
