"""A row taken apart: every character in one piece, and the pieces a person would name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.table_row import pieces_of


def seen(row: str) -> list[list[str]]:
    """What is shown of each cell: its value, then its column's name."""
    pieces = pieces_of(row)
    shown = [piece for piece in pieces if piece.kind in ("value", "name")]
    cells: dict[int, list[str]] = {}
    for piece in shown:
        cells.setdefault(piece.cell, []).append(row[piece.char_start : piece.char_end])
    return list(cells.values())


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        ("Ash (Kind): 9 (Trees); Ash: 734 (Crop (kg)).",
         [["Ash", "Kind"], ["9", "Trees"], ["734", "Crop (kg)"]]),
        ("Hotel, one night (Expense): 120 pounds (Limit); Hotel, one night: yes (Receipt).",
         [["Hotel, one night", "Expense"], ["120 pounds", "Limit"], ["yes", "Receipt"]]),
        ("Launch: 6 (May); 44 (June).", [["Launch"], ["6", "May"], ["44", "June"]]),
        ("6 (May); 44 (June); n/a (July).", [["6", "May"], ["44", "June"], ["n/a", "July"]]),
        ("Start (Step): 10:30 (Time); Start: 2: 1 (Score).",
         [["Start", "Step"], ["10:30", "Time"], ["2: 1", "Score"]]),
        ("Ash (Kind): 9 (Trees); Ash: red; green; blue (Leaves); Ash: 7 (Crop).",
         [["Ash", "Kind"], ["9", "Trees"], ["red; green; blue", "Leaves"], ["7", "Crop"]]),
        ("| First step | 21 July 1969 | 02:56 |", [["First step"], ["21 July 1969"], ["02:56"]]),
        ("Anna\t28 days", [["Anna"], ["28 days"]]),
        ("He met Ann (his sister).", []),
        ("3 November (Date): It was wet.", []),
        ("One thing; another thing: nothing.", []),
        (f"3 May (Date): {'Wet. ' * 30}Dry (Weather).",
         [["3 May", "Date"], ["Wet. " * 30 + "Dry", "Weather"]]),
        ("7.\t" + "Review the certificate with care. " * 5, []),
    ],
)  # fmt: skip
def test_cells_stand_with_the_names_of_their_columns(row: str, cells: list[list[str]]) -> None:
    assert seen(row) == cells


@given(st.text(alphabet="ab:;|(). \t\n", max_size=60))
def test_the_pieces_are_the_row(row: str) -> None:
    pieces = pieces_of(row)
    if pieces:
        assert "".join(row[piece.char_start : piece.char_end] for piece in pieces) == row
        assert [piece.cell for piece in pieces] == sorted(piece.cell for piece in pieces)
