"""A pasted text gets the name it was given, or its first words, and takes no other's place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.paste import MAX_NAME_CHARS, free_name, pasted_name
from chatbot.views.collections import paste_html


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
        (" ", "The lamp.", "The lamp.txt"),
        ("", "word " * 40, f"{'word ' * 11}word.txt"),
    ],
)
def test_the_name(name: str, text: str, expected: str) -> None:
    assert pasted_name(name, text).text == expected


@given(st.text(), st.text())
def test_any_name_is_a_plain_file_name(name: str, text: str) -> None:
    made = pasted_name(name, text).text
    assert made.casefold().endswith((".txt", ".md"))
    assert not set("/\\\0\n") & set(made)
    assert len(made) <= MAX_NAME_CHARS + 4
    assert made.encode()


LONG = "The minutes of the meeting of the board of the society of the bell of Sankt Orran"


@pytest.mark.parametrize(
    ("name", "is_given"),
    [("notes", True), ("notes.md", True), ("n" * MAX_NAME_CHARS, True)]
    + [(name, False) for name in ("", " ", "/", "...", ".md", "n" * 61, LONG)],
)
def test_a_name_is_given_that_was_typed_and_not_cut(name: str, is_given: bool) -> None:
    assert pasted_name(name, "Dear all,").is_given == is_given


def test_the_form_takes_no_name_that_would_be_cut() -> None:
    assert f'maxlength="{MAX_NAME_CHARS}"' in paste_html()


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ({}, "Dear all.txt"),
        ({"Dear Bo.txt": {"b"}}, "Dear all.txt"),
        ({"Dear all.txt": {"a"}}, "Dear all.txt"),
        ({"Dear all.txt": {"b"}}, "Dear all 2.txt"),
        ({"Dear all.txt": {""}}, "Dear all 2.txt"),
        ({"Dear all.txt": {"a", "b"}}, "Dear all 2.txt"),
        ({"Dear all.txt": {"b"}, "Dear all 2.txt": {"a"}}, "Dear all 2.txt"),
        ({"Dear all.txt": {"b"}, "Dear all 2.txt": {"c"}}, "Dear all 3.txt"),
        ({"letter.md": {"a"}}, "letter.md"),
    ],
    ids=str,
)
def test_a_free_name_is_one_of_nothing_else(held: dict[str, set[str]], expected: str) -> None:
    assert free_name("Dear all.txt", held, "a") == expected
