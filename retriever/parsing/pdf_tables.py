"""Tables and forms of a PDF page: rows of cells become lines that can be quoted.

A PDF has no tables, only words at places. What stands in rows and columns is told as ``rows``
tells tables of other formats; of a form, each label stands before its value. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from retriever.parsing.pdf_grid import Cell, Grid, Row, beside, blocks_of, grid_of, is_code, rows_of
from retriever.parsing.pdf_lines import BoxOf, Line, union
from retriever.parsing.rows import (
    Part,
    column_names,
    count_headers,
    ended,
    is_figure,
    joined,
    row_parts,
)

_MAX_LABEL_CHARS = 40
_CAN_NAME = re.compile(r"[\w.%:#?)\]€$£¥]$")
_COMPLETE = 0.5  # of a form's labels have a value; others are titles


def with_tables(lines: Sequence[Line], box_of: BoxOf) -> list[Line]:
    """The lines of a page, those of tables and forms told as rows."""
    told: list[Line] = []
    n_tables = 0
    for block in blocks_of(list(rows_of(lines, box_of))):
        for part, grid in _grids(block):
            if grid is None:
                told += [line for row in part for line in row.lines]
            else:
                n_tables += 1
                told += _lines(grid, n_tables)
    return told


def _grids(block: Sequence[Row]) -> Iterator[tuple[Sequence[Row], Grid | None]]:
    """The block's grid, with lines that stand alone before and after it."""
    several = [place for place, row in enumerate(block) if len(row.cells) > 1]
    if not several or is_code(block):
        yield block, None
        return
    first, last = several[0], several[-1] + 1
    grid = grid_of(block[first:last])
    if grid is None and last - first > 2:  # a title over several columns
        first += 1
        while first < last and len(block[first].cells) < 2:
            first += 1
        grid = grid_of(block[first:last])
    if grid is None:
        yield block, None
        return
    end = last
    while end < len(block) and _goes_on(block[end - 1], block[end]):
        end += 1
    if wider := grid_of(block[first:end]):
        grid, last = wider, end
    if not (_is_form(grid.texts) or _n_headers(grid.texts)):  # without names nothing is gained
        yield block, None
        return
    yield block[:first], None
    yield block[first:last], grid
    yield block[last:], None


def _goes_on(above: Row, below: Row) -> bool:
    """Whether a row's one cell stands below another cell than the first one."""
    return below.cells[0].box.left > above.cells[0].box.right if below.cells else False


def _lines(grid: Grid, number: int) -> Iterator[Line]:
    """One line a row: a form's labels and values, or values and the names of their columns."""
    texts = grid.texts
    if _is_form(texts):
        for row in grid.rows:
            yield _line(row, _form_parts([cell.text if cell else "" for cell in row]), number)
        return
    n_headers = _n_headers(texts)
    names = column_names(texts[:n_headers])
    for header in grid.rows[:n_headers]:
        cells = [[Part(cell.text, place)] for place, cell in enumerate(header) if cell]
        yield _line(header, joined(cells, " | "), number)
    for whole in _wrapped(grid.rows[n_headers:]):
        parts = row_parts([cell.text if cell else "" for cell in whole], names)
        yield _line(whole, parts, number)


def _wrapped(rows: Sequence[Sequence[Cell | None]]) -> Iterator[Sequence[Cell | None]]:
    """Rows in which words that went on in the next row are made whole."""
    whole: list[Cell | None] = []
    for row in rows:
        place = _only_cell(row)
        above, below = (whole[place], row[place]) if whole and place else (None, None)
        if above is not None and below is not None and not is_figure(below.text):
            whole[place] = beside(above, below)
            continue
        if whole:
            yield whole
        whole = list(row)
    if whole:
        yield whole


def _only_cell(row: Sequence[Cell | None]) -> int:
    """Where the row's one cell stands; 0 also when it has several."""
    filled = [place for place, cell in enumerate(row) if cell]
    return filled[0] if len(filled) == 1 else 0


def _is_form(texts: Sequence[Sequence[str]]) -> bool:
    """Whether every other column holds labels, each with its value to the right.

    A table looks alike: it is one when its first row names columns of one kind each.
    """
    n_columns = len(texts[0])
    if n_columns % 2:
        return False
    pairs = [(row[i], row[i + 1]) for row in texts for i in range(0, n_columns, 2)]
    filled = [(label, value) for label, value in pairs if label or value]
    n_complete = sum(bool(label and value) for label, value in filled)
    labels = [label for label, _ in filled if label]
    if n_complete < _COMPLETE * len(filled) or any(not label for label, _ in filled):
        return False
    if len(set(labels)) < len(labels) or any(
        len(label) > _MAX_LABEL_CHARS or is_figure(label) for label in labels
    ):
        return False
    return not _n_headers(texts) or _is_mixed(texts)


def _n_headers(texts: Sequence[Sequence[str]]) -> int:
    """How many of the first rows name columns; two more follow, or nothing would tell them."""
    n_headers = count_headers(texts)
    names = (cell for row in texts[:n_headers] for cell in row if cell)
    return n_headers if len(texts) - n_headers > 1 and all(map(_CAN_NAME.search, names)) else 0


def _is_mixed(texts: Sequence[Sequence[str]]) -> bool:
    """Whether a column of values holds both figures and words below its first row, or, of two
    columns, words throughout.
    """
    columns = [[row[i] for row in texts[1:] if row[i]] for i in range(1, len(texts[0]), 2)]
    kinds = [{is_figure(value) for value in column} for column in columns]
    return any(len(kind) > 1 for kind in kinds) or (len(kinds) == 1 and kinds[0] == {False})


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
