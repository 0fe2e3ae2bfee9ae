"""A Space's sign-in by HTTP, there and back: who is let in, as whom, and until when."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from chatbot.people.workspace import LIBRARY
from chatbot.views.words import ENGLISH
from chatbot.views.words_zh import CHINESE
from tests.chatbot.openid import CLIENT, Provider, provider_here
from tests.chatbot.test_api import TOOLS
from tests.served import event, served

PATIENCE_S = 90
ADA = ("5f1", "ada")  # whom the Space belongs to
BOB = ("77a", "bob")
VISITOR = re.compile(r"(?<![\w.-])[\w-]{43}(?![\w-])")
SESSION = re.compile(r"in\.[\w-]{43}")


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with provider_here() as provider:
        yield provider


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hub") / "log"


@pytest.fixture(scope="module")
def address(log: Path, provider: Provider) -> Iterator[str]:
    """A server that takes itself for ada's Space."""
    variables = {
        "SYSTEM": "spaces",
        "SPACE_ID": "ada/quoth",
        "SPACE_AUTHOR_NAME": "ada",
        "SPACE_HOST": "ada-quoth.hf.space,quoth.example",
        "OAUTH_CLIENT_ID": CLIENT,
        "OAUTH_CLIENT_SECRET": "invented",
        "OAUTH_SCOPES": "openid profile",
        "OPENID_PROVIDER_URL": provider.address,
        "QUOTH_HOST": "127.0.0.1",
    }
    with served(log.parent / "home", log, **variables) as address:
        yield address


@pytest.fixture
def browser(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=PATIENCE_S) as browser:
        yield browser


@pytest.fixture
def other_browser(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=PATIENCE_S) as browser:
        yield browser


def get(browser: httpx.Client, path: str) -> httpx.Response:
    answer = browser.get(path)
    for cookie in browser.cookies.jar:
        cookie.secure = False  # as if it had come over HTTPS
    return answer


def way_back(
    browser: httpx.Client, provider: Provider, user: tuple[str, str] | None, page: str = "/zh"
) -> str:
    """Goes to the provider; where that sends the browser back to."""
    provider.user = user
    there = get(browser, f"/login/huggingface?_target_url={page}").headers["location"]
    back = urlsplit(httpx.get(there, timeout=PATIENCE_S).headers["location"])
    return f"{back.path}?{back.query}"


def sign_in(
    browser: httpx.Client, provider: Provider, user: tuple[str, str] | None, page: str = "/zh"
) -> str:
    """Goes to the provider and back; where that leads to."""
    answer = get(browser, way_back(browser, provider, user, page))
    assert answer.is_redirect
    return answer.headers["location"]


def opened(browser: httpx.Client) -> str:
    """What a page shows when it is opened."""
    return event(browser, "load", "", {})


def token_of(browser: httpx.Client) -> str:
    return SESSION.findall(opened(browser))[0]


def call(browser: httpx.Client, token: str, tool: str, **arguments: str) -> httpx.Response:
    return browser.post(f"/api/{tool}", json=arguments, headers={"X-Quoth-Token": token})


@pytest.fixture
def down(provider: Provider) -> Iterator[Callable[[], None]]:
    """Takes the provider away until the test ends."""
    yield partial(setattr, provider, "is_down", True)
    provider.is_down = False


def is_told_of_no_answer(answer: httpx.Response, back: str) -> bool:
    said = {escape(words.not_vouched) in answer.text for words in (ENGLISH, CHINESE)}
    return answer.status_code == 200 and said == {True} and f'<a href="{back}">' in answer.text


def test_who_signs_in_while_the_hub_is_down_is_told(
    browser: httpx.Client, down: Callable[[], None], log: Path
) -> None:
    """The first of all: what the server knows of the provider it asks for once."""
    down()
    asked = get(browser, "/login/huggingface?_target_url=/zh")
    assert is_told_of_no_answer(asked, "/zh")
    assert "nobody was signed in: HTTPStatusError" in log.read_text()


def test_who_comes_back_to_a_hub_that_is_down_is_told(
    browser: httpx.Client, provider: Provider, down: Callable[[], None]
) -> None:
    back = way_back(browser, provider, BOB)
    down()
    assert is_told_of_no_answer(get(browser, back), "/zh")
    assert not SESSION.search(opened(browser))


def test_the_button_fetches_no_logo(browser: httpx.Client) -> None:
    parts = [one["props"] for one in browser.get("/config").json()["components"]]
    buttons = [props for props in parts if props.get("elem_id") == "q-hub"]
    assert [props.get("icon") for props in buttons] == [None] * 2  # one for each language


def test_programs_are_told_of_the_calls_alone(browser: httpx.Client) -> None:
    told = browser.get("/gradio_api/info").json()["named_endpoints"]
    assert set(told) == {f"/{name}" for name in (*TOOLS, "visit")}


def test_who_cancels_is_a_visitor_again(
    browser: httpx.Client, provider: Provider, log: Path
) -> None:
    n_logged = len(log.read_text())
    assert sign_in(browser, provider, None, "/zh?c=new") == "/zh?c=new"
    assert sign_in(browser, provider, None, "//elsewhere.example/a") == "/a"
    assert not SESSION.search(opened(browser))
    assert "nobody was signed in" not in log.read_text()[n_logged:]


