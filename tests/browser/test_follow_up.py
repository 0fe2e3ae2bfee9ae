"""A follow-up on the page: what it was read as, and asking it as it was typed instead."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import ask, upload_bytes, wait_ready

pytestmark = pytest.mark.browser

KEEPER = (
    "The first keeper of Skarn Light was Oluf Brand. He came to the island with two goats.\n\n"
    "Oluf Brand was born in Molde in 1851. His wife, Berit Sund, kept the lamp after his death.\n"
)


def test_a_follow_up_is_read_as_it_is_meant_and_can_be_asked_as_typed(visitor: Page) -> None:
    page = visitor
    upload_bytes(page, "keeper.txt", KEEPER.encode())
    wait_ready(page, "keeper.txt")
    first = ask(page, "Who was the first keeper of Skarn Light?")
    expect(first.locator("mark").first).to_contain_text("Oluf Brand")
    expect(first.locator(".q-read")).to_have_count(0)
    turn = ask(page, "and when was he born?")
    expect(turn.locator(".q-question")).to_have_text("and when was he born?")
    expect(turn.locator(".q-read")).to_contain_text("read as: When was Oluf Brand born?")
    expect(turn.locator("mark").first).to_contain_text("1851")
    turn_id = turn.get_attribute("data-turn")
    undo = turn.get_by_role("button", name="Ask as typed")
    undo.focus()
    page.keyboard.press("Enter")
    expect(turn.locator(".q-read")).to_have_count(0)
    expect(turn.locator(".q-question")).to_have_text("and when was he born?")
    expect(page.locator(".q-turn")).to_have_count(2)
    assert turn.get_attribute("data-turn") == turn_id
