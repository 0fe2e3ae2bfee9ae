"""A quotation in its sentence: where the sentence around a span begins and ends.

Pure slices of one string; knows no document, no page and no HTML.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_SIDE_CHARS = 280  # what a reader takes in at a glance, on each side of the span
SHORT_LINE_CHARS = 40  # wrapped prose has longer lines; forms, headings and lists have shorter

# A border is the end of a sentence, or a gap between blocks of text. Full-width stops need no
# space after them; ASCII ones do, and a capital, digit or quote has to follow.
_BORDER = re.compile(
    r"""[。！？]["'”’」』）]*
      | (?<![A-Z])(?<!\b[A-Z][a-z])[.!?]["'”’)\]]*\s+(?=["'“‘(\[]*[A-Z0-9À-Þ一-鿿])
      | \n\s*\n | \n(?=[-*•|#>])""",
    re.VERBOSE,
)

# How parsers write a table's row: between tabs or bars, or values before their columns' names.
_CELLS = re.compile(
    r"\t|\s\|\s|^[^:;\n]{1,80}: [^;\n]*; |^(?!.*[.!?] \S).* \([^()\n]{1,80}\)(?:; |\.$)"
)


@dataclass(frozen=True, slots=True)
class Quotation:
    """``before + span + after`` is one slice of the text.

    ``cut_before`` and ``cut_after`` say that the sentence goes on beyond the slice.
    """

    before: str
    span: str
    after: str
    cut_before: bool
    cut_after: bool


def quotation(text: str, start: int, end: int, max_side_chars: int = MAX_SIDE_CHARS) -> Quotation:
    """The sentence of ``text`` that holds ``text[start:end]``, at most so long on each side.

    Offsets count code points.

    Raises:
        ValueError: the span is not inside the text.
    """
    if not 0 <= start <= end <= len(text):
        raise ValueError(
            f"expected 0 <= start <= end <= {len(text)}, got start={start}, end={end}; "
            "pass offsets that count from the beginning of this text"
        )
    left, right = _row(text, start, end) or _sentence(text, start, end)
    near_left = _word_border_after(text, max(left, start - max_side_chars), left, start)
    near_right = _word_border_before(text, min(right, end + max_side_chars), right, end)
    return Quotation(
        before=text[near_left:start],
        span=text[start:end],
        after=text[end:near_right],
        cut_before=near_left > left,
        cut_after=near_right < right,
    )


def _row(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The line that holds the span when it is a row of a table; None when it is prose."""
    left = text.rfind("\n", 0, start) + 1
    right = text.find("\n", end)
    right = len(text) if right < 0 else right
    return (left, right) if _CELLS.search(text[left:right]) else None


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Borders of the sentence, which does not run on over short lines that stand alone."""
    left, right = _sentence_start(text, start), _sentence_end(text, end)
    while (line_end := text.find("\n", left, start)) >= 0:
        if not _stands_alone(text, line_end):
            break
        left = line_end + 1
    line_end = text.find("\n", end, right)
    while line_end >= 0:
        if _stands_alone(text, line_end):
            return left, line_end
        line_end = text.find("\n", line_end + 1, right)
    return left, right


def _stands_alone(text: str, line_end: int) -> bool:
    """Whether the line that ends here is no wrapped prose: short, and followed by a capital."""
    line_start = text.rfind("\n", 0, line_end) + 1
    follower = text[line_end + 1 : line_end + 2]
    begins_anew = follower.isupper() or follower.isdecimal()
    return line_end - line_start < SHORT_LINE_CHARS and begins_anew


def _sentence_start(text: str, start: int) -> int:
    begin = 0
    for border in _BORDER.finditer(text):
        if border.end() > start:
            break
        begin = border.end()
    while begin < start and text[begin].isspace():
        begin += 1
    return begin


def _sentence_end(text: str, end: int) -> int:
    for border in _BORDER.finditer(text, max(0, end - 1)):
        stop = border.start() + len(border.group().rstrip())
        if stop >= end:
            return stop
    stop = len(text)
    while stop > end and text[stop - 1].isspace():
        stop -= 1
    return stop


def _word_border_after(text: str, position: int, lowest: int, highest: int) -> int:
    """The first beginning of a word at or after ``position``, unless that is too far away."""
    if position <= lowest:
        return lowest
    space = text.find(" ", position, min(highest, position + 40))
    return space + 1 if space >= 0 else position


def _word_border_before(text: str, position: int, highest: int, lowest: int) -> int:
    if position >= highest:
        return highest
    space = text.rfind(" ", max(lowest, position - 40), position)
    return space if space >= 0 else position
