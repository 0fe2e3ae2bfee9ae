"""A quotation in its sentence: where the sentence around a span begins and ends.

Pure slices of one string; knows no library, no page and no HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from chatbot.types import Answer
from retriever.sentences import sentences

MAX_SIDE_CHARS = 280  # what a reader takes in at a glance, on each side of the span
SHORT_LINE_CHARS = 40  # wrapped prose has longer lines; forms, headings and lists have shorter

# Where text begins anew whatever stood before: after an empty line, at an item or a heading.
_BLOCK_BORDER = re.compile(r"\n\s*\n|\n(?=(?:[-*•◦▪–|>]|#{1,6}|\d{1,3}[.)]|\(?\w{1,3}\))[^\S\n])")
# What only says that an item or a heading begins.
_ITEM_SIGN = re.compile(r"(?:[-*•◦▪–>]|#{1,6})[^\S\n]+")
# The end of a sentence that is followed by the numbers of its notes: ``born.[20] He``.
_NOTED_END = re.compile(r"""[.!?]["'”’)]*(?:\[\w{1,4}\])+\s+(?=["'“‘(]*[^\W\d_a-z])""")
_DAY = re.compile(r"(?<!\d)\d{1,2}\.\s*\Z")  # in front of a month's name: ``24. November``
_MONTH = re.compile(
    r"(?:jan|feb|mär|mar|apr|mai|may|jun|jul|aug|sep|okt|oct|nov|dez|dec)[a-zä]*\b", re.IGNORECASE
)
_NUMBERED = re.compile(r"(?:\A|\n)[^\S\n]*(?:#{1,6} )?\(?(?:\d{1,2}|[A-Za-z]|[ivxIVX]{2,4})\.\s*\Z")
_ABBREVIATED = re.compile(r"\b(?:Eq|Abb|Bd|Nr|St|Mt|Ave|Abs|Kap|Tel|al|pp|Ch|ch|Tbl|Tab)\.\s*\Z")

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
    left, right = _around(text, start, end)
    near_left = _word_border_after(text, max(left, start - max_side_chars), left, start)
    near_right = _word_border_before(text, min(right, end + max_side_chars), right, end)
    return Quotation(
        before=text[near_left:start],
        span=text[start:end],
        after=text[end:near_right],
        cut_before=near_left > left,
        cut_after=near_right < right,
    )


def quoted(answer: Answer) -> Quotation:
    """The sentence of its passage that an answer stands in."""
    passage = answer.citation.passage
    start = answer.citation.char_start - passage.char_start
    return quotation(passage.text, start, start + len(answer.text))


def sentences_of(text: str) -> list[tuple[int, int]]:
    """Every sentence, row of a table and line that stands alone, in order, in linear time."""
    found: list[tuple[int, int]] = []
    for left, right in _stretches(text):
        for start, end in pairwise([left, *_sentence_borders(text, left, right), right]):
            for piece_start, piece_end in _lines_apart(text, start, end):
                begin, stop = _trimmed(text, piece_start, piece_end, piece_start, piece_end)
                if begin < stop:
                    found.append((begin, stop))
    return found


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    """Paragraphs and items; a row of a table is one by itself."""
    left = 0
    ends = [border.end() for border in _BLOCK_BORDER.finditer(text)]
    rows = [row.span() for row in re.finditer(r"[^\n]+", text) if _CELLS.search(row.group())]
    for border in sorted({*ends, *(at for row in rows for at in row), len(text)}):
        if border > left:
            yield left, border
        left = border


def _lines_apart(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A stretch, cut after each line that stands alone."""
    line_end = text.find("\n", start, end)
    while line_end >= 0:
        if _stands_alone(text, line_end):
            yield start, line_end
            start = line_end + 1
        line_end = text.find("\n", line_end + 1, end)
    yield start, end


def shortened(text: str, start: int, end: int, max_chars: int) -> Quotation:
    """A slice cut between words after so many characters, with an empty span."""
    stop = _word_border_before(text, min(end, start + max_chars), end, start)
    return Quotation("", "", text[start:stop], cut_before=False, cut_after=stop < end)


def _around(text: str, start: int, end: int) -> tuple[int, int]:
    return _row(text, start, end) or _sentence(text, start, end)


def _row(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The line that holds the span when it is a row of a table; None when it is prose."""
    left = text.rfind("\n", 0, start) + 1
    right = text.find("\n", end)
    right = len(text) if right < 0 else right
    return (left, right) if _CELLS.search(text[left:right]) else None


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Borders of the sentence, which does not run on over short lines that stand alone."""
    left, right = _block(text, start, end)
    for border in _sentence_borders(text, left, right):
        if border <= start:
            left = border
        elif border >= end:
            right = border
            break
    left, right = _trimmed(text, left, start, end, right)
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


def _block(text: str, start: int, end: int) -> tuple[int, int]:
    """Borders of the paragraph or item; a span may run over several."""
    left = max((border.end() for border in _BLOCK_BORDER.finditer(text, 0, start)), default=0)
    after = _BLOCK_BORDER.search(text, max(end, 1) - 1)
    while after is not None and after.start() < end:
        after = _BLOCK_BORDER.search(text, after.end())
    return left, after.start() if after else len(text)


def _sentence_borders(text: str, left: int, right: int) -> list[int]:
    """Where a next sentence begins, in order."""
    plain = (end for _, end in sentences(text, left, right) if _begins_anew(text, end, right))
    noted = (end.end() for end in _NOTED_END.finditer(text, left, right))
    return sorted({*plain, *noted})


def _begins_anew(text: str, border: int, right: int) -> bool:
    """Whether what follows is no mere continuation: a small letter, a month, an item's words."""
    if border >= right:
        return True
    before = text[max(0, border - 24) : border]
    if text[border].islower() or before.rstrip().endswith(("；", "…")):
        return False
    if _DAY.search(before) and _MONTH.match(text, border):
        return False
    return not (_NUMBERED.search(before) or _ABBREVIATED.search(before))


def _trimmed(text: str, left: int, start: int, end: int, right: int) -> tuple[int, int]:
    """Without white space at the ends, and without an item's sign before it.

    ``start`` is where the left end stays before, ``end`` where the right one stays behind.
    """
    while left < start and text[left].isspace():
        left += 1
    if (sign := _ITEM_SIGN.match(text, left)) and sign.end() <= start:
        left = sign.end()
    while right > end and text[right - 1].isspace():
        right -= 1
    return left, right


def _stands_alone(text: str, line_end: int) -> bool:
    """Whether the line that ends here is no wrapped prose: short, and followed by a capital."""
    line_start = text.rfind("\n", 0, line_end) + 1
    follower = text[line_end + 1 : line_end + 2]
    begins_anew = follower.isupper() or follower.isdecimal()
    return line_end - line_start < SHORT_LINE_CHARS and begins_anew


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
