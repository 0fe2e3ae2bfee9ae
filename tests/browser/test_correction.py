"""A person corrects an answer: thumbs, words selected in the source with the mouse, words typed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from reader.squad import load_squad
from tests.browser.steps import ask, upload_bytes, wait_ready

pytestmark = pytest.mark.browser

MILL = (
    "The mill at Örsted was built by Karen Blum in 1652. 🌾 It has four sails.\n\n"
    "The miller keeps a goose that is called Admiral, and it guards the door.\n"
)


def exported(home: Path, out: Path) -> dict[str, list[str]]:
    """What the home's corrections hold by the documented command: question -> answers."""
    command = [sys.executable, "-m", "chatbot", "corrections", "--home", str(home)]
    subprocess.run([*command, "--out", str(out)], check=True, capture_output=True)
    return {one.question: [a.text for a in one.answers] for one in load_squad(out)}


def select(page: Page, words: str) -> None:
    """Drag the mouse over the words in the source column."""
    box: dict[str, Any] = page.evaluate(
        """words => {
            for (const p of document.querySelectorAll('#q-view [data-start]')) {
                const walker = document.createTreeWalker(p, NodeFilter.SHOW_TEXT);
                for (let node = walker.nextNode(); node; node = walker.nextNode()) {
                    const at = node.data.indexOf(words);
                    if (at < 0) continue;
                    const range = document.createRange();
                    range.setStart(node, at);
                    range.setEnd(node, at + words.length);
                    const boxes = range.getClientRects();
                    const [first, last] = [boxes[0], boxes[boxes.length - 1]];
                    return { x1: first.left, y1: first.top + first.height / 2,
                             x2: last.right, y2: last.top + last.height / 2 };
                }
            }
        }""",
        words,
    )
    page.mouse.move(box["x1"] + 0.5, box["y1"])
    page.mouse.down()
    page.mouse.move((box["x1"] + box["x2"]) / 2, box["y2"], steps=4)
    page.mouse.move(box["x2"] - 0.5, box["y2"], steps=4)
    page.mouse.up()


def thumb(turn: Locator, name: str) -> Locator:
    return turn.get_by_role("button", name=name)


def test_the_right_words_are_selected_in_the_source(
    visitor: Page, home: Path, tmp_path: Path
) -> None:
    upload_bytes(visitor, "mill.txt", MILL.encode())
    wait_ready(visitor, "mill.txt")
    turn = ask(visitor, "Who built the mill at Örsted?")
    expect(turn.locator(".q-quote mark")).to_have_text("Karen Blum")
    top = turn.locator(".q-quote").bounding_box()
    wrong = thumb(turn, "This is wrong")
    wrong.click()
    expect(wrong).to_have_attribute("aria-pressed", "true")
    turn.get_by_role("button", name="It is somewhere else").click()
    expect(visitor.locator("#q-teach")).to_contain_text("Select the right words")
    assert turn.locator(".q-quote").bounding_box() == top  # nothing moved

    select(visitor, "a goose that is called Admiral")
    expect(visitor.get_by_label("The right words")).to_have_value("a goose that is called Admiral")
    visitor.get_by_role("button", name="The right answer is here").click()
    expect(turn.locator(".q-lesson")).to_contain_text("You showed where the right answer stands")
    expect(visitor.locator("#q-view mark")).to_have_text("a goose that is called Admiral")
    found = exported(home, tmp_path / "one.json")
    assert found["Who built the mill at Örsted?"] == ["a goose that is called Admiral"]

    turn.get_by_role("button", name="Show it again").click()
    visitor.get_by_label("The right words").fill("four   sails")
    visitor.keyboard.press("Enter")
    expect(visitor.locator("#q-view mark")).to_have_text("four sails")
    assert exported(home, tmp_path / "two.json")["Who built the mill at Örsted?"] == ["four sails"]


def test_thumbs_by_keyboard_and_what_is_not_there(
    visitor: Page, home: Path, tmp_path: Path
) -> None:
    upload_bytes(visitor, "weir.txt", b"The weir at Lund was mended by Olga Rask.")
    wait_ready(visitor, "weir.txt")
    turn = ask(visitor, "Who mended the weir at Lund?")
    right = thumb(turn, "This is right")
    right.focus()
    visitor.keyboard.press("Enter")
    expect(right).to_have_attribute("aria-pressed", "true")
    expect(turn.locator(".q-lesson")).to_have_text("Thank you.")
    expect(right).to_be_focused()
    assert exported(home, tmp_path / "a.json")["Who mended the weir at Lund?"] == ["Olga Rask"]
    visitor.keyboard.press("Enter")
    expect(right).to_have_attribute("aria-pressed", "false")
    expect(turn.locator(".q-lesson")).to_be_empty()

    thumb(turn, "This is wrong").click()
    turn.get_by_role("button", name="It is somewhere else").click()
    visitor.get_by_label("The right words").fill("nobody at all")
    visitor.keyboard.press("Enter")
    expect(visitor.locator("#q-teach")).to_contain_text("are not in weir.txt")
    visitor.get_by_role("button", name="Cancel").click()
    expect(visitor.locator("#q-teach .q-showing")).to_have_count(0)
    turn.get_by_role("button", name="It is not in my documents").click()
    expect(turn.locator(".q-lesson")).to_contain_text("It is not in your documents, then.")
    assert exported(home, tmp_path / "b.json")["Who mended the weir at Lund?"] == []


def test_a_picture_gives_way_to_its_text(visitor: Page, three_pages: Path) -> None:
    upload_bytes(visitor, "ship.pdf", three_pages.read_bytes())
    wait_ready(visitor, "ship.pdf")
    turn = ask(visitor, "Who forged the anchor?")
    expect(visitor.locator("#q-view .q-sheet")).to_be_visible()
    thumb(turn, "This is wrong").click()
    turn.get_by_role("button", name="It is somewhere else").click()
    expect(visitor.locator("#q-view .q-excerpt")).to_contain_text("forged by")
    select(visitor, "340 kilograms")
    visitor.get_by_role("button", name="The right answer is here").click()
    expect(visitor.locator("#q-view mark")).to_have_text("340 kilograms")
