"""Rows of cells as lines that can be quoted: each value beside the name of its column.

Knows no file format.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

Row = Sequence[str]

_SPACE = re.compile(r"\s+")
_NUMBER = re.compile(r"[-+(]?[\d.,\s]*\d[\d.,\s%)€$£¥]*\Z")
_MAX_HEADER = 80


def table_lines(rows: Iterable[Row], header: Row | None = None) -> Iterator[str]:
    """One line a row: ``Team: Blues; City: St. Louis``, under a line of the column names.

    Args:
        rows: cells as text; an empty cell is the empty string.
        header: the column names where the format marks them; otherwise the first row with
            more than one cell is taken when it looks like names. Without names, cells are
            joined by `` | ``. A row with one cell is a line by itself; an empty row ends a
            table, so that the next one may bring its own names.
    """
    names = tidy(header) if header is not None else None
    is_start = names is None
    if names:
        yield " | ".join(filter(None, names))
    for row in rows:
        cells = tidy(row)
        filled = [cell for cell in cells if cell]
        if not filled:
            if header is None:
                names, is_start = None, True
        elif len(filled) == 1 and (is_start or len(cells) == 1):
            yield filled[0]
        elif is_start:
            is_start = False
            names = cells if looks_like_names(cells) else None
            yield " | ".join(filled)
        else:
            yield _line(cells, names)


def tidy(row: Row) -> list[str]:
    """Cells on one line each, without white space at their ends."""
    return [_SPACE.sub(" ", cell).strip() for cell in row]


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


def _line(cells: Sequence[str], names: Sequence[str] | None) -> str:
    if names is None:
        return " | ".join(filter(None, cells))
    parts = []
    for place, cell in enumerate(cells):
        name = names[place] if place < len(names) else ""
        if cell:
            parts.append(f"{name.rstrip(':：')}: {cell}" if name else cell)
    return "; ".join(parts)
