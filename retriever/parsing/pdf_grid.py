"""Where words of a page stand in rows and columns. Pure geometry: knows no words' meaning.

A cell is words with narrow gaps between them; a grid is rows whose cells stand in columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from retriever.parsing.pdf_lines import BoxOf, Line, LineBox, union

# Distances in line heights; loose boxes are about 1.2 times the size of the letters.
_CELL_GAP = 0.75  # words of one cell stand closer: a space is a quarter of a letter's size
_ROW_GAP = 2.0  # rows of one grid do not stand further apart
_BESIDE = 0.5  # lines that overlap by more than this stand beside each other
_ALIGNED = 0.5  # cells of one column begin, end or are centred so close together
_SHARE_ALIGNED = 0.6
_MAX_CELL_CHARS = 60  # longer pieces side by side are columns of prose
_PROSE_CHARS = 24  # more in the shortest column, half the time, and there is no label
_CODE = re.compile(r"[{}]|;$|[:+*/=]=")
_MIN_ROWS = 2  # with cells side by side


@dataclass(frozen=True, slots=True)
class Cell:
    """Words that stand together: code points, where each came from, and their box."""

    text: str
    raw_indices: tuple[int, ...]
    box: LineBox


@dataclass(frozen=True, slots=True)
class Row:
    """Lines that stand beside each other, as they were and as cells from left to right."""

    lines: tuple[Line, ...]
    cells: tuple[Cell, ...]

    @property
    def box(self) -> LineBox:
        """Around all cells."""
        return union([cell.box for cell in self.cells])


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of equally many cells; None where a column has none."""

    rows: tuple[tuple[Cell | None, ...], ...]

    @property
    def texts(self) -> list[list[str]]:
        """The cells' words, row by row."""
        return [[cell.text if cell else "" for cell in row] for row in self.rows]


def rows_of(lines: Sequence[Line], box_of: BoxOf) -> Iterator[Row]:
    """The lines in their order, those beside each other in one row."""
    group: list[Line] = []
    for line in lines:
        if group and not _is_beside(group[-1], line):
            yield _row(group, box_of)
            group = []
        group.append(line)
    if group:
        yield _row(group, box_of)


def blocks_of(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """The rows in their order, cut wherever no grid can go on."""
    block: list[Row] = []
    for row in rows:
        if block and not (_may_follow(block[-1], row) and _is_under(block, row)):
            yield block
            block = []
        block.append(row)
    if block:
        yield block


def grid_of(block: Sequence[Row]) -> Grid | None:
    """The block as a grid; None when its words do not stand in columns, or are prose or code.

    A row with one cell may stand over several columns, as a title does; it goes to the first.
    """
    several = [row for row in block if len(row.cells) > 1]
    if len(several) < _MIN_ROWS:
        return None
    columns = _columns(several)
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


def beside(left: Cell, right: Cell) -> Cell:
    """Two cells as one, a space between their words."""
    raw = (*left.raw_indices, -1, *right.raw_indices)
    return Cell(f"{left.text} {right.text}", raw, union([left.box, right.box]))


def is_code(block: Sequence[Row]) -> bool:
    """Whether these are lines of a program, which stand in columns as well."""
    return any(_CODE.search(cell.text) for row in block for cell in row.cells)


def _is_prose(rows: Sequence[Sequence[Cell | None]]) -> bool:
    """Whether every column is of long pieces, or one piece is longer than a cell would be."""
    lengths = [[len(cell.text) for row in rows if (cell := row[i])] for i in range(len(rows[0]))]
    longest = max(max(column) for column in lengths)
    return longest > _MAX_CELL_CHARS or min(median(column) for column in lengths) > _PROSE_CHARS


def _is_beside(left: Line, right: Line) -> bool:
    a, b = left.box, right.box
    overlap = min(a.top, b.top) - max(a.bottom, b.bottom)
    return overlap > _BESIDE * min(a.height, b.height) and b.left >= a.right


def _row(lines: Sequence[Line], box_of: BoxOf) -> Row:
    return Row(tuple(lines), tuple(cell for line in lines for cell in _cells(line, box_of)))


def _cells(line: Line, box_of: BoxOf) -> list[Cell]:
    """A line's words, together where the gaps between them are narrow."""
    cells: list[Cell] = []
    for word in _words(line, box_of):
        if cells and word.box.left - cells[-1].box.right <= _CELL_GAP * line.box.height:
            cells[-1] = beside(cells[-1], word)
        else:
            cells.append(word)
    return cells


def _words(line: Line, box_of: BoxOf) -> Iterator[Cell]:
    start = 0
    for end in range(len(line.text) + 1):
        if end < len(line.text) and line.text[end] != " ":
            continue
        raw = line.raw_indices[start:end]
        if raw:
            yield Cell(line.text[start:end], raw, box_of(raw[0], raw[-1]))
        start = end + 1


def _may_follow(above: Row, below: Row) -> bool:
    """Whether a row may belong to the grid of the one above: near, below, and no prose."""
    height = min(above.box.height, below.box.height)
    gap = above.box.bottom - below.box.top
    is_prose = any(
        len(row.cells) == 1 and len(row.cells[0].text) > _MAX_CELL_CHARS for row in (above, below)
    )
    return -_BESIDE * height < gap < _ROW_GAP * height and not is_prose


def _is_under(block: Sequence[Row], row: Row) -> bool:
    """Whether a row is not wholly to the left or right of all rows above it."""
    around = union([above.box for above in block])
    return around.left <= row.box.right and row.box.left <= around.right


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
    boxes = [cell.box for cell in column if cell]
    if len(boxes) < 2:
        return False
    tolerance = _ALIGNED * max(box.height for box in boxes)
    edges = (
        [box.left for box in boxes],
        [box.right for box in boxes],
        [(box.left + box.right) / 2 for box in boxes],
    )
    return any(
        sum(abs(one - other) <= tolerance for other in edge) >= _SHARE_ALIGNED * len(boxes)
        for edge in edges
        for one in edge
    )
