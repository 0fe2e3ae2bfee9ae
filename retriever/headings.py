"""What stands above a passage: the title of its document and the nearest headings.

Pure. The text alone tells what a heading is; formats and indexes are not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from .types import ParsedDocument

PARAGRAPH_BORDER = re.compile(r"\n[^\S\n]*\n\s*")
MAX_HEADING_CHARS = 120
_ENDS = (".", "!", "?", "…", "。", "！", "？", ";", "；", ",", "，", "|")
_BULLET = re.compile(r"[-*•]\s")
_HASHES = re.compile(r"#{1,6}(?=\s)")
_PLAIN_LEVEL = 7  # of a heading without Markdown's hashes: below all that have them
_NEAREST = 2  # headings beside the title

Heading = tuple[int, str]  # level, text without hashes


def is_heading(paragraph: str) -> bool:
    """A short single line that ends like no sentence, or a Markdown heading.

    It says something, as a ruled line does not, and is no item of a list.
    """
    if len(paragraph) > MAX_HEADING_CHARS or "\n" in paragraph or _BULLET.match(paragraph):
        return False
    if not any(map(str.isalnum, paragraph)):
        return False
    return paragraph.startswith("#") or not paragraph.endswith(_ENDS)


def contexts(document: ParsedDocument, starts: Sequence[int]) -> list[str]:
    """For each place (ascending) the title and the headings above it, a line each.

    A heading that stands at the place itself is no context: it is part of what begins there.
    """
    paragraphs = list(_paragraphs(document.text))
    title = _title(document.name, paragraphs[0][1] if paragraphs else "")
    titled_by = paragraphs[0][0] if paragraphs and title == _bare(paragraphs[0][1]) else -1
    found: list[str] = []
    above: list[Heading] = []
    n_read, follows_heading = 0, False
    for start in starts:
        while n_read < len(paragraphs) and paragraphs[n_read][0] < start:
            paragraph = paragraphs[n_read][1]
            if is_heading(paragraph):
                _push(above, paragraph, follows_heading)
            follows_heading = is_heading(paragraph)
            n_read += 1
        here = _closed_by(paragraphs[n_read], start) if n_read < len(paragraphs) else 99
        nearest = [text for level, text in above if level < here][-_NEAREST:]
        lines = nearest if start == titled_by else [title, *nearest]
        found.append("\n".join(dict.fromkeys(line for line in lines if line)))
    return found


def _paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """(char_start, paragraph) of each; a long one is cut to what tells that it is no heading."""
    start = 0
    borders = [border.span() for border in PARAGRAPH_BORDER.finditer(text)]
    for border_start, border_end in [*borders, (len(text), len(text))]:
        part = text[start : min(border_start, start + 2 * MAX_HEADING_CHARS)]
        if stripped := part.strip():
            yield start + len(part) - len(part.lstrip()), stripped
        start = border_end


def _title(name: str, first_paragraph: str) -> str:
    """The heading that the document begins with; else its file's name, if that has letters."""
    if is_heading(first_paragraph) and any(char.isalpha() for char in first_paragraph):
        return _bare(first_paragraph)
    stem = " ".join(re.split(r"[\s_\-.]+", PurePath(name).stem)).strip()
    return stem[:MAX_HEADING_CHARS] if any(char.isalpha() for char in stem) else ""


def _push(above: list[Heading], paragraph: str, follows_heading: bool) -> None:
    """A heading takes the place of all that are not above it in rank."""
    level = _level(paragraph)
    if level == _PLAIN_LEVEL and follows_heading and above:
        level = above[-1][0] + 1  # "Chapter two", then "2.1 Scope"
    while above and above[-1][0] >= level:
        above.pop()
    above.append((level, _bare(paragraph)))


def _closed_by(paragraph: tuple[int, str], start: int) -> int:
    """The level from which on headings end where a heading stands at ``start``; 99 if none."""
    char_start, text = paragraph
    return _level(text) if char_start == start and is_heading(text) else 99


def _level(paragraph: str) -> int:
    hashes = _HASHES.match(paragraph)
    return len(hashes[0]) if hashes else _PLAIN_LEVEL


def _bare(heading: str) -> str:
    return heading.strip("# \t")
