"""Whose requests get in: hosts and origins by table, then a real server under odd names."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from chatbot.api.hosts import allowed_hosts, host_of, is_own_machine
from chatbot.settings import Settings, from_flags
from tests.served import served

REBOUND = "evil.example"
SPACE = {"SPACE_ID": "ada/quoth", "SPACE_HOST": "ada-quoth.hf.space,chat.example.org"}


def at(tmp_path: Path, **fields: object) -> Settings:
    return Settings(tmp_path, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given, host",
    [
        ("127.0.0.1:7860", "127.0.0.1"),
        ("[::1]:7860", "::1"),
        ("LocalHost", "localhost"),
        ("chat.example.org.", "chat.example.org"),
        ("my_service:80", "my_service"),
        ("", ""),
        ("127.0.0.1@evil.example", ""),
        ("evil.example#@127.0.0.1", ""),
        ("evil.example\\@localhost", ""),
        ("localhost:80:80", ""),
        ("localhost, evil.example", ""),
        ("<script>", ""),
    ],
)
def test_a_host_is_read_strictly(given: str, host: str) -> None:
    assert host_of(given) == host


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "::1", "localhost", "a.localhost", "192.168.1.5", "127.0.0.2"]
)
def test_loopback_and_addresses_in_figures_are_always_let_in(host: str, tmp_path: Path) -> None:
    assert allowed_hosts(at(tmp_path)).has(host)
    assert allowed_hosts(at(tmp_path, host="0.0.0.0")).has(host)


@pytest.mark.parametrize("host", ["desk", "desk.local", "quoth.internal", "desk.home.arpa"])
def test_a_networks_own_names_are_let_in_from_there_alone(host: str, tmp_path: Path) -> None:
    assert allowed_hosts(at(tmp_path, host="0.0.0.0")).has(host)
    assert not allowed_hosts(at(tmp_path)).has(host)


def test_public_names_must_be_named(tmp_path: Path) -> None:
    for bound in ("127.0.0.1", "0.0.0.0", "::", "192.168.1.5"):
        hosts = allowed_hosts(at(tmp_path, host=bound))
        for name in (REBOUND, f"localhost.{REBOUND}", f"127.0.0.1.{REBOUND}", "a.local.evil", ""):
            assert not hosts.has(name)
    assert allowed_hosts(at(tmp_path, host="desk.example.org")).has("desk.example.org")
    named = allowed_hosts(at(tmp_path, allowed_hosts=("chat.example.org", ".example.net")))
    assert named.has("chat.example.org")
    assert named.has("a.example.net")
    assert not named.has("example.net.evil.example")
    assert not named.has("b.chat.example.org")
    assert allowed_hosts(at(tmp_path, allowed_hosts=("*",))).has(REBOUND)


def test_a_tunnel_is_let_in_once_it_is_open(tmp_path: Path) -> None:
    hosts = allowed_hosts(at(tmp_path, share=True))
    assert not hosts.has("abc.gradio.live")
    hosts.allow("abc.gradio.live")
    assert hosts.has("abc.gradio.live")
    assert hosts.may_call("https://abc.gradio.live", "abc.gradio.live")
    hosts.allow("")
    assert not hosts.has("")


def test_a_space_is_reached_as_the_hub_calls_it() -> None:
    hosts = allowed_hosts(from_flags(None, SPACE))
    for name in ("ada-quoth.hf.space", "ada-quoth--dev.hf.space", "chat.example.org", "10.16.4.2"):
        assert hosts.has(name)
    assert not hosts.has(REBOUND)
    assert hosts.may_call("https://huggingface.co", "ada-quoth.hf.space")
    assert not hosts.may_call("https://eve-space.hf.space", "ada-quoth.hf.space")
    assert not allowed_hosts(from_flags(None, {})).has("ada-quoth.hf.space")


@pytest.mark.parametrize(
    "origin, may",
    [
        ("http://127.0.0.1:7860", True),
        ("http://localhost:3000", True),
        ("https://chat.example.org", True),
        ("http://evil.example", False),
        ("http://192.168.1.9", False),
        ("http://desk", False),
        ("null", False),
        ("file://127.0.0.1", False),
        ("chrome-extension://127.0.0.1", False),
        ("", False),
    ],
)
def test_another_sites_page_may_not_call(origin: str, may: bool, tmp_path: Path) -> None:
    hosts = allowed_hosts(at(tmp_path, host="0.0.0.0", allowed_hosts=("chat.example.org",)))
    assert hosts.may_call(origin, "127.0.0.1") is may


def test_who_asks_from_here_under_loopbacks_name_was_brought_by_nobody() -> None:
    assert is_own_machine("localhost", "127.0.0.1")
    assert is_own_machine("::1", "::1")
    assert not is_own_machine("abc.gradio.live", "127.0.0.1")
    assert not is_own_machine("localhost", "192.168.1.9")
    assert not is_own_machine("localhost", "")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("hosts")
    named = {"QUOTH_ALLOWED_HOSTS": "chat.example.org"}
    with served(folder / "home", folder / "log", **named) as address:
        yield address


PATHS = ("/", "/zh", "/health", "/metrics", "/config", "/gradio_api/info", "/assets/x.js")
POSTED = ("/api/visit", "/mcp/", "/gradio_api/upload", "/gradio_api/queue/join", "/login")


@pytest.mark.parametrize("path", [*PATHS, *POSTED])
def test_no_address_answers_under_a_name_that_is_not_ours(address: str, path: str) -> None:
    method = "POST" if path in POSTED else "GET"
    told = httpx.request(method, address + path, headers={"host": f"{REBOUND}:7860"})
    assert told.status_code == 421
    assert told.text == (
        "this server is not known as evil.example: to allow it, start it with "
        "--allowed-hosts evil.example\n"
    )
    called = httpx.request(method, address + path, headers={"origin": "http://evil.example"})
    assert called.status_code == 403
    assert "a page of evil.example may not call this server" in called.text
    assert "access-control-allow-origin" not in called.headers


def test_what_is_named_gets_in(address: str) -> None:
    port = urlsplit(address).port
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", "192.168.7.7", "chat.example.org"):
        for origin in ({}, {"origin": f"http://{host}"}):
            headers = {"host": host, **origin}
            assert httpx.get(f"{address}/health", headers=headers).status_code == 200
            visit = httpx.post(f"{address}/api/visit", headers=headers)
            assert visit.json()["token"]


def test_two_hosts_none_and_none_that_can_be_are_refused(address: str) -> None:
    for hosts in (["evil.example", "localhost"], ["localhost", "evil.example"], ["<b>"], [""]):
        connection = http.client.HTTPConnection(urlsplit(address).netloc)
        connection.putrequest("GET", "/health", skip_host=True)
        for host in hosts:
            connection.putheader("Host", host)
        connection.endheaders()
        answer = connection.getresponse()
        assert answer.status in (400, 421)
        assert b"<b>" not in answer.read()
        connection.close()
