"""The real server behind the door: who is let in, who is sent away, and what nobody fetches."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import gradio as gr
import httpx
import pytest

from chatbot.people.accounts import Accounts
from chatbot.people.workspace import LOGINS_PER_MINUTE, HubUser
from chatbot.settings import Settings
from chatbot.ui.door import Door
from chatbot.ui.hub import hub_user
from chatbot.views.words_zh import CHINESE
from tests.chatbot.bare import bare_desk
from tests.served import event, served

PASSWORD = "correct horse"
A_PERSON = {"accept": "text/html"}
PATIENCE_S = 90
TOKEN = re.compile(r"in\.[\w-]{43}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("door")


@pytest.fixture(scope="module")
def accounts(folder: Path) -> Accounts:
    accounts = Accounts.made(folder / "users.json")
    for name in ("ada", "bob"):
        accounts.add(name, "member", PASSWORD)
    return accounts


@pytest.fixture(scope="module")
def address(folder: Path, accounts: Accounts) -> Iterator[str]:
    """A server for people with accounts alone."""
    flags = ("--auth", str(folder / "users.json"))
    variables = {"GRADIO_TEMP_DIR": str(folder / "uploads")}
    with served(folder / "home", folder / "log", *flags, **variables) as address:
        yield address


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    """Somebody's browser."""
    with httpx.Client(base_url=address, timeout=PATIENCE_S) as client:
        yield client


def log_in(client: httpx.Client, name: str, password: str = PASSWORD) -> httpx.Response:
    return client.post("/login", data={"username": name, "password": password})


def test_strangers_are_sent_to_the_form_and_programs_are_told(client: httpx.Client) -> None:
    sent = client.get("/", headers=A_PERSON)
    assert (sent.status_code, sent.headers["location"]) == (303, client.base_url.join("sign-in"))
    form = client.get("/sign-in")
    assert 'type="password"' in form.text
    assert form.headers["cache-control"] == "no-store"
    assert CHINESE.sign_in in client.get("/sign-in", headers={"accept-language": "zh-CN"}).text
    for path in ("/config", "/gradio_api/info", "/"):
        told = client.get(path)
        assert told.status_code == 401
        assert "log in" in told.json()["detail"]
    assert client.post("/gradio_api/queue/join", json={"data": []}).status_code == 401
    uploaded = client.post("/gradio_api/upload", files={"files": ("a.txt", b"x")})
    assert uploaded.status_code == 401
    assert client.post("/api/visit").status_code == 403


def test_a_login_lasts_until_sign_out_or_the_accounts_end(
    client: httpx.Client, accounts: Accounts
) -> None:
    accounts.add("eve", "member", PASSWORD)
    assert log_in(client, "eve", "wrong one").status_code == 400
    assert log_in(client, "eve").status_code == 200
    assert client.get("/", headers=A_PERSON).status_code == 200
    assert client.get("/gradio_api/user").json() == "eve"
    assert client.get("/sign-out").status_code == 303
    assert client.get("/", headers=A_PERSON).status_code == 303
    assert log_in(client, "eve").status_code == 200
    accounts.remove("eve")
    assert client.get("/", headers=A_PERSON).status_code == 303
    assert log_in(client, "eve").status_code == 400


def test_a_login_ends_with_its_password(client: httpx.Client, accounts: Accounts) -> None:
    accounts.add("fay", "member", PASSWORD)
    log_in(client, "fay")
    assert TOKEN.search(event(client, "load", "", {}))
    accounts.set_password("fay", "another one")
    assert client.get("/", headers=A_PERSON).status_code == 303
    assert client.get("/gradio_api/user").json() is None
    assert client.post("/gradio_api/queue/join", json={"data": []}).status_code == 401
    assert log_in(client, "fay", "another one").status_code == 200
    assert client.get("/gradio_api/user").json() == "fay"


def test_the_login_of_a_removed_account_opens_nothing_of_another_of_its_name(
    client: httpx.Client, accounts: Accounts, address: str
) -> None:
    accounts.add("alice", "member", PASSWORD)
    log_in(client, "alice")
    assert client.get("/", headers=A_PERSON).status_code == 200
    accounts.remove("alice")
    accounts.add("alice", "member", "another one")
    with httpx.Client(base_url=address, timeout=PATIENCE_S) as other:
        log_in(other, "alice", "another one")
        assert other.get("/gradio_api/user").json() == "alice"
    assert client.get("/", headers=A_PERSON).status_code == 303
    assert client.get("/gradio_api/user").json() is None
    assert client.get("/gradio_api/token").json()["user"] is None
    assert client.post("/gradio_api/queue/join", json={"data": []}).status_code == 401


