"""Nobody is left out: axe-core finds nothing serious, keys do everything, nothing jumps."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.steps import PHONE, ask, row, upload_bytes, wait_ready

pytestmark = pytest.mark.browser

SERIOUS = ("serious", "critical")
GOOD_SHIFT = 0.1  # https://web.dev/articles/cls
SHIFTS_JS = """
window.shifts = [];
const name = (one) => one.node?.id || one.node?.className;
new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
  window.shifts.push([entry.value, entry.sources.map(name)]);
})).observe({type: 'layout-shift', buffered: true});
"""
SAID_JS = """
window.said = [];
new MutationObserver(() => window.said.push(document.getElementById('q-spoken').textContent))
  .observe(document.getElementById('q-spoken'), {childList: true});
"""


def violations(page: Page) -> list[str]:
    """What axe-core calls serious or worse, a line each, with the first place of each."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: {one['nodes'][0]['html'][:200]}"
        for one in found
        if one["impact"] in SERIOUS
    ]


@pytest.mark.parametrize(
    "options",
    [{}, {"color_scheme": "dark"}, PHONE, {"locale": "zh-CN"}],
    ids=["light", "dark", "phone", "chinese"],
)
def test_axe_finds_nothing_serious(visit: Visit, options: dict[str, Any]) -> None:
    page = visit(**options)
    if not options:
        assert violations(page) == [], "first visit"
    upload_bytes(page, "scan.pdf", b"%PDF-1.4 nothing")
    upload_bytes(page, "otter.txt", b"The badger was fed at noon.")
    ask(page, "What is the boiling point of tungsten hexafluoride?")
    ask(page, "Who repaired the accordion?")
    if options is PHONE:
        assert violations(page) == [], "the conversation"
        page.locator("#q-nav [data-column=library]").tap()
    wait_ready(page, "otter.txt")
    assert violations(page) == [], "documents, an abstention and an answer"


def test_a_server_that_is_lost_is_said_in_the_words_of_the_page(visit: Visit) -> None:
    page = visit(locale="zh-CN")
    page.route("**/gradio_api/**", lambda route: route.abort())
    box, question = page.locator("#q-question textarea"), "Who repaired the accordion?"
    box.fill(question)
    box.press("Enter")
    lost = page.locator("#q-no-server")
    expect(lost).to_have_text("服务器没有响应，恢复后页面会自动继续。")
    expect(page.locator(".toast-body")).to_be_hidden()  # which speaks English
    expect(box).to_have_value(question)
    assert violations(page) == []
    page.unroute("**/gradio_api/**")
    expect(lost).to_be_hidden()
    expect(box).to_have_value(question)


def test_keys_alone_reach_everything(visitor: Page) -> None:
    box = visitor.locator("#q-question textarea")
    expect(box).to_be_focused()  # without a click
    ask(visitor, "Who designed the tower of the lighthouse?")
    expect(box).to_be_focused()
    visited = set()
    for _ in range(40):
        visitor.keyboard.press("Tab")
        seen = visitor.evaluate(
            """() => {
                const one = document.activeElement;
                const style = getComputedStyle(one);
                const ring = parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== 'none';
                const framed = one.matches('body, #q-question textarea'); // its frame shows it
                return [one.id || one.className || one.tagName, framed || ring];
            }"""
        )
        assert seen[1], f"{seen[0]} has the focus and does not show it"
        visited.add(str(seen[0]).split(" ")[0])
    assert {"q-where", "q-name", "q-upload", "q-language", "q-fresh"} <= {
        name.strip() for name in visited
    }
    visitor.keyboard.press("Escape")
    expect(box).to_be_focused()


def test_the_focus_stays_with_its_document_when_another_comes_on_top(visitor: Page) -> None:
    upload_bytes(visitor, "otter.txt", b"The badger was fed at noon.")
    wait_ready(visitor, "otter.txt")
    otter = row(visitor, "otter.txt")
    for number, held in enumerate(
        (
            otter.locator("button.q-name"),
            otter.locator(".q-about summary"),
            otter.get_by_label("Remove otter.txt"),
        )
    ):
        held.focus()
        upload_bytes(visitor, f"badger-{number}.txt", f"A badger, number {number}.".encode())
        wait_ready(visitor, f"badger-{number}.txt")
        expect(held).to_be_focused()
    visitor.keyboard.press("Enter")
    expect(visitor.get_by_role("button", name="Remove otter.txt for good")).to_be_visible()


