"""Tables of a PDF that are drawn or filled in an unusual way; each is told, and costs no other."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import reduce
from pathlib import Path
from time import process_time

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.parsing import parse, pdf_page
from retriever.parsing.pdf_cells import Cell, stacked
from retriever.parsing.pdf_grid import grid_of, most_together
from retriever.parsing.pdf_lines import LineBox
from retriever.parsing.pdf_names import Names
from retriever.parsing.pdf_page import PDFIUM_LOCK, open_pdf, read_below, read_page
from retriever.parsing.pdf_rows import Row
from retriever.parsing.pdf_rules import frames_of, rules_of
from retriever.parsing.pdf_tables import _wrapped
from retriever.parsing.pdf_text import PageText, page_text
from tests.retriever.drawing import Column, Page, draw, table
from tests.retriever.marking import mark_boxes

HEIGHT = 20.0  # of a row


def framed(
    rows: Sequence[Sequence[str]],
    *,
    top: float = 720,
    open_below: Collection[tuple[int, int]] = (),
    open_right: Collection[tuple[int, int]] = (),
) -> Page:
    """A cell's border for each text, but for those between cells, row and column, that are one."""
    words, lines = [], []
    lefts = [50.0 + 100 * i for i in range(len(rows[0]) + 1)]
    for row, texts in enumerate(rows):
        high, low = top - HEIGHT * row, top - HEIGHT * (row + 1)
        lines.append((lefts[0], high, lefts[0], low))
        for column, text in enumerate(texts):
            left, right = lefts[column], lefts[column + 1]
            words += [(left + 4, low + 6, text)] if text else []
            lines += [(left, top, right, top)] if not row else []
            lines += [(left, low, right, low)] if (row, column) not in open_below else []
            lines += [(right, high, right, low)] if (row, column) not in open_right else []
    return Page(words, lines)


def text_of(path: Path, *pages: Page) -> str:
    return parse(draw(path, pages)).text


def test_names_that_span_rows_above_nothing_are_one_row(tmp_path: Path) -> None:
    rows = [("Item", "Price", ""), ("", "", ""), ("Tea", "10", "12"), ("Rum", "30", "33")]
    page = framed(rows, open_below=[(0, 0)], open_right=[(0, 1)])
    assert text_of(tmp_path / "a.pdf", page).split("\n") == [
        "Item | Price",
        "Tea (Item): 10 (Price); Tea: 12 (Price).",
        "Rum (Item): 30 (Price); Rum: 33 (Price).",
    ]


def test_names_that_all_span_two_rows_are_said_once(tmp_path: Path) -> None:
    rows = [("", "North", "South"), ("", "", ""), ("Tea", "10", "12"), ("Rum", "30", "33")]
    page = framed(rows, open_below=[(0, 1), (0, 2)])
    assert text_of(tmp_path / "a.pdf", page).split("\n") == [
        "North | South",
        "Tea: 10 (North); Tea: 12 (South).",
        "Rum: 30 (North); Rum: 33 (South).",
    ]


def test_the_cells_of_squared_paper_take_no_time_to_find() -> None:
    """Seconds, with a search of all cells for each of them."""
    n, end = 120, 119 * 5.0
    across = [(0.0, 5.0 * i, end, 5.0 * i) for i in range(n)]
    rules = rules_of([*across, *((y0, x0, y1, x1) for x0, y0, x1, y1 in across)])
    started_s = process_time()
    [frame] = frames_of(rules)
    assert process_time() - started_s < 2
    cells = {frame.cell_at(5 * i + 2.5, 5 * j + 2.5) for i in range(n - 1) for j in range(n - 1)}
    assert len(cells - {None}) == (n - 1) ** 2


@pytest.mark.parametrize("ruled", [True, False], ids=["ruled", "unruled"])
def test_a_minus_at_the_end_of_a_line_is_kept(tmp_path: Path, ruled: bool) -> None:
    """Pdfium says that it is a hyphen where the next line begins with a letter."""
    rows = [("Company", "Country", "Rating"), ("Acme", "France", "BBB-")]
    rows += [("Bolt", "Spain", "A-"), ("Core", "Italy", "AA")]
    columns: list[Column] = [(72, 12), (190, 12), (340, 12)]
    path = draw(tmp_path / "a.pdf", [table(rows, columns, ruled=ruled)])
    document = parse(path)
    assert document.text.split("\n")[1:3] == [
        "Acme (Company): France (Country); Acme: BBB- (Rating).",
        "Bolt (Company): Spain (Country); Bolt: A- (Rating).",
    ]
    start = document.text.index("BBB- (Rating)")
    [box] = mark_boxes(path, document, start, start + len("BBB-"))
    assert round(box.left * 612) == 340


