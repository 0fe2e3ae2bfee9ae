"""What a call over HTTP is told, where no call is reached."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from chatbot.api.calls import Calls
from chatbot.api.http import call_route
from chatbot.settings import Settings
from tests.chatbot.bare import bare_desk


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with bare_desk(Settings(tmp_path / "home")) as desk:
        routes = [call_route(Calls(desk, 1 << 20, tmp_path))]
        headers = {"X-Quoth-Token": desk.workspace.new_token()}
        yield TestClient(Starlette(routes=routes), headers=headers)


def test_an_argument_that_is_no_text_is_named_all_the_same(client: TestClient) -> None:
    told = client.post("/api/ask", content=b'{"\\ud800": 1, "tone": 2}')
    assert told.status_code == 400
    said = "ask does not take 'tone', '\\ud800'"
    assert told.json() == {"error": said, "kind": "invalid"}


@pytest.mark.parametrize("name", ["", " ", "\u200b \u200b", 7])
def test_a_collections_name_is_one_that_can_be_seen(client: TestClient, name: object) -> None:
    told = client.post("/api/make_collection", json={"name": name})
    assert (told.status_code, told.json()["kind"]) == (400, "invalid")


def test_a_name_of_two_collections_is_refused(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [client.post("/api/make_collection", json={"name": name}).json() for name in "ab"]
    monkeypatch.setattr("chatbot.people.collections._titled", lambda titles, _: list(titles))
    told = client.post("/api/remove_collection", json={"collection": "a"})
    assert (told.status_code, told.json()["kind"]) == (400, "invalid")
    assert all(one["collection_id"] in told.json()["error"] for one in made)
