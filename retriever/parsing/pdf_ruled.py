"""Tables whose cells are framed by lines on a PDF page: words by the cell that they stand in.

Pure. A frame that does not hold a table's worth of words is none: its words stay as they were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import compress, groupby, pairwise

from retriever.parsing.pdf_cells import Cell, has_gap, piece_of, stacked, words_of
from retriever.parsing.pdf_grid import Grid
from retriever.parsing.pdf_lines import BoxOf, Line, LineBox, is_dense
from retriever.parsing.pdf_names import is_worth_telling
from retriever.parsing.pdf_rules import Frame, FrameCell, Rules, frames_of
from retriever.parsing.rows import is_figure, is_value

_MAX_CELL_CHARS = 1_500  # more is a page's layout
_FEWEST_FILLED = 0.4  # of a frame's cells: fewer are a diagram
_FEWEST_ROWS = 2  # with words in two cells
_MOST_GAPS = 0.2  # of the cells: more, and lines between columns were left out
_FEWEST_LINES = 3  # of words in a row of a frame that may be rows themselves
_SAME_LINE = 0.5  # of a line's height: tops of one line's words differ by less
_SAME_TOP = 3.0  # points
_MOST_HEADER_CHARS = 80

_Place = tuple[int, FrameCell]  # the frame's number and its cell
_Run = tuple[int, int, _Place | None]  # where it begins and ends in its line
_Held = dict[_Place, list[Cell]]
_Pieces = Mapping[FrameCell, Sequence[Cell]]


def with_ruled(lines: Sequence[Line], box_of: BoxOf, rules: Rules) -> Iterator[Line | Grid]:
    """The lines in their order; the words of each framed table once, where its first line was."""
    frames = frames_of(rules)
    if not frames:
        yield from lines
        return
    runs = [_runs(line, frames, box_of) for line in lines]
    grids: dict[_Place, Grid] = {}
    for held in _held(lines, runs, box_of):
        table = _without_margins(held)
        pieces = {place[1]: pieces for place, pieces in table.items()}
        if pieces and (grid := _grid(frames[next(iter(table))[0]], pieces, box_of)):
            grids.update(dict.fromkeys(table, grid))
    told: list[Grid] = []
    for line, line_runs in zip(lines, runs, strict=True):
        for grid_or_none, group in groupby(line_runs, lambda run: run[2] and grids.get(run[2])):
            together = list(group)
            if grid_or_none is None:
                yield _part(line, together[0][0], together[-1][1], box_of)
            elif not any(grid_or_none is grid for grid in told):
                told.append(grid_or_none)
                yield grid_or_none


def _held(lines: Sequence[Line], runs: Sequence[Sequence[_Run]], box_of: BoxOf) -> list[_Held]:
    """What each frame holds, cell by cell."""
    held: dict[int, _Held] = {}
    for line, line_runs in zip(lines, runs, strict=True):
        for start, end, place in line_runs:
            if place:
                piece = piece_of(line, start, end, _box(line, start, end, box_of))
                held.setdefault(place[0], {}).setdefault(place, []).append(piece)
    return list(held.values())


def _without_margins(held: _Held) -> _Held:
    """Without rows of one cell at the top and at the bottom: they are a title or notes."""
    several = _several(cell for _, cell in held)
    if not several:
        return {}
    return {place: it for place, it in held.items() if min(several) <= place[1].row <= max(several)}


def _several(cells: Iterable[FrameCell]) -> list[int]:
    """Rows in which several cells hold words."""
    rows = Counter(row for cell in cells for row in range(cell.row, cell.row + cell.n_rows))
    return [row for row, n_cells in rows.items() if n_cells > 1]


def _part(line: Line, start: int, end: int, box_of: BoxOf) -> Line:
    if (start, end) == (0, len(line.text)):
        return line
    is_hyphenated = line.is_hyphenated and end == len(line.text)
    box = _box(line, start, end, box_of)
    return Line(line.text[start:end], line.raw_indices[start:end], box, is_hyphenated)


def _runs(line: Line, frames: Sequence[Frame], box_of: BoxOf) -> list[_Run]:
    """A line's words by where they stand, neighbours in one place together."""
    if not any(_touch(line.box, frame) for frame in frames):
        return [(0, len(line.text), None)]
    runs: list[_Run] = []
    for start, end in words_of(line.text):
        for first, last, place in _split_word(line, start, end, frames, box_of):
            if runs and runs[-1][2] == place:
                runs[-1] = runs[-1][0], last, place
            else:
                runs.append((first, last, place))
    return runs


