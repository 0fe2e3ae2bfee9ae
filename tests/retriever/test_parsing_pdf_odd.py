"""Tables of a PDF that are drawn or filled in an unusual way; each is told, and costs no other."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from time import process_time

from retriever.parsing import parse
from retriever.parsing.pdf_rules import frames_of, rules_of
from tests.retriever.drawing import Page, draw

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
