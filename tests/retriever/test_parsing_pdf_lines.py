"""Lines of a PDF page: hyphens by another name, and words that are written from the right."""

from __future__ import annotations

from retriever.parsing.pdf_lines import LineBox, lines_of


def row(text: str, lefts: list[float]) -> list[tuple[str, tuple[int, ...]]]:
    box_of = dict(enumerate(lefts))
    lines = lines_of(list(map(ord, text)), lambda a, b: LineBox(box_of[a], 0, box_of[b] + 5, 10))
    return [(line.text, line.raw_indices) for line in lines]


def test_a_soft_hyphen_within_a_line_is_a_hyphen() -> None:
    text = "well\u00adknown, re\u00ad\r\npair"
    lines = lines_of(list(map(ord, text)), lambda first, last: LineBox(first, 0, last, 10))
    assert [(line.text, line.is_hyphenated) for line in lines] == [
        ("well-known, re", True),
        ("pair", False),
    ]


def test_arabic_that_was_drawn_from_its_left_end_is_turned() -> None:
    backwards = "\u0645\u0627\u0639 1995"  # عام
    [(text, indices)] = row(backwards, [10.0 * place for place in range(8)])
    assert (text, indices) == ("\u0639\u0627\u0645 1995", (2, 1, 0, 3, 4, 5, 6, 7))
    in_order = "\u0639\u0627\u0645"
    assert row(in_order, [30.0, 20.0, 10.0]) == [(in_order, (0, 1, 2))]