def _split_word(
    line: Line, start: int, end: int, frames: Sequence[Frame], box_of: BoxOf
) -> Iterator[_Run]:
    """A word where its middle stands; without spaces between words, letter by letter."""
    box = _box(line, start, end, box_of)
    if not is_dense(line.text[start]) or not is_dense(line.text[end - 1]):
        yield start, end, _place(frames, (box.left + box.right) / 2, box)
        return
    for at in range(start, end):
        letter = _box(line, at, at + 1, box_of)
        yield at, at + 1, _place(frames, (letter.left + letter.right) / 2, box)


def _place(frames: Sequence[Frame], x: float, box: LineBox) -> _Place | None:
    y = (box.bottom + box.top) / 2
    for number, frame in enumerate(frames):
        if cell := frame.cell_at(x, y):
            return number, cell
    return None


def _touch(box: LineBox, frame: Frame) -> bool:
    across = box.left < frame.xs[-1] and frame.xs[0] < box.right
    return across and box.bottom < frame.ys[0] and frame.ys[-1] < box.top


def _box(line: Line, start: int, end: int, box_of: BoxOf) -> LineBox:
    return box_of(line.raw_indices[start], line.raw_indices[end - 1])


def _grid(frame: Frame, held: _Pieces, box_of: BoxOf) -> Grid | None:
    """A frame's words as a grid; None where they are too few, or too many for cells."""
    cells = {place: stacked(pieces) for place, pieces in held.items()}
    if not _is_filled(cells) or _has_gaps(held, box_of):
        return None
    first = min(place.row for place in cells)
    last = max(place.row + place.n_rows for place in cells)
    n_columns = max(place.column + place.n_columns for place in cells)
    n_tiers = _tiers(cells, first, last)
    rows: list[list[Cell | None]] = []
    for row in range(first, last):
        rows += _rows(held, cells, row, n_columns, is_header=row < first + n_tiers)
    return _compact(rows, n_tiers, frame.xs)


def _is_filled(cells: Mapping[FrameCell, Cell]) -> bool:
    """Whether there are words enough for a table, and not those of a whole page in a cell."""
    n_columns = max(place.column + place.n_columns for place in cells)
    n_rows = max(place.row + place.n_rows for place in cells) - min(it.row for it in cells)
    n_filled = sum(place.n_rows * place.n_columns for place in cells)
    several = _several(cells)
    longest = max(len(cell.text) for cell in cells.values())
    is_filled = n_filled >= _FEWEST_FILLED * n_rows * n_columns
    return is_filled and len(several) >= _FEWEST_ROWS and longest <= _MAX_CELL_CHARS


def _has_gaps(held: _Pieces, box_of: BoxOf) -> bool:
    """Whether the frame lacks lines between columns that its words stand in."""
    n_gaps = sum(any(has_gap(piece, box_of) for piece in pieces) for pieces in held.values())
    return n_gaps > _MOST_GAPS * len(held)


def _tiers(cells: Mapping[FrameCell, Cell], first: int, n_rows: int) -> int:
    """How many rows name columns, told by a name that stands over several others; else 0."""
    spanning = [place for place in cells if place.row == first and place.n_columns > 1]
    n_tiers = max([2, *(place.n_rows for place in cells if place.row == first)])
    if not spanning or n_rows - first - n_tiers < _FEWEST_ROWS:
        return 0
    names = [cell.text for place, cell in cells.items() if place.row < first + n_tiers]
    if any(is_value(name) or len(name) > _MOST_HEADER_CHARS for name in names):
        return 0
    under = [
        is_figure(cell.text)
        for place, cell in cells.items()
        if place.row >= first + n_tiers
        and any(over.column <= place.column < over.column + over.n_columns for over in spanning)
    ]
    return n_tiers if 2 * sum(under) > len(under) else 0


