"""What stands in rows and columns on a PDF page, in files made here with pdfium."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.parsing import parse
from retriever.parsing.pdf_lines import LineBox, union
from retriever.parsing.pdf_text import page_text
from tests.retriever.marking import mark_boxes

STEP = 14.0
SIZE = 10.0

PIECES = ["Hours", "Cost of all", "2,100", "-", "Name:", "a; b", "which had been built in a year"]

Words = list[tuple[float, str]]  # the left edge of each piece of a line


def pdf(path: Path, lines: list[Words], *, step: float = STEP) -> Path:
    """One page of lines from the top; each piece where it is told to begin, in points."""
    document = pdfium.PdfDocument.new()
    page = document.new_page(612, 792)
    for number, line in enumerate(lines):
        for left, text in line:
            piece = pdfium_c.FPDFPageObj_NewTextObj(document, b"Helvetica", SIZE)
            coded = (text + "\0").encode("utf-16-le")
            letters = ctypes.cast(coded, ctypes.POINTER(ctypes.c_ushort))
            assert pdfium_c.FPDFText_SetText(piece, letters)
            pdfium_c.FPDFPageObj_Transform(piece, 1, 0, 0, 1, left, 740 - step * number)
            pdfium_c.FPDFPage_InsertObject(page, piece)
    page.gen_content()
    document.save(path)
    document.close()
    return path


def text_of(path: Path, lines: list[Words], *, step: float = STEP) -> str:
    return parse(pdf(path, lines, step=step)).text


FORM: list[Words] = [
    [(72, "Insured name"), (160, "Gabriela Ortiz"), (330, "Year"), (400, "2022")],
    [(72, "Claim #"), (160, "SF-1008"), (330, "Make"), (400, "Wanderer")],
    [(72, "Phone"), (160, "(425) 555-0111"), (330, "Trim"), (400, "Limited")],
    [(330, "Odometer"), (400, "9,800")],
]
ESTIMATE: list[Words] = [
    [(260, "Hours"), (320, "Rate"), (380, "Cost")],
    [(72, "Parts"), (380, "2,100")],
    [(72, "Body labour"), (260, "2"), (320, "150"), (380, "300")],
    [(72, "Supplies")],
    [(120, "Paint"), (380, "60")],
    [(72, "Total"), (380, "2,460")],
]


def test_a_label_of_a_form_stands_before_its_value(tmp_path: Path) -> None:
    assert text_of(tmp_path / "form.pdf", FORM) == (
        "Insured name: Gabriela Ortiz; Year: 2022.\nClaim #: SF-1008; Make: Wanderer.\n"
        "Phone: (425) 555-0111; Trim: Limited.\nOdometer: 9,800."
    )


def test_a_colon_of_the_form_itself_is_enough(tmp_path: Path) -> None:
    lines: list[Words] = [[(72, "Name:"), (160, "Ada")], [(72, "Born:"), (160, "1815")]]
    assert text_of(tmp_path / "form.pdf", lines) == "Name: Ada.\nBorn: 1815."


def test_a_value_of_a_table_stands_before_its_column(tmp_path: Path) -> None:
    assert text_of(tmp_path / "estimate.pdf", ESTIMATE) == (
        "Hours | Rate | Cost\nParts: 2,100 (Cost).\n"
        "Body labour: 2 (Hours); Body labour: 150 (Rate); Body labour: 300 (Cost).\n"
        "Supplies\nPaint: 60 (Cost).\nTotal: 2,460 (Cost)."
    )


def test_prose_around_a_table_is_left_alone(tmp_path: Path) -> None:
    before: Words = [(72, "The estimate was made on Monday, before the doors were taken off.")]
    after: Words = [(72, "It is valid for thirty days from the day on which it was handed over.")]
    text = text_of(tmp_path / "both.pdf", [before, [], *ESTIMATE, [], after])
    assert text.startswith(f"{before[0][1]}\n\nHours | Rate | Cost\n")
    assert text.endswith(f"Total: 2,460 (Cost).\n\n{after[0][1]}")


def test_words_that_go_on_in_a_cell_below_are_one(tmp_path: Path) -> None:
    lines: list[Words] = [
        [(72, "Area"), (200, "Shops")],
        [(72, "Groceries"), (200, "Emart, Lotte Mart and")],
        [(200, "Homeplus")],
        [(72, "Fuel"), (200, "All stations")],
        [(72, "Stays"), (200, "42")],
    ]
    text = text_of(tmp_path / "wrapped.pdf", lines)
    assert "Emart, Lotte Mart and Homeplus" in text
    assert "Fuel" in text.split("\n")[2]


@given(
    st.lists(
        st.lists(
            st.tuples(st.sampled_from([72, 90, 160, 250, 400]), st.sampled_from(PIECES)),
            min_size=1,
            max_size=4,
            unique_by=lambda piece: piece[0],
        ),
        max_size=6,
    )
)
def test_no_word_of_a_page_is_lost(lines: list[list[tuple[int, str]]]) -> None:
    """Pure: no file is written, letters are half as wide as high."""
    codes, boxes = [], []
    for number, line in enumerate(lines):
        right = 0.0
        for left, text in sorted(line):
            for char in f" {text}":
                right = max(right, float(left)) + 5
                codes.append(ord(char))
                boxes.append(LineBox(right - 5, -14.0 * number - 10, right, -14.0 * number))
        codes.append(0x0A)
        boxes.append(LineBox(right, -14.0 * number - 10, right, -14.0 * number))
    page = page_text(codes, lambda first, last: union(boxes[first : last + 1]))
    written = [i for i, code in enumerate(codes) if chr(code) not in " \n"]
    assert set(written) <= set(page.raw_index.tolist())
    for char, place in zip(page.text, page.raw_index.tolist(), strict=True):
        assert place < 0 or char == " " or char == chr(codes[place])


@pytest.mark.parametrize(
    "lines",
    [
        [
            [
                (72, "The harbour was dug out in the spring"),
                (330, "Nobody who saw the first ship in"),
            ],
            [
                (72, "of 1714, and filled with sand in the"),
                (330, "forgot it, and the priest put it in"),
            ],
            [
                (72, "autumn, so that all had to begin anew"),
                (330, "a letter, kept in a green chest"),
            ],
        ],
        [
            [(72, "Point ::= SEQUENCE {")],
            [(90, "x"), (160, "INTEGER,")],
            [(90, "y"), (160, "INTEGER,")],
            [(72, "}")],
        ],
        [[(72, "Chapter 3: Utilities"), (500, "6")]],
        [[(72, "It"), (99, "ran"), (160, "far")], [(80, "and then"), (140, "it"), (210, "slept")]],
    ],
    ids=["columns of prose", "a program", "a page's head", "words set apart"],
)
def test_what_is_no_table_is_not_told_as_one(tmp_path: Path, lines: list[Words]) -> None:
    text = text_of(tmp_path / "none.pdf", lines)
    assert "): " not in text
    assert " | " not in text
    assert sorted(text.split()) == sorted(" ".join(w for line in lines for _, w in line).split())


def test_a_cell_is_marked_where_it_stands(tmp_path: Path) -> None:
    path = pdf(tmp_path / "estimate.pdf", ESTIMATE)
    document = parse(path)
    start = document.text.index("150")
    [box] = mark_boxes(path, document, start, start + 3)
    assert 320 / 612 == pytest.approx(box.left, abs=0.005)
    assert box.right < 345 / 612
    assert 1 - (740 - 2 * STEP) / 792 == pytest.approx(box.bottom, abs=0.01)
    start = document.text.index("Body labour: 300")  # said again, so it stands nowhere itself
    [box] = mark_boxes(path, document, start, start + len("Body labour: 300"))
    assert 380 / 612 == pytest.approx(box.left, abs=0.005)
