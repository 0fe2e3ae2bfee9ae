"""A document's text into passages: pure slices, cut on paragraph and sentence borders.

Knows no format, no model and no store. Lengths are weights: a character of a script
without spaces weighs about as much as the three Latin letters that say the same.
"""

from __future__ import annotations

import unicodedata
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from retriever.headings import MAX_HEADING_CHARS, PARAGRAPH_BORDER, contexts, is_heading
from retriever.sentences import sentences
from retriever.types import ParsedDocument, Slice

Range = tuple[int, int]  # [char_start, char_end)

DENSE_WEIGHT = 3
# Blocks of scripts that pack a word into one to three characters.
_DENSE_BLOCKS = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3001, 0x30FF),  # CJK marks, Hiragana, Katakana
    (0x3400, 0x9FFF),  # Han
    (0xAC00, 0xD7AF),  # Hangul
    (0xF900, 0xFAFF),
    (0xFF01, 0xFF60),  # full-width forms
    (0x20000, 0x3FFFF),
)
_ATTACHED = frozenset({"Mn", "Mc", "Me", "Cf", "Sk"})


@dataclass(frozen=True, slots=True)
class SplitConfig:
    """How long passages are, in weights (see the head of this file).

    Attributes:
        target_chars: short paragraphs are merged, long ones cut, up to this.
        max_chars: no passage is longer; a paragraph within it is never cut.
        overlap_chars: two pieces of one paragraph share a sentence up to this length.
    """

    target_chars: int = 800
    max_chars: int = 1200
    overlap_chars: int = 150

    def __post_init__(self) -> None:
        if not 4 * DENSE_WEIGHT <= self.target_chars <= self.max_chars:
            raise ValueError(
                f"need {4 * DENSE_WEIGHT} <= target_chars <= max_chars, "
                f"got {self.target_chars} and {self.max_chars}"
            )
        if not 0 <= self.overlap_chars < self.target_chars:
            raise ValueError(f"need 0 <= overlap_chars < target_chars, got {self.overlap_chars}")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, perhaps with headings above it."""

    start: int
    end: int
    has_heading: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Text:
    """A text with its running weights; ``cumulative`` has shape (len(text) + 1,)."""

    text: str
    cumulative: array[int]  # plain ints out, several times faster than numpy one by one
    config: SplitConfig

    def weight(self, start: int, end: int) -> int:
        return self.cumulative[end] - self.cumulative[start]

    def reach(self, start: int, weight: int) -> int:
        """The largest end such that ``weight(start, end)`` is within ``weight``."""
        limit = self.cumulative[start] + weight
        return bisect_right(self.cumulative, limit, start) - 1

    def trim(self, start: int, end: int) -> Range:
        """The range without white space at its ends; empty when it holds nothing else."""
        while end > start and self.text[end - 1].isspace():
            end -= 1
        while start < end and self.text[start].isspace():
            start += 1
        return start, end


def split(document: ParsedDocument, config: SplitConfig | None = None) -> list[Slice]:
    """Cut a document into passages, in order.

    Every code point that is no white space lies in at least one slice; no slice begins or
    ends with white space; none weighs more than ``config.max_chars``. Each carries the title
    and headings above it as its context.
    """
    source = _Text(document.text, _cumulative_weights(document.text), config or SplitConfig())
    ranges = list(_pack(source))
    above = contexts(document, [start for start, _ in ranges])
    return [
        Slice(start, end, source.text[start:end], context)
        for (start, end), context in zip(ranges, above, strict=True)
    ]


def _cumulative_weights(text: str) -> array[int]:
    """Shape (len(text) + 1,): the weight of ``text[:i]`` at place i."""
    code_points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    weights = np.ones(len(code_points), dtype=np.int64)
    for first, last in _DENSE_BLOCKS:
        weights[(code_points >= first) & (code_points <= last)] = DENSE_WEIGHT
    return array("q", b"\0" * 8 + np.cumsum(weights).tobytes())


def _paragraphs(source: _Text) -> Iterator[Range]:
    """Trimmed ranges between empty lines."""
    start = 0
    borders = [border.span() for border in PARAGRAPH_BORDER.finditer(source.text)]
    for border_start, border_end in [*borders, (len(source.text), len(source.text))]:
        paragraph = source.trim(start, border_start)
        if paragraph[0] < paragraph[1]:
            yield paragraph
        start = border_end


def _is_heading(source: _Text, paragraph: Range) -> bool:
    """A heading that leaves most of a passage to the text below it."""
    start, end = paragraph
    if end - start > MAX_HEADING_CHARS or source.weight(start, end) * 4 > source.config.max_chars:
        return False
    return is_heading(source.text[start:end])


def _blocks(source: _Text) -> Iterator[Block]:
    """Paragraphs, each with the headings above it as long as that stays within a passage."""
    max_chars = source.config.max_chars
    headings: Range | None = None
    for start, end in _paragraphs(source):
        top = start if headings is None else headings[0]
        if _is_heading(source, (start, end)) and source.weight(top, end) * 2 <= max_chars:
            headings = (top, end)
            continue
        if headings and source.weight(top, end) > max_chars >= source.weight(start, end):
            yield Block(*headings, has_heading=True)
            headings, top = None, start
        yield Block(top, end, has_heading=headings is not None)
        headings = None
    if headings:
        yield Block(*headings, has_heading=True)


def _pack(source: _Text) -> Iterator[Range]:
    """Merge short blocks, keep middling ones whole, cut long ones."""
    config = source.config
    group: Range | None = None
    for block in _blocks(source):
        if group and _joins(source, group, block):
            group = (group[0], block.end)
            continue
        if group:
            yield group
        group = (block.start, block.end)
        if source.weight(*group) > config.max_chars:
            *pieces, group = _cut_block(source, group)
            yield from pieces
    if group:
        yield group


def _joins(source: _Text, group: Range, block: Block) -> bool:
    """Whether a block goes into the passage under way: a heading starts a new one."""
    if block.has_heading and source.weight(*group) * 4 >= source.config.target_chars:
        return False
    return source.weight(group[0], block.end) <= source.config.target_chars


def _cut_block(source: _Text, block: Range) -> list[Range]:
    """Pack a long block's sentences up to the target; neighbours share a short sentence."""
    config = source.config
    pieces: list[Range] = []
    start, previous = block[0], block[0]  # of the piece under way, of its last unit
    for unit_start, unit_end in _units(source, block):
        _, trimmed_end = source.trim(unit_start, unit_end)
        if start < unit_start and source.weight(start, trimmed_end) > config.target_chars:
            pieces.append(source.trim(start, unit_start))
            overlap = source.weight(previous, unit_start)
            shares = previous > start and overlap <= config.overlap_chars
            fits = source.weight(previous, trimmed_end) <= config.max_chars
            start = previous if shares and fits else unit_start
        previous = unit_start
    pieces.append(source.trim(start, block[1]))
    return [piece for piece in pieces if piece[0] < piece[1]]  # not: a run of white space


