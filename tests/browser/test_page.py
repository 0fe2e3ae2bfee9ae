"""The page as a person meets it, in Chromium: ask, add, look, remove."""

from __future__ import annotations

import json
import re
from pathlib import Path

import docx
import pypdfium2
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visit
from tests.browser.steps import ask, row, upload, upload_bytes, wait_ready

pytestmark = pytest.mark.browser


def displayed_box(page: Page) -> tuple[float, float, float, float]:
    """The first mark in fractions of the picture, as the browser laid it out."""
    box = page.locator(".q-box").first.bounding_box()
    picture = page.locator(".q-sheet img").bounding_box()
    assert box is not None
    assert picture is not None
    left = (box["x"] - picture["x"]) / picture["width"]
    top = (box["y"] - picture["y"]) / picture["height"]
    right = left + box["width"] / picture["width"]
    return left, top, right, top + box["height"] / picture["height"]


def printed_box(path: Path, page_index: int, words: str) -> tuple[float, float, float, float]:
    """Where pdfium says that the words stand, in fractions from the top left corner."""
    with pypdfium2.PdfDocument(path) as pdf:
        page = pdf[page_index]
        width, height = page.get_size()
        text = page.get_textpage()
        found = text.search(words).get_next()
        assert found is not None
        corners = [text.get_charbox(found[0] + i, loose=True) for i in range(found[1])]
    left, right = min(c[0] for c in corners), max(c[2] for c in corners)
    bottom, top = min(c[1] for c in corners), max(c[3] for c in corners)
    return left / width, 1 - top / height, right / width, 1 - bottom / height


def test_the_first_click_answers_and_nothing_leaves_the_machine(
    visit: Visit, samples_dir: Path
) -> None:
    page = visit()
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.reload()
    example = json.loads((samples_dir.parent / "questions.json").read_text(encoding="utf-8"))[0]
    expect(page.locator(".q-example")).to_have_count(3)
    expect(page.locator("#q-shelf")).to_contain_text(example["document"])
    page.locator(".q-example", has_text=example["question"]).click()
    expect(page.locator(".q-quote mark")).to_contain_text(example["answer"])
    expect(page.locator(".q-foot")).to_contain_text(example["document"])
    expect(page.locator(".q-sure")).to_have_text(
        re.compile(r"^(very likely|likely|possible) · 0\.\d\d$")
    )
    expect(page.locator(".q-bar .q-file")).to_have_text(example["document"])
    expect(page.locator(".q-box").first).to_be_in_viewport()
    assert example["question"] in page.title()
    assert {host for host in hosts if not host.startswith(("127.0.0.1", "image"))} == set()


def test_uploads_are_asked_and_marked_on_their_page(
    visitor: Page, three_pages: Path, tmp_path: Path
) -> None:
    office = docx.Document()
    office.add_paragraph("The garden was planted by Ottilie Brandt. She began with pears.")
    office.save(str(tmp_path / "garden.docx"))
    upload(visitor, three_pages, tmp_path / "garden.docx")
    wait_ready(visitor, "merganser.pdf")
    wait_ready(visitor, "garden.docx")
    expect(row(visitor, "merganser.pdf")).to_contain_text("3 pages")

    turn = ask(visitor, "Who forged the anchor?")
    expect(turn.locator(".q-quote mark")).to_have_text("Ragnhild Aasen")
    expect(turn.locator(".q-quote")).to_contain_text("The anchor was forged by")
    expect(turn.locator(".q-foot")).to_contain_text("merganser.pdf · page 2")
    expect(visitor.locator(".q-at")).to_have_value("2")
    expected = printed_box(three_pages, 1, "Ragnhild Aasen")
    assert displayed_box(visitor) == pytest.approx(expected, abs=0.012)

    visitor.get_by_label("Next page").click()
    expect(visitor.locator(".q-at")).to_have_value("3")
    expect(visitor.locator(".q-box")).to_have_count(0)
    visitor.locator(".q-switch").click()
    expect(visitor.locator(".q-excerpt")).to_contain_text("two cats and a parrot")
    turn.locator(".q-where").click()
    expect(visitor.locator(".q-at")).to_have_value("2")

    turn = ask(visitor, "Who planted the garden?")
    expect(turn.locator(".q-quote mark")).to_have_text("Ottilie Brandt")
    expect(visitor.locator(".q-excerpt .q-here mark")).to_have_text("Ottilie Brandt")
    expect(visitor.locator(".q-excerpt mark")).to_be_in_viewport()


