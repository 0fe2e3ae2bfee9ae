"""A pasted text gets the name it was given, or its first words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.paste import MAX_NAME_CHARS, pasted_name


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("notes", "Anything.", "notes.txt"),
        ("notes.md", "Anything.", "notes.md"),
        ("", "\n# The lamp\n\nIt was lit.", "The lamp.md"),
        ("", "The lamp was lit in 1901.", "The lamp was lit in 1901.txt"),
        ("", "a/b\\c: d", "a b c d.txt"),
        ("../../etc/passwd", "x", "etc passwd.txt"),
        ("", "...", "text.txt"),
        ("", "word " * 40, f"{'word ' * 11}word.txt"),
    ],
)
def test_the_name(name: str, text: str, expected: str) -> None:
    assert pasted_name(name, text) == expected


@given(st.text(), st.text())
def test_any_name_is_a_plain_file_name(name: str, text: str) -> None:
    made = pasted_name(name, text)
    assert made.casefold().endswith((".txt", ".md"))
    assert not set("/\\\0\n") & set(made)
    assert len(made) <= MAX_NAME_CHARS + 4
