"""A visitor's token in a cookie: who gets one, which one, and where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from chatbot.people.workspace import Workspace
from chatbot.ui.kept import COOKIE, Kept


async def plain(request: Request) -> Response:
    return PlainTextResponse("")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


@pytest.fixture
def client(workspace: Workspace) -> Iterator[TestClient]:
    """A browser over HTTPS."""
    routes = [Route(path, plain) for path in ("/", "/zh", "/logout", "/config")]
    kept = Middleware(Kept, pages=("", "zh"), enter=workspace.enter)
    app = Starlette(routes=routes, middleware=[kept])
    with TestClient(app, base_url="https://testserver") as client:
        yield client


def test_a_page_keeps_its_token_inside_another_sites_page(
    client: TestClient, workspace: Workspace
) -> None:
    given = client.get("/").headers["set-cookie"]
    flags = {"SameSite=None", "Secure", "Partitioned", "HttpOnly", "Path=/"}
    assert flags <= set(given.split("; "))
    token = client.cookies[COOKIE]
    assert workspace.visitor(token).role == "visitor"
    client.get("/zh")
    assert client.cookies[COOKIE] == token


def test_who_signs_out_leaves_no_token_to_the_next(client: TestClient) -> None:
    client.get("/")
    token = client.cookies[COOKIE]
    client.get("/logout")
    assert client.cookies[COOKIE] != token


@pytest.mark.parametrize("kept", ["", "x", "in." + "a" * 43, "a" * 44])
def test_what_is_no_visitors_token_is_not_kept(
    client: TestClient, workspace: Workspace, kept: str
) -> None:
    client.get("/", headers={"cookie": f"{COOKIE}={kept}"})
    assert workspace.visitor(client.cookies[COOKIE]).role == "visitor"


def test_nothing_else_is_touched(client: TestClient) -> None:
    assert "set-cookie" not in client.get("/config").headers
    client.base_url = "http://testserver"  # where no browser would take it
    assert "set-cookie" not in client.get("/").headers