def test_the_same_words_and_other_candidates_are_stepped_through(visitor: Page) -> None:
    turn = ask(visitor, "Who designed the tower of the lighthouse?")
    expect(turn.locator(".q-quote mark")).to_have_text("Josiah Pell")
    upload_bytes(visitor, "mill.txt", b"Agda Ruud built the mill.\n\nIt burnt. agda  ruud wept.")
    wait_ready(visitor, "mill.txt")
    turn = ask(visitor, "Who built the mill?")
    expect(turn.locator(".q-quote mark")).to_have_text("Agda Ruud")
    steps = visitor.locator(".q-marks")
    expect(steps).to_have_text("1 of 2 marks")
    visitor.get_by_role("button", name="next", exact=True).click()
    expect(steps).to_have_text("2 of 2 marks")
    expect(visitor.locator(".q-excerpt mark")).to_have_text("agda  ruud")
    expect(visitor.get_by_role("button", name="next", exact=True)).to_be_focused()
    visitor.keyboard.press("Enter")
    expect(steps).to_have_text("1 of 2 marks")
    expect(visitor.locator(".q-excerpt mark")).to_have_text("Agda Ruud")


def test_a_page_number_can_be_typed_and_the_mark_found_again(
    visitor: Page, three_pages: Path
) -> None:
    upload(visitor, three_pages)
    wait_ready(visitor, "merganser.pdf")
    ask(visitor, "Who forged the anchor?")
    number = visitor.get_by_label("Page number, from 1 to 3")
    expect(number).to_have_value("2")
    number.fill("9")
    number.press("Enter")
    expect(number).to_have_value("3")
    expect(visitor.locator(".q-box")).to_have_count(0)
    for typed in ("99", "abc"):  # the same page again
        number.fill(typed)
        number.press("Enter")
        expect(number).to_have_value("3")
    visitor.get_by_role("button", name="back to the mark").click()
    expect(number).to_have_value("2")
    expect(visitor.locator(".q-box").first).to_be_in_viewport()


def test_a_question_after_several_things_lists_them(visitor: Page) -> None:
    upload_bytes(visitor, "berg.txt", b"The iron pier was built by Anna Berg in 1931.")
    upload_bytes(visitor, "holt.txt", b"The iron pier was built by Paul Holt in 1978.")
    for name in ("berg.txt", "holt.txt"):
        wait_ready(visitor, name)
    turn = ask(visitor, "Which engineers built the iron pier?")
    expect(turn).to_contain_text("2 answers")
    marks = turn.locator(".q-answers .q-quote mark")
    expect(marks).to_have_count(2)
    assert set(marks.all_inner_texts()) == {"Anna Berg", "Paul Holt"}
    first, second = turn.locator(".q-where").all()
    expect(first).to_have_attribute("aria-current", "true")
    second.click()
    expect(second).to_have_attribute("aria-current", "true")
    expect(first).not_to_have_attribute("aria-current", "true")
    expect(visitor.locator(".q-excerpt mark")).to_have_text(marks.nth(1).inner_text())


