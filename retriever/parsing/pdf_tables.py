"""Tables and forms of a PDF page: rows of cells become lines that can be quoted.

A PDF has no tables, only words at places. What stands in rows and columns is told as ``rows``
tells tables of other formats; of a form, each label stands before its value. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from retriever.parsing.pdf_cells import Cell, stacked, unbroken
from retriever.parsing.pdf_grid import Grid, grid_of, is_code, with_tier
from retriever.parsing.pdf_lines import BoxOf, Line, union
from retriever.parsing.pdf_names import Names, is_form, is_worth_telling, n_headers
from retriever.parsing.pdf_rows import Row, blocks_of, rows_of
from retriever.parsing.pdf_ruled import with_ruled
from retriever.parsing.pdf_rules import Rules
from retriever.parsing.rows import Part, column_names, ended, is_figure, joined, row_parts


@dataclass(frozen=True, slots=True)
class Told:
    """A page's lines, and what its first and last table have to do with the pages around it."""

    lines: tuple[Line, ...]
    may_continue: bool = False  # the first one is framed, and its columns have no names
    is_open: bool = False  # and it is the only one: names from above may go on below
    names: Names | None = None  # of the last one's columns


def with_tables(
    lines: Sequence[Line], box_of: BoxOf, rules: Rules, above: Names | None = None
) -> Told:
    """The lines of a page, those of tables and forms told as rows.

    Args:
        lines: of the page.
        box_of: the box of a range of its characters.
        rules: lines that are drawn on it.
        above: names at the end of the page before.
    """
    told: list[Line] = []
    nameless: list[bool] = []
    names: Names | None = None
    for piece in _pieces(lines, box_of, rules):
        if isinstance(piece, Line):
            told.append(piece)
            continue
        own = _names(piece)
        nameless.append(piece.is_framed and not n_headers(piece))
        texts = dict(zip(piece.columns, own, strict=False))
        names = Names(piece.xs, texts) if texts else None
        if nameless == [True] and above and (others := above.of(piece)):
            own, names = others, replace(above, n_pages=above.n_pages + 1)
        told += _lines(piece, own, len(nameless))
    return Told(tuple(told), nameless[:1] == [True], nameless == [True], names)


def _names(grid: Grid) -> list[str]:
    """Of its columns; a form's have none."""
    return [] if is_form(grid) else column_names(grid.texts[: n_headers(grid)])


def _pieces(lines: Sequence[Line], box_of: BoxOf, rules: Rules) -> Iterator[Line | Grid]:
    """Framed tables first; what words alone tell is looked for between them."""
    for kind, group in groupby(with_ruled(lines, box_of, rules), type):
        pieces = list(group)
        if kind is Grid:
            yield from pieces
            continue
        between = [piece for piece in pieces if isinstance(piece, Line)]
        for block in blocks_of(list(rows_of(between, box_of, rules))):
            for part, grid in _grids(block):
                if grid is None:
                    yield from (line for row in part for line in row.lines)
                else:
                    yield grid


def _grids(block: Sequence[Row]) -> Iterator[tuple[Sequence[Row], Grid | None]]:
    """The block's grid, with lines that stand alone before and after it."""
    found = None if is_code(block) else _found(block)
    if found is None:
        yield block, None
        return
    first, last, grid = found
    yield block[:first], None
    yield block[first:last], grid
    yield block[last:], None


def _found(block: Sequence[Row]) -> tuple[int, int, Grid] | None:
    """Where a grid begins and ends in a block; None without names, when nothing is gained."""
    several = [place for place, row in enumerate(block) if len(row.cells) > 1]
    if len(several) < 2:
        return None
    first, second, last = several[0], several[1], several[-1] + 1
    while last < len(block) and _goes_on(block[several[-1]], block[last]):
        last += 1
    for end in (last, several[-1] + 1):
        below = grid_of(block[second:end])
        if second == first + 1 and below and (named := with_tier(block[first], below)):
            return first, end, named
        if (grid := grid_of(block[first:end])) and is_worth_telling(grid):
            return first, end, grid
        if grid is None and below and is_worth_telling(below):  # a title over several columns
            return second, end, below
    return None


