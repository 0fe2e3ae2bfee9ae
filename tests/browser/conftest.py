"""A real server with a home of its own, and real Chromium in front of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.served import served

PATIENCE_MS = 90_000  # a busy machine may be slow; nothing here measures time

Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def uploads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server receives files before the library takes them in."""
    return tmp_path_factory.mktemp("uploads")


@pytest.fixture(scope="session")
def address(
    home: Path, uploads: Path, chromium: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Where the page is served; the server ends with the session."""
    log = tmp_path_factory.mktemp("log") / "stderr"
    with served(home, log, GRADIO_TEMP_DIR=str(uploads)) as found:
        yield f"{found}/"


@pytest.fixture(scope="session")
def chrome(chromium: str) -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def visit(chrome: Browser, address: str) -> Iterator[Visit]:
    """Open the page as somebody new; keyword arguments are those of a browser context."""
    contexts = []

    def open_page(**options: Any) -> Page:
        context = chrome.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.goto(address)
        page.locator("#q-shelf .q-docs").first.wait_for(state="attached")
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def visitor(visit: Visit) -> Page:
    return visit()


@pytest.fixture(scope="session")
def three_pages(chrome: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PDF of three pages, printed by the browser itself."""
    body = (
        "<p style='page-break-after:always'>This is the log of the ship Merganser.</p>"
        "<p style='page-break-after:always;margin-top:9cm'>The anchor was forged by "
        "Ragnhild Aasen in Bergen. It weighs 340 kilograms.</p>"
        "<p>The captain kept two cats and a parrot.</p>"
    )
    path = tmp_path_factory.mktemp("pdf") / "merganser.pdf"
    page = chrome.new_page()
    page.set_content(f"<html lang=en><body style='font:14pt serif'>{body}</body></html>")
    page.pdf(path=path, format="A4")
    page.close()
    return path