def test_a_cell_is_quoted_in_its_row_here_and_in_the_source(visitor: Page) -> None:
    table = "Boat,Owner,Length (m)\nPetrel,Agda Ruud,9\nAuk,Bo Lind,14\nSkua,Eli Moe,11\n"
    upload_bytes(visitor, "boats.csv", table.encode())
    wait_ready(visitor, "boats.csv")
    turn = ask(visitor, "Who is the owner of the Auk?")
    row = turn.locator(".q-quote .q-row")
    expect(row.locator("mark")).to_have_text("Bo Lind")
    expect(row.locator(".q-column").last).to_have_text("Length (m)")
    assert "Auk (Boat): Bo Lind (Owner); Auk: 14 (Length (m))." in row.text_content()  # type: ignore[operator]
    seen = row.locator(".q-unseen").first.bounding_box()
    assert seen is not None
    assert seen["width"] <= 1
    shown = visitor.locator(".q-excerpt .q-row")
    expect(shown).to_have_count(4)
    expect(shown.locator("mark")).to_have_text("Bo Lind")


def test_where_nothing_is_found_the_nearest_sentence_is_shown_and_opens(visitor: Page) -> None:
    filler = "The keeper wrote of wind and of rain, and of ships that went by in the night. " * 8
    text = f"{filler}Tungsten was never shipped from this harbour in any year. {filler}"
    upload_bytes(visitor, "harbour.txt", text.encode())
    wait_ready(visitor, "harbour.txt")
    turn = ask(visitor, "What is the boiling point of tungsten hexafluoride?")
    near = turn.locator(".q-near button", has_text="harbour.txt").first
    expect(near.locator(".q-text")).to_contain_text("Tungsten was never shipped")
    near.click()
    expect(near).to_have_attribute("aria-current", "true")
    expect(visitor.locator(".q-excerpt .q-passage mark").first).to_be_visible()


def test_a_question_says_how_far_it_is_and_stays_where_it_is(visitor: Page) -> None:
    visitor.evaluate(
        """() => {
            window.told = [];
            const look = () => {
                const line = document.querySelector('.q-pending [role=status]');
                const asked = document.querySelector('#q-thread .q-question');
                if (line) told.push([line.textContent, asked.getBoundingClientRect().top]);
            };
            const watched = { subtree: true, childList: true, characterData: true };
            new MutationObserver(look).observe(document.getElementById('q-thread'), watched);
        }"""
    )
    turn = ask(visitor, "Who designed the tower of the lighthouse?")
    told = visitor.evaluate("told")
    assert told[0][0] == "Searching …"
    assert all(re.match(r"Searching …$|Reading \d+ of \d+ …$", line) for line, _ in told)
    box = turn.locator(".q-question").bounding_box()
    assert box is not None
    assert {round(top) for _, top in told} == {round(box["y"])}


def test_another_candidate_is_one_click_away(visitor: Page) -> None:
    upload_bytes(visitor, "first.txt", b"The old bridge was painted by Anna Berg.")
    upload_bytes(visitor, "second.txt", b"The old bridge was painted by Paul Holt.")
    for name in ("first.txt", "second.txt"):
        wait_ready(visitor, name)
    turn = ask(visitor, "Who was the painter of the old bridge?")
    best = turn.locator(".q-quote mark").inner_text()
    assert best in ("Anna Berg", "Paul Holt")
    turn.locator(".q-others summary").click()
    other = turn.locator(".q-candidate").first
    expect(other.locator("mark")).to_have_text("Paul Holt" if best == "Anna Berg" else "Anna Berg")
    other.click()
    expect(other).to_have_attribute("aria-current", "true")
    expect(visitor.locator(".q-bar .q-file")).to_have_text(
        "second.txt" if best == "Anna Berg" else "first.txt"
    )
    expect(visitor.locator(".q-excerpt mark")).to_have_text(other.locator("mark").inner_text())


def test_it_says_when_it_does_not_know(visitor: Page) -> None:
    ask(visitor, "Who repaired the accordion?")
    expect(visitor.locator(".q-bar .q-file")).to_be_visible()
    turn = ask(visitor, "What is the boiling point of tungsten hexafluoride?")
    expect(visitor.locator(".q-bar .q-file")).to_have_count(0)  # no mark of an earlier answer
    expect(turn).to_contain_text("I could not find that in your documents.")
    nearest = turn.locator(".q-near button").first
    nearest.click()
    expect(visitor.locator(".q-bar .q-file")).to_be_visible()


