"""Questions over more text than memory should hold -> quotations, as if all were read at once.

Knows the reader and texts in parts; nothing of files, flags or terminals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise

from reader.calibrate import Calibration, Quotation, quotations, weigh
from reader.decode import Found
from reader.reader import Reader
from reader.texts import Part, paragraph

CHUNK_CHARS = 200_000  # of text in memory at a time, and of text times questions in one call
CHUNK_PARTS = 1000  # parts in a chunk at most, however short
RIVALS = 200  # candidates of a question that are kept from chunk to chunk
RIVALS_EACH = 40  # for each quotation wanted: overlapping windows propose a place 20 times each


@dataclass(frozen=True, slots=True)
class Quote:
    """An answer, where it stands and how likely it is right.

    Attributes:
        text: the words quoted, ``document_text[char_start:char_end]``.
        probability: calibrated over all texts that were read for the question.
        document: name of the document.
        char_start: first code point of the quotation in the document.
        char_end: one past its last.
        passage: the paragraph around it.
    """

    text: str
    probability: float
    document: str
    char_start: int
    char_end: int
    passage: str


def chunks(
    parts: Iterable[Part], most_chars: int = CHUNK_CHARS, most_parts: int = CHUNK_PARTS
) -> Iterator[list[Part]]:
    """Parts in lists of at most so many characters and parts, at least one part each."""
    chunk: list[Part] = []
    chars = 0
    for part in parts:
        if chunk and (chars + len(part.text) > most_chars or len(chunk) == most_parts):
            yield chunk
            chunk, chars = [], 0
        chunk.append(part)
        chars += len(part.text)
    if chunk:
        yield chunk


def answer(
    reader: Reader, questions: Sequence[str], chunks: Iterable[Sequence[Part]], k: int
) -> Iterator[list[Quote]]:
    """At most k quotations of each question over all chunks, in the order of the questions.

    What comes does not depend on how the parts are chunked. Memory holds two chunks and the
    best candidates of each question; answers come while the last chunk is read.
    """
    calibration = reader.manifest.calibration
    ledgers = [_Ledger() for _ in questions]
    begin = 0
    for chunk, following in pairwise(chain(chunks, [()])):
        texts = [part.text for part in chunk]
        step = max(1, CHUNK_CHARS // max(1, sum(map(len, texts))))
        for first in range(0, len(questions), step):
            group = questions[first : first + step]
            pairs = [(q, t) for q in range(len(group)) for t in range(len(texts))]
            for index, found in enumerate(reader.find(group, texts, pairs), start=first):
                ledgers[index].enter(found, chunk, begin, k, calibration)
                if not following:
                    yield ledgers[index].quotes(questions[index], k, calibration)
        begin += len(chunk)


@dataclass(slots=True)
class _Ledger:
    """What a question has come to so far.

    ``rivals`` are its best candidates, best first, their texts numbered over all chunks;
    ``parts`` holds the texts of those that would be quoted.
    """

    texts_read: int = 0
    rivals: list[Quotation] = field(default_factory=list)
    parts: dict[int, Part] = field(default_factory=dict)

    def enter(
        self, found: Found, chunk: Sequence[Part], begin: int, k: int, calibration: Calibration
    ) -> None:
        """Add what was found in a chunk whose first text has the number ``begin``."""
        new = quotations(found, [part.text for part in chunk], calibration)
        moved = [replace(one, text_index=one.text_index + begin) for one in new]
        ranked = sorted([*self.rivals, *moved], key=_rank)
        self.rivals = ranked[: max(RIVALS, RIVALS_EACH * k)]
        self.texts_read += len(found.nulls)
        known = self.parts | dict(enumerate(chunk, begin))
        self.parts = {one.text_index: known[one.text_index] for one in _apart(self.rivals, k)}

    def quotes(self, question: str, k: int, calibration: Calibration) -> list[Quote]:
        if not self.rivals:
            return []
        evidence = weigh(question, self.texts_read, self.rivals)
        return [
            _quote(one, self.parts[one.text_index], calibration.probability(one.score, evidence))
            for one in _apart(self.rivals, k)
        ]


def _rank(one: Quotation) -> tuple[float, int, int, int]:
    return -one.score, one.text_index, one.char_start, one.char_end


def _apart(ranked: Iterable[Quotation], k: int) -> list[Quotation]:
    """The k best of which none overlaps a better one."""
    kept: list[Quotation] = []
    for one in ranked:
        if len(kept) < k and not any(_overlap(one, other) for other in kept):
            kept.append(one)
    return kept


def _overlap(a: Quotation, b: Quotation) -> bool:
    same = a.text_index == b.text_index
    return same and a.char_start < b.char_end and b.char_start < a.char_end


def _quote(one: Quotation, part: Part, probability: float) -> Quote:
    start, end = part.char_start + one.char_start, part.char_start + one.char_end
    passage = paragraph(part.text, one.char_start, one.char_end)
    return Quote(one.words, probability, part.document, start, end, passage)
