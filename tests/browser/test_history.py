"""Conversations outlive the page and the server; they are renamed, searched, saved and deleted."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser.conftest import PATIENCE_MS, Visit
from tests.browser.steps import ask, row, upload_bytes, wait_ready
from tests.served import served

pytestmark = pytest.mark.browser

LAMP = "When was the lamp lit for the first time?"
TOWER = "Who designed the tower of the lighthouse?"
ACCORDION = "Who repaired the accordion?"


def chats(page: Page) -> Locator:
    return page.locator(".q-chat a.q-name")


def begin(page: Page, question: str) -> str:
    """Ask in a new conversation; returns its id, as the address names it."""
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".q-turn")).to_have_count(0)
    ask(page, question)
    expect(chats(page).first).to_have_text(question)
    return named(page)


def named(page: Page) -> str:
    return parse_qs(urlsplit(page.url).query)["c"][0]


def more(page: Page, title: str) -> Locator:
    """What can be done with a conversation, opened."""
    chat = page.locator(".q-chat").filter(has=page.get_by_role("link", name=title))
    chat.hover()
    chat.locator(".q-more > summary").click()
    return page.locator(".q-chat").filter(has=page.locator(".q-more[open]"))


def test_a_conversation_outlives_the_server(chrome: Browser, tmp_path: Path) -> None:
    context = chrome.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    home, log = tmp_path / "home", tmp_path / "log"
    with served(home, log) as address:
        page.goto(address)
        page.locator("#q-shelf .q-docs").first.wait_for()
        upload_bytes(page, "vault.txt", b"The password of the vault is tangerine.")
        wait_ready(page, "vault.txt")
        ask(page, "What is the password of the vault?")
        ask(page, LAMP)
        said = page.locator(".q-quote").all_inner_texts()
        page.goto("about:blank")  # left open, it would load itself anew beside what is below
    same_port = str(urlsplit(address).port)  # the browser files the visitor under it
    with served(home, log, "--port", same_port):
        page.goto(address)
        expect(page.locator(".q-turn")).to_have_count(2)
        assert page.locator(".q-quote").all_inner_texts() == said
        expect(page.locator(".q-bar .q-file")).to_have_text("harrow-point-light.pdf")
        page.locator(".q-where").first.click()
        expect(page.locator(".q-excerpt mark")).to_contain_text("tangerine")
        ask(page, ACCORDION)
        expect(page.locator(".q-turn")).to_have_count(3)
        expect(page.locator(".q-chat")).to_contain_text("3 questions")
    context.close()


def test_a_conversation_is_renamed_searched_saved_and_deleted(
    visitor: Page, tmp_path: Path
) -> None:
    for question in (LAMP, TOWER, "Which year?", "Where?", "Why?", ACCORDION):
        begin(visitor, question)
    expect(chats(visitor)).to_have_count(6)
    title = more(visitor, TOWER).get_by_label("Title")
    title.fill("The <b>engineer</b>")
    title.press("Enter")
    expect(chats(visitor).nth(4)).to_have_text("The <b>engineer</b>")

    find = visitor.get_by_label("Find in conversations")
    find.fill("josiah")  # stands in the quotation alone
    expect(chats(visitor)).to_have_text(["The <b>engineer</b>"])
    chats(visitor).click()
    expect(visitor.locator(".q-quote mark")).to_have_text("Josiah Pell")
    find.fill("josiah tangerine")
    expect(visitor.locator("#q-history")).to_contain_text("No conversation holds these words")
    find.fill("")
    expect(chats(visitor)).to_have_count(6)
    expect(visitor.locator(".q-chat a[aria-current]")).to_have_text("The <b>engineer</b>")

    actions = more(visitor, "The <b>engineer</b>")
    saved = download(visitor, actions.get_by_text("Save as Markdown"), tmp_path)
    assert saved.name == "the-b-engineer-b.md"
    assert "> The tower was designed by **Josiah Pell**" in saved.read_text(encoding="utf-8")
    assert "harrow-point-light.pdf · page 2" in saved.read_text(encoding="utf-8")
    saved = download(visitor, actions.get_by_text("Save as JSON"), tmp_path)
    (turn,) = json.loads(saved.read_text(encoding="utf-8"))["turns"]
    assert (turn["answer"], turn["document"]) == ("Josiah Pell", "harrow-point-light.pdf")

    actions.get_by_text("Delete", exact=True).click()
    actions.get_by_role("button", name="Delete for good").click()
    expect(chats(visitor)).to_have_count(5)
    expect(visitor.locator(".q-welcome")).to_be_visible()
    visitor.locator(".q-all summary").click()
    visitor.get_by_role("button", name="Delete all my conversations for good").click()
    expect(chats(visitor)).to_have_count(0)
    visitor.reload()
    expect(visitor.locator(".q-docs").first).to_be_visible()
    expect(visitor.locator(".q-welcome")).to_be_visible()


def download(page: Page, button: Locator, folder: Path) -> Path:
    with page.expect_download() as caught:
        button.click()
    path = folder / caught.value.suggested_filename
    caught.value.save_as(path)
    return path


def test_tabs_share_conversations_and_lose_nothing(visitor: Page, address: str) -> None:
    first = begin(visitor, LAMP)
    second = begin(visitor, TOWER)
    assert first != second
    other = visitor.context.new_page()
    other.goto(f"{address}?c={first}")
    expect(other.locator(".q-question")).to_have_text([LAMP])
    chats(visitor).nth(1).click()
    expect(visitor.locator(".q-question")).to_have_text([LAMP])
    for page in (visitor, other):  # both on their way at once
        page.locator("#q-question textarea").fill(ACCORDION)
    for page in (visitor, other):
        page.keyboard.press("Enter")
    for page in (visitor, other):
        page.locator(".q-turn .q-quote").nth(1).wait_for()
    visitor.reload()
    expect(visitor.locator(".q-question")).to_have_text([LAMP, ACCORDION, ACCORDION])
    assert named(visitor) == first


def test_a_question_that_waits_stays_with_its_conversation(visitor: Page, address: str) -> None:
    begin(visitor, LAMP)
    asked_in = begin(visitor, TOWER)
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        if ACCORDION in (route.request.post_data or ""):
            waiting.append(route)
        else:
            route.continue_()

    visitor.route("**/queue/join*", hold)
    box = visitor.locator("#q-question textarea")
    box.fill(ACCORDION)
    box.press("Enter")
    chats(visitor).nth(1).click()
    expect(visitor.locator(".q-question")).to_have_text([LAMP])
    box.fill("When was")
    waiting[0].continue_()
    other = visitor.context.new_page()
    while other.locator(".q-question").count() < 2:  # until it is answered
        other.goto(f"{address}?c={asked_in}")
        other.locator(".q-question").first.wait_for()
    expect(other.locator(".q-question")).to_have_text([TOWER, ACCORDION])
    expect(visitor.locator(".q-question")).to_have_text([LAMP])
    expect(box).to_have_value("When was")
    chats(visitor).nth(0).click()
    chats(visitor).nth(1).click()  # at once: the last is shown
    expect(visitor.locator(".q-question")).to_have_text([LAMP])


def test_another_visitor_sees_none_and_opens_none(visit: Visit, address: str) -> None:
    one, two = visit(), visit()
    stolen = begin(one, LAMP)
    begin(two, TOWER)
    for name in (stolen, "nothing"):
        two.goto(f"{address}?c={name}")
        two.locator("#q-shelf .q-docs").first.wait_for()
        expect(two.locator(".q-welcome")).to_be_visible()
        expect(chats(two)).to_have_text([TOWER])
        assert named(two) == "new"
    two.evaluate("id => document.querySelector('.q-chat a').dataset.conversation = id", stolen)
    chats(two).click()
    expect(two.locator(".q-welcome")).to_be_visible()
    one.reload()
    expect(one.locator(".q-question")).to_have_text([LAMP])


def test_a_removed_document_is_gone_from_what_was_said(visitor: Page, home: Path) -> None:
    upload_bytes(visitor, "ferry.txt", b"The ferry is steered by Solveig Lund.")
    wait_ready(visitor, "ferry.txt")
    turn = ask(visitor, "Who steers the ferry?")
    expect(turn.locator(".q-quote mark")).to_have_text("Solveig Lund")
    row(visitor, "ferry.txt").locator(".q-remove summary").click()
    row(visitor, "ferry.txt").get_by_role("button", name="for good").click()
    expect(visitor.locator(".q-turn")).to_contain_text("That document is no longer here")
    expect(visitor.locator(".q-turn")).not_to_contain_text("Solveig")
    assert [file for file in home.glob("chats.db*") if b"Solveig" in file.read_bytes()] == []


def test_a_conversation_is_opened_and_renamed_by_keyboard(visitor: Page) -> None:
    begin(visitor, LAMP)
    begin(visitor, TOWER)
    chats(visitor).nth(1).focus()
    visitor.keyboard.press("Enter")
    expect(visitor.locator(".q-question")).to_have_text([LAMP])
    visitor.keyboard.press("Tab")
    expect(visitor.locator(".q-more > summary").nth(1)).to_be_focused()
    visitor.keyboard.press("Enter")
    visitor.keyboard.press("Tab")
    visitor.keyboard.type("Never mind")
    visitor.keyboard.press("Escape")
    expect(visitor.locator(".q-more > summary").nth(1)).to_be_focused()
    expect(visitor.locator(".q-more[open]")).to_have_count(0)
    visitor.keyboard.press("Enter")
    visitor.keyboard.press("Tab")
    visitor.keyboard.press("ControlOrMeta+a")
    visitor.keyboard.type("The lamp")
    visitor.keyboard.press("Enter")
    expect(chats(visitor)).to_have_text([TOWER, "The lamp"])


def test_a_draft_outlives_a_reload_and_a_change_of_language(visitor: Page) -> None:
    box = visitor.locator("#q-question textarea")
    box.fill("Who forged the")
    visitor.reload()
    expect(box).to_have_value("Who forged the")
    visitor.locator("a.q-language").click()
    visitor.wait_for_url("**/zh*")
    expect(box).to_have_value("Who forged the")


def test_a_browser_that_keeps_no_draft_shows_the_page_all_the_same(visitor: Page) -> None:
    visitor.add_init_script(
        "Object.defineProperty(window, 'sessionStorage', "
        "{ get() { throw new DOMException('Access is denied', 'SecurityError'); } });"
    )
    troubles: list[str] = []
    visitor.on("pageerror", lambda error: troubles.append(str(error)))
    visitor.reload()
    ask(visitor, "Who designed the tower of the lighthouse?")
    assert troubles == []


def test_back_and_forward_go_from_conversation_to_conversation(visitor: Page) -> None:
    ask(visitor, "Who designed the tower of the lighthouse?")
    expect(visitor.locator("#q-history a.q-name")).to_have_count(1)
    visitor.locator("#q-fresh").click()
    expect(visitor.locator(".q-welcome")).to_be_visible()
    visitor.wait_for_url("**c=new")
    visitor.go_back()
    expect(visitor.locator(".q-turn")).to_contain_text("Josiah Pell")
    visitor.go_forward()
    expect(visitor.locator(".q-welcome")).to_be_visible()