def test_a_visitors_files_survive_a_reload_and_go_when_removed(
    visitor: Page, home: Path, uploads: Path
) -> None:
    secret = b"The otter was fed by Wilhelmina Croft at noon."
    upload_bytes(visitor, "otter.txt", secret)
    wait_ready(visitor, "otter.txt")
    visitor.reload()
    wait_ready(visitor, "otter.txt")
    turn = ask(visitor, "Who fed the otter?")
    expect(turn.locator(".q-quote mark")).to_have_text("Wilhelmina Croft")
    otter = row(visitor, "otter.txt")
    remove = otter.locator(".q-remove summary")
    expect(remove).to_have_css("opacity", "1")  # seen before anything points at it
    remove.press("Enter")
    otter.get_by_role("button", name="Remove otter.txt for good").click()
    expect(row(visitor, "otter.txt")).to_have_count(0)
    expect(visitor.locator("#q-source mark")).to_have_count(0)
    expect(turn).not_to_contain_text("Wilhelmina")
    expect(turn).to_contain_text("no longer here")
    again = ask(visitor, "Who fed the otter?")
    expect(again).not_to_contain_text("Wilhelmina")
    files = [path for folder in (home, uploads) for path in folder.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if b"Wilhelmina" in path.read_bytes()]


def test_who_left_the_shared_documents_out_can_have_them_back(visitor: Page) -> None:
    shared = visitor.get_by_label("Look in the shared documents too")
    expect(shared).to_be_hidden()  # there is nothing else to look in
    upload_bytes(visitor, "otter.txt", b"The otter was fed by Wilhelmina Croft at noon.")
    wait_ready(visitor, "otter.txt")
    shared.uncheck()
    otter = row(visitor, "otter.txt")
    otter.get_by_label("Remove otter.txt").click()
    otter.get_by_role("button", name="Remove otter.txt for good").click()
    expect(otter).to_have_count(0)
    turn = ask(visitor, "Who repaired the accordion?")
    expect(turn).to_contain_text("There is nothing to look in here yet.")
    shared.check()
    expect(shared).to_be_hidden()
    turn = ask(visitor, "Who repaired the accordion?")
    expect(turn.locator(".q-quote mark")).to_contain_text("Samir Rahman")


def test_a_dropped_folder_is_its_files_and_what_is_too_large_is_left_out(
    visitor: Page, tmp_path: Path
) -> None:
    (tmp_path / "fair" / "stalls").mkdir(parents=True)
    (tmp_path / "fair" / "stalls" / "honey.txt").write_text("Bo Lind sold the honey.")
    (tmp_path / "fair" / ".hidden").write_text("no document")
    (tmp_path / "small.txt").write_text("The fair was in May.")
    (tmp_path / "large.txt").write_text("The fair was long. " * 500)
    visitor.locator(".q-drop").evaluate("(line) => { line.dataset.max = 5000; }")
    paths = [str(tmp_path / name) for name in ("fair", "small.txt", "large.txt")]
    drag = {"items": [], "files": paths, "dragOperationsMask": 1}
    browser = visitor.context.new_cdp_session(visitor)
    for kind in ("dragEnter", "dragOver", "drop"):
        sent = {"type": kind, "x": 600, "y": 400, "data": drag}
        browser.send("Input.dispatchDragEvent", sent)
    wait_ready(visitor, "honey.txt")
    wait_ready(visitor, "small.txt")
    out = visitor.locator(".q-out")
    expect(out).to_have_text("Left out, larger than 100 MB: large.txt")
    assert row(visitor, "large.txt").count() == row(visitor, ".hidden").count() == 0
    upload_bytes(visitor, "late.txt", b"The fair is over.")
    expect(out).to_be_hidden()