def _rows(
    held: _Pieces, cells: Mapping[FrameCell, Cell], row: int, n_columns: int, *, is_header: bool
) -> Iterator[list[Cell | None]]:
    """A frame's row, or the rows that no lines keep apart in it.

    What spans rows is said in each of them; what spans columns in its first one, a name in all.
    """
    here = [place for place in cells if place.row <= row < place.row + place.n_rows]
    if not is_header and all(place.n_rows == 1 for place in here):
        starts = _starts([held[place] for place in here])
    else:
        starts = []
    for number in range(max(1, len(starts))):
        placed: list[Cell | None] = [None] * n_columns
        for place in here:
            pieces = _between(held[place], starts, number) if starts else held[place]
            n_places = place.n_columns if is_header else 1
            cell = cells[place] if len(pieces) == len(held[place]) else None
            cell = cell or (stacked(pieces) if pieces else None)
            placed[place.column : place.column + n_places] = [cell] * n_places
        yield placed


def _starts(columns: Sequence[Sequence[Cell]]) -> list[float]:
    """Tops of the rows in one row of a frame, which no lines keep apart; none where it is one.

    It is several where a column of figures, or else the first column, has a line for each, and
    what stands in the others begins beside these lines.
    """
    if len(columns) < 2:
        return []
    first, *others = columns
    figures = [pieces for pieces in columns if all(is_figure(piece.text) for piece in pieces)]
    starts = _tops(max(figures, key=lambda pieces: len(_tops(pieces)), default=[]))
    if len(starts) > 1 and all(_has(_tops(pieces), starts) for pieces in columns):
        return starts
    starts = _tops(first)
    goes_on = any(piece.text[0].islower() for piece in first[1:])
    is_full = any(len(_tops(pieces)) == len(starts) for pieces in others)
    is_several = len(starts) >= _FEWEST_LINES and is_full and not goes_on
    return starts if is_several and all(_has(starts, _tops(it)) for it in others) else []


def _has(tops: Sequence[float], some: Sequence[float]) -> bool:
    """Whether some lines are beside others."""
    return all(min(abs(one - top) for top in tops) <= _SAME_TOP for one in some)


def _tops(pieces: Iterable[Cell]) -> list[float]:
    """Tops of the lines, from the highest."""
    tops: list[float] = []
    for piece in sorted(pieces, key=lambda piece: -piece.box.top):
        if not tops or tops[-1] - piece.box.top > _SAME_LINE * piece.line_height:
            tops.append(piece.box.top)
    return tops


def _between(pieces: Sequence[Cell], starts: Sequence[float], number: int) -> list[Cell]:
    """The pieces from one start to the next."""
    near = _SAME_LINE * pieces[0].line_height
    high = starts[number] + near if number else float("inf")
    low = starts[number + 1] + near if number + 1 < len(starts) else float("-inf")
    return [piece for piece in pieces if low < piece.box.top <= high]


def _compact(
    rows: Sequence[Sequence[Cell | None]], n_tiers: int, xs: tuple[float, ...]
) -> Grid | None:
    """Without rows and columns that say nothing new; None where lines said as much as rows would.

    A row says nothing new where all that it holds spans down from the row above.
    """
    used = [i for i in range(len(rows[0])) if any(row[i] for row in rows)]
    is_new = [_holds_more(row, above) for above, row in pairwise([(), *rows])]
    kept = tuple(tuple(row[i] for i in used) for row in compress(rows, is_new))
    grid = Grid(kept, sum(is_new[:n_tiers]), xs, tuple(used))
    return grid if len(used) > 1 and len(kept) > 1 and is_worth_telling(grid) else None


def _holds_more(row: Sequence[Cell | None], above: Sequence[Cell | None]) -> bool:
    """Whether a cell of a row is not of the row above as well."""
    return any(cell and not any(cell is over for over in above) for cell in row)
