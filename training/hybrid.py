"""Questions ranked over passages as the retriever ranks them, and by nearest vectors alone.

Works in memory, with the retriever's own encoder, word index and fusion. Knows no library.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from retriever.index.lexical import TantivyIndex, TermCounts
from retriever.search import DEPTH, FIRST_BY_WORDS, asked, candidates, coverage, ranked

if TYPE_CHECKING:
    from retriever.encoding.embed import Encoder
    from retriever.index.followers import Followers
    from retriever.records import FloatArray

Places = NDArray[np.int64]
NOWHERE = -1  # fills a row where fewer passages are found


class _InMemory:
    """Passages by place, with as much of ``Followers`` as a search asks of it."""

    def __init__(self, passages: Sequence[str], rows: FloatArray, folder: Path) -> None:
        self._rows = rows  # (P, dim)
        self._words = TantivyIndex(folder)
        with self._words.writing() as writing:
            writing.add((place, place, text) for place, text in enumerate(passages))
            writing.commit(1)

    def question_terms(self, question: str) -> list[str]:
        return self._words.question_terms(question)

    def text_terms(self, text: str) -> list[str]:
        return self._words.text_terms(text)

    def term_counts(self, question_terms: Sequence[str]) -> TermCounts:
        return self._words.frequencies(question_terms)

    def nearest(self, row: FloatArray, k: int, _: object = None) -> list[tuple[int, float]]:
        scores = self._rows @ row  # (P,)
        best = np.argsort(-scores, kind="stable")[:k]
        return [(int(place), float(scores[place])) for place in best]

    def matching(
        self, question_terms: Sequence[str], k: int, everywhere: TermCounts, _: object = None
    ) -> list[tuple[int, float]]:
        return self._words.search(question_terms, k, everywhere)


def rank(
    questions: Sequence[str], passages: Sequence[str], encoder: Encoder, depth: int = DEPTH
) -> tuple[Places, Places]:
    """Places of the best passages of each question, best first.

    Returns:
        By nearest vectors alone, and by the hybrid: (Q, depth) each, filled with ``NOWHERE``.
    """
    rows, queries = encoder.encode(passages), encoder.encode(questions)  # (P, dim), (Q, dim)
    near = np.full((len(questions), depth), NOWHERE, dtype=np.int64)
    both = near.copy()
    with tempfile.TemporaryDirectory() as folder:
        searched = _InMemory(passages, rows, Path(folder))
        opened = [cast("Followers", searched)]
        for place, (question, row) in enumerate(zip(questions, queries, strict=True)):
            _fill(near[place], searched.nearest(row, depth))
            words = asked(question, opened)
            found = candidates(words, row, opened, depth)
            told = [passages[first] for first, _ in found.matching[:FIRST_BY_WORDS]]
            _fill(both[place], ranked(found, coverage(words, opened, told), depth))
    return near, both


def _fill(row: Places, hits: Sequence[tuple[int, float]]) -> None:
    row[: len(hits)] = [place for place, _ in hits]


def recall(ranking: Places, wanted: Sequence[int], k: int) -> float:
    """Percent of questions whose own passage is among the first k."""
    return 100 * float(np.mean((ranking[:, :k] == np.asarray(wanted)[:, None]).any(axis=1)))
