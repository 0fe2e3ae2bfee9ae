"""The signs in a Markdown text that no reader means: of headings, bold words and links' ends.

Pure: offsets of one string; knows no HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatbot.marks import Stretch

_ENDINGS = (".md", ".markdown")
_RULE = re.compile(r"\|?(?:\s*:?-{2,}:?\s*\|)+(?:\s*:?-{2,}:?)?")
_BOLD = r"(\*\*)(?=[^\s*])[^*]+(?<=\S)(\*\*)"
_LINK = r'(!?\[)[^\[\]\n]+(\]\((?:[^()\s]|\([^()\s]*\))*(?:[ \t]+"[^"\n]*")?\))'
_HASHES = r"(?m:^(#{1,6}[ \t]+)(?=\S))"
_SIGNS = re.compile(f"{_BOLD}|{_LINK}|{_HASHES}")
_HEADING = re.compile(r"#{1,6}[ \t]+\S")


def is_markdown(document_name: str) -> bool:
    """Whether a document of that name is read as Markdown."""
    return document_name.casefold().endswith(_ENDINGS)


def is_rule(line: str) -> bool:
    """Whether a line is the one between a table's head and its rows: ``|-----|:---:|``."""
    return "|" in line and _RULE.fullmatch(line.strip()) is not None


def is_heading(paragraph: str) -> bool:
    """Whether a paragraph is a heading: ``## Landing``."""
    return "\n" not in paragraph.strip() and _HEADING.match(paragraph.strip()) is not None


def signs_of(text: str, start: int, end: int) -> Iterator[Stretch]:
    """Signs within a stretch of a text, in order; bold words in a link's text keep theirs."""
    for found in _SIGNS.finditer(text, start, end):
        yield from (found.span(group) for group in (1, 2, 3, 4, 5) if found[group])