def test_what_was_opened_goes_at_esc_at_cancel_and_at_a_click_elsewhere(visitor: Page) -> None:
    upload_bytes(visitor, "otter.txt", b"The badger was fed at noon.")
    wait_ready(visitor, "otter.txt")
    remove = row(visitor, "otter.txt").get_by_label("Remove otter.txt")
    sure = visitor.get_by_role("button", name="Remove otter.txt for good")
    cancel = row(visitor, "otter.txt").get_by_role("button", name="Cancel")
    for key in ("Escape", "Enter"):
        remove.press("Enter")
        expect(sure).to_be_visible()
        expect(cancel).to_be_focused()
        visitor.keyboard.press(key)
        expect(sure).to_be_hidden()
        expect(remove).to_be_focused()
    remove.click()
    expect(sure).to_be_visible()
    visitor.locator(".q-welcome h2").click()
    expect(sure).to_be_hidden()

    opener = visitor.locator("#q-choice summary", has_text="New collection")
    name = visitor.get_by_label("Name of the collection")
    opener.click()
    expect(name).to_be_focused()
    visitor.locator(".q-welcome h2").click()
    expect(name).to_be_hidden()
    opener.click()
    name.fill("Travel")
    visitor.locator(".q-welcome h2").click()
    expect(name).to_be_visible()  # a mere click loses nothing
    name.press("Escape")
    expect(name).to_be_hidden()
    expect(opener).to_be_focused()


def test_esc_leaves_the_form_for_the_right_words(visitor: Page) -> None:
    turn = ask(visitor, "Who repaired the accordion?")
    turn.get_by_role("button", name="This is wrong").click()
    elsewhere = turn.get_by_role("button", name="It is somewhere else")
    elsewhere.click()
    words = visitor.get_by_label("The right words")
    expect(words).to_be_focused()
    words.press("Escape")
    expect(words).to_have_count(0)
    expect(elsewhere).to_be_focused()


def test_what_an_input_method_takes_the_page_leaves_alone(visit: Visit) -> None:
    page = visit(**PHONE)
    source = page.locator("#q-nav [data-column=source]")
    source.tap()
    for composing, pressed in ((True, "true"), (False, "false")):
        page.dispatch_event(
            "body", "keydown", {"key": "Escape", "isComposing": composing, "bubbles": True}
        )
        expect(source).to_have_attribute("aria-pressed", pressed)


def test_arrows_go_from_mark_to_mark(visitor: Page) -> None:
    text = b"The otter sleeps by day. At night the otter eats. At night the otter swims too."
    upload_bytes(visitor, "otter.txt", text)
    wait_ready(visitor, "otter.txt")
    turn = ask(visitor, "When does the otter eat?")
    turn.locator(".q-where").focus()
    visitor.keyboard.press("Enter")
    marks = visitor.locator(".q-marks")
    expect(marks).to_be_visible()
    before = marks.inner_text()
    visitor.locator("#q-view button").last.focus()
    visitor.keyboard.press("ArrowRight")
    expect(marks).not_to_have_text(before)
    visitor.keyboard.press("ArrowLeft")
    expect(marks).to_have_text(before)


def test_an_answer_is_said_once(visitor: Page) -> None:
    visitor.evaluate(SAID_JS)
    ask(visitor, "Who repaired the accordion?")
    visitor.wait_for_function("window.said.length > 0")
    visitor.locator(".q-where").click()
    expect(visitor.locator("#q-view mark").first).to_be_visible()
    said = visitor.evaluate("window.said")
    assert len(said) == 1
    assert "Samir Rahman" in said[0]
    assert "repair-cafe-minutes.docx" in said[0]
    expect(visitor.get_by_role("region", name="Source")).to_be_visible()
    assert visitor.locator("h1").count() == 1


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desk", "phone"])
def test_nothing_jumps(visit: Visit, options: dict[str, Any]) -> None:
    page = visit(**options)
    page.add_init_script(SHIFTS_JS)
    page.reload()
    page.locator("#q-shelf .q-docs").first.wait_for(state="attached")
    ask(page, "Who repaired the accordion?")
    ask(page, "What is the boiling point of tungsten hexafluoride?")
    shifts = page.evaluate("window.shifts")
    assert sum(value for value, _ in shifts) < GOOD_SHIFT, shifts


def test_dark_follows_the_system_at_once(visit: Visit) -> None:
    page = visit(color_scheme="dark")
    colour = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(colour) == "rgb(23, 22, 20)"
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"{colour} === 'rgb(251, 250, 247)'")


def test_a_chinese_browser_sees_chinese_and_can_choose(visit: Visit) -> None:
    page = visit(locale="zh-CN")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator(".q-welcome h2")).to_have_text("向您的文档提问。")
    upload_bytes(page, "水獭.txt", "水獭由王小明在中午喂养。".encode())
    wait_ready(page, "水獭.txt")
    page.locator(".q-example").first.click()
    expect(page.locator(".q-quote mark")).to_have_text("14 October 1871")
    expect(page.locator(".q-foot")).to_contain_text("第 3 页")
    english = "#q-desk >> text=/New conversation|Library|Source|very likely|Remove/"
    assert page.locator(english).count() == 0
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    wait_ready(page, "水獭.txt")  # still the same visitor
    expect(page.locator(".q-foot")).to_contain_text("page 3")  # and the same conversation
    expect(page.locator("#q-first")).to_have_count(0)
    page.goto(page.url.split("?")[0])
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("link", name="中文").click()
    expect(page.locator("#q-fresh")).to_have_text("新对话")
