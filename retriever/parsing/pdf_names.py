"""What the words of a grid say: whether it is a table with names over its columns, or a form.

Pure: looks at the cells' texts, not at their places.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from retriever.parsing.pdf_grid import Grid
from retriever.parsing.rows import count_headers, is_figure

_MAX_LABEL_CHARS = 40
_MAX_FRAMED_CHARS = 80  # where lines keep labels and values apart
_MAX_NAME_CHARS = 50
_SAME_X = 2.0  # points: lines of one table on two pages differ by less
MAX_PAGES = 50  # after which a table without names of its own has none
_CAN_NAME = re.compile(r"[\w.%:#?)\]€$£¥]$")
_FEWEST_NAMELESS = 3  # rows, where no column has a name
_COMPLETE = 0.5  # of a form's labels have a value; others are titles
# (a), 1.2), [3], 5, § 6, a bullet: what stands before the items of a list
_ITEM = re.compile(
    r"(?:[(\[]?(?:[a-zA-Z]|[ivxIVX]+|\d+(?:\.\d+)*)[.)\]]|\d{1,2}|§ ?\d+|[^\w\s]{1,2})\Z"
)


@dataclass(frozen=True, slots=True)
class Names:
    """What the columns of a framed table are called, for its rows on the pages that follow."""

    xs: tuple[float, ...]
    texts: Mapping[int, str]  # by the column's number in the frame, from 0
    n_pages: int = 1  # that they are said on

    def of(self, grid: Grid) -> list[str]:
        """The names of a grid without its own, if it is the same table on the next page."""
        is_same = (
            len(self.xs) == len(grid.xs)
            and all(abs(a - b) < _SAME_X for a, b in zip(self.xs, grid.xs, strict=True))
            and self.n_pages < MAX_PAGES
        )
        names = [self.texts.get(column, "") for column in grid.columns]
        return names if is_same and any(names) else []


def is_worth_telling(grid: Grid) -> bool:
    """Whether rows say more than lines would: columns have names, or cells are kept apart.

    What stands before the items of a list names nothing; a cell that spans rows without a name
    over it is of a page's layout.
    """
    if _is_list(grid):
        return False
    cells = [cell for row in grid.rows for cell in row if cell]
    spans_rows = len(set(map(id, cells))) < len(cells)
    is_kept_apart = grid.is_framed or _is_wrapped(grid)
    return n_headers(grid) > 0 or is_form(grid) or (is_kept_apart and not spans_rows)


def _is_wrapped(grid: Grid) -> bool:
    """Whether cells of a table go on below."""
    n_several = sum(sum(map(bool, row)) > 1 for row in grid.rows)
    is_wrapped = any(cell.n_lines > 1 for row in grid.rows for cell in row if cell)
    return is_wrapped and n_several >= _FEWEST_NAMELESS


def _is_list(grid: Grid) -> bool:
    """Whether the first column is what stands before the items of a list.

    Where lines keep more than two columns apart, it numbers the rows of a table.
    """
    if grid.is_framed and len(grid.rows[0]) > 2:
        return False
    filled = [row[0].text for row in grid.rows if row[0]]
    return bool(filled) and all(map(_ITEM.match, filled))


def n_headers(grid: Grid) -> int:
    """How many of the first rows name columns; two more follow, or nothing would tell them.

    Of a framed table one with a figure in it suffices.
    """
    return grid.n_tiers or _n_headers(grid.texts, grid.is_framed)


def is_form(grid: Grid) -> bool:
    """Whether every other column holds labels, each with its value to the right.

    A table looks alike: it is one when its first row names columns of one kind each.
    """
    most_chars = _MAX_FRAMED_CHARS if grid.is_framed else _MAX_LABEL_CHARS
    return not grid.n_tiers and _is_form(grid, most_chars)


def _is_form(grid: Grid, most_chars: int) -> bool:
    texts = grid.texts
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
        len(label) > most_chars or is_figure(label) for label in labels
    ):
        return False
    return not n_headers(grid) or _is_mixed(texts)


def _n_headers(texts: Sequence[Sequence[str]], is_framed: bool) -> int:
    n_names = count_headers(texts)
    below = texts[n_names:]
    is_told_apart = len(below) > 1 or (
        is_framed and bool(below) and any(cell and is_figure(cell) for cell in below[0])
    )
    names = [cell for row in texts[:n_names] for cell in row if cell]
    are_names = all(len(name) <= _MAX_NAME_CHARS and _CAN_NAME.search(name) for name in names)
    return n_names if is_told_apart and are_names else 0


def _is_mixed(texts: Sequence[Sequence[str]]) -> bool:
    """Whether a column of values holds both figures and words below its first row, or, of two
    columns, words throughout.
    """
    columns = [[row[i] for row in texts[1:] if row[i]] for i in range(1, len(texts[0]), 2)]
    kinds = [{is_figure(value) for value in column} for column in columns]
    return any(len(kind) > 1 for kind in kinds) or (len(kinds) == 1 and kinds[0] == {False})
