"""A PDF page's characters into clean text, with the place of every code point on the page.

Pure: takes code points and line boxes, knows neither pdfium nor files.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from retriever.parsing.pdf_lines import BoxOf, Line, between_lines, is_dense, lines_of
from retriever.parsing.pdf_names import Names
from retriever.parsing.pdf_rules import NO_RULES, Rules
from retriever.parsing.pdf_tables import Told, with_tables

IndexArray = NDArray[np.int32]

_LIST_MARK = re.compile(r"(?:[•·▪●◦‣–—*-]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s")
_SENTENCE_END = re.compile("[.!?:。！？：;；][\"'”’»)\\]」』）】]*\\Z")
# How far apart, in line heights, two lines of one paragraph may stand. Loose boxes include
# ascent and descent, so that lines set solid touch.
_MAX_LEADING = 0.65
_NEIGHBOURS = 4
# A line of a form is full by chance; prose has at least this many characters a line.
_PROSE_CHARS = 45
_DENSE_PROSE_CHARS = 16


@dataclass(frozen=True, slots=True, eq=False)
class PageText:
    """A page as text; ``raw_index`` has shape (len(text),): pdfium's index of each code point.

    The index is -1 where the text holds white space that is not on the page.
    """

    text: str
    raw_index: IndexArray
    told: Told  # its lines, and its tables' names for the next page


def page_text(
    code_points: Sequence[int],
    box_of: BoxOf,
    rules: Rules = NO_RULES,
    above: Names | None = None,
) -> PageText:
    """Clean text of a page: wrapped lines joined, words made whole, paragraphs kept.

    Args:
        code_points: what pdfium says for each of its characters, in its order.
        box_of: the box of a range ``[first, last]`` of its characters that are no spaces.
        rules: the lines that are drawn on the page.
        above: ``names`` of the page before.
    """
    told = with_tables(lines_of(code_points, box_of), box_of, rules, above)
    lines = told.lines
    joints = _joints(lines)
    chars: list[str] = []
    places: list[int] = []
    for line, joint in zip(lines, ["", *joints], strict=False):
        chars.append(joint)
        places += [-1] * len(joint)
        chars.append(line.text)
        places += line.raw_indices
    return PageText("".join(chars), np.array(places, dtype=np.int32), told)


def _joints(lines: Sequence[Line]) -> list[str]:
    """What stands between each line and the next: nothing, a hyphen, a space, newlines."""
    is_full = [_reaches_margin(lines, place) for place in range(len(lines) - 1)] + [False]
    joints = []
    for place, (above, below) in enumerate(pairwise(lines)):
        neighbour_full = is_full[place + 1] or (place > 0 and is_full[place - 1])
        joints.append(_joint(above, below, is_full[place], neighbour_full))
    return joints


def _reaches_margin(lines: Sequence[Line], place: int) -> bool:
    """Whether the next line's first word would not have fitted at the end of this line."""
    line, below = lines[place], lines[place + 1]
    height = line.box.height
    around = lines[max(0, place - _NEIGHBOURS) : place + _NEIGHBOURS + 1]
    rights = (
        other.box.right
        for other in around
        if abs(other.box.left - line.box.left) < 3 * height and other.box.height < 1.5 * height
    )
    margin = max(rights, default=line.box.right)  # none, not even its own, of an endless box
    char_width = (below.box.right - below.box.left) / len(below.text)
    first_word = 1 if is_dense(below.text[0]) else len(below.text.split(" ", 1)[0])
    return line.box.right + (first_word + 1) * char_width > margin - 0.3 * height


def _joint(above: Line, below: Line, is_full: bool, neighbour_full: bool) -> str:
    """Whether one line goes on in the next, judged by where they stand and what they say."""
    if above.table or below.table:
        written = "-" if above.is_hyphenated else ""
        return "\n" if above.table == below.table else f"{written}\n\n"
    height = min(above.box.height, below.box.height)
    ends = _SENTENCE_END.search(above.text) is not None
    goes_on = not ends and (below.text[0].islower() or above.text[-1] == ",")
    if above.is_hyphenated:
        return _between(above, below)
    overlap = min(above.box.top, below.box.top) - max(above.box.bottom, below.box.bottom)
    if overlap > 0.5 * height:  # a superscript, or a cell beside a cell
        return " " if below.box.left >= above.box.left else "\n"
    gap = above.box.bottom - below.box.top
    is_below = -0.5 * height < gap < _MAX_LEADING * height
    overlaps = below.box.left < above.box.right and above.box.left < below.box.right
    if not (is_below and overlaps) or _differ(above, below):
        return _between(above, below) if goes_on and gap < 1.5 * height else "\n\n"
    if _LIST_MARK.match(below.text):
        return "\n"
    if is_full and (goes_on or (neighbour_full and _is_prose(above))):
        indent = below.box.left - above.box.left
        is_new = ends and indent > height and not _LIST_MARK.match(above.text)
        return "\n\n" if is_new else _between(above, below)
    if goes_on and below.text[0].islower():
        return _between(above, below)
    return "\n\n" if ends and neighbour_full else "\n"


def _is_prose(line: Line) -> bool:
    """Whether a line is as long as those of a column of prose."""
    return len(line.text) >= (_DENSE_PROSE_CHARS if is_dense(line.text[-1]) else _PROSE_CHARS)


def _differ(above: Line, below: Line) -> bool:
    """Whether the letters are of clearly different sizes: a heading, a caption, a note."""
    heights = sorted((above.box.height, below.box.height))
    return heights[1] > 1.25 * heights[0]


def _between(above: Line, below: Line) -> str:
    return between_lines(above.text, below.text, above.is_hyphenated)
