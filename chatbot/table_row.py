"""A table's row, as parsers write it into a text, taken apart for the eye.

Pure: offsets of one string, every character of it in exactly one piece; knows no HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

MAX_CELL_CHARS = 120  # a longer one is prose, but where columns are named
MAX_NAMED_CHARS = 300
FEWEST_CELLS = 2

Kind = Literal[
    "value",  # what stands in a cell
    "name",  # of its column
    "again",  # the row's first cell, said once more before another
    "sign",  # what stands between
]

_NAME = re.compile(r" \((?P<name>(?:[^()]|\([^()]*\))+)\)\Z")
_BAR = re.compile(r"(?:\A|\s+)\|(?=\s|\Z)\s*|\t+")


@dataclass(frozen=True, slots=True)
class Piece:
    """``row[char_start:char_end]`` and what it is; ``cell`` counts from 0."""

    kind: Kind
    cell: int
    char_start: int
    char_end: int


def pieces_of(row: str) -> list[Piece]:
    """A row in pieces that together are the row; none where it is no row, but prose."""
    if "\n" in row:
        return []
    pieces = list(_named(row)) if "; " in row or ": " in row else []
    most = MAX_NAMED_CHARS
    if sum(piece.kind == "name" for piece in pieces) < FEWEST_CELLS:
        pieces, most = list(_barred(row)), MAX_CELL_CHARS
    values = [piece for piece in pieces if piece.kind == "value"]
    too_long = any(value.char_end - value.char_start > most for value in values)
    return [] if len(values) < FEWEST_CELLS or too_long else _whole(row, pieces)


def _named(row: str) -> Iterator[Piece]:
    """``Blues (Team): 1967 (Founded); Blues: 7 (Cups).``: values before their columns' names."""
    cell, start, first = 0, 0, ""
    for part in _parts(row.removesuffix(".")):
        end = start + len(part)
        colon = part.find(": ")
        if colon >= 0 and part[:colon] == first:
            yield Piece("again", cell, start, start + colon)
            start += colon + 2
        elif cell == 0 and colon >= 0:
            yield from _cell(row, 0, start, start + colon)
            first = _NAME.sub("", part[:colon])
            cell, start = 1, start + colon + 2
        yield from _cell(row, cell, start, end)
        cell, start = cell + 1, end + 2


def _parts(row: str) -> list[str]:
    """What stands between the cells' signs; where each cell says the first again, a part that
    does not is the rest of a cell: ``Ash (Kind): 9 (Trees); Ash: red; green (Colours)``.
    """
    first, *others = row.split("; ")
    again = _NAME.sub("", first.partition(": ")[0]) + ": "
    if not any(part.startswith(again) for part in others):
        return [first, *others]
    parts = [first]
    for part in others:
        if part.startswith(again):
            parts.append(part)
        else:
            parts[-1] += f"; {part}"
    return parts


def _cell(row: str, cell: int, start: int, end: int) -> Iterator[Piece]:
    named = _NAME.search(row, start, end)
    yield Piece("value", cell, start, named.start() if named else end)
    if named:
        yield Piece("name", cell, *named.span("name"))


def _barred(row: str) -> Iterator[Piece]:
    """``| Blues | 1967 | 7 |``, or the same between tabs."""
    start, cell = 0, 0
    for bar in [*(bar.span() for bar in _BAR.finditer(row)), (len(row), len(row))]:
        if bar[0] > start:
            yield Piece("value", cell, start, bar[0])
            cell += 1
        start = bar[1]


def _whole(row: str, pieces: list[Piece]) -> list[Piece]:
    """The pieces with the signs between them."""
    whole: list[Piece] = []
    position = 0
    for piece in pieces:
        if piece.char_start > position:
            cell = whole[-1].cell if whole else 0
            whole.append(Piece("sign", cell, position, piece.char_start))
        whole.append(piece)
        position = piece.char_end
    if position < len(row):
        whole.append(Piece("sign", whole[-1].cell, position, len(row)))
    return whole