def test_nobody_is_let_in_by_another_signature(
    browser: httpx.Client, provider: Provider, log: Path
) -> None:
    provider.is_forged = True
    try:
        back = way_back(browser, provider, ADA)
        assert is_told_of_no_answer(get(browser, back), "/zh")
    finally:
        provider.is_forged = False
    assert not SESSION.search(opened(browser))
    assert "nobody was signed in: BadSignatureError" in log.read_text()


def test_the_sign_in_is_kept_inside_another_sites_page(
    browser: httpx.Client, provider: Provider
) -> None:
    asked = get(browser, "/login/huggingface")
    (kept,) = [one for one in asked.headers.get_list("set-cookie") if one.startswith("session=")]
    assert {"samesite=none", "secure", "partitioned"} <= set(kept.split("; "))


def test_who_keeps_no_cookie_goes_in_no_circle(browser: httpx.Client, provider: Provider) -> None:
    provider.user = BOB
    there = "/login/huggingface?_target_url=/zh"
    for _ in range(2):  # to Hugging Face and back, and once more
        back = urlsplit(httpx.get(browser.get(there).headers["location"]).headers["location"])
        browser.cookies.clear()
        there = browser.get(f"{back.path}?{back.query}").headers["location"]
        browser.cookies.clear()
    told = browser.get(there)
    assert told.status_code == 200
    assert 'target="_blank" rel="noopener" href="https://ada-quoth.hf.space/zh"' in told.text
    assert {escape(words.not_kept) in told.text for words in (ENGLISH, CHINESE)} == {True}


@pytest.mark.parametrize("step", ["huggingface", "callback"])
@pytest.mark.parametrize("tries", ["", "x", "-1", "9" * 5000, "%00"])
def test_a_number_of_tries_that_is_none_is_no_error(
    browser: httpx.Client, step: str, tries: str
) -> None:
    asked = f"/login/{step}?_nb_redirects={tries}&_target_url=//elsewhere.example/a"
    told = browser.get(asked)
    assert told.status_code == 200
    assert 'href="https://ada-quoth.hf.space/a"' in told.text


def test_a_visitor_whose_page_keeps_nothing_is_known_by_a_cookie(
    browser: httpx.Client, provider: Provider
) -> None:
    browser.headers["x-forwarded-proto"] = "https"
    get(browser, "/zh")
    (token,) = set(VISITOR.findall(opened(browser)))
    assert call(browser, token, "add", name="bell.txt", text="Cast in 1714.").is_success
    get(browser, "/zh")
    assert VISITOR.findall(opened(browser)) == [token]
    assert "bell.txt" in opened(browser)
    sign_in(browser, provider, BOB)
    assert not VISITOR.search(opened(browser))
    get(browser, "/logout")
    assert token not in opened(browser)


def test_the_owner_fills_the_shared_library_and_nobody_else_does(
    browser: httpx.Client, other_browser: httpx.Client, provider: Provider
) -> None:
    assert sign_in(browser, provider, ADA) == "/zh"
    sign_in(other_browser, provider, BOB)
    assert "ada, owner" in opened(browser)
    assert "bob, owner" not in opened(other_browser)
    bell = {"collection": LIBRARY, "name": "bell.txt", "text": "The bell was cast in 1714."}
    assert call(other_browser, token_of(other_browser), "add", **bell).is_error
    assert call(browser, token_of(browser), "add", **bell).is_success


def test_documents_go_with_the_account_and_not_with_its_name(
    browser: httpx.Client, other_browser: httpx.Client, provider: Provider
) -> None:
    sign_in(browser, provider, BOB)
    note = {"name": "secret.txt", "text": "The key lies below the third step."}
    assert call(browser, token_of(browser), "add", **note).is_success
    sign_in(other_browser, provider, ("c90", "bob"))  # who took the name that bob gave up
    assert "secret.txt" not in call(other_browser, token_of(other_browser), "documents").text
    sign_in(browser, provider, ("77a", "robert"))
    assert "secret.txt" in call(browser, token_of(browser), "documents").text


def test_signing_out_ends_every_page_of_this_sign_in_and_no_other(
    browser: httpx.Client, other_browser: httpx.Client, provider: Provider
) -> None:
    sign_in(browser, provider, BOB)
    sign_in(other_browser, provider, BOB)
    tokens = [token_of(browser), token_of(browser)]
    stays = token_of(other_browser)
    assert [call(browser, token, "documents").status_code for token in tokens] == [200, 200]
    copied = dict(browser.cookies)
    assert get(browser, "/logout?_target_url=/zh").headers["location"] == "/zh"
    assert [call(browser, token, "documents").status_code for token in tokens] == [401, 401]
    assert not SESSION.search(opened(browser))
    assert call(other_browser, stays, "documents").is_success
    browser.cookies.update(copied)
    assert not SESSION.search(opened(browser))
    assert get(other_browser, "/logout?_target_url=//elsewhere.example/a").headers[
        "location"
    ] == "/a"  # fmt: skip


def test_signing_in_over_another_sign_in_ends_its_pages(
    browser: httpx.Client, provider: Provider
) -> None:
    sign_in(browser, provider, BOB)
    first, copied = token_of(browser), dict(browser.cookies)
    sign_in(browser, provider, None)
    assert call(browser, first, "documents").is_success  # who cancels is who they were
    sign_in(browser, provider, ADA)
    assert call(browser, first, "documents").status_code == 401
    assert "ada, owner" in opened(browser)
    browser.cookies.update(copied)
    assert not SESSION.search(opened(browser))