def test_many_documents_leave_room_and_are_found_by_name(visitor: Page, tmp_path: Path) -> None:
    paths = [tmp_path / f"week-{number}.txt" for number in range(12)]
    for path in paths:
        path.write_text(f"{path.stem} was quiet.")
    box = visitor.get_by_label("Find a document")
    expect(box).to_be_hidden()
    upload(visitor, *paths)
    box.fill("WEEK-11")
    expect(visitor.locator("#q-shelf .q-doc:visible")).to_have_count(1)
    wait_ready(visitor, "week-11.txt")
    box.fill("month")
    expect(visitor.get_by_text("No document has this name.")).to_be_visible()
    expect(visitor.locator("#q-shelf .q-docs:visible")).to_have_count(0)
    upload_bytes(visitor, "late.txt", b"It came last.")
    expect(visitor.locator("#q-shelf .q-doc:visible")).to_have_count(1)
    wait_ready(visitor, "late.txt")
    expect(row(visitor, "late.txt")).to_be_visible()
    box.fill("")
    expect(visitor.locator("#q-shelf .q-doc:visible").nth(12)).to_be_attached()
    row(visitor, "week-0.txt").scroll_into_view_if_needed()
    upload_bytes(visitor, "later.txt", b"It came after that.")
    expect(row(visitor, "later.txt")).to_be_in_viewport()
    tall = visitor.locator("#q-shelf ul").first.bounding_box()
    assert tall is not None
    assert tall["height"] <= 0.45 * 900


def test_a_question_leaves_the_box_at_once_and_comes_back_when_it_was_refused(
    visitor: Page,
) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:  # the first round trip takes its time
        held.append(route)

    visitor.route("**/queue/join*", hold)
    box, question = visitor.locator("#q-question textarea"), "Who repaired the accordion?"
    box.fill(question)
    box.press("Enter")
    expect(box).to_have_value("")
    visitor.keyboard.type("and who")
    expect(box).to_have_value("and who")
    pending = visitor.locator(".q-turn.q-pending")
    expect(pending.locator(".q-question")).to_have_text(question)
    expect(pending).to_contain_text("Searching …")
    expect(visitor.locator(".q-welcome")).to_be_hidden()
    for route in held:
        route.fulfill(status=401, json={"detail": "signed out"})
    expect(box).to_have_value(f"{question}\nand who")
    expect(pending).to_have_count(0)
    expect(visitor.locator(".q-welcome")).to_be_visible()
    visitor.unroute("**/queue/join*")
    turn = ask(visitor, question)
    expect(turn.locator(".q-quote mark")).to_contain_text("Samir Rahman")


def test_a_question_sent_meanwhile_is_asked_when_the_one_before_is_answered(visitor: Page) -> None:
    box = visitor.locator("#q-question textarea")
    for question in ("Who repaired the accordion?", "When was the lamp lit for the first time?"):
        box.fill(question)
        box.press("Enter")
        if question.startswith("Who"):
            expect(box).to_have_value("")
    expect(visitor.locator("#q-thread .q-turn[data-turn]")).to_have_count(2)
    expect(box).to_have_value("")


def test_a_long_text_is_read_on_and_a_row_is_copied_as_it_stands(visitor: Page) -> None:
    rows = "".join(f"Hut {number},{number} m\n" for number in range(400))
    upload_bytes(visitor, "huts.csv", f"Name,Height\n{rows}".encode())
    wait_ready(visitor, "huts.csv")
    row(visitor, "huts.csv").locator("button.q-name").click()
    on = visitor.get_by_role("button", name="what comes next")
    first = visitor.locator("#q-view .q-row").first
    expect(first).to_have_text("Name | Height")
    on.click()
    expect(first).to_have_text(re.compile("^Hut"))
    expect(first).to_be_in_viewport()
    expect(visitor.get_by_role("button", name="what comes before")).to_be_visible()
    copied = visitor.evaluate(
        """() => {
            const row = document.querySelector('#q-view .q-row');
            getSelection().selectAllChildren(row);
            const data = new DataTransfer();
            row.dispatchEvent(new ClipboardEvent('copy', {clipboardData: data, bubbles: true}));
            return [data.getData('text/plain'), row.textContent];
        }"""
    )
    assert copied[0] == copied[1] != ""


