"""A conversation longer than what is shown: earlier questions come when they are asked for."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from chatbot.views.conversation import SHOWN_TURNS
from tests.browser.steps import ask, row, upload_bytes, wait_ready

pytestmark = pytest.mark.browser

FERRY = "Who steers the ferry?"
ASKED = [FERRY, *(f"Who designed the tower? ({i})" for i in range(SHOWN_TURNS + 2))]


def test_earlier_questions_come_when_asked_for_and_nothing_moves(visitor: Page) -> None:
    upload_bytes(visitor, "ferry.txt", b"The ferry is steered by Solveig Lund.")
    wait_ready(visitor, "ferry.txt")
    for question in ASKED:
        ask(visitor, question)
    questions = visitor.locator(".q-question")
    expect(questions).to_have_text(ASKED[-SHOWN_TURNS:])
    expect(questions.last).to_be_in_viewport()

    more = visitor.get_by_role("button", name="Earlier questions (3)")
    more.focus()
    first = visitor.locator(".q-turn").first
    first = visitor.locator(f'.q-turn[data-turn="{first.get_attribute("data-turn")}"]')
    before = first.bounding_box()
    visitor.keyboard.press("Enter")
    expect(questions).to_have_text(ASKED)
    expect(more).to_have_count(0)
    after = first.bounding_box()
    assert before is not None
    assert after is not None
    assert after["y"] == pytest.approx(before["y"], abs=1)
    expect(first.locator(".q-question")).to_be_focused()
    expect(first.get_by_role("heading", name=f"You asked: {ASKED[3]}")).to_be_in_viewport()
    visitor.keyboard.press("Shift+Tab")  # upwards, the nearest first
    expect(visitor.locator(".q-turn").nth(2).locator(":focus")).to_have_count(1)

    visitor.locator(".q-where").first.click()
    expect(visitor.locator(".q-bar .q-file")).to_have_text("ferry.txt")

    ask(visitor, "Who repaired the accordion?")
    expect(questions).to_have_count(SHOWN_TURNS)
    visitor.get_by_role("button", name="Earlier questions (4)").click()
    expect(questions).to_have_count(len(ASKED) + 1)

    for _ in range(2):  # from the list, and again: what was shown before does not stay
        visitor.get_by_role("button", name="New conversation").click()
        expect(visitor.locator(".q-turn")).to_have_count(0)
        visitor.get_by_role("link", name=FERRY).click()
        expect(questions).to_have_count(SHOWN_TURNS)
        visitor.get_by_role("button", name="Earlier questions (4)").click()
        expect(questions.first).to_have_text(FERRY)

    row(visitor, "ferry.txt").hover()
    row(visitor, "ferry.txt").locator(".q-remove summary").click()
    row(visitor, "ferry.txt").get_by_role("button", name="for good").click()
    expect(visitor.locator(".q-turn").first).to_contain_text("That document is no longer here")
    expect(visitor.locator("#q-thread")).not_to_contain_text("Solveig")
