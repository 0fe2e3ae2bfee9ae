"""Chunk by chunk comes to what reading all texts in one call comes to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reader import Reader
from reader.gather import Quote, answer, chunks
from reader.texts import Part

K = 7
QUESTIONS = [
    "When was the lamp lit for the first time?",
    "Who stayed in orbit?",
    "How many trees does the orchard have?",
]


@pytest.fixture(scope="module")
def parts(samples_dir: Path) -> list[Part]:
    """Every paragraph of a Markdown sample and some that answer nothing; one holds nothing."""
    text = (samples_dir / "apollo-11.md").read_text(encoding="utf-8")
    start, found = 0, []
    for piece in text.split("\n\n"):
        found.append(Part("apollo", piece, start))
        start += len(piece) + 2
    asked = json.loads((samples_dir.parent / "questions.json").read_text(encoding="utf-8"))
    return [*found, Part("blank", " \n", 7), *(Part("q", row["question"], 0) for row in asked)]


@pytest.fixture(scope="module")
def at_once(int8_reader: Reader, parts: list[Part]) -> list[list[Quote]]:
    """What the reader's own door gives for all texts in one call."""
    pairs = [(q, t) for q in range(len(QUESTIONS)) for t in range(len(parts))]
    found = int8_reader.read_many(QUESTIONS, [part.text for part in parts], pairs, K)
    return [
        [
            Quote(
                span.text,
                span.probability,
                parts[span.text_index].document,
                parts[span.text_index].char_start + span.char_start,
                parts[span.text_index].char_start + span.char_end,
                parts[span.text_index].text,
            )
            for span in spans
        ]
        for spans in found
    ]


@pytest.mark.parametrize("most_parts", [1, 4, 1000])
def test_chunks_do_not_show(
    int8_reader: Reader, parts: list[Part], at_once: list[list[Quote]], most_parts: int
) -> None:
    found = answer(int8_reader, QUESTIONS, chunks(parts, most_parts=most_parts), K)
    for quotes, expected in zip(found, at_once, strict=True):
        assert len(quotes) == K
        assert [q.probability for q in quotes] == pytest.approx(
            [q.probability for q in expected], abs=1e-3
        )
        assert [(q.text, q.document, q.char_start, q.char_end) for q in quotes] == [
            (q.text, q.document, q.char_start, q.char_end) for q in expected
        ]
        assert all(q.passage in e.passage for q, e in zip(quotes, expected, strict=True))


def test_offsets_hold_in_the_document(
    int8_reader: Reader, parts: list[Part], samples_dir: Path
) -> None:
    text = (samples_dir / "apollo-11.md").read_text(encoding="utf-8")
    (quotes,) = answer(int8_reader, ["Who stayed in orbit?"], chunks(parts[:9], most_parts=2), 5)
    assert quotes[0].text == "Michael Collins"
    assert all(text[q.char_start : q.char_end] == q.text for q in quotes)


def test_answers_come_while_the_last_chunk_is_read(int8_reader: Reader, parts: list[Part]) -> None:
    many = ["When did people first land on the Moon?"] * 3
    replies = answer(int8_reader, many, [[Part("a", "x" * 150_000, 0)], parts[:3]], 1)
    assert next(replies)[0].document == "apollo"


def test_no_text_gives_no_answer(int8_reader: Reader) -> None:
    assert list(answer(int8_reader, ["Who?"], [[Part("a", "", 0)]], 3)) == [[]]


def test_chunks_are_bounded_and_keep_the_order() -> None:
    parts = [Part("a", "x" * n, 0) for n in (5, 5, 20, 1, 0, 0, 0)]
    found = list(chunks(parts, most_chars=10, most_parts=3))
    assert [[len(part.text) for part in chunk] for chunk in found] == [[5, 5], [20], [1, 0, 0], [0]]
