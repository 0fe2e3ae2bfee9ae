"""Words of a PDF page that stand together as cells. Pure geometry: knows no words' meaning.

A cell's words have narrow gaps between them; it may go on in lines below.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from retriever.parsing.pdf_lines import BoxOf, Line, LineBox, between_lines, union

# Of line heights; loose boxes are about 1.2 times the size of the letters.
_CELL_GAP = 0.75  # words of one cell stand closer: a space is a quarter of a letter's size
_COLUMN_GAP = 1.5  # words of one cell in a frame stand closer
_BESIDE = 0.5  # lines that overlap by more than this stand beside each other


@dataclass(frozen=True, slots=True)
class Cell:
    """Words that stand together: code points, where each came from, their box and size."""

    text: str
    raw_indices: tuple[int, ...]
    box: LineBox
    line_height: float
    last_line: LineBox  # the box of its lowest line
    is_hyphenated: bool = False  # its last word goes on below
    n_lines: int = 1
    n_chars: int = 0  # of its longest line


def piece_of(line: Line, start: int, end: int, box: LineBox) -> Cell:
    """Part of a line as a cell."""
    is_hyphenated = line.is_hyphenated and end == len(line.text)
    raw = line.raw_indices[start:end]
    height = line.box.height
    return Cell(line.text[start:end], raw, box, height, box, is_hyphenated, 1, end - start)


def cells_of(line: Line, box_of: BoxOf) -> list[Cell]:
    """A line's words, together where the gaps between them are narrow."""
    runs: list[tuple[int, int, list[LineBox]]] = []
    for start, end in words_of(line.text):
        box = box_of(line.raw_indices[start], line.raw_indices[end - 1])
        if runs and box.left - runs[-1][2][-1].right <= _CELL_GAP * line.box.height:
            first, _, boxes = runs[-1]
            boxes.append(box)
            runs[-1] = first, end, boxes
        else:
            runs.append((start, end, [box]))
    return [piece_of(line, start, end, union(boxes)) for start, end, boxes in runs]


def has_gap(cell: Cell, box_of: BoxOf) -> bool:
    """Whether words of one line stand so far apart that they are of two columns."""
    words = words_of(cell.text)
    boxes = [box_of(cell.raw_indices[start], cell.raw_indices[end - 1]) for start, end in words]
    widest = _COLUMN_GAP * cell.line_height
    return any(right.left - left.right > widest for left, right in pairwise(boxes))


def words_of(text: str) -> Iterator[tuple[int, int]]:
    """Where each word begins and ends."""
    start = 0
    for end in range(len(text) + 1):
        if end == len(text) or text[end] == " ":
            if end > start:
                yield start, end
            start = end + 1


def overlap(one: LineBox, other: LineBox) -> float:
    """How much of the lower one's height two boxes share; below 0 where they are apart."""
    common = min(one.top, other.top) - max(one.bottom, other.bottom)
    return common / min(one.height, other.height)


def are_beside(left: LineBox, right: LineBox) -> bool:
    """Whether the second box stands to the right of the first one."""
    return overlap(left, right) > _BESIDE and right.left >= left.right


def stacked(pieces: Sequence[Cell]) -> Cell:
    """A cell's pieces in the order in which they go on, as one; in time that grows with them."""
    texts, raw_indices = [pieces[0].text], [*pieces[0].raw_indices]
    n_lines = pieces[0].n_lines
    for above, below in pairwise(pieces):
        is_beside = overlap(above.last_line, below.box) > _BESIDE
        if is_beside:
            between = "- " if above.is_hyphenated else " "
        else:
            between = between_lines(above.text, below.text, above.is_hyphenated)
        texts += [between, below.text]
        raw_indices += [*[-1] * len(between), *below.raw_indices]
        n_lines += below.n_lines - is_beside
    return Cell(
        "".join(texts),
        tuple(raw_indices),
        union([piece.box for piece in pieces]),
        max(piece.line_height for piece in pieces),
        pieces[-1].last_line,
        pieces[-1].is_hyphenated,
        n_lines,
        max(piece.n_chars for piece in pieces),
    )


def unbroken(cell: Cell) -> Cell:
    """A whole cell with the sign at its end that pdfium took for a hyphen inside a word."""
    if not cell.is_hyphenated:
        return cell
    raw_indices = (*cell.raw_indices, -1)
    return replace(cell, text=f"{cell.text}-", raw_indices=raw_indices, is_hyphenated=False)
