"""One question over the indexes of several collections: one ranking.

Knows how rankings are merged, but neither how indexes work nor what a passage says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from operator import add
from typing import TYPE_CHECKING

from .fuse import Ranking, fuse
from .index.tokens import is_han_pair

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .index.followers import Followers
    from .index.lexical import TermCounts
    from .records import FloatArray
    from .types import Passage

DEPTH = 100  # candidates of each kind that are fused
# Chosen on training questions of FairytaleQA, on CMRC 2018 and on what people ask of everyday
# documents: the design log has the table. The packaged encoder has seen SQuAD's training part,
# so that SQuAD would trust it too much. They add up to 1.
MEANING, WORDS, PAIRS = 0.63, 0.28, 0.09
CLOSE_LOOK = 30  # passages whose text is looked at
FIRST_BY_WORDS = 5  # passages that tell how much of the question is said in its own words


@dataclass(frozen=True, slots=True)
class Asked:
    """A question's terms, and how common they are in all the collections that are asked."""

    terms: Sequence[str]
    everywhere: TermCounts

    @property
    def idf(self) -> dict[str, float]:
        """How rare each term is."""
        return {term: self.everywhere.idf(term) for term in self.terms}


@dataclass(frozen=True, slots=True)
class Candidates:
    """What each kind of search found: at most ``depth`` (passage id, score), best first."""

    near: Sequence[tuple[int, float]]
    matching: Sequence[tuple[int, float]]
    depth: int


def asked(question: str, opened: Sequence[Followers]) -> Asked:
    """Terms and counts of a question over at least one collection's indexes."""
    terms = opened[0].question_terms(question)
    return Asked(terms, reduce(add, (followers.term_counts(terms) for followers in opened)))


def candidates(
    question: Asked,
    row: FloatArray,
    opened: Sequence[Followers],
    k: int,
    allowed: NDArray[np.int64] | None = None,
) -> Candidates:
    """The nearest passages by cosine and those that match best by BM25.

    Both are ranked over all collections together, and both scores can be compared across
    collections: cosines come from one encoder, and BM25 takes the commonness of words from all
    the collections asked. Fusing each collection by itself would give the best passage of every
    collection, however bad, an equal place at the top.

    Args:
        question: its terms.
        row: the question's unit row, shape (dimension,).
        opened: at least one collection's indexes.
        k: how many are wanted in the end.
        allowed: passage ids that may be found, ascending; any if None.
    """
    depth = max(k, DEPTH)
    near = [hit for followers in opened for hit in followers.nearest(row, depth, allowed)]
    matching = [
        hit
        for followers in opened
        for hit in followers.matching(question.terms, depth, question.everywhere, allowed)
    ]
    return Candidates(_best(near, depth), _best(matching, depth), depth)


def ranked(found: Candidates, covered: float, k: int) -> list[tuple[int, float]]:
    """The at most ``k`` best (passage id, score from 0 to 1), best first.

    Words count by the square of what they cover: of a question that the documents answer in
    other words, the best match by words is the best of bad ones, and only its scale is high.

    Args:
        found: by each kind of search.
        covered: of the question, by those that match best; see ``coverage``.
        k: how many.
    """
    words = WORDS * covered**2
    return fuse([_meaning(found.near, found.depth), _words(found.matching, found.depth, words)], k)


def coverage(question: Asked, opened: Sequence[Followers], texts: Sequence[str]) -> float:
    """The largest part of a question's terms that one of the texts holds, by rarity: 0 to 1.

    Pairs of Chinese characters are left out: that both characters are there counts already.
    """
    idf = {term: rarity for term, rarity in question.idf.items() if not is_han_pair(term)}
    total = sum(idf.values())
    if not total:
        return 0.0
    held = [set(opened[0].text_terms(text)) for text in texts]
    return max((sum(idf[t] for t in idf if t in one) for one in held), default=0.0) / total


def closer(
    question: Asked, opened: Sequence[Followers], found: Sequence[tuple[Passage, float]]
) -> list[tuple[Passage, float]]:
    """The hits anew, after a look at how many of the question's neighbouring words stand
    side by side in the text of the first ``CLOSE_LOOK``.

    Only ever raises a score, so that the others stay below. Which passages come first does
    not depend on how many are asked for, as long as ``found`` holds at least ``CLOSE_LOOK``
    where there are so many.

    Args:
        question: its terms.
        opened: as for ``ranked``.
        found: (passage, score) out of ``ranked``, best first.
    """
    words, terms = opened[0], question.terms
    idf, first = question.idf, found[: CLOSE_LOOK if len(terms) > 1 else 0]
    scored = [
        (passage, score + PAIRS * shared_pairs(terms, idf, words.text_terms(passage.text)))
        for passage, score in first
    ]
    scored.sort(key=lambda hit: (-hit[1], hit[0].id))
    return [*scored, *found[len(first) :]]


def shared_pairs(terms: Sequence[str], idf: Mapping[str, float], text: Sequence[str]) -> float:
    """The part of a question's pairs of neighbouring terms that the text holds, 0 to 1.

    A pair counts as much as its commoner term. Ordered pairs alone: those of a window of
    eight terms found no more (the sequential dependence model of Metzler, Croft: "A Markov
    Random Field Model for Term Dependencies", SIGIR 2005, has both).
    """
    pairs = {(a, b): min(idf[a], idf[b]) for a, b in pairwise(terms)}
    if not pairs:
        return 0.0
    held = {pair for pair in pairwise(text) if pair in pairs}
    return sum(pairs[pair] for pair in pairs if pair in held) / sum(pairs.values())


def _meaning(hits: Sequence[tuple[int, float]], depth: int) -> Ranking:
    """Cosines, of -1 to 1, brought to 0 to 1."""
    scaled = [(i, (1 + cosine) / 2) for i, cosine in hits]
    return Ranking(scaled, _floor(scaled, depth), MEANING)


def _words(hits: Sequence[tuple[int, float]], depth: int, weight: float) -> Ranking:
    """BM25 scores as a part of the best one: they have no upper end of their own."""
    scaled = [(i, score / hits[0][1]) for i, score in hits]
    return Ranking(scaled, _floor(scaled, depth), weight)


def _floor(hits: Sequence[tuple[int, float]], depth: int) -> float:
    """The most that a passage outside the list can have; its own score is not known."""
    return hits[-1][1] if len(hits) == depth else 0.0


def _best(hits: Sequence[tuple[int, float]], depth: int) -> list[tuple[int, float]]:
    return sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:depth]
