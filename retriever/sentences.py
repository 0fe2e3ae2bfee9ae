"""Where sentences end, in any script: own, small rules, linear in the length of the text.

Knows nothing of passages; a wrong border costs a little context, never a character.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# One run of end marks, then what closes with it. Always matches the whole run, so that the
# scan stays linear; what follows is judged in Python.
_END_MARKS = re.compile(
    "(?:(?P<wide>[。！？；｡।॥۔؟።։]+)|(?P<narrow>[.!?…]+))[\"'”’»)\\]」』）】》〉]*"
)
_LAST_WORD = re.compile(r"[\w.]+\Z")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]\Z")
_ABBREVIATIONS = frozenset(
    """approx art bd bzw ca cap capt cf ch co col corp cp dept dr ed eds eg eq eqs esp est etal fig
    figs gen gov hon ie inc jr lt ltd messrs mme mr mrs ms mt no nos nr op phd pp prof ref rep rev
    sec sen sgt sr st tab univ viz vol vols vs jan feb mar apr jun jul aug sep sept oct nov dec
    """.split()
)


def sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Adjoining ranges that cover ``[start, end)``, each with the white space after it."""
    for mark in _END_MARKS.finditer(text, start, end):
        stop = mark.end()
        if mark["narrow"] and not _ends_sentence(text, mark, end):
            continue
        while stop < end and text[stop].isspace():
            stop += 1
        if stop > start:
            yield start, stop
            start = stop
    if start < end:
        yield start, end


def _ends_sentence(text: str, mark: re.Match[str], end: int) -> bool:
    """Whether a Latin end mark closes a sentence, not an abbreviation or a number."""
    stop = mark.end()
    if stop == end:
        return True
    if not text[stop].isspace():
        return False
    if mark["narrow"] != ".":
        return True
    following = text[stop : min(stop + 8, end)].lstrip()
    if following[:1].islower():
        return False
    word = _LAST_WORD.search(text, max(0, mark.start() - 24), mark.start())
    if word is None:
        return True
    bare = word[0].lower().replace(".", "")
    if bare in ("no", "nos", "art", "sec", "fig", "figs") and not following[:1].isdigit():
        return True  # "He said no." ends; "no. 5" does not
    return bare not in _ABBREVIATIONS and not _INITIALS.match(word[0])
