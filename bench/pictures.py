"""Every picture of the page in docs/pictures/, taken anew from a real drive over a fresh home.

The drive is that of docs/first-five-minutes.md: a step that no longer works ends it here. Knows
of the page what a person sees: names of buttons, and a few ids.

    python bench/pictures.py
"""

from __future__ import annotations

import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from page_server import ROOT, chromium, served
from PIL import Image
from playwright.sync_api import Browser, Locator, Page

PICTURES = ROOT / "docs" / "pictures"
PATIENCE_MS = 120_000
COLOURS = 96  # of a palette: text keeps its edges, and a picture stays below 100 KB
DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
LIGHT_QUESTION = "When was the lamp lit for the first time?"

# Selects words in the source as a mouse would; false while they do not stand there.
SELECT_JS = """(words) => {
  const texts = document.createTreeWalker(document.getElementById('q-view'), NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const at = node.data.indexOf(words);
    if (at < 0) continue;
    document.activeElement.blur(); // as a mouse would
    document.getSelection().setBaseAndExtent(node, at, node, at + words.length);
    return true;
  }
  return false;
}"""

# Written for these pictures; the place and its people are invented.
RULES = """
<h1>Fernhill Allotments</h1><h2>Rules for 2026</h2>
<p>Fernhill has forty-six plots on the slope behind the old brickworks. The gates are open from
sunrise to sunset, and the last one out locks them.</p>
<p>The yearly rent of a full plot is 62 pounds, of a half plot 34 pounds. Rent is due on
1 February. A plot that is not worked by the end of May goes to the next name on the list.</p>
<p>Dogs are welcome on a lead. Bonfires are allowed in November alone, and never when the wind
blows towards the houses in Kiln Lane.</p>
<h2 style="page-break-before: always">Who does what</h2>
<p>Margit Olsen is the secretary of the Fernhill Allotments. She was elected in March 2019 and
keeps the waiting list, on which nineteen families stand.</p>
<p>The water is turned on on 28 March and off again on 31 October. Graham Tully holds the key of
the pump house. He repaired the pump himself in 2023, when a fox had moved in below it.</p>
<p>The seed swap takes place on the second Saturday of April in the brickworks canteen.</p>
"""


@dataclass(frozen=True, slots=True)
class Tour:
    """A drive through the page, and where its pictures go."""

    browser: Browser
    address: str
    folder: Path

    @contextmanager
    def visit(self, **options: object) -> Iterator[Page]:
        """The page as somebody new opens it."""
        settings: dict[str, Any] = {**DESK, **options}
        context = self.browser.new_context(**settings)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.goto(self.address)
        page.locator("#q-shelf .q-docs").first.wait_for(state="attached")
        yield page
        context.close()

    def take(self, page: Page, name: str) -> None:
        """A picture of what stands on the page, in few colours."""
        page.mouse.move(1, 1)
        page.evaluate("document.fonts.ready")
        page.wait_for_timeout(500)  # what slides or fades has come to rest
        path = self.folder / f"{name}.png"
        page.screenshot(path=path)
        with Image.open(path) as picture:
            few = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(path, optimize=True)
        print(f"{path.name}: {path.stat().st_size // 1000} KB", flush=True)


def ask(page: Page, question: str) -> Locator:
    """Type a question, press Enter, and return the turn that answers it, its source open."""
    turns = page.locator(".q-turn[data-turn]")
    before = turns.count()
    page.locator("#q-question textarea").fill(question)
    page.keyboard.press("Enter")
    turn = turns.nth(before)
    turn.locator(".q-quote, .q-none").first.wait_for()
    page.wait_for_timeout(1500)  # the source follows
    return turn


def print_rules(browser: Browser, folder: Path) -> Path:
    """The document of the tour as a PDF of two pages."""
    path = folder / "fernhill-rules.pdf"
    page = browser.new_page()
    page.set_content(
        f"<html lang=en><body style='font: 13pt/1.6 serif; margin: 1cm'>{RULES}</body></html>"
    )
    page.pdf(path=path, format="A5")
    page.close()
    return path


def first_minutes(tour: Tour, rules: Path) -> None:
    """The five minutes of docs/first-five-minutes.md."""
    with tour.visit() as page:
        tour.take(page, "first-visit")
        page.locator(".q-example", has_text=LIGHT_QUESTION).click()
        page.locator("#q-view .q-box").first.wait_for()
        tour.take(page, "page")
        page.locator("#q-library input[type=file]").set_input_files(rules)
        page.locator(".q-doc button.q-name", has_text=rules.name).wait_for()
        ask(page, "Who is the secretary of the Fernhill Allotments?")
        page.locator("#q-view .q-box").first.wait_for()
        tour.take(page, "own-document")
        ask(page, "When was she elected?")
        tour.take(page, "follow-up")
        ask(page, "What is the password of the wireless network?")
        tour.take(page, "abstention")
        correct(tour, page)
        look_back(tour, page)


def correct(tour: Tour, page: Page) -> None:
    """A wrong answer, and the right words shown to Quoth."""
    turn = ask(page, "When is the water turned off?")
    turn.locator('.q-thumb[data-thumb="down"]').click()
    turn.get_by_role("button", name="It is somewhere else").click()
    words = page.locator(".q-words")
    words.wait_for()
    page.wait_for_function(SELECT_JS, arg="31 October")
    page.wait_for_function("document.querySelector('.q-words').value === '31 October'")
    tour.take(page, "correction")
    page.get_by_role("button", name="The right answer is here").click()
    turn.locator(".q-lesson", has_text="Thank you").wait_for()


def look_back(tour: Tour, page: Page) -> None:
    """The conversations that are kept."""
    page.get_by_role("button", name="New conversation").click()
    page.locator(".q-welcome").wait_for()
    ask(page, "Who repaired the accordion?")
    page.locator("#q-view mark").first.wait_for()
    chat = page.locator(".q-chat").last
    chat.hover()
    chat.locator(".q-more > summary").click()
    page.locator("#q-library").evaluate("column => { column.scrollTop = column.scrollHeight; }")
    tour.take(page, "history")


def looks(tour: Tour) -> None:
    """The same page in the dark, on a phone and in Chinese."""
    with tour.visit(color_scheme="dark") as page:
        ask(page, LIGHT_QUESTION)
        page.locator("#q-view .q-box").first.wait_for()
        tour.take(page, "dark")
    with tour.visit(**PHONE) as page:
        ask(page, LIGHT_QUESTION)
        tour.take(page, "phone")
        page.locator(".q-where").first.tap()
        page.locator("#q-view .q-box").first.wait_for()
        tour.take(page, "phone-source")
    with tour.visit(locale="zh-CN") as page:
        ask(page, LIGHT_QUESTION)
        page.locator("#q-view .q-box").first.wait_for()
        tour.take(page, "chinese")


def main() -> None:
    """Serve, drive, take the pictures."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=PICTURES, help="folder of the pictures")
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, served(Path(home)) as address, chromium() as one:
        tour = Tour(one, address, folder)
        first_minutes(tour, print_rules(one, Path(home)))
        looks(tour)


if __name__ == "__main__":
    main()
