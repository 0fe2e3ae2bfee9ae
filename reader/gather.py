"""Questions over more text than memory should hold -> quotations, as if all were read at once.

Knows the reader and texts in parts; nothing of files, flags or terminals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise

from reader.calibrate import Calibration, Quotation, quotations, weigh
from reader.choose import choose
from reader.decode import Candidate, Found
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

    What comes does not depend on how the parts are chunked, but that the runtime ``confirmed``
    confirms within a chunk; no chunk is empty. Memory holds two chunks and the best candidates
    of each question; answers come while the last chunk is read.
    Of more candidates than ``RIVALS`` the least likely count for nothing in a probability.
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
                    yield ledgers[index].quotes(questions[index], calibration)
        begin += len(chunk)
    if not begin:
        yield from ([] for _ in questions)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A candidate that would be quoted, its score, and where its text stands among all."""

    score: float
    text_index: int
    candidate: Candidate
    part: Part


@dataclass(slots=True)
class _Ledger:
    """What a question has come to so far.

    ``rivals`` are its best candidates, best first, their texts numbered over all chunks;
    ``kept`` those of which none overlap, with the texts that they would be quoted from.
    """

    texts_read: int = 0
    rivals: list[Quotation] = field(default_factory=list)
    kept: list[_Kept] = field(default_factory=list)

    def enter(
        self, found: Found, chunk: Sequence[Part], begin: int, k: int, calibration: Calibration
    ) -> None:
        """Add what was found in a chunk whose first text has the number ``begin``."""
        texts = [part.text for part in chunk]
        new = quotations(found, texts, calibration)
        moved = [replace(one, text_index=one.text_index + begin) for one in new]
        self.rivals = sorted([*self.rivals, *moved], key=_rank)[: max(RIVALS, RIVALS_EACH * k)]
        self.texts_read += len(found.nulls)
        for one in choose(found.candidates, k):
            score = calibration.score(one.logit, found.nulls[one.text_index])
            self.kept.append(_Kept(score, begin + one.text_index, one, chunk[one.text_index]))
        self.kept.sort(key=lambda o: (-o.score, o.text_index, o.candidate.char_start))
        del self.kept[k:]

    def quotes(self, question: str, calibration: Calibration) -> list[Quote]:
        if not self.rivals:
            return []
        evidence = weigh(question, self.texts_read, self.rivals)
        return [_quote(one, calibration.probability(one.score, evidence)) for one in self.kept]


def _rank(one: Quotation) -> tuple[float, int, int, int]:
    return -one.score, one.text_index, one.char_start, one.char_end


def _quote(one: _Kept, probability: float) -> Quote:
    part, start, end = one.part, one.candidate.char_start, one.candidate.char_end
    return Quote(
        part.text[start:end],
        probability,
        part.document,
        part.char_start + start,
        part.char_start + end,
        paragraph(part.text, start, end),
    )
