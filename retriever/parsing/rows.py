"""Rows of cells as lines that can be quoted: each value beside the names of its row and column.

Knows no file format.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, takewhile

Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a row's line: a cell of that column, from 0, or words between cells (-1)."""

    text: str
    column: int = -1


_SPACE = re.compile(r"\s+")
_NUMBER = re.compile(r"[-+(]?[\d.,\s]*\d[\d.,\s%)€$£¥]*\Z")
_VALUE = re.compile(r"[-+−–—($€£¥\s]*(?:[\d.,\s]*\d[\d.,\s%)€$£¥x]*)?\Z")
_YEAR = re.compile(r"(?:FY ?)?(?:19|20)\d\d\Z")
_LABEL = re.compile(r"\d{4}\Z")  # of figures, those that may name a row
_END = (".", "!", "?", "。", "！", "？")
_MAX_HEADER = 80
_MAX_HEADER_ROWS = 5
_MAX_HUNG = 200  # characters of a cell that spans rows, which each of them repeats
_MAX_REPEATS = 12  # cells of a row before each of which its first one is said again


def table_lines(rows: Iterable[Row], headers: Sequence[Row] = ()) -> Iterator[str]:
    """One line a row: ``Blues (Team): 1967 (Founded); Blues: 7 (Cups).``, under the column names.

    The value stands before the name of its column, and the row ends like a sentence: a reader
    trained on prose finds a cell so three times as often as after its name (bench/tables.py).

    Args:
        rows: cells as text; an empty cell is the empty string.
        headers: rows of column names where the format marks them; otherwise the first rows
            are taken where they look like names. Without names, cells are joined by `` | ``.
            A row with one cell is a line by itself; an empty row ends a table, so that the
            next one may bring its own names.
    """
    tidied = (tidy(row) for row in rows)
    if headers:
        named = [tidy(row) for row in headers]
        yield from _header_lines(named)
        names = column_names(named)
        yield from (_line(row, names) for row in tidied if any(row))
        return
    for first in tidied:
        if any(first):
            yield from _table(chain([first], takewhile(any, tidied)))


def hang(rows: Iterable[Sequence[str | None]]) -> Iterator[list[str]]:
    """Rows in which a cell that spans rows is said in each, where it is short.

    Args:
        rows: cells as text; None for a cell that goes on from the row above. A row of
            nothing else is left out.
    """
    above: list[str] = []
    for row in rows:
        goes_on = None in row
        above = [_from(above, place) if cell is None else cell for place, cell in enumerate(row)]
        if not goes_on or any(row):
            yield above


def _from(above: Sequence[str], place: int) -> str:
    text = above[place] if place < len(above) else ""
    return text if len(text) <= _MAX_HUNG else ""


def _table(rows: Iterator[list[str]]) -> Iterator[str]:
    """Lines of one table: titles, names, then rows."""
    for row in rows:
        if _n_filled(row) > 1:
            break
        yield next(filter(None, row))
    else:
        return
    ahead = [row, *islice(rows, _MAX_HEADER_ROWS + 1)]
    n_empty = min(next(place for place, cell in enumerate(row) if cell) for row in ahead)
    ahead = [row[n_empty:] for row in ahead]  # columns that a sheet leaves free on the left
    n_headers = count_headers(ahead)
    yield from _header_lines(ahead[:n_headers])
    names = column_names(ahead[:n_headers])
    others = (row if any(row[:n_empty]) else row[n_empty:] for row in rows)
    yield from (_line(row, names) for row in chain(ahead[n_headers:], others))


def tidy(row: Row) -> list[str]:
    """Cells on one line each, without white space at their ends."""
    return [_SPACE.sub(" ", cell).strip() for cell in row]


def is_figure(cell: str) -> bool:
    """Whether a cell holds a number, an amount or a sign that stands for one, not words."""
    return _VALUE.match(cell) is not None


def is_year(cell: str) -> bool:
    """Whether a figure may name a column."""
    return _YEAR.match(cell) is not None


def is_value(cell: str) -> bool:
    """Whether a cell holds a figure that names no column."""
    return is_figure(cell) and not is_year(cell)


def looks_like_names(cells: Sequence[str]) -> bool:
    """Whether a row could name columns: short, distinct, no numbers, at most one gap."""
    filled = [cell for cell in cells if cell]
    return (
        len(filled) > 1
        and len(filled) >= len(cells) - 1
        and len(set(filled)) == len(filled)
        and not filled[0].endswith((":", "："))  # a form: names run down, not across
        and not any(len(cell) > _MAX_HEADER or _NUMBER.match(cell) for cell in filled)
    )


