"""What a person does on the page, by name; no test lives here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import FilePayload, Locator, Page

UPLOAD = "#q-library input[type=file]"
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}


def ask(page: Page, question: str) -> Locator:
    """Type a question, press Enter, and return the turn that answers it."""
    turns = page.locator(".q-turn")
    before = turns.last.get_attribute("data-turn") if turns.count() else ""
    page.locator("#q-question textarea").fill(question)
    page.keyboard.press("Enter")
    newest = page.locator(f'.q-turn[data-turn]:last-of-type:not([data-turn="{before}"])')
    newest.locator(".q-quote, .q-none").first.wait_for()
    return page.locator(f'.q-turn[data-turn="{newest.get_attribute("data-turn")}"]')


def upload(page: Page, *files: Path) -> None:
    page.locator(UPLOAD).set_input_files(list(files))


def upload_bytes(page: Page, name: str, content: bytes) -> None:
    payload = FilePayload(name=name, mimeType="application/octet-stream", buffer=content)
    page.locator(UPLOAD).set_input_files([payload])


def row(page: Page, name: str) -> Locator:
    """A document's line in the library column."""
    return page.locator(".q-doc").filter(has=page.locator(".q-name", has_text=name))


def wait_ready(page: Page, name: str) -> None:
    row(page, name).locator("button.q-name").wait_for()
