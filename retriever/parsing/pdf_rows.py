"""Lines of a page into rows of cells, and rows into blocks. Pure geometry: knows no columns.

A cell may go on in lines below; a block is rows that may make up one grid.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from retriever.parsing.pdf_cells import Cell, are_beside, cells_of, stacked
from retriever.parsing.pdf_lines import BoxOf, Line, LineBox, share_an_edge, union
from retriever.parsing.pdf_rules import NO_RULES, Rules
from retriever.parsing.rows import is_figure

# Distances in line heights; loose boxes are about 1.2 times the size of the letters.
_LEADING = 0.65  # lines of one cell stand closer
_SAME_SIZE = 1.25  # and are at most so much higher than each other
_ROW_GAP = 2.0  # rows of one grid do not stand further apart
_OVERLAP = 0.5  # rows overlap by less
ALIGNED = 0.5  # cells of one column begin, end or are centred so close together
MAX_CELL_CHARS = 60  # longer pieces side by side are columns of prose


@dataclass(frozen=True, slots=True)
class Row:
    """Lines that stand beside each other, as they were and as cells from left to right."""

    lines: tuple[Line, ...]
    cells: tuple[Cell, ...]

    @property
    def box(self) -> LineBox:
        """Around all cells."""
        return union([cell.box for cell in self.cells])

    @property
    def line_height(self) -> float:
        """Of its highest line."""
        return max(cell.line_height for cell in self.cells)


@dataclass(slots=True)
class _Tower:
    """A cell as it grows downwards: its parts, and the line that each was taken from."""

    box: LineBox
    parts: list[Cell]
    lines: list[Line]

    @classmethod
    def of(cls, part: Cell, line: Line) -> _Tower:
        """With one part as yet."""
        return cls(part.box, [part], [line])

    def grow(self, part: Cell, line: Line) -> None:
        """Go on in a line below."""
        self.box = union([self.box, part.box])
        self.parts.append(part)
        self.lines.append(line)


def rows_of(lines: Sequence[Line], box_of: BoxOf, rules: Rules = NO_RULES) -> Iterator[Row]:
    """The lines in their order, cells beside each other in one row."""
    row: list[_Tower] = []
    for tower in _towers(lines, box_of, rules):
        if row and not _is_beside(row, tower):
            yield from _as_rows(row)
            row = []
        row.append(tower)
    yield from _as_rows(row)


def _towers(lines: Sequence[Line], box_of: BoxOf, rules: Rules) -> Iterator[_Tower]:
    """The lines' cells in their order, each with the lines that go on below it."""
    last: _Tower | None = None
    for line in lines:
        first, *others = cells_of(line, box_of)
        if last and not others and _goes_on(last, first, rules):
            last.grow(first, line)
            continue
        for cell in (first, *others):
            if last:
                yield last
            last = _Tower.of(cell, line)
    if last:
        yield last


def _goes_on(above: _Tower, below: Cell, rules: Rules) -> bool:
    """Whether a cell's next line may be this one: close below it, of one size, and aligned."""
    last = above.parts[-1].box
    heights = sorted((last.height, below.box.height))
    gap = last.bottom - below.box.top
    return (
        -_OVERLAP * heights[0] < gap < _LEADING * heights[0]
        and heights[1] <= _SAME_SIZE * heights[0]
        and share_an_edge(above.box, below.box, ALIGNED * heights[0])
        and not is_figure(below.text)
        and not rules.is_between(last, below.box)
    )


def _is_beside(row: Sequence[_Tower], tower: _Tower) -> bool:
    """Whether a cell stands to the right of a row, and level with one of its cells."""
    box = tower.box
    near = ALIGNED * tower.parts[0].line_height
    if tower.lines[0] is row[-1].lines[-1]:
        return True
    if box.left < max(other.box.right for other in row):
        return False
    return are_beside(row[-1].parts[-1].box, tower.parts[0].box) or any(
        abs(a - b) <= near
        for other in row
        for a, b in zip(_levels(other.box), _levels(box), strict=True)
    )


def _levels(box: LineBox) -> tuple[float, float, float]:
    return box.top, box.bottom, (box.top + box.bottom) / 2


def _as_rows(row: Sequence[_Tower]) -> Iterator[Row]:
    """Cells beside each other as one row; lines of one that stands alone are rows themselves."""
    if len(row) > 1:
        lines = dict.fromkeys(line for tower in row for line in tower.lines)
        yield Row(tuple(lines), tuple(stacked(tower.parts) for tower in row))
        return
    for tower in row:
        for line, part in zip(tower.lines, tower.parts, strict=True):
            yield Row((line,), (part,))


def blocks_of(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """The rows in their order, cut wherever no grid can go on."""
    block: list[Row] = []
    around = LineBox(0.0, 0.0, 0.0, 0.0)
    for row in rows:
        box = row.box
        if block and not (_may_follow(block[-1], row) and _is_under(around, box)):
            yield block
            block = []
        around = union([around, box]) if block else box
        block.append(row)
    if block:
        yield block


def _may_follow(above: Row, below: Row) -> bool:
    """Whether a row may belong to the grid of the one above: near, below, and no prose."""
    height = min(above.line_height, below.line_height)
    gap = above.box.bottom - below.box.top
    is_near = -_OVERLAP * height < gap < _ROW_GAP * height
    return is_near and not any(map(_holds_prose, (above, below)))


def _holds_prose(row: Row) -> bool:
    """Whether a row is a line of prose, or prose with a heading beside it."""
    if len(row.cells) == 1:
        return len(row.cells[0].text) > MAX_CELL_CHARS
    is_wide = any(cell.n_lines > 1 and cell.n_chars > MAX_CELL_CHARS for cell in row.cells)
    return is_wide and not any(is_figure(cell.text) for cell in row.cells)


def _is_under(around: LineBox, box: LineBox) -> bool:
    """Whether a row is not wholly to the left or right of all rows above it."""
    return around.left <= box.right and box.left <= around.right