def count_headers(rows: Sequence[Sequence[str]]) -> int:
    """How many of the first rows name columns: one that looks like names, or names in tiers.

    Tiers leave the first column empty: ``Domestic`` over ``2019`` and ``2018``; or its name
    spans them, and is said in each. A row of years is one of names where the next row holds
    other figures.
    """
    first = rows[0]
    n_tiers = len(list(takewhile(lambda row: row[0] == first[0] and _is_tier(row), rows)))
    if first[0]:
        # A name goes for several columns, the last of which a row may not hold at all.
        is_wide = not all(first) or any(len(row) > len(first) for row in rows[:n_tiers])
        if 1 < n_tiers < len(rows) and any(first[1:]) and is_wide:
            return n_tiers
        is_header = looks_like_names(first) or _are_years(first, rows[1:])
        return int(is_header)
    if n_tiers == len(rows):  # no data below: the first column is empty throughout
        return int(looks_like_names(first))
    return n_tiers


def _is_tier(row: Sequence[str]) -> bool:
    """Whether a row could be one of several of names, whatever its first column says."""
    values = (cell for cell in row[1:] if _VALUE.match(cell) and cell and not _YEAR.match(cell))
    is_short = all(len(cell) <= _MAX_HEADER for cell in row)
    return any(row) and is_short and next(values, None) is None


def _are_years(row: Sequence[str], below: Iterable[Sequence[str]]) -> bool:
    """Whether a row names columns by years, and is not itself one of rows that hold years."""
    others = next((cells[1:] for cells in below if _n_filled(cells) > 1), [])
    filled = [cell for cell in others if cell]
    return (
        len(row) > 1
        and all(map(_YEAR.match, row[1:]))
        and bool(filled)
        and not all(map(_YEAR.match, filled))
    )


def _header_lines(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield from (" | ".join(filter(None, row)) for row in rows)


def column_names(headers: Sequence[Sequence[str]]) -> list[str]:
    """The name of each column: tiers joined, where they tell columns apart.

    A cell of an upper tier goes for the empty ones to its right.
    """
    names: list[str] = []
    width = max(map(len, headers), default=0)
    headers = [[*row, *[""] * (width - len(row))] for row in headers[:-1]] + [*headers[-1:]]
    for row in headers:
        if len(headers) > 1 and len({cell for cell in row[1:] if cell}) < 2:
            continue  # the same for all: it stands above them
        last = ""
        for place, cell in enumerate(row):
            last = cell or (last if len(headers) > 1 and place > 1 else "")
            names += [""] * (place + 1 - len(names))
            if last not in names[place]:
                names[place] = f"{names[place]} {last}".strip()
    return names


def _n_filled(cells: Sequence[str]) -> int:
    return sum(map(bool, cells))


def _line(cells: Sequence[str], names: Sequence[str]) -> str:
    return "".join(part.text for part in row_parts(cells, names))


def row_parts(cells: Sequence[str], names: Sequence[str]) -> list[Part]:
    """A row's cells behind what its first column says, which short rows say for each."""
    filled = [Part(cell, place) for place, cell in enumerate(cells) if cell]
    if not any(names):
        return joined([[part] for part in filled], " | ")
    name_of = dict(enumerate(names))
    named = [
        [part, Part(f" ({_plain(name)})")] if (name := name_of.get(part.column, "")) else [part]
        for part in filled
    ]
    if len(named) == 1:
        return [filled[0]] if cells[0] else named[0]
    if is_figure(cells[0]) and not _LABEL.match(cells[0]):  # or nothing at all
        return ended(joined(named, "; "))
    repeats = len(named) <= _MAX_REPEATS and len(cells[0]) <= _MAX_HEADER
    behind = joined(named[1:], f"; {cells[0]}: " if repeats else "; ")
    return ended([*named[0], Part(": "), *behind])


def joined(groups: Sequence[Sequence[Part]], between: str) -> list[Part]:
    """Groups of parts in one, with words between them that are of no cell."""
    return [
        part
        for place, group in enumerate(groups)
        for part in ([Part(between), *group] if place else group)
    ]


def ended(parts: list[Part]) -> list[Part]:
    """With a stop at the end, where none is."""
    return parts if parts[-1].text.endswith(_END) else [*parts, Part(".")]


def _plain(name: str) -> str:
    """A name without a colon at its end, or brackets around it."""
    name = name.rstrip(":：")
    is_bracketed = name.startswith("(") and name.endswith(")") and name.count("(") == 1
    return name[1:-1] if is_bracketed else name
