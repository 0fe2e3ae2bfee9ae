"""Rows of a page whose cells stand in columns, as a grid. Pure geometry: knows no words' meaning.

Knows no lines: how these become rows is said elsewhere.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from retriever.parsing.pdf_cells import Cell
from retriever.parsing.pdf_lines import edges_of, share_an_edge, union
from retriever.parsing.pdf_rows import ALIGNED, MAX_CELL_CHARS, Row
from retriever.parsing.rows import is_figure, is_value

_SHARE_ALIGNED = 0.6
_OVER = 1.5  # line heights: a name over several columns begins, ends or is centred so closely
_MAX_CHARS_BESIDE_FIGURES = 100
_MAX_TEXT_CHARS = 400  # of a cell of several lines
_PROSE_CHARS = 24  # more in the shortest column, half the time, and there is no label
_CODE = re.compile(r"[{}]|;$|[:+*/=]=")
_MIN_ROWS = 2  # with cells side by side


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of equally many cells; None where a column has none.

    A name that stands over several columns is in each of them in the first ``n_tiers`` rows; 0
    says that the words must tell which rows hold names.
    """

    rows: tuple[tuple[Cell | None, ...], ...]
    n_tiers: int = 0
    xs: tuple[float, ...] = ()  # of the lines that frame it, if any
    columns: tuple[int, ...] = ()  # which of the frame's these are, from 0: others are empty

    @property
    def is_framed(self) -> bool:
        """By lines that are drawn."""
        return bool(self.xs)

    @property
    def texts(self) -> list[list[str]]:
        """The cells' words, row by row."""
        return [[cell.text if cell else "" for cell in row] for row in self.rows]


def grid_of(block: Sequence[Row]) -> Grid | None:
    """The block as a grid; None when its words do not stand in columns, or are prose or code.

    A row with one cell may stand over several columns, as a title does; it goes to the first.
    """
    several = [row for row in block if len(row.cells) > 1]
    if len(several) < _MIN_ROWS:
        return None
    columns = _under_names(several) or _columns(several)
    if columns is None or len(columns) < 2:
        return None
    placed = [_placed(row, columns) for row in block]
    rows = [row for row in placed if row is not None]
    if len(rows) < len(placed):
        return None
    rows = _without_indent(rows)
    if _is_prose(rows):
        return None
    aligned = sum(_is_aligned([row[i] for row in rows]) for i in range(len(rows[0])))
    return Grid(tuple(map(tuple, rows))) if aligned > _SHARE_ALIGNED * len(rows[0]) else None


def with_tier(above: Row, grid: Grid) -> Grid | None:
    """The grid under names that stand over several of its columns; None where they do not."""
    columns = [union([cell.box for cell in it if cell]) for it in zip(*grid.rows, strict=True)]
    tier: list[Cell | None] = [None]
    for column in columns[1:]:
        middle = (column.left + column.right) / 2
        tier.append(min(above.cells, key=lambda cell: abs(sum(_sides(cell)) / 2 - middle)))
    over = [[i for i, it in enumerate(tier) if it is cell] for cell in above.cells]
    is_set_in = above.cells[0].box.left >= columns[0].right
    if not is_set_in or not all(over) or len(over) == len(columns) - 1:
        return None
    if any(is_value(cell.text) for cell in above.cells):
        return None
    spans = [union([columns[i] for i in places]) for places in over]
    near = _OVER * above.line_height
    pairs = zip(above.cells, spans, strict=True)
    if not all(share_an_edge(cell.box, span, near) for cell, span in pairs):
        return None
    are_names_below = not any(cell and is_value(cell.text) for cell in grid.rows[0][1:])
    return Grid((tuple(tier), *grid.rows), n_tiers=1 + are_names_below)


def _sides(cell: Cell) -> tuple[float, float]:
    return cell.box.left, cell.box.right


def is_code(block: Sequence[Row]) -> bool:
    """Whether these are lines of a program, which stand in columns as well."""
    return any(_CODE.search(cell.text) for row in block for cell in row.cells)


def _is_prose(rows: Sequence[Sequence[Cell | None]]) -> bool:
    """Whether every column is of long pieces, or one piece is longer than a cell would be."""
    lengths = [[len(cell.text) for row in rows if (cell := row[i])] for i in range(len(rows[0]))]
    cells = [cell for row in rows for cell in row if cell]
    is_long = any(len(cell.text) > _MAX_TEXT_CHARS for cell in cells)
    widest = _MAX_CHARS_BESIDE_FIGURES if _has_figures(rows) else MAX_CELL_CHARS
    is_wide = max(cell.n_chars for cell in cells) > widest
    return is_long or is_wide or min(median(column) for column in lengths) > _PROSE_CHARS


