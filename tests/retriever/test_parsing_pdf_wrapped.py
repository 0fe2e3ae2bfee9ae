"""Tables of a PDF whose cells go on over several lines, framed and not; and what is no table."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.parsing import parse
from retriever.parsing.pdf_lines import LineBox, union
from retriever.parsing.pdf_rules import Segment, rules_of
from retriever.parsing.pdf_text import page_text
from retriever.types import Box
from tests.retriever.drawing import LEADING, Column, Page, draw, table, wrapped
from tests.retriever.marking import mark_boxes

HEAD = ("Article", "Description", "Made in", "Price")
ROWS = [
    ("Alder tray", "Tray of oiled alder wood for six cups, with handles", "Harrow", "24.50"),
    ("Birch ladle", "Ladle for soup", "Stow, and finished in Harrow", "9.00"),
    ("Cherry board for bread and cheese", "Board", "Kell", "31.00"),
]
COLUMNS: list[Column] = [(72, 16), (190, 22), (340, 14), (450, 8)]
TOLD = [
    "Article | Description | Made in | Price",
    "Alder tray (Article): Tray of oiled alder wood for six cups, with handles (Description); "
    "Alder tray: Harrow (Made in); Alder tray: 24.50 (Price).",
    "Birch ladle (Article): Ladle for soup (Description); "
    "Birch ladle: Stow, and finished in Harrow (Made in); Birch ladle: 9.00 (Price).",
    "Cherry board for bread and cheese (Article): Board (Description); "
    "Cherry board for bread and cheese: Kell (Made in); "
    "Cherry board for bread and cheese: 31.00 (Price).",
]
PIECES = ["Hours", "Cost of all", "2,100", "-", "Name:", "a; b", "and which was built in"]
SENTENCE = "The harbour was dug out in the spring of 1714 and filled with sand in the autumn."


def text_of(path: Path, *pages: Page) -> str:
    return parse(draw(path, pages)).text


def both(one: Page, other: Page) -> Page:
    return Page([*one.words, *other.words], [*one.lines, *other.lines])


def column(text: str, left: float, n_chars: int, top: float) -> Page:
    lines = wrapped(text, n_chars)
    return Page([(left, top - LEADING * i, line) for i, line in enumerate(lines)])


@pytest.mark.parametrize("ruled", [True, False], ids=["ruled", "unruled"])
@pytest.mark.parametrize("padding", [4.0, 0.0], ids=["padded", "solid"])
def test_lines_of_a_cell_are_one(tmp_path: Path, ruled: bool, padding: float) -> None:
    page = table([HEAD, *ROWS], COLUMNS, ruled=ruled, padding=padding)
    assert text_of(tmp_path / "a.pdf", page).split("\n") == TOLD


def test_rows_that_a_program_wrote_line_by_line(tmp_path: Path) -> None:
    page = table([HEAD, *ROWS[:2]], COLUMNS)
    by_line = sorted(page.words, key=lambda word: (-word[1], word[0]))
    assert text_of(tmp_path / "a.pdf", Page(by_line)).split("\n") == TOLD[:3]


def test_a_price_list_has_wide_descriptions(tmp_path: Path) -> None:
    long = "Oak door with frame and hinges and a lock with two keys, painted in green, as before"
    rows = [("Qty", "Item", "Amount"), ("2", long, "840.00"), ("1", "Delivery", "60.00")]
    columns: list[Column] = [(72, 4), (110, 70), (480, 8)]
    assert text_of(tmp_path / "a.pdf", table(rows, columns)).split("\n") == [
        "Qty | Item | Amount",
        f"2 (Qty); {long} (Item); 840.00 (Amount).",
        "1 (Qty); Delivery (Item); 60.00 (Amount).",
    ]


def test_a_name_over_columns_is_said_with_each(tmp_path: Path) -> None:
    rows = [("Region", "Spring", "Autumn", "Spring", "Autumn"), ("North", "12", "14", "17", "21")]
    rows.append(("South", "3", "5", "8", "13"))
    columns: list[Column] = [(72, 10), (160, 8), (240, 8), (320, 8), (400, 8)]
    below = table(rows, columns, top=698)
    above = Page([(212, 706, "2019"), (372, 706, "2020")])
    assert text_of(tmp_path / "a.pdf", both(above, below)).split("\n")[2] == (
        "North (Region): 12 (2019 Spring); North: 14 (2019 Autumn); "
        "North: 17 (2020 Spring); North: 21 (2020 Autumn)."
    )


def test_a_framed_cell_may_span_others(tmp_path: Path) -> None:
    xs = (68.0, 150.0, 210.0, 270.0, 330.0, 390.0)
    words = [(72.0, 695.0, "Region"), (170.0, 706.0, "2019"), (290.0, 706.0, "2020")]
    words += [(x + 4, 686.0, name) for x, name in zip(xs[1:], ["May", "June"] * 2, strict=False)]
    for y, row in ((666.0, ("North", "12", "14", "17", "21")), (646.0, ("South", *"3589"))):
        words += [(x + 4, y, cell) for x, cell in zip(xs, row, strict=False)]
    lines = [(xs[0], y, xs[-1], y) for y in (720.0, 680.0, 660.0, 640.0)]
    lines += [(xs[1], 700.0, xs[-1], 700.0)]
    lines += [(x, 720.0, x, 640.0) for x in (xs[0], xs[1], xs[3], xs[5])]
    lines += [(x, 700.0, x, 640.0) for x in (xs[2], xs[4])]
    assert text_of(tmp_path / "a.pdf", Page(words, lines)).split("\n") == [
        "Region | 2019 | 2020",
        "May | June | May | June",
        "North (Region): 12 (2019 May); North: 14 (2019 June); "
        "North: 17 (2020 May); North: 21 (2020 June).",
        "South (Region): 3 (2019 May); South: 5 (2019 June); "
        "South: 8 (2020 May); South: 9 (2020 June).",
    ]


def test_what_spans_rows_is_said_in_each(tmp_path: Path) -> None:
    words = [(72, 706, "Continent"), (154, 706, "Country"), (72, 676, "Europe")]
    words += [(154, 686, "Norway"), (154, 666, "Finland")]
    lines = [(68, y, 240, y) for y in (720.0, 700.0, 660.0)] + [(150, 680.0, 240, 680.0)]
    lines += [(x, 720.0, x, 660.0) for x in (68.0, 150.0, 240.0)]
    assert text_of(tmp_path / "a.pdf", Page(words, lines)).split("\n")[1:] == [
        "Europe (Continent): Norway (Country).",
        "Europe (Continent): Finland (Country).",
    ]


def test_rows_between_two_lines_stay_rows(tmp_path: Path) -> None:
    """Lines down, but across only around the names and at the end."""
    page = table([("Year", "Ships"), *[(str(1900 + i), str(7 * i)) for i in range(1, 6)]], [
        (72, 8), (160, 8)
    ])  # fmt: skip
    edges = (720.0, 699.0, 594.0)
    lines = [(68, y, 220, y) for y in edges] + [(x, 720, x, 594) for x in (68, 150, 220)]
    told = text_of(tmp_path / "a.pdf", Page(page.words, lines)).split("\n")
    assert told[0] == "Year | Ships"
    assert told[5] == "1905 (Year): 35 (Ships)." or told[5] == "1905 (Year); 35 (Ships)."
    assert len(told) == 6


def test_each_page_of_a_long_table_names_its_columns(tmp_path: Path) -> None:
    pages = [table([HEAD, *ROWS], COLUMNS, ruled=True) for _ in range(2)]
    document = parse(draw(tmp_path / "a.pdf", pages))
    first, second = document.page_starts
    assert document.text[first:second].split("\n")[:4] == TOLD
    assert document.text[second:].split("\n") == TOLD


def test_a_table_goes_on_over_pages_under_its_names(tmp_path: Path) -> None:
    """Read in order, and page by page for a mark, it has the same names."""
    pages = [table(rows, COLUMNS, ruled=True) for rows in ([HEAD, *ROWS], ROWS, ROWS[:2])]
    path = draw(tmp_path / "a.pdf", pages)
    document = parse(path)
    assert document.text.split("\n\n") == [
        "\n".join(TOLD), "\n".join(TOLD[1:]), "\n".join(TOLD[1:3])
    ]  # fmt: skip
    start = document.text.rindex("9.00 (Price)")
    [box] = mark_boxes(path, document, start, start + len("9.00 (Price)"))
    assert (box.page_number, round(box.left * 612)) == (3, 450)


def test_another_table_on_the_next_page_keeps_to_itself(tmp_path: Path) -> None:
    other: list[Column] = [(72, 16), (200, 22), (350, 14), (450, 8)]
    first, second = table([HEAD, *ROWS], COLUMNS, ruled=True), table(ROWS, other, ruled=True)
    _, told = text_of(tmp_path / "a.pdf", first, second).split("\n\n")
    assert "Tray of oiled alder wood for six cups, with handles" in told
    assert "(Price)" not in told


def test_a_form_has_long_values(tmp_path: Path) -> None:
    rows = [
        ("Name", "Gabriela Ortiz"),
        ("Address", "14 Long Lane, behind the mill, second door on the left, Harrow"),
        ("What happened, in your own words", "The car was hit from behind at the lights"),
    ]
    told = [f"{label}: {value}." for label, value in rows]
    for ruled in (True, False):
        page = table(rows, [(72, 18), (200, 30)], ruled=ruled)
        assert text_of(tmp_path / f"{ruled}.pdf", page).split("\n") == told


def test_prose_beside_a_table_stays_prose(tmp_path: Path) -> None:
    beside = column(SENTENCE * 2, 72, 24, 700)
    columns: list[Column] = [(230, 12), (330, 20), (470, 8)]
    rows = [(row[0], row[1], row[3]) for row in (HEAD, *ROWS)]
    text = text_of(tmp_path / "a.pdf", both(beside, table(rows, columns, ruled=True)))
    prose, told = text.split("\n\n")
    assert prose == SENTENCE * 2
    assert told.startswith("Article | Description | Price\nAlder tray (Article): Tray of oiled")


PAPER = both(column(SENTENCE * 6, 72, 40, 720), column(SENTENCE * 6, 330, 40, 720))
LISTED = both(column("(a)", 72, 4, 720), column(SENTENCE, 100, 50, 720))
LISTED = both(LISTED, both(column("(b)", 72, 4, 690), column(SENTENCE, 100, 50, 690)))
BOXES = Page(PAPER.words, [(68, 740, 540, 740), (68, 400, 540, 400), (68, 740, 68, 400),
                           (320, 740, 320, 400), (540, 740, 540, 400)])  # fmt: skip


@pytest.mark.parametrize("page", [PAPER, BOXES, LISTED], ids=["paper", "boxes", "list"])
def test_what_is_no_table_is_not_told_as_one(tmp_path: Path, page: Page) -> None:
    text = text_of(tmp_path / "a.pdf", page)
    assert "): " not in text and " | " not in text and "(a):" not in text
    assert text.split() == " ".join(word for _, _, word in page.words).split()


def boxes_of(path: Path, quoted: str) -> list[Box]:
    document = parse(path)
    start = document.text.index(quoted)
    return mark_boxes(path, document, start, start + len(quoted))


def test_each_line_of_a_cell_is_marked_where_it_stands(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.pdf", [table([HEAD, *ROWS], COLUMNS, ruled=True)])
    boxes = boxes_of(path, "Tray of oiled alder wood for six cups, with handles")
    assert [round(box.left * 612) for box in boxes] == [190] * 3
    assert all(box.right * 612 < 340 for box in boxes)
    tops = [box.top * 792 for box in boxes]
    assert tops == sorted(tops) and tops[-1] - tops[0] == pytest.approx(2 * LEADING, abs=0.5)
    [price] = boxes_of(path, "Cherry board for bread and cheese: 31.00 (Price)")
    assert round(price.left * 612) == 450


@given(
    st.lists(
        st.tuples(st.sampled_from([70, 155, 240, 330]), st.integers(0, 5), st.sampled_from(PIECES)),
        max_size=14,
    ),
    st.lists(st.tuples(st.sampled_from([60, 150, 235, 320]), st.integers(0, 6)), max_size=8),
)
def test_no_word_is_lost_or_said_elsewhere(
    words: list[tuple[int, int, str]], corners: list[tuple[int, int]]
) -> None:
    """Pure: letters are half as wide as high, frames are drawn from any corners."""
    codes, boxes = [], []
    for left, row, text in words:
        for at, char in enumerate(f"{text}\n"):
            codes.append(ord(char))
            low, across = -14.0 * row - 10, float(left + 5 * at)
            boxes.append(LineBox(across, low, across + 5, low + 10))
    segments: list[Segment] = []
    for x, row in corners:
        segments += [(x, 2 - 14.0 * row, 420, 2 - 14.0 * row), (x, 2, x, -14.0 * row)]
    page = page_text(codes, lambda a, b: union(boxes[a : b + 1]), rules_of(segments))
    written = [i for i, code in enumerate(codes) if chr(code) not in " \n"]
    assert set(written) <= set(page.raw_index.tolist())
    for char, place in zip(page.text, page.raw_index.tolist(), strict=True):
        assert place < 0 or char == " " or char == chr(codes[place])
