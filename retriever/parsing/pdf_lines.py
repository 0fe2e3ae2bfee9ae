"""A PDF page's characters into lines: clean code points, and where each of them stands.

Pure: takes code points and line boxes, knows neither pdfium nor files.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# What pdfium gives for a hyphen that it found at a line's end, and its kin.
_SOFT_HYPHEN = 0xAD
_SOFT_HYPHENS = frozenset({0x02, _SOFT_HYPHEN, 0xFFFE})
_LINE_ENDS = frozenset({0x0A, 0x0D})
LINE_BREAKS = _SOFT_HYPHENS | _LINE_ENDS
# Two letters or more of Hebrew, Arabic and their neighbours, with their marks.
_FROM_RIGHT = re.compile(
    "[\u0590-\u05ff\u0610-\u061a\u0620-\u065f\u066e-\u06ef\u06fa-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]{2,}"
)


@dataclass(frozen=True, slots=True)
class LineBox:
    """Where a line stands, in points, y upwards, as a reader of the page sees it."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def height(self) -> float:
        """Never zero, so that it can divide."""
        return max(self.top - self.bottom, 0.1)


@dataclass(frozen=True, slots=True)
class Line:
    """A line's code points, where each came from (-1: nowhere on the page), and its box."""

    text: str
    raw_indices: tuple[int, ...]
    box: LineBox
    is_hyphenated: bool = False  # its last word goes on in the next line
    table: int = 0  # the number of the table it is a row of; 0 for none


BoxOf = Callable[[int, int], LineBox]


def is_dense(char: str) -> bool:
    """Han, kana and their marks: no spaces between words. Hangul has spaces."""
    return "\u3000" <= char <= "\u9fff" or "\uff01" <= char <= "\uff60" or char >= "\U00020000"


def between_lines(above: str, below: str, is_hyphenated: bool) -> str:
    """What stands between two lines that are one: a space, nothing, or a hyphen.

    Nothing in scripts without spaces, or after a written hyphen. A hyphen that pdfium took out
    was the word's own before a capital or a digit.
    """
    if is_hyphenated:
        keeps = below[0].isupper() or below[0].isdigit() or above[-1].isdigit()
        return "-" if keeps else ""
    if is_dense(above[-1]) and is_dense(below[0]):
        return ""
    return "" if above[-1] == "-" and above[-2:-1].isalnum() else " "


def union(boxes: Sequence[LineBox]) -> LineBox:
    """The smallest box around all of them; an empty one around none."""
    if not boxes:
        return LineBox(0.0, 0.0, 0.0, 0.0)
    return LineBox(
        min(box.left for box in boxes),
        min(box.bottom for box in boxes),
        max(box.right for box in boxes),
        max(box.top for box in boxes),
    )


def share_an_edge(one: LineBox, other: LineBox, tolerance: float) -> bool:
    """Whether boxes begin, end or are centred together."""
    pairs = zip(edges_of(one), edges_of(other), strict=True)
    return any(abs(a - b) <= tolerance for a, b in pairs)


def edges_of(box: LineBox) -> tuple[float, float, float]:
    """Where a box begins, ends and is centred, from the left."""
    return box.left, box.right, (box.left + box.right) / 2


def lines_of(code_points: Sequence[int], box_of: BoxOf) -> list[Line]:
    """Lines that hold more than white space; a soft hyphen ends a line as well."""
    lines: list[Line] = []
    start = 0
    for place in range(len(code_points) + 1):
        code = code_points[place] if place < len(code_points) else 0x0A
        if code not in LINE_BREAKS or _is_written_hyphen(code_points, place):
            continue
        text, raw_indices = _clean_line(code_points, start, place)
        if text:
            text, raw_indices = _in_reading_order(text, raw_indices, box_of)
            box = box_of(raw_indices[0], raw_indices[-1])
            lines.append(Line(text, raw_indices, box, code in _SOFT_HYPHENS))
        start = place + 1
    return lines


def _in_reading_order(
    text: str, raw_indices: tuple[int, ...], box_of: BoxOf
) -> tuple[str, tuple[int, ...]]:
    """Words of letters that run from right to left, turned where pdfium has them backwards.

    It has Arabic so that Chrome printed, which draws whole words from their left end.
    """
    chars, places = list(text), list(raw_indices)
    for run in _FROM_RIGHT.finditer(text):
        start, end = run.span()
        first, last = (box_of(place, place) for place in (places[start], places[end - 1]))
        if first.left < last.left:
            chars[start:end] = chars[start:end][::-1]
            places[start:end] = places[start:end][::-1]
    return "".join(chars), tuple(places)


def _is_written_hyphen(code_points: Sequence[int], place: int) -> bool:
    """A soft hyphen within a line: some fonts call all their hyphens so."""
    following = code_points[place + 1 : place + 2]
    return (
        code_points[place : place + 1] == [_SOFT_HYPHEN]
        and bool(following)
        and following[0] not in _LINE_ENDS
    )


def _clean_line(code_points: Sequence[int], start: int, end: int) -> tuple[str, tuple[int, ...]]:
    """Single spaces, no controls, ligatures spelt out; surrogate pairs made one."""
    chars: list[str] = []
    places: list[int] = []
    place = start
    while place < end:
        code, here = code_points[place], place
        place += 1
        following = code_points[place] if place < end else 0
        if 0xD800 <= code < 0xDC00 and 0xDC00 <= following < 0xE000:
            code = 0x10000 + ((code - 0xD800) << 10) + (following - 0xDC00)
            place += 1
        for char in _plain(code):
            if char != " " or (chars and chars[-1] != " "):
                chars.append(char)
                places.append(here)
    if chars and chars[-1] == " ":
        del chars[-1], places[-1]
    return "".join(chars), tuple(places)


def _plain(code: int) -> str:
    """A code point as it should be searched: spaces alike, ligatures and radicals resolved."""
    if 0x20 < code < 0x7F:
        return chr(code)
    if code == _SOFT_HYPHEN:
        return "-"
    if code == 0xFEFF or 0xD800 <= code < 0xE000 or code & 0xFFFE == 0xFFFE or code > 0x10FFFF:
        return ""
    char = chr(code)
    if char.isspace():
        return " "
    if 0xFB00 <= code <= 0xFB06 or 0x2E80 <= code <= 0x2FD5 or 0xF900 <= code <= 0xFAFF:
        return unicodedata.normalize("NFKC", char)
    return "" if unicodedata.category(char) in ("Cc", "Cn") else char
