"""Where else in a document the words of a quotation stand, in the order of reading.

Pure: offsets of one string; knows no library, no page and no HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from chatbot.function_words import saying_words

MAX_OCCURRENCES = 200  # words that stand in more places than this are shown in the first ones

Stretch = tuple[int, int]  # char_start, char_end

_SPACELESS = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")  # scripts without spaces
_SMALL_NUMBER = re.compile(r"\d{1,2}[.,;:)]?")


@dataclass(frozen=True, slots=True)
class Marks:
    """Stretches that can be stepped through; ``index`` (from 0) is the one that is shown."""

    stretches: tuple[Stretch, ...] = ()
    index: int = 0

    @property
    def count(self) -> int:
        """How many there are to step through."""
        return len(self.stretches)

    @property
    def are_all(self) -> bool:
        """Whether the words may stand nowhere else."""
        return self.count < MAX_OCCURRENCES

    def step(self, by: int) -> Stretch:
        """The mark so many on; after the last comes the first."""
        return self.stretches[(self.index + by) % self.count]


NO_MARKS = Marks()


def marks_of(text: str, shown: Stretch, quoted: Sequence[Stretch]) -> Marks:
    """What one reply quotes of a document, and where the words of the first of it stand again.

    Args:
        text: of the document.
        shown: the mark that is shown, one of those that come out.
        quoted: what the reply quotes, first what was opened; empty for ``shown`` alone.
    """
    kept: list[Stretch] = []
    start, end = (quoted or (shown,))[0]
    again = occurrences(text, start, end) if _mean_the_same(text[start:end]) else []
    for stretch in (*quoted, shown, *again):
        if not _touches(stretch, kept) or stretch == shown:
            kept.append(stretch)
    ordered = sorted(set(kept))
    return Marks(tuple(ordered), ordered.index(shown))


def occurrences(text: str, start: int, end: int, most: int = MAX_OCCURRENCES) -> list[Stretch]:
    """Where the words ``text[start:end]`` stand: whole words, whatever case and white space."""
    words = text[start:end].split()
    if not words:
        return []
    before = "" if _SPACELESS.match(words[0][0]) else r"(?<!\w)"
    after = "" if _SPACELESS.match(words[-1][-1]) else r"(?!\w)"
    pattern = before + r"\s+".join(map(re.escape, words)) + after
    return [found.span() for found in islice(re.finditer(pattern, text, re.IGNORECASE), most)]


def same_words(text: str, a: Stretch, b: Stretch) -> bool:
    """Whether two stretches say the same, whatever case and white space."""
    return text[slice(*a)].casefold().split() == text[slice(*b)].casefold().split()


def _mean_the_same(words: str) -> bool:
    """Whether words say the same wherever they stand: "9" and "at" do not."""
    return bool(saying_words(words)) and not _SMALL_NUMBER.fullmatch(words)


def _touches(stretch: Stretch, others: Iterable[Stretch]) -> bool:
    return any(stretch[0] < end and start < stretch[1] for start, end in others)