def test_a_login_is_to_the_account_that_was_checked(tmp_path: Path) -> None:
    """Nobody has a login to the account that another became while its password was checked."""
    accounts = Accounts.made(tmp_path / "users.json")
    accounts.add("ada", "member", PASSWORD)
    app = SimpleNamespace(tokens={}, auth=None)

    async def log_in_as_gradio_does(secret: str, *, is_too_late: bool = False) -> None:
        assert await door.check("ada", PASSWORD)
        if is_too_late:
            accounts.set_password("ada", "another one")
        app.tokens[secret] = "ada"

    with bare_desk(Settings(tmp_path / "home", auth=tmp_path / "users.json")) as desk:
        door = Door(desk, {}, "")
        door.open(cast(gr.routes.App, app))
        asyncio.run(log_in_as_gradio_does("a"))
        assert (list(app.tokens), len(app.tokens), app.tokens.get("a")) == (["a"], 1, "ada")
        asyncio.run(log_in_as_gradio_does("b", is_too_late=True))
        assert (list(app.tokens), len(app.tokens), app.tokens.get("b")) == ([], 0, None)


def test_guessing_must_wait_and_is_told_for_how_long(client: httpx.Client) -> None:
    told = [log_in(client, "Mallory", "x").status_code for _ in range(LOGINS_PER_MINUTE + 5)]
    assert told[:LOGINS_PER_MINUTE] == [400] * LOGINS_PER_MINUTE
    assert 429 in told
    late = next(r for r in (log_in(client, "mallory", "x") for _ in range(20)) if r.is_error)
    assert late.status_code in (400, 429)


def test_an_upload_is_fetched_by_nobody(client: httpx.Client, address: str) -> None:
    log_in(client, "ada")
    (path,) = client.post("/gradio_api/upload", files={"files": ("vault.txt", b"fig")}).json()
    assert Path(path).read_bytes() == b"fig"
    with httpx.Client(base_url=address, timeout=PATIENCE_S) as other:
        log_in(other, "bob")
        folder = Path(path).parent
        for name in (path, f"{folder}/./vault.txt", f"{folder}/../{folder.name}/vault.txt"):
            for route in ("file=", "file%3D", "file/", "proxy=file://", "stream/"):
                answer = other.get(f"/gradio_api/{route}{name}")
                assert answer.status_code == 404
                assert "fig" not in answer.text


def test_an_event_without_a_function_is_refused_without_a_trace(
    client: httpx.Client, folder: Path
) -> None:
    log_in(client, "ada")
    events = client.get("/config").json()["dependencies"]
    silent = next(event["id"] for event in events if not event["backend_fn"])
    n_logged = len((folder / "log").read_text())
    for number in (silent, 10_000):
        body = {"fn_index": number, "data": [None], "session_hash": "somebody"}
        refused = client.post("/gradio_api/queue/join", json=body)
        assert (refused.status_code, str(number) in refused.text) == (404, True)
    assert "Traceback" not in (folder / "log").read_text()[n_logged:]


@pytest.mark.parametrize("token", ["in." + "a" * 43, "A" * 43, "bob", ""])
def test_a_forged_token_is_nobodys(client: httpx.Client, token: str) -> None:
    mine = client.post("/api/visit", json={"name": "bob", "password": PASSWORD}).json()["token"]
    assert client.post("/api/documents", headers={"X-Quoth-Token": mine}).status_code == 200
    for call, arguments in (
        ("documents", {}),
        ("ask", {"question": "Who?"}),
        ("add", {"name": "forged", "text": "The forger was here."}),
    ):
        told = client.post(f"/api/{call}", json=arguments, headers={"X-Quoth-Token": token})
        assert told.status_code == 401
        assert told.json()["kind"] == "no_token"


def test_anothers_collection_cannot_be_named_by_the_pages_own_events(client: httpx.Client) -> None:
    """Two tokens over plain HTTP: one makes a collection, the other chooses it by its id."""
    log_in(client, "ada")
    credentials = {"password": PASSWORD}
    ada, bob = (
        client.post("/api/visit", json={"name": name, **credentials}).json()["token"]
        for name in ("ada", "bob")
    )
    made = event(client, "make", ada, {"title": "Secret papers"})
    (found,) = re.findall(r'value="([0-9a-f]{16})" selected', made)
    stolen = event(client, "choose", bob, {"value": found})
    assert "no longer here" in stolen
    assert "Secret papers" not in stolen
    assert "no longer here" in event(client, "discard", bob, {"collection": found})
    event(client, "retitle", bob, {"collection": found, "title": "Mine now"})
    assert "Secret papers" in event(client, "choose", ada, {"value": found})


def test_a_hub_profile_is_a_member_and_the_spaces_own_the_owner() -> None:
    data = {"sub": "5f1", "name": "Ada", "preferred_username": "ada", "profile": "", "picture": ""}
    profile = gr.OAuthProfile(data)
    for owner_name, role in (("ada", "owner"), ("bob", "member"), ("", "member")):
        assert hub_user(profile, owner_name) == HubUser("5f1", "ada", role)