def test_a_minus_of_a_form_is_kept(tmp_path: Path) -> None:
    rows = [("Blood group", "A-"), ("Name", "Ada Byron"), ("Town", "Harrow")]
    text = text_of(tmp_path / "a.pdf", table(rows, [(72, 18), (200, 30)]))
    assert text.split("\n")[0] == "Blood group: A-."


def test_a_minus_is_kept_where_the_cell_goes_on_beside_it(tmp_path: Path) -> None:
    """Pdfium takes it for a hyphen where a letter comes next in the file, wherever that stands."""
    page = framed([("Company", "Rating"), ("Acme", "A-"), ("Bolt", "B"), ("Core", "C")])
    place = next(place for place, word in enumerate(page.words) if word[2] == "A-")
    left, bottom, _ = page.words[place]
    beside = Page([*page.words, (left + 18, bottom, "negative")], page.lines)
    assert text_of(tmp_path / "a.pdf", beside).split("\n")[1] == "Acme: A- negative."


def test_a_minus_before_a_table_is_kept(tmp_path: Path) -> None:
    page = framed([("Company", "Price"), ("Acme", "24"), ("Bolt", "9")])
    above = Page([(50, 760, "Our rating is A-"), *page.words], page.lines)
    assert text_of(tmp_path / "a.pdf", above).startswith("Our rating is A-\n\nCompany | Price\n")


@pytest.mark.parametrize("far", [float("nan"), float("inf")])
def test_letters_that_stand_nowhere_cost_no_others(far: float) -> None:
    """Pure: what stands in no finite place is the first line."""
    nowhere, here = LineBox(far, 0, far, 10), LineBox(0, 0, 10, 10)
    text = page_text(
        [*map(ord, "ab\ncd\nef")], lambda first, _: nowhere if first < 2 else here
    ).text
    assert text.split() == ["ab", "cd", "ef"]


def test_a_box_that_is_not_finite_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = pdfium_c.FPDFText_GetLooseCharBox

    def endless(page: object, place: int, rect: object) -> int:
        found: int = real(page, place, rect)
        if place == 0:
            rect._obj.right = float("inf")  # type: ignore[attr-defined]
        return found

    monkeypatch.setattr(pdfium_c, "FPDFText_GetLooseCharBox", endless)
    path = draw(tmp_path / "a.pdf", [Page([(72, 700, "Harrow")])])
    with open_pdf(path) as document, PDFIUM_LOCK:
        told = read_page(document, 0).told
    assert told.lines[0].box.right < 612


def test_a_column_that_is_empty_on_one_page_moves_no_names(tmp_path: Path) -> None:
    first = framed([("Name", "Paris", "", "Rome"), ("Tea", "1", "", "2"), ("Rum", "5", "", "6")])
    second = framed([("Gin", "7", "8", ""), ("Ale", "9", "10", ""), ("Mead", "11", "12", "")])
    third = framed([("Port", "", "", "3"), ("Sake", "", "", "4"), ("Stout", "", "", "8")])
    told = text_of(tmp_path / "a.pdf", first, second, third).split("\n\n")
    assert [page.split("\n")[0] for page in told[1:]] == [
        "Gin (Name): 7 (Paris); Gin: 8.",
        "Port (Name): 3 (Rome).",
    ]


def test_figures_right_below_a_name_over_columns_are_no_names(tmp_path: Path) -> None:
    rows = [("Revenue", "100", "5%", "90", "4%"), ("Cost", "50", "2%", "40", "1%")]
    columns: list[Column] = [(50, 8), (150, 8), (200, 8), (250, 8), (300, 8)]
    below = table([*rows, ("Profit", "50", "3%", "50", "3%")], columns, top=706)
    page = Page([(165, 706, "2019"), (265, 706, "2018"), *below.words])
    assert text_of(tmp_path / "a.pdf", page).split("\n")[:2] == [
        "2019 | 2018",
        "Revenue: 100 (2019); Revenue: 5% (2019); Revenue: 90 (2018); Revenue: 4% (2018).",
    ]


def piece(text: str, row: int, is_hyphenated: bool) -> Cell:
    box = LineBox(0, -10.0 * row - 9, 80, -10.0 * row)
    return Cell(text, tuple(range(len(text))), box, 9, box, is_hyphenated, 1, len(text))


