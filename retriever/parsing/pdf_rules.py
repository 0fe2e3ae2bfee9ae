"""Lines drawn on a PDF page as frames of cells. Pure geometry: knows neither words nor pdfium.

A frame is lines across and down that meet; where a line is missing between two cells, they are
one that spans both.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from retriever.parsing.pdf_lines import LineBox

# In points. Lines closer than this are one: a border's two edges, two cells' borders.
_SNAP = 4.0
_JOIN = 3.0  # pieces of one line leave smaller gaps
_OPEN = 8.0  # a line that goes on so far beyond the last crossing encloses a column of its own
_MAX_RULES = 300  # more are a drawing

T = TypeVar("T")

Segment = tuple[float, float, float, float]  # x0, y0, x1, y1: across or down


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across at the height ``at``, or one down; from ``start`` to ``end``."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Rules:
    """All lines of a page, pieces of one made whole."""

    across: tuple[Rule, ...] = ()
    down: tuple[Rule, ...] = ()

    def is_between(self, above: LineBox, below: LineBox) -> bool:
        """Whether a line across runs between two boxes, one below the other."""
        left, right = max(above.left, below.left), min(above.right, below.right)
        high = (above.bottom + above.top) / 2
        low = (below.bottom + below.top) / 2
        return any(low < r.at < high and r.start < right and left < r.end for r in self.across)


NO_RULES = Rules()


@dataclass(frozen=True, slots=True)
class FrameCell:
    """A cell by its first row and column, from 0, and how many of each it spans."""

    row: int
    column: int
    n_rows: int
    n_columns: int


@dataclass(frozen=True, slots=True)
class Frame:
    """Columns between ``xs``, ascending; rows between ``ys``, descending; what is at each place."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    _cell_at: dict[tuple[int, int], FrameCell] = field(repr=False, compare=False)

    @property
    def area(self) -> float:
        """Of the whole frame, in square points."""
        return (self.xs[-1] - self.xs[0]) * (self.ys[0] - self.ys[-1])

    def cell_at(self, x: float, y: float) -> FrameCell | None:
        """The cell around a point; None outside."""
        column = bisect(self.xs, x) - 1
        row = bisect([-at for at in self.ys], -y) - 1
        return self._cell_at.get((row, column))