def _goes_on(above: Row, below: Row) -> bool:
    """Whether a row's one cell stands below another cell than the first one."""
    return below.cells[0].box.left > above.cells[0].box.right if below.cells else False


def _lines(grid: Grid, names: Sequence[str], number: int) -> Iterator[Line]:
    """One line a row: a form's labels and values, or values and the names of their columns."""
    if not names and is_form(grid):
        for row in map(_unbroken, grid.rows):
            yield _line(row, _form_parts([cell.text if cell else "" for cell in row]), number)
        return
    n_names = n_headers(grid)
    for header in map(_unbroken, _once(grid.rows[:n_names])):
        cells = [[Part(cell.text, place)] for place, cell in enumerate(header) if cell]
        yield _line(header, joined(cells, " | "), number)
    rows = grid.rows[n_names:]
    for whole in map(_unbroken, rows if grid.is_framed else _wrapped(rows)):
        parts = row_parts([cell.text if cell else "" for cell in whole], names)
        yield _line(whole, parts, number)


def _unbroken(row: Sequence[Cell | None]) -> list[Cell | None]:
    return [cell and unbroken(cell) for cell in row]


def _once(rows: Sequence[Sequence[Cell | None]]) -> Iterator[list[Cell | None]]:
    """Rows in which a cell that spans others stands in its first place alone; none is empty."""
    seen: set[int] = set()
    for row in rows:
        once: list[Cell | None] = []
        for cell in row:
            once.append(None if cell is None or id(cell) in seen else cell)
            seen.add(id(cell))
        if any(once):
            yield once


def _wrapped(rows: Sequence[Sequence[Cell | None]]) -> Iterator[Sequence[Cell | None]]:
    """Rows in which words that went on in the next row are made whole.

    A row goes on only in columns that its first line has, so that this one speaks for all.
    """
    group: list[Sequence[Cell | None]] = []
    for row in rows:
        if group and not _is_end(row, group[0]):
            yield _whole(group)
            group = []
        group.append(row)
    if group:
        yield _whole(group)


def _whole(rows: Sequence[Sequence[Cell | None]]) -> list[Cell | None]:
    columns = [[cell for cell in column if cell] for column in zip(*rows, strict=True)]
    return [stacked(column) if column else None for column in columns]


def _is_end(row: Sequence[Cell | None], above: Sequence[Cell | None]) -> bool:
    """Whether a row without a first cell holds the ends of cells above: words, no figures."""
    filled = [(over, under) for over, under in zip(above, row, strict=True) if under]
    if row[0] or any(over is None or is_figure(under.text) for over, under in filled):
        return False
    return len(filled) == 1 or any(under.text[0].islower() for _, under in filled)


def _form_parts(cells: Sequence[str]) -> list[Part]:
    """``Name: Ada; Born: 1815.``"""
    groups = []
    for place in range(0, len(cells), 2):
        label, value = cells[place], cells[place + 1]
        if label and value:
            between = " " if label.endswith((":", "：")) else ": "
            groups.append([Part(label, place), Part(between), Part(value, place + 1)])
        elif label:
            groups.append([Part(label, place)])
    parts = joined(groups, "; ")
    return ended(parts) if any(len(group) > 1 for group in groups) else parts


def _line(row: Sequence[Cell | None], parts: Sequence[Part], number: int) -> Line:
    """The parts as a line; each code point of a cell keeps its place on the page."""
    raw_indices: list[int] = []
    said: set[int] = set()
    for part in parts:
        cell = row[part.column] if part.column >= 0 else None
        is_first = cell is not None and part.column not in said
        raw_indices += cell.raw_indices if cell and is_first else [-1] * len(part.text)
        said.add(part.column)
    text = "".join(part.text for part in parts)
    box = union([cell.box for cell in row if cell])
    return Line(text, tuple(raw_indices), box, table=number)
