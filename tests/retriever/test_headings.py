"""What stands above a place: titles, headings of both kinds, and none where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever import Library
from retriever.encoding.embed import Encoder
from retriever.headings import MAX_HEADING_CHARS, contexts, is_heading
from retriever.split import split
from retriever.types import ParsedDocument

BOOK = """# The Prince

Preface to all of it.

## Of states

### Old ones

Old states are easily held.

### New ones

New states are not.

## Of arms

Arms are either one's own or hired.
"""


def above(text: str, place: str, name: str = "a.txt") -> list[str]:
    """Context lines of the passage that would begin at ``place``."""
    document = ParsedDocument(name, "text/plain", text, (0,))
    return contexts(document, [text.index(place)])[0].splitlines()


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("# The Prince", []),
        ("Preface", ["The Prince"]),
        ("## Of states", ["The Prince"]),
        ("Old states", ["The Prince", "Of states", "Old ones"]),
        ("### New ones", ["The Prince", "Of states"]),
        ("New states", ["The Prince", "Of states", "New ones"]),
        ("easily held", ["The Prince", "Of states", "Old ones"]),
        ("Arms are", ["The Prince", "Of arms"]),
    ],
)
def test_markdown_headings_stand_in_ranks(place: str, expected: list[str]) -> None:
    assert above(BOOK, place) == expected


def test_plain_headings_take_turns() -> None:
    text = "Report\n\nIt begins.\n\nFindings\n\nTwo.\n\nPart B\n\n2.1 Costs\n\nNone. At all."
    assert above(text, "Two") == ["Report", "Findings"]
    assert above(text, "None") == ["Report", "Part B", "2.1 Costs"]
    assert above(text, "At all") == ["Report", "Part B", "2.1 Costs"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("annual_report-2025.pdf", ["annual report 2025"]),
        ("红楼梦.txt", ["红楼梦"]),
        ("00017.txt", []),
        ("a" * 300 + ".txt", ["a" * MAX_HEADING_CHARS]),
    ],
)
def test_without_a_heading_the_file_name_is_the_title(name: str, expected: list[str]) -> None:
    assert above("One sentence. And the next one.", "And", name) == expected


@pytest.mark.parametrize(
    "text",
    ["A sentence.", "two\nlines", "x" * 121, "Is it?", "第一章。", "-", "---", "***", "* * *",
     "# -", "- Salt", "* Salt", "• Salt"],
)  # fmt: skip
def test_what_is_no_heading(text: str) -> None:
    assert not is_heading(text)


@pytest.mark.parametrize("text", ["A title", "# It is.", "2.1", "第一章", "-40 degrees"])
def test_what_is_a_heading(text: str) -> None:
    assert is_heading(text)


def test_neither_items_nor_rules_take_the_place_of_a_heading() -> None:
    text = "Report\n\nIt begins.\n\nParts\n\n- Salt\n\n---\n\n- Pepper\n\nIt ends."
    assert above(text, "- Pepper") == above(text, "It ends") == ["Report", "Parts"]


@given(st.lists(st.sampled_from(["# A", "## B", "Plain", "Text. Text.", "", " ", "word " * 80])))
def test_every_passage_has_a_short_context_from_the_text_above(lines: list[str]) -> None:
    text = "\n\n".join(lines)
    document = ParsedDocument("notes on x.txt", "text/plain", text, (0,))
    for piece in split(document):
        for line in piece.context.splitlines():
            assert line in text[: piece.char_start] or line == "notes on x"
            assert len(line) <= MAX_HEADING_CHARS
        assert len(piece.context.splitlines()) <= 3


def test_headings_are_found_by_but_never_quoted(minilm: Encoder, tmp_path: Path) -> None:
    sections = {"Salamanders": "They live in water. ", "Herons": "They stand in water. "}
    parts = (f"## {name}\n\n" + told * 80 for name, told in sections.items())
    text = "\n\n".join(("# A bestiary", *parts))
    (tmp_path / "bestiary.md").write_text(text, encoding="utf-8")
    with Library.open(tmp_path / "home", encoder=minilm) as library:
        library.add(tmp_path / "bestiary.md")
        for name, told in sections.items():
            hits = library.search(name, 2)
            assert all(told.strip() in hit.passage.text for hit in hits)
            assert any(name not in hit.passage.text for hit in hits)
