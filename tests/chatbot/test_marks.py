"""Marks to step through: whole words wherever they stand again, each place once."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.marks import MAX_OCCURRENCES, marks_of, occurrences


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("Pell built it. Josiah Pell drew it. pell!", "Pell", ["Pell", "Pell", "pell"]),
        ("Pell, Pelling, Spell and Pell's", "Pell", ["Pell", "Pell"]),
        ("in 187 men, in 1871, and 1871.", "1871", ["1871", "1871"]),
        ("the Sea of\nTranquility; the Sea  of Tranquility", "Sea of Tranquility",
         ["Sea of\nTranquility", "Sea  of Tranquility"]),
        ("$5.50 and $5.50, not $5x50 nor $5.500", "$5.50", ["$5.50", "$5.50"]),
        ("苏堤在西湖。沿苏堤走。", "苏堤", ["苏堤", "苏堤"]),
        ("nothing of the kind", "kind", ["kind"]),
    ],
)  # fmt: skip
def test_the_same_words_are_found_again(text: str, words: str, found: list[str]) -> None:
    start = text.index(words) if words in text else text.index(found[0])
    marks = occurrences(text, start, start + len(found[0]))
    assert [text[a:b] for a, b in marks] == found


def test_other_candidates_are_stepped_to_in_the_order_of_the_document() -> None:
    text = "Holt painted it. Then Berg came. Holt left. Then Lund came."
    holt, berg = text.index("Holt"), text.index("Berg")
    marks = marks_of(text, (holt, holt + 4), [(holt, holt + 4), (berg, berg + 4)])
    assert [text[a:b] for a, b in marks.stretches] == ["Holt", "Berg", "Holt"]
    assert (marks.index, marks.count, marks.are_all) == (0, 3, True)
    assert [text[slice(*marks.step(by))] for by in (0, 1, 2, -1)] == [
        "Holt",
        "Berg",
        "Holt",
        "Holt",
    ]
    assert marks.step(2) != marks.step(0)
    assert marks.step(3) == marks.step(0)


@pytest.mark.parametrize(("words", "count"), [("9", 1), ("at", 1), ("9 March", 2), ("1871", 2)])
def test_what_means_another_thing_elsewhere_is_not_looked_for(words: str, count: int) -> None:
    text = "At 9, 9 of us sat at sea; 9 March, not 9 March at 9. In 1871, 1871."
    start = text.index(words)
    assert marks_of(text, (start, start + len(words)), ()).count == count


def test_stepping_on_keeps_the_list() -> None:
    text = "Holt painted it. Then Berg came. Holt left."
    quoted = [(0, 4), (text.index("Berg"), text.index("Berg") + 4)]
    first = marks_of(text, (0, 4), quoted)
    second = marks_of(text, first.step(1), quoted)
    assert second.stretches == first.stretches
    assert second.index == 1


def test_a_quotation_is_not_counted_again_inside_another() -> None:
    text = "Charles Darwin sailed. Darwin wrote."
    marks = marks_of(text, (8, 14), [(8, 14), (0, 14)])
    assert [text[a:b] for a, b in marks.stretches] == ["Darwin", "Darwin"]


def test_words_that_stand_everywhere_are_capped_and_what_is_shown_is_among_them() -> None:
    text = "lamp " * (MAX_OCCURRENCES + 50)
    last = len(text) - 5
    marks = marks_of(text, (last, last + 4), ())
    assert not marks.are_all
    assert marks.stretches[marks.index] == (last, last + 4)
    assert marks.count == MAX_OCCURRENCES + 1


@given(st.text(alphabet="aB .\n", min_size=1, max_size=80), st.data())
def test_it_agrees_with_looking_at_every_place(text: str, data: st.DataObject) -> None:
    words = [found.span() for found in re.finditer(r"\w+", text)]
    if not words:
        return
    start, end = data.draw(st.sampled_from(words))
    expected = [(a, b) for a, b in words if text[a:b].lower() == text[start:end].lower()]
    assert occurrences(text, start, end) == expected