def rules_of(segments: Iterable[Segment]) -> Rules:
    """Segments that run across or down, joined; none of a page that is a drawing."""
    across, down = [], []
    for x0, y0, x1, y1 in segments:
        if abs(x1 - x0) > abs(y1 - y0):
            across.append(Rule((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
        else:
            down.append(Rule((x0 + x1) / 2, min(y0, y1), max(y0, y1)))
    rules = Rules(tuple(_joined(across)), tuple(_joined(down)))
    return NO_RULES if len(rules.across) + len(rules.down) > _MAX_RULES else rules


def frames_of(rules: Rules) -> list[Frame]:
    """Frames of at least two rows and two columns, the smallest first."""
    frames = [_frame(across, down) for across, down in _connected(rules)]
    return sorted((frame for frame in frames if frame), key=lambda frame: frame.area)


def _joined(rules: Sequence[Rule]) -> Iterator[Rule]:
    for group in _close(rules, lambda rule: rule.at):
        pieces: list[Rule] = []
        for rule in sorted(group, key=lambda rule: rule.start):
            if pieces and rule.start <= pieces[-1].end + _JOIN:
                end = max(pieces[-1].end, rule.end)
                pieces[-1] = Rule(pieces[-1].at, pieces[-1].start, end)
            else:
                pieces.append(rule)
        yield from pieces


def _close(things: Iterable[T], at: Callable[[T], float]) -> Iterator[list[T]]:
    """Things whose places lie within one snap of the group's first."""
    group: list[T] = []
    for thing in sorted(things, key=at):
        if group and at(thing) - at(group[0]) > _SNAP:
            yield group
            group = []
        group.append(thing)
    if group:
        yield group


def _connected(rules: Rules) -> Iterator[tuple[list[Rule], list[Rule]]]:
    """Lines that meet, across and down."""
    left = set(range(len(rules.down)))
    waiting = set(range(len(rules.across)))
    while waiting:
        across, down, reached = [], [], [waiting.pop()]
        while reached:
            rule = rules.across[reached.pop()]
            across.append(rule)
            met = {i for i in left if _meet(rule, rules.down[i])}
            left -= met
            down += [rules.down[i] for i in met]
            found = {j for j in waiting if any(_meet(rules.across[j], rules.down[i]) for i in met)}
            waiting -= found
            reached += found
        if down:
            yield across, down


def _meet(across: Rule, down: Rule) -> bool:
    return (
        across.start - _SNAP <= down.at <= across.end + _SNAP
        and down.start - _SNAP <= across.at <= down.end + _SNAP
    )


def _frame(across: Sequence[Rule], down: Sequence[Rule]) -> Frame | None:
    xs = _places(down, across)
    ys = _places(across, down)[::-1]
    if len(xs) < 3 or len(ys) < 3:
        return None
    areas = _areas(len(ys) - 1, len(xs) - 1, _walls(xs, ys, across, down))
    cell_at: dict[tuple[int, int], FrameCell] = {}
    for area in areas:
        (row, column), (last_row, last_column) = min(area), max(area)
        cell = FrameCell(row, column, last_row - row + 1, last_column - column + 1)
        if len(area) != cell.n_rows * cell.n_columns:  # not a rectangle
            return None
        cell_at.update(dict.fromkeys(area, cell))
    return Frame(tuple(xs), tuple(ys), cell_at)


def _places(rules: Sequence[Rule], crossing: Sequence[Rule]) -> list[float]:
    """Where lines stand, and where those that cross them end if a side is left open."""
    groups = _close(rules, lambda rule: rule.at)
    places = [sum(rule.at for rule in group) / len(group) for group in groups]
    first, last = min(rule.start for rule in crossing), max(rule.end for rule in crossing)
    before = [first] if first < places[0] - _OPEN else []
    after = [last] if last > places[-1] + _OPEN else []
    return before + places + after


def _walls(
    xs: Sequence[float], ys: Sequence[float], across: Sequence[Rule], down: Sequence[Rule]
) -> set[tuple[tuple[int, int], tuple[int, int]]]:
    """Pairs of neighbouring places, row and column, between which a line runs."""
    walls = set()
    for row in range(len(ys) - 1):
        middle = (ys[row] + ys[row + 1]) / 2
        for column in range(len(xs) - 2):
            if _is_at(down, xs[column + 1], middle):
                walls.add(((row, column), (row, column + 1)))
    for column in range(len(xs) - 1):
        middle = (xs[column] + xs[column + 1]) / 2
        for row in range(len(ys) - 2):
            if _is_at(across, ys[row + 1], middle):
                walls.add(((row, column), (row + 1, column)))
    return walls


def _is_at(rules: Sequence[Rule], at: float, middle: float) -> bool:
    return any(abs(rule.at - at) <= _SNAP and rule.start <= middle <= rule.end for rule in rules)


def _areas(
    n_rows: int, n_columns: int, walls: set[tuple[tuple[int, int], tuple[int, int]]]
) -> Iterator[set[tuple[int, int]]]:
    """Places, row and column, without a wall between them."""
    waiting = {(row, column) for row in range(n_rows) for column in range(n_columns)}
    for start in sorted(waiting):
        if start not in waiting:
            continue
        area, reached = set(), [start]
        waiting.remove(start)
        while reached:
            row, column = here = reached.pop()
            area.add(here)
            sides = ((row, column + 1), (row + 1, column), (row, column - 1), (row - 1, column))
            for side in sides:
                if side in waiting and (min(here, side), max(here, side)) not in walls:
                    waiting.remove(side)
                    reached.append(side)
        yield area