def test_files_can_be_dropped_anywhere(visitor: Page) -> None:
    dropped = visitor.evaluate_handle(
        """() => {
            const drag = new DataTransfer();
            drag.items.add(new File(['The heron sleeps at nine.'], 'heron.txt'));
            return drag;
        }"""
    )
    visitor.dispatch_event("#q-thread", "dragover", {"dataTransfer": dropped})
    visitor.dispatch_event("#q-thread", "drop", {"dataTransfer": dropped})
    wait_ready(visitor, "heron.txt")


def test_two_visitors_never_meet(visit: Visit) -> None:
    one, two = visit(), visit()
    upload_bytes(one, "vault.txt", b"The password of the vault is tangerine.")
    wait_ready(one, "vault.txt")
    turn = ask(one, "What is the password of the vault?")
    expect(turn.locator(".q-quote mark")).to_have_text("tangerine")
    two.reload()
    two.locator("#q-shelf .q-docs").first.wait_for()
    expect(row(two, "vault.txt")).to_have_count(0)
    turn = ask(two, "What is the password of the vault?")
    expect(turn).not_to_contain_text("tangerine")
    stolen = one.locator('[data-event="open"]', has_text="vault.txt").get_attribute("data-document")
    two.evaluate(
        "id => document.querySelector('#q-shelf [data-event=open]').dataset.document = id", stolen
    )
    two.locator("#q-shelf [data-event=open]").first.click()
    expect(two.locator("#q-view")).to_contain_text("no longer here")


def test_a_file_that_cannot_be_read_says_why_and_the_next_one_is_read(visitor: Page) -> None:
    upload_bytes(visitor, "broken.pdf", b"%PDF-1.7 and then nothing of the kind")
    expect(row(visitor, "broken.pdf")).to_contain_text("failed:")
    upload_bytes(visitor, "fine.txt", b"All is well on the second try.")
    wait_ready(visitor, "fine.txt")
    expect(row(visitor, "broken.pdf")).to_contain_text("failed:")


def test_a_file_on_its_way_is_stopped_tried_again_and_dismissed(
    visitor: Page, home: Path, uploads: Path
) -> None:
    words = "".join(f"Sentence {n} of the Wilibald saga is told. " for n in range(60_000))
    upload_bytes(visitor, "saga.txt", words.encode())
    saga = row(visitor, "saga.txt")
    saga.get_by_role("button", name="Cancel saga.txt").click()
    expect(saga).to_contain_text("cancelled")
    saga.get_by_role("button", name="Try again saga.txt").click()
    expect(saga).to_contain_text("%")
    turn = ask(visitor, "When was the lamp lit for the first time?")  # the chat works meanwhile
    expect(turn.locator(".q-quote mark")).to_be_visible()
    saga.get_by_role("button", name="Cancel saga.txt").click()
    saga.get_by_role("button", name="Dismiss saga.txt").click()
    expect(saga).to_have_count(0)
    visitor.reload()
    expect(visitor.locator("#q-shelf section").first).to_contain_text("Nothing here yet")
    for _ in range(50):
        files = [path for folder in (home, uploads) for path in folder.rglob("*")]
        left = [path for path in files if path.is_file() and b"Wilibald" in path.read_bytes()]
        if not left:
            break
        visitor.wait_for_timeout(100)
    assert left == []


def test_a_new_version_takes_the_place_of_the_old(visitor: Page) -> None:
    upload_bytes(visitor, "ferry.txt", b"The ferry is steered by Solveig Lund.")
    wait_ready(visitor, "ferry.txt")
    upload_bytes(visitor, "ferry.txt", b"The ferry is steered by Torvald Moe.")
    expect(visitor.locator("#q-shelf")).to_contain_text("took the place of the earlier version")
    expect(row(visitor, "ferry.txt")).to_have_count(1)
    turn = ask(visitor, "Who steers the ferry?")
    expect(turn.locator(".q-quote mark")).to_have_text("Torvald Moe")


