"""People in Chromium: accounts that follow a person, collections, a library that owners share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from chatbot.people.accounts import Accounts
from chatbot.views.words import ENGLISH
from tests.browser.conftest import PATIENCE_MS, Visit
from tests.browser.steps import ask, row, upload_bytes, wait_ready
from tests.browser.test_access import violations
from tests.served import served

pytestmark = pytest.mark.browser

PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with accounts for ada (owner) and bob, open to visitors too."""
    folder = tmp_path_factory.mktemp("house")
    accounts = Accounts.made(folder / "users.json")
    accounts.add("ada", "owner", PASSWORD)
    accounts.add("bob", "member", PASSWORD)
    flags = ("--auth", str(folder / "users.json"), "--visitors", "--files-at-once", "2")
    variables = {"GRADIO_TEMP_DIR": str(folder / "uploads")}
    with served(folder / "home", folder / "log", *flags, **variables) as address:
        yield address


@pytest.fixture
def browsers(chrome: Browser) -> Iterator[Any]:
    """Makes browsers that know nothing of each other."""
    made: list[BrowserContext] = []

    def make() -> BrowserContext:
        context = chrome.new_context(viewport={"width": 1440, "height": 900}, locale="en")
        context.set_default_timeout(PATIENCE_MS)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


def open_page(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto(address)
    page.locator("#q-shelf .q-docs").first.wait_for(state="attached")
    return page


def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")


def test_what_is_an_accounts_follows_the_person_and_nobody_else(house: str, browsers: Any) -> None:
    first = open_page(browsers(), house)
    sign_in(first, "bob", "wrong one")
    expect(first.get_by_role("alert")).to_contain_text("do not belong together")
    assert violations(first) == [], "the form to sign in with"
    first.get_by_label("Password").fill(PASSWORD)
    first.keyboard.press("Enter")
    expect(first.locator("#q-person")).to_contain_text("bob")
    upload_bytes(first, "vault.txt", b"The password of the vault in Zug is tangerine.")
    wait_ready(first, "vault.txt")
    ask(first, "What is the password of the vault?")

    elsewhere = open_page(browsers(), house)
    sign_in(elsewhere, "bob")
    wait_ready(elsewhere, "vault.txt")
    expect(elsewhere.locator(".q-quote mark")).to_have_text("tangerine")  # the conversation goes on

    first.get_by_role("link", name="Sign out").click()
    expect(first.locator("#q-person")).to_contain_text("Visitor")
    expect(row(first, "vault.txt")).to_have_count(0)
    expect(first.locator(".q-turn")).to_have_count(0)
    sign_in(first, "ada")
    expect(first.locator("#q-person")).to_contain_text("ada, owner")
    expect(row(first, "vault.txt")).to_have_count(0)
    expect(first.locator(".q-turn")).to_have_count(0)


def test_an_owner_shares_with_everybody_and_takes_it_back(house: str, browsers: Any) -> None:
    owner = open_page(browsers(), house)
    sign_in(owner, "ada")
    owner.get_by_label("Collection", exact=True).select_option("Shared")
    expect(owner.locator("#q-shelf h3").first).to_have_text("Shared")
    upload_bytes(owner, "rules.txt", b"The house key lies under the blue flowerpot.")
    wait_ready(owner, "rules.txt")
    visitor = open_page(browsers(), house)
    expect(visitor.get_by_label("Collection", exact=True)).to_have_count(0)
    wait_ready(visitor, "rules.txt")
    expect(row(visitor, "rules.txt").locator(".q-remove")).to_have_count(0)
    turn = ask(visitor, "Where does the house key lie?")
    expect(turn.locator(".q-quote mark")).to_contain_text("blue flowerpot")
    owner.get_by_label("Collection", exact=True).select_option("All documents")
    rules = row(owner, "rules.txt")
    rules.get_by_label("Remove rules.txt").click()
    rules.get_by_role("button", name="Remove rules.txt for good").click()
    expect(rules).to_have_count(0)
    visitor.reload()
    visitor.locator("#q-shelf .q-docs").first.wait_for()
    expect(row(visitor, "rules.txt")).to_have_count(0)


def test_a_collection_is_made_filled_asked_alone_and_removed(house: str, browsers: Any) -> None:
    page = open_page(browsers(), house)
    page.get_by_text("New collection").click()
    page.get_by_label("Name of the collection").fill("Travel <b>")
    page.keyboard.press("Enter")
    choice = page.get_by_label("Collection", exact=True)
    expect(choice.locator("option:checked")).to_have_text("Travel <b>")
    page.get_by_text("or paste text").click()
    page.get_by_label("Text", exact=True).fill(
        "# The ferry\n\nThe ferry is steered by Solveig Lund."
    )
    page.get_by_role("button", name="Add text").click()
    wait_ready(page, "The ferry.md")
    page.get_by_text("or paste text").click()
    expect(page.get_by_label("Text", exact=True)).to_have_value("")
    turn = ask(page, "Who repaired the accordion?")  # the samples would say
    expect(turn).to_contain_text("could not find")
    turn = ask(page, "Who steers the ferry?")
    expect(turn.locator(".q-quote mark")).to_have_text("Solveig Lund")
    ferry = row(page, "The ferry.md")
    ferry.locator(".q-about summary").click()
    expect(ferry).to_contain_text("English · 1 passage")
    for opener in page.locator(".q-fold summary").all():
        if not opener.locator("xpath=..").get_attribute("open"):
            opener.click()
    assert violations(page) == [], "everything above the list, opened"
    page.reload()
    choice.select_option("Travel <b>")
    wait_ready(page, "The ferry.md")
    page.locator(".q-scope").get_by_text("Rename", exact=True).first.click()
    page.get_by_label("Rename Travel <b>").fill("Journeys")
    page.keyboard.press("Enter")
    expect(choice.locator("option:checked")).to_have_text("Journeys")
    page.locator(".q-scope").get_by_text("Remove", exact=True).click()
    page.get_by_role("button", name="Remove Journeys with all documents in it").click()
    expect(page.get_by_text("New collection")).to_be_visible()
    expect(ferry).to_have_count(0)
    expect(page.locator("#q-thread")).not_to_contain_text("Solveig")


def test_the_choice_is_what_the_list_shows(house: str, browsers: Any) -> None:
    page = open_page(browsers(), house)
    choice = page.get_by_label("Collection", exact=True)
    for title in ("Work", "Travel"):
        page.locator(".q-scope").get_by_text("New", exact=False).last.click()
        page.get_by_label("Name of the collection").fill(title)
        page.keyboard.press("Enter")
        expect(choice.locator("option:checked")).to_have_text(title)
    heading = page.locator("#q-shelf h3").first
    for picked, shown in (("Work", "Work"), ("All documents", "Yours"), ("Work", "Work")):
        choice.select_option(picked)
        expect(heading).to_have_text(shown)
    page.locator(".q-scope").get_by_text("Remove", exact=True).click()
    page.get_by_role("button", name="Remove Work with all documents in it").click()
    expect(heading).to_have_text("Yours")
    expect(choice.locator("option:checked")).to_have_text("All documents")

    choice.select_option("Travel")
    expect(heading).to_have_text("Travel")
    other = open_page(page.context, house)
    other.get_by_label("Collection", exact=True).select_option("Travel")
    other.locator(".q-scope").get_by_text("Remove", exact=True).click()
    other.get_by_role("button", name="Remove Travel with all documents in it").click()
    expect(other.get_by_text("New collection")).to_be_visible()
    upload_bytes(page, "late.txt", b"This came too late.")
    expect(page.locator("#q-shelf").get_by_role("alert")).to_have_text(ENGLISH.collection_gone)
    expect(choice).to_have_count(0)  # there is nothing left to choose from


def test_a_limit_is_told_in_a_sentence(house: str, browsers: Any) -> None:
    page = open_page(browsers(), house)
    files = [
        {"name": f"{n}.txt", "mimeType": "text/plain", "buffer": b"A short note."} for n in range(3)
    ]
    page.locator("#q-library input[type=file]").set_input_files(files)
    expect(page.locator("#q-shelf").get_by_role("alert")).to_have_text(
        "You chose 3 files; 2 at once is the most."
    )
    expect(page.locator("#q-shelf")).to_contain_text("Nothing here yet")


def test_a_page_whose_person_signed_out_elsewhere_says_so(house: str, browsers: Any) -> None:
    page = open_page(browsers(), house)
    sign_in(page, "bob")
    expect(page.locator("#q-person")).to_contain_text("bob")
    other = open_page(page.context, house)
    other.get_by_role("link", name="Sign out").click()
    expect(other.get_by_role("link", name="Sign in")).to_be_visible()
    for act in (
        page.locator("#q-fresh").click,
        page.locator("#q-shelf button.q-name").first.click,
        lambda: upload_bytes(page, "late.txt", b"Too late."),
    ):
        act()
        told = page.locator(".toast-body")
        expect(told).to_contain_text(ENGLISH.signed_out)
        told.locator(".toast-close").click()
        expect(told).to_have_count(0)


def test_without_accounts_nobody_is_asked_who_they_are(visit: Visit) -> None:
    page = visit()
    expect(page.locator("#q-person")).to_have_text("")
    assert page.request.get(f"{page.url.split('?')[0]}sign-in").status == 404
