"""Which language a visit gets, and that nothing but pages is touched."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from chatbot.ui.doorway import Doorway, preferred
from chatbot.views.words import ENGLISH
from chatbot.views.words_zh import CHINESE

PAGES = {"": ENGLISH, "zh": CHINESE}
DOORWAY: dict[str, Any] = {
    "pages": PAGES,
    "head": "<style></style>",
    "first": lambda words: f"<p>{words.looking}</p>",
}
CHINESE_BROWSER = {"accept-language": "zh-CN,zh;q=0.9,en;q=0.8"}


async def page(request: Request) -> Response:
    return HTMLResponse('<html lang="en"><head></head><body lang="en"><gradio-app/></body>')


async def plain(request: Request) -> Response:
    return PlainTextResponse('lang="en"')


@pytest.fixture
def client() -> TestClient:
    routes = [Route("/", page), Route("/zh", page), Route("/config", plain)]
    app = Starlette(routes=routes, middleware=[Middleware(Doorway, **DOORWAY)])
    return TestClient(app, headers={"accept-language": "en"})


@pytest.mark.parametrize(
    ("accepted", "path"),
    [
        ("", ""),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", ""),
        ("zh;q=0.2, en;q=0.7", ""),
        ("fr, zh-TW;q=0.5", "zh"),
        ("zh;q=0, en", ""),
        ("fr", ""),
        ("zh;q=good, *;q=0.1, ;;;", ""),
    ],
)
def test_a_browsers_list_names_a_page(accepted: str, path: str) -> None:
    assert preferred(accepted, PAGES) == path


def test_a_first_visit_goes_to_its_language_and_keeps_its_query(client: TestClient) -> None:
    answer = client.get("/?__theme=dark", headers=CHINESE_BROWSER, follow_redirects=False)
    assert answer.status_code == 307
    assert answer.headers["location"] == "./zh?__theme=dark"
    assert client.get("/").status_code == 200


def test_a_page_names_its_language(client: TestClient) -> None:
    assert client.get("/").text.startswith(
        '<html lang="en" data-language="en"><head><style></style></head><body lang="en">'
    )
    answer = client.get("/zh")
    assert answer.text.startswith('<html lang="zh-Hans" data-language="zh-Hans"><head><style>')
    assert answer.text.endswith(f'<body lang="en"><p>{CHINESE.looking}</p><gradio-app/></body>')


def test_a_page_is_small_where_that_is_understood(client: TestClient) -> None:
    plain = client.get("/zh", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert int(plain.headers["content-length"]) == len(plain.content)
    small = client.get("/zh", headers={"accept-encoding": "gzip, br"})
    assert small.headers["content-encoding"] == "gzip"
    assert small.content == plain.content  # the client unpacks what it can


def test_what_was_chosen_is_remembered(client: TestClient) -> None:
    chosen = client.get("/?language=en", headers=CHINESE_BROWSER, follow_redirects=False)
    assert chosen.status_code == 200
    again = client.get("/", headers=CHINESE_BROWSER, follow_redirects=False)
    assert again.status_code == 200
    client.get("/zh")
    assert client.get("/", follow_redirects=False).headers["location"] == "./zh"


def test_over_https_it_is_remembered_inside_another_sites_page_too(client: TestClient) -> None:
    assert "SameSite=Lax" in client.get("/zh").headers["set-cookie"]
    client.base_url = "https://testserver"
    kept = client.get("/zh").headers["set-cookie"]
    assert {"SameSite=None", "Secure", "Partitioned", "HttpOnly"} <= set(kept.split("; "))


def test_a_strange_cookie_is_no_way_out(client: TestClient) -> None:
    cookie = {"cookie": "quoth-language=//elsewhere.example"}
    assert client.get("/", headers=cookie, follow_redirects=False).status_code == 200
    assert client.get("/", headers={"cookie": "\x00;="}, follow_redirects=False).status_code == 200


def test_everything_else_passes_untouched(client: TestClient) -> None:
    answer = client.get("/config", headers=CHINESE_BROWSER)
    assert answer.text == 'lang="en"'
    assert "set-cookie" not in answer.headers
    assert client.get("/nothing", headers=CHINESE_BROWSER).status_code == 404