def test_markup_in_a_document_stays_text(visitor: Page) -> None:
    evil = "<script>window.owned=1</script><img src=x onerror='window.owned=2'>"
    text = f"{evil} The key lies under {evil} the blue flowerpot. {evil}\n" * 2
    upload_bytes(visitor, "<img src=x onerror=window.owned=3>.txt", text.encode())
    visitor.locator("#q-shelf section").first.locator("button.q-name").wait_for()
    ask(visitor, "Where does the key lie?")
    visitor.locator("#q-shelf section").first.locator("button.q-name").click()
    expect(visitor.locator(".q-excerpt")).to_contain_text("<script>window.owned=1</script>")
    ask(visitor, f"Where is {evil}?")
    assert visitor.evaluate("window.owned") is None
    assert visitor.locator("#q-desk script, #q-shelf img, #q-thread img").count() == 0


def test_enter_sends_shift_enter_breaks_and_long_questions_are_refused(visitor: Page) -> None:
    box = visitor.locator("#q-question textarea")
    box.fill("When was the lamp")
    box.press("Shift+Enter")
    box.press_sequentially("lit?")
    assert box.input_value() == "When was the lamp\nlit?"
    expect(visitor.locator(".q-turn")).to_have_count(0)
    box.fill("why " * 150)
    box.press("Enter")
    expect(visitor.locator(".q-notice")).to_contain_text("500")
    expect(visitor.locator(".q-turn")).to_have_count(0)
    expect(box).to_have_value(re.compile("^why why"))
    box.press_sequentially("?")
    expect(visitor.locator(".q-notice")).to_be_hidden()
    box.press("Enter")
    expect(visitor.locator(".q-notice")).to_be_visible()


def test_clicks_in_quick_succession_all_count(visitor: Page, three_pages: Path) -> None:
    upload(visitor, three_pages)
    wait_ready(visitor, "merganser.pdf")
    row(visitor, "merganser.pdf").locator("button.q-name").click()
    expect(visitor.locator(".q-at")).to_have_value("1")
    for by, last in ((1, "3"), (-1, "1")):
        on = visitor.locator(f'[data-event="turn"][data-by="{by}"]')
        on.evaluate("button => { button.click(); button.click(); }")
        expect(visitor.locator(".q-at")).to_have_value(last)


def test_a_new_question_stands_on_top_and_a_new_conversation_is_empty(visitor: Page) -> None:
    for question in ("Who repaired the accordion?", "Who designed the tower of the lighthouse?"):
        turn = ask(visitor, question)
        expect(turn.locator(".q-question")).to_be_in_viewport()
    expect(visitor.locator(".q-turn").first.locator(".q-question")).not_to_be_in_viewport()
    visitor.locator("#q-question textarea").fill("why " * 150)
    visitor.keyboard.press("Enter")
    expect(visitor.locator(".q-notice")).to_be_in_viewport()
    visitor.get_by_role("button", name="New conversation").click()
    expect(visitor.locator(".q-turn")).to_have_count(0)
    expect(visitor).to_have_title("Quoth")
    expect(visitor.locator(".q-example")).to_have_count(3)
    expect(visitor.locator("#q-view")).to_contain_text("opens here")


def test_a_spaces_header_lies_over_nothing(visitor: Page) -> None:
    header = (
        '<div id="huggingface-space-header" style="display: flex; position: fixed; top: .75rem; '
        'right: .75rem; height: 40px; z-index: 20">user/quoth</div>'
    )
    visitor.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", header)
    expect(visitor.locator("#huggingface-space-header")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_one_column_at_a_time(visit: Visit, scheme: str) -> None:
    page = visit(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, color_scheme=scheme
    )
    page.locator(".q-example").first.tap()
    expect(page.locator(".q-quote mark")).to_be_in_viewport()
    expect(page.locator("#q-source")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.locator(".q-where").tap()
    expect(page.locator(".q-box").first).to_be_in_viewport()
    expect(page.locator("#q-conversation")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.keyboard.press("Escape")
    expect(page.locator("#q-conversation")).to_be_visible()
    page.get_by_role("button", name="Library", exact=True).tap()
    expect(page.locator("#q-upload")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
