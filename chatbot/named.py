"""Which names and figures of a question stand in none of the passages. Pure: words alone.

What a text does not name it seldom answers. Words typed without capitals, or all with them, are
no names here, and say nothing either way.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence

from retriever.types import Hit

LEAST_DIGITS = 3  # of a figure that is looked for: "5th" may be "fifth" in the text, 1859 is 1859
LEAST_SHARED = 4  # letters that two forms of a name share at least: America, American
MOST_ENDING = 3  # letters that either has beyond these
_WORD = re.compile(r"\d+|[^\W\d_\u3400-\u9fff]+")
_ACCENT = re.compile(r"[\u0300-\u036f]")
# 1,200 and 1 200 are 1200; a year before a figure of three digits is a year.
_GROUPED = re.compile(r"(?<=\d)(?<!\d{4})[.,'’ ](?=\d{3}(?!\d))")
_DOTTED = re.compile(r"\b([^\W\d_])\.(?=[^\W\d_]\b)")  # U.S. is US
_BEGINS = re.compile(r"(?:^|\n|[.?!:]\s|[。？！：])\W*$")
# A figure behind these is a limit that the asker sets.
_LIMITS = re.compile(
    r"\b(?:than|over|under|above|below|least|most|before|after|since|until|exceed\w*)\W*$", re.I
)
# Capitals of the asker's own, not of what is asked about.
_NO_NAMES = frozenset(
    "i ok what which who whom whose when where why how is are was were do does did can "
    "monday tuesday wednesday thursday friday saturday sunday january february march april may "
    "june july august september october november december".split()
)


def share_unnamed(question: str, hits: Sequence[Hit]) -> float:
    """Of the names and figures of a question, the share that no passage holds; 0 if it has none.

    A name is a word with a capital that begins no sentence; a passage holds it in any of its
    forms and cases, in its text, its document's name, or the title and headings above it.
    """
    wanted = list(_names(_plain(question)))
    if not wanted:
        return 0.0
    held = {word.lower() for hit in hits for word in _WORD.findall(_plain(_all_of(hit)))}
    missing = [word for word in wanted if not _is_held(word.lower(), held)]
    return len(missing) / len(wanted)


def _all_of(hit: Hit) -> str:
    passage = hit.passage
    return f"{passage.document_name} {passage.context} {passage.text}"


def _plain(text: str) -> str:
    """Without accents, full width, marks between thousands, and dots between initials."""
    if not text.isascii():
        text = _ACCENT.sub("", unicodedata.normalize("NFKD", text))
    return _DOTTED.sub(r"\1", _GROUPED.sub("", text))


def _names(question: str) -> Iterator[str]:
    words = list(_WORD.finditer(question))
    told_by_capitals = any(match.group().islower() for match in words)
    for match in words:
        word, before = match.group(), question[: match.start()]
        if word.isdecimal():
            if len(word) >= LEAST_DIGITS and not _LIMITS.search(before):
                yield word
        elif told_by_capitals and _is_name(word) and not _BEGINS.search(before):
            yield word


def _is_name(word: str) -> bool:
    return word != word.lower() and word.lower() not in _NO_NAMES


def _is_held(word: str, held: Collection[str]) -> bool:
    """Whether a word, or another form of the name that it is, is among these."""
    if word.isdecimal() or len(word) <= LEAST_SHARED:
        return word in held
    stem = word[: max(LEAST_SHARED, len(word) - MOST_ENDING)]
    longest = len(word) + MOST_ENDING
    return any(other.startswith(stem) and len(other) <= longest for other in held)
