"""Following work: the newest of what it says, then its result or its error."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import pytest

from chatbot.following import Following


def test_what_is_said_comes_while_the_work_goes_on() -> None:
    heard = Event()

    def work(say: Callable[[int], None]) -> str:
        say(1)
        assert heard.wait(60)
        return "done"

    following = Following[int, str](work, every_s=0.0)
    said = []
    for one in following:
        said.append(one)
        heard.set()
    assert (said, following.result()) == ([1], "done")


def test_what_is_said_too_often_gives_way_to_the_newest() -> None:
    many = Event()

    def work(say: Callable[[int], None]) -> None:
        for number in range(1000):
            say(number)
        many.set()

    following = Following[int, None](work, every_s=3600.0)
    assert many.wait(60)
    assert list(following) == []


def test_an_error_is_raised_where_the_result_is_asked_for() -> None:
    def work(say: Callable[[int], None]) -> None:
        say(1)
        raise LookupError("gone")

    following = Following[int, None](work, every_s=0.0)
    assert set(following) <= {1}
    with pytest.raises(LookupError, match="gone"):
        following.result()
