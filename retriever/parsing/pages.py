"""What every format's parser hands back, how pages become one string with offsets,
and which pieces of pages a range of that string is.

Knows no format.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from retriever.parsing.limits import ParseLimits
from retriever.types import ParsedDocument, UnreadableFile

PAGE_SEPARATOR = "\n\n"

_NEWLINES = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Controls, lone surrogates, byte order marks, code points that are no characters, and two that
# say where a word may break (soft hyphen) or not (word joiner): with them it would not be found.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u2060\ufeff\ufffe\uffff\ud800-\udfff]"
)
_TRAILING_SPACE = re.compile(r"(?<![ \t])[ \t]+(?=\n|\Z)")
_MANY_NEWLINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Pages:
    """A file's text, page by page, before offsets are counted; pages may be empty."""

    media_type: str
    texts: Sequence[str]
    warnings: Sequence[str] = ()


def clean(text: str) -> str:
    r"""``text`` with ``\n`` for every kind of line end and without what is no character."""
    text = _UNWANTED.sub("", _NEWLINES.sub("\n", text))
    return _MANY_NEWLINES.sub("\n\n", _TRAILING_SPACE.sub("", text)).strip()


def assemble(name: str, pages: Pages, limits: ParseLimits) -> ParsedDocument:
    """Join pages into a document; an empty page starts where the next one does.

    The texts must be clean already: they are joined as they are.

    Raises:
        UnreadableFile: state ``empty`` when no page holds text, ``broken`` over a limit.
    """
    if len(pages.texts) > limits.max_pages:
        raise UnreadableFile(
            "broken", f"it has {len(pages.texts)} pages; the limit is {limits.max_pages}"
        )
    parts: list[str] = []
    starts: list[int] = []
    length = 0
    for text in pages.texts:
        separator = PAGE_SEPARATOR if parts and text else ""
        starts.append(length + (len(separator) or (len(PAGE_SEPARATOR) if parts else 0)))
        if text:
            parts += [separator, text]
            length += len(separator) + len(text)
    if not parts:
        raise UnreadableFile("empty", "there is no text in it")
    if length > limits.max_chars:
        raise UnreadableFile(
            "broken", f"it holds {length:,} characters; the limit is {limits.max_chars:,}"
        )
    page_starts = tuple(min(start, length) for start in starts)
    warnings = tuple(pages.warnings)
    return ParsedDocument(name, pages.media_type, "".join(parts), page_starts, warnings)


def named(indices: Sequence[int]) -> str:
    """``page 3`` or ``pages 2, 5-7``, of ascending indices from 0."""
    word = "page" if len(indices) == 1 else "pages"
    return f"{word} {_ranges([index + 1 for index in indices])}"


def _ranges(numbers: Sequence[int]) -> str:
    """Ascending numbers as ``2, 5-7``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a page's text: ``text`` stands ``page_offset`` code points into the page."""

    page_index: int  # from 0
    page_offset: int
    text: str


def pieces_of(document: ParsedDocument, char_start: int, char_end: int) -> list[Piece]:
    """A range of a document's text, cut at its pages.

    Raises:
        ValueError: the range does not lie in the text.
    """
    length, starts = len(document.text), document.page_starts
    if not 0 <= char_start <= char_end <= length:
        raise ValueError(f"the range must lie in 0..{length}, got {char_start}..{char_end}")
    pieces = []
    for index in range(document.page_of(char_start) - 1, len(starts)):
        if starts[index] >= char_end:
            break
        page_end = starts[index + 1] if index + 1 < len(starts) else length
        start, end = max(char_start, starts[index]), min(char_end, page_end)
        text = document.text[start:end].rstrip()  # the separator between pages is on no page
        if text:
            pieces.append(Piece(index, start - starts[index], text))
    return pieces