@given(
    st.lists(
        st.builds(
            piece, st.sampled_from(["tea", "Rum", "1", "x-"]), st.integers(0, 3), st.booleans()
        ),
        min_size=1,
    )
)
def test_pieces_are_one_as_if_joined_one_by_one(pieces: list[Cell]) -> None:
    assert stacked(pieces) == reduce(lambda above, below: stacked([above, below]), pieces)


def test_a_page_of_pieces_takes_no_time_to_join() -> None:
    """Ten seconds, where what is joined already is written anew for each."""
    pieces = [piece("x" * 80, row, False) for row in range(8_000)]
    started_s = process_time()
    assert len(stacked(pieces).text) == 81 * len(pieces) - 1
    assert process_time() - started_s < 2


def test_a_cell_that_goes_on_in_thousands_of_rows_takes_no_time_to_join() -> None:
    """Seconds, where the rows that went on already are joined again for each."""
    first = [piece("Coast", 0, False), piece("x" * 80, 0, False)]
    below = [[None, piece("x" * 80, row, False)] for row in range(1, 8_000)]
    started_s = process_time()
    [(name, cell)] = _wrapped([first, *below])
    assert process_time() - started_s < 1
    assert name == first[0] and cell and len(cell.text) == 81 * 8_000 - 1


def test_a_framed_table_may_number_its_rows(tmp_path: Path) -> None:
    rows = [("#", "Name", "Points"), ("1", "Ada", "30"), ("2", "Bob", "20"), ("3", "Cy", "10")]
    assert text_of(tmp_path / "a.pdf", framed(rows)).split("\n")[:2] == [
        "# | Name | Points",
        "1 (#); Ada (Name); 30 (Points).",
    ]


def test_a_framed_list_stays_as_it_was(tmp_path: Path) -> None:
    rows = [("(a)", "The harbour"), ("(b)", "The mill"), ("(c)", "The chest")]
    text = text_of(tmp_path / "a.pdf", framed(rows))
    assert text.split() == " ".join(" ".join(row) for row in rows).split()


def test_pages_of_several_tables_without_names_are_not_climbed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a table that is alone on its page hands names from the page above on to the next."""
    rows = [("Tea", "1", "3"), ("Rum", "5", "8"), ("Gin", "7", "9")]
    upper, lower = framed(rows), framed(rows, top=600)
    both = Page([*upper.words, *lower.words], [*upper.lines, *lower.lines])
    path = draw(tmp_path / "a.pdf", [both] * 6)
    read: list[int] = []

    def counted(document: pdfium.PdfDocument, index: int, above: Names | None) -> PageText:
        read.append(index)
        return read_below(document, index, above)

    monkeypatch.setattr(pdf_page, "read_below", counted)
    with open_pdf(path) as document, PDFIUM_LOCK:
        read_page(document, 5)
    assert read == [5, 4]


@pytest.mark.parametrize("rotation", [90, 180, 270])
@pytest.mark.parametrize("ruled", [True, False], ids=["ruled", "unruled"])
def test_a_table_on_a_page_that_is_shown_sideways_keeps_its_rows(
    tmp_path: Path, rotation: int, ruled: bool
) -> None:
    rows = [("Company", "Country", "Price"), ("Acme", "France", "24"), ("Bolt", "Spain", "9")]
    page = table(rows, [(72, 12), (190, 12), (340, 12)], ruled=ruled)
    plain = text_of(tmp_path / "a.pdf", page)
    assert text_of(tmp_path / "b.pdf", replace(page, rotation=rotation)) == plain


@given(st.lists(st.integers(-20, 20), min_size=1), st.integers(0, 9))
def test_places_together_are_counted_as_one_by_one(places: list[int], tolerance: int) -> None:
    near = [sum(abs(one - other) <= tolerance for other in places) for one in places]
    assert most_together(places, tolerance) == max(near)


def shifted(row: int, left: float) -> Cell:
    cell = piece("word", row, False)
    return replace(cell, box=replace(cell.box, left=left, right=left + 80))


def test_thousands_of_cells_that_do_not_align_take_no_time_to_see() -> None:
    """Seconds, with each of them held against all others."""
    lefts = [37.0 * number % 100 for number in range(4_000)]
    rows = [Row((), (shifted(i, left), shifted(i, 300 + left))) for i, left in enumerate(lefts)]
    started_s = process_time()
    assert grid_of(rows) is None
    assert process_time() - started_s < 2
