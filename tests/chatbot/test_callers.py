"""Where a request comes from: this machine, an address, or whom a trusted proxy names."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from chatbot.api.callers import address_of, caller_of
from tests.chatbot.test_door import event
from tests.served import served

FOR = "x-forwarded-for"
FLAGS = ("--address-visitors-per-hour", "3", "--address-questions-per-minute", "4")


@pytest.mark.parametrize(
    "client, counted",
    [
        (("198.51.100.1", 1), "198.51.100.1"),
        (("2001:db8:1:2:3:4:5:6", 1), "2001:db8:1:2::/64"),
        (("::ffff:198.51.100.1", 1), "198.51.100.1"),
        (("::1", 1), "::1"),
        (("x" * 999, 1), "x" * 64),
        (None, "unknown"),
    ],
)
def test_an_address_is_counted_as_its_customers(client: object, counted: str) -> None:
    assert address_of({"type": "http", "client": client}) == counted


@pytest.mark.parametrize(
    "client, host, caller",
    [
        ("127.0.0.1", b"localhost:7860", ""),
        ("::1", b"[::1]:7860", ""),
        ("127.0.0.1", b"abc.gradio.live", "127.0.0.1"),
        ("192.168.1.9", b"localhost:7860", "192.168.1.9"),
    ],
)
def test_only_this_machine_itself_is_not_counted(client: str, host: bytes, caller: str) -> None:
    scope = {"type": "http", "client": (client, 1), "headers": [(b"host", host)]}
    assert caller_of(scope) == caller


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("callers")
    with served(folder / "home", folder / "log", *FLAGS) as address:
        yield address


def post(address: str, call: str, token: str, caller: str, **arguments: object) -> httpx.Response:
    headers = {"x-quoth-token": token} | ({FOR: caller} if caller else {})
    return httpx.post(f"{address}/api/{call}", json=arguments, headers=headers, timeout=60)


def test_invented_visitors_of_one_address_are_stopped(address: str) -> None:
    told = [post(address, "documents", f"{n:043}", "198.51.100.1") for n in range(5)]
    assert [one.status_code for one in told] == [200, 200, 200, 429, 429]
    assert told[-1].json() == {
        "error": "3 new visitors came from your address within an hour; wait 20 min.",
        "kind": "limit",
    }
    known = post(address, "documents", f"{0:043}", "198.51.100.1")
    assert known.status_code == 200
    assert post(address, "documents", f"{9:043}", "198.51.100.2").status_code == 200
    here = [post(address, "documents", f"{n:043}", "").status_code for n in range(20, 30)]
    assert here == [200] * 10


def test_the_pages_own_events_count_where_they_come_from(address: str) -> None:
    with httpx.Client(base_url=address, headers={FOR: "198.51.100.3"}, timeout=60) as client:
        for n in range(3):
            assert post(address, "documents", f"{n + 50:043}", "198.51.100.3").status_code == 200
        shown = event(client, "load", f"{60:043}", {})
        assert "3 new visitors came from your address" in shown
        assert "q-docs" not in shown


def test_questions_of_one_address_are_counted_whoever_asks(address: str) -> None:
    ask = {"question": "When was the lamp lit?", "k": 1}
    tokens = [f"{n:043}" for n in (70, 71, 70, 71, 70)]
    told = [post(address, "search", token, "198.51.100.4", **ask) for token in tokens]
    assert [one.status_code for one in told] == [200, 200, 200, 200, 429]
    assert "4 questions came from your address within a minute" in told[-1].json()["error"]
    assert post(address, "search", f"{70:043}", "", **ask).status_code == 200
