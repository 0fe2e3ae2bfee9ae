"""Which names and figures of a question stand in none of the passages. Pure: words alone.

What a text does not name it seldom answers. Words typed without capitals are no names here, and
say nothing either way.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from retriever.types import Hit

LEAST_DIGITS = 3  # of a figure that is looked for: "5th" may be "fifth" in the text, 1859 is 1859
LEAST_SHARED = 4  # letters that a name's forms share at least: America, American
MOST_ENDING = 3  # letters by which they differ at most
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
_BEGINS = re.compile(r"(?:^|[.?!:]\s)\W*$")


def share_unnamed(question: str, hits: Sequence[Hit]) -> float:
    """Of the names and figures of a question, the share that no passage holds; 0 if it has none.

    A name is a word with a capital that begins no sentence; a passage holds it in any of its
    forms and cases, in its text, its document's name, or the title and headings above it.
    """
    wanted = [_stem(word) for word in _names(question)]
    if not wanted:
        return 0.0
    held = {word.lower() for hit in hits for word in _WORD.findall(_all_of(hit))}
    missing = [stem for stem in wanted if not any(word.startswith(stem) for word in held)]
    return len(missing) / len(wanted)


def _all_of(hit: Hit) -> str:
    passage = hit.passage
    return f"{passage.document_name} {passage.context} {passage.text}"


def _names(question: str) -> list[str]:
    found = []
    for match in _WORD.finditer(question):
        word = match.group()
        is_figure = sum(map(str.isdigit, word)) >= LEAST_DIGITS
        has_capital = word.lower() != word and word != "I"
        if is_figure or (has_capital and not _BEGINS.search(question[: match.start()])):
            found.append(word)
    return found


def _stem(word: str) -> str:
    if word[0].isdigit():
        return word
    return word[: max(LEAST_SHARED, len(word) - MOST_ENDING)].lower()