def _units(source: _Text, block: Range) -> Iterator[Range]:
    """Adjoining ranges that cover a block: sentences; where too long, lines; then words."""
    max_chars, target_chars = source.config.max_chars, source.config.target_chars
    for sentence in sentences(source.text, *block):
        if source.weight(*sentence) <= max_chars:
            yield sentence
            continue
        for line in _lines(source.text, sentence):
            if source.weight(*line) <= target_chars:
                yield line
            else:
                yield from _chunks(source, line)


def _lines(text: str, sentence: Range) -> Iterator[Range]:
    """Adjoining ranges, each up to and with a line end."""
    start, end = sentence
    while start < end:
        stop = text.find("\n", start, end) + 1 or end
        yield start, stop
        start = stop


def _chunks(source: _Text, line: Range) -> Iterator[Range]:
    """Adjoining ranges within the target, cut after white space, else between graphemes."""
    start, end = line
    while source.weight(start, end) > source.config.target_chars:
        limit = source.reach(start, source.config.target_chars)
        stop = _last_space(source.text, (start + limit) // 2, limit)
        stop = stop or _grapheme_border(source.text, limit, start + 1)
        yield start, stop
        start = stop
    yield start, end


def _last_space(text: str, start: int, end: int) -> int | None:
    """One past the last white space in the range, or None."""
    for place in range(end - 1, start, -1):
        if text[place].isspace():
            return place + 1
    return None


def _grapheme_border(text: str, place: int, lowest: int) -> int:
    """``place`` moved back so that no mark is cut from its base; at most 32 steps."""
    for candidate in range(place, max(lowest, place - 32), -1):
        joined = "\u200d" in (text[candidate], text[candidate - 1])
        if not joined and unicodedata.category(text[candidate]) not in _ATTACHED:
            return candidate
    return place