def _has_figures(rows: Sequence[Sequence[Cell | None]]) -> bool:
    """Whether a column holds nothing but figures under its name, as none of prose does."""
    columns = [[row[i] for row in rows[1:] if row[i]] for i in range(1, len(rows[0]))]
    return any(
        len(column) >= _MIN_ROWS and all(is_figure(cell.text) for cell in column if cell)
        for column in columns
    )


def _columns(rows: Sequence[Row]) -> list[tuple[float, float]] | None:
    """Left and right of each column, from left; None where a cell stands over two of them.

    Rows with many cells come first, since they tell columns apart. Two columns of which no row
    has both, such as words to the left and figures to the right, are one when a cell says so.
    """
    columns: list[tuple[float, float, frozenset[int]]] = []
    for number, row in enumerate(sorted(rows, key=lambda row: -len(row.cells))):
        for cell in row.cells:
            over = [c for c in columns if c[0] < cell.box.right and cell.box.left < c[1]]
            members = [frozenset([number]), *(c[2] for c in over)]
            together = frozenset[int]().union(*members)
            if sum(map(len, members)) > len(together):  # a row would have two cells in it
                return None
            left = min([cell.box.left, *(c[0] for c in over)])
            right = max([cell.box.right, *(c[1] for c in over)])
            columns = [*(c for c in columns if c not in over), (left, right, together)]
    columns.sort()
    overlap = any(one[1] > other[0] for one, other in pairwise(columns))
    return None if overlap else [(left, right) for left, right, _ in columns]


def _under_names(rows: Sequence[Row]) -> list[tuple[float, float]] | None:
    """Columns whose names, in the first row, stand beside their cells: each between its neighbours.

    Such are centred names over cells that all begin on the left.
    """
    names, columns = rows[0].cells, _columns(rows[1:]) if len(rows) > _MIN_ROWS else None
    if columns is None or len(columns) != len(names):
        return None
    wide = [
        (min(name.box.left, left), max(name.box.right, right))
        for name, (left, right) in zip(names, columns, strict=True)
    ]
    return wide if all(one[1] < other[0] for one, other in pairwise(wide)) else None


def _placed(row: Row, columns: Sequence[tuple[float, float]]) -> list[Cell | None] | None:
    """The row's cells by column; None when two of them would be in one."""
    placed: list[Cell | None] = [None] * len(columns)
    for cell in row.cells:
        over = [i for i, c in enumerate(columns) if c[0] < cell.box.right and cell.box.left < c[1]]
        place = over[0] if len(over) == 1 or (len(row.cells) == 1 and over) else None
        if place is None and len(row.cells) == 1:
            place = 0
        if place is None or placed[place] is not None:
            return None
        placed[place] = cell
    return placed


def _without_indent(rows: list[list[Cell | None]]) -> list[list[Cell | None]]:
    """Names set in from the first column are names as well: no row has both."""
    while len(rows[0]) > 2 and not any(row[0] and row[1] for row in rows):
        if not any(row[0] for row in rows) or not all(_is_named(row) for row in rows):
            break
        rows = [[row[0] or row[1], *row[2:]] for row in rows]
    return rows


def _is_named(row: Sequence[Cell | None]) -> bool:
    """Whether words without a figure stand in the first two columns, or nothing at all."""
    first = row[0] or row[1]
    return first is None or not any(map(str.isdigit, first.text))


def _is_aligned(column: Sequence[Cell | None]) -> bool:
    """Whether there are several cells in a column, and most share an edge or a middle."""
    cells = [cell for cell in column if cell]
    if len(cells) < 2:
        return False
    tolerance = ALIGNED * max(cell.line_height for cell in cells)
    edges = zip(*(edges_of(cell.box) for cell in cells), strict=True)
    fewest = _SHARE_ALIGNED * len(cells)
    return any(most_together(edge, tolerance) >= fewest for edge in edges)


def most_together(places: Sequence[float], tolerance: float) -> int:
    """How many of some places at most lie within the tolerance of one of them."""
    ordered = sorted(places)
    return max(
        bisect_right(ordered, place + tolerance) - bisect_left(ordered, place - tolerance)
        for place in ordered
    )
