"""Logits -> a score that compares across texts, and its probability. Pure.

Knows no model, no tokens and no passages' origin: only numbers and the words quoted.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from operator import itemgetter

from reader.decode import Candidate, Found
from reader.items import Range, item_lists
from reader.question import expects, is_written

MOST_LEAD = 10.0  # e^10 times likelier than the runner-up; beyond that, it is simply alone


@dataclass(frozen=True, slots=True)
class Evidence:
    """What reading all texts says about a question: the same for each of its spans.

    Attributes:
        mass: log of the summed ``exp(score)`` of all different quotations found, the shared
            normaliser of Clark and Gardner 2018, section 3.2.1: the more rivals, the higher.
            Items of the best one's list are no rivals, unless one thing was asked for.
        lead: score of the best quotation less that of the next rival elsewhere, at most 10.
        texts: natural logarithm of how many texts were read.
        query: 1 / texts for words without a question mark, as typed into a search box; else
            0. A lone text given with such words was mostly picked by somebody who saw the
            answer there, a written question may be a test; among many texts neither holds.
        query_lead: ``query * lead``: where an answer is likely to be there at all, being
            ahead of the rivals says more.
        texts_lead: ``texts * lead``: among many texts, being ahead says more too.
        several: 1 for a question that asks for several things, else 0.
        several_mass: ``several * mass``: what answers such a question too is no rival.
        several_lead: ``several * lead``, likewise.
    """

    mass: float = 0.0
    lead: float = 0.0
    texts: float = 0.0
    query: float = 0.0
    query_lead: float = 0.0
    texts_lead: float = 0.0
    several: float = 0.0
    several_mass: float = 0.0
    several_lead: float = 0.0


EVIDENCE = tuple(f.name for f in fields(Evidence))
NO_EVIDENCE = Evidence()


@dataclass(frozen=True, slots=True)
class Quotation:
    """A span that competes for a question: whose text, where in it, its words, its score.

    ``item_list`` numbers the list of its text that it stands in; -1 where it stands in none.
    """

    text_index: int
    char_start: int
    char_end: int
    words: str
    score: float
    item_list: int = -1


def weigh(question: str, n_texts: int, found: Sequence[Quotation]) -> Evidence:
    """The evidence of one question over all its texts, overlapping spans included.

    Args:
        question: as asked.
        n_texts: texts read, at least 1.
        found: every candidate, in any order; the same words count once, as the best of them.
    """
    query = 0.0 if is_written(question) else 1.0 / n_texts
    several = float(expects(question) == "several")
    if not found:
        return Evidence(texts=math.log(n_texts), query=query, several=several)
    best = max(found, key=lambda one: one.score)
    if expects(question) != "one":
        found = [one for one in found if one is best or not _listed_beside(one, best)]
    mass, lead, texts = _mass(found), _lead(best, found), math.log(n_texts)
    return Evidence(
        mass,
        lead,
        texts,
        query,
        query * lead,
        texts * lead,
        several,
        several * mass,
        several * lead,
    )


def _mass(found: Sequence[Quotation]) -> float:
    best_of: dict[str, float] = {}
    for one in found:
        words = one.words.casefold()
        best_of[words] = max(one.score, best_of.get(words, -math.inf))
    top = max(best_of.values())
    return top + math.log(sum(math.exp(score - top) for score in best_of.values()))


def _lead(best: Quotation, found: Sequence[Quotation]) -> float:
    """How far the best quotation is ahead of the next that neither overlaps nor repeats it."""
    rivals = (one.score for one in found if not _same(one, best))
    return min(MOST_LEAD, best.score - max(rivals, default=-math.inf))


def _same(a: Quotation, b: Quotation) -> bool:
    return a.words.casefold() == b.words.casefold() or (
        a.text_index == b.text_index and a.char_start < b.char_end and b.char_start < a.char_end
    )


def _listed_beside(a: Quotation, b: Quotation) -> bool:
    return a.text_index == b.text_index and a.item_list == b.item_list >= 0


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a span is scored, the probability of that score, and the threshold to answer at all.

    ``score = logit - null_weight * null_logit``: evidence for the span, less a share of the
    evidence that its text does not answer (Devlin et al. 2019, section 4.3, has weight 1).
    ``probability = 1 / (1 + exp(-(s * score + weights . evidence + intercept)))`` with ``s =
    slope + slope_by_texts * evidence.texts``: Platt 1999 with further inputs, as Kamath, Jia
    and Liang 2020, section 3.3. ``s`` is above 0 and the evidence is the same for all spans
    of a question, so their order never changes.

    Attributes:
        null_weight: fitted on held-out questions, 0 or more.
        slope: likewise; above 0.
        intercept: likewise.
        threshold: least probability at which an answer is given.
        weights: likewise; field of :class:`Evidence` -> its weight, 0 where missing.
        slope_by_texts: likewise; 0 or more. Over one text, a trap may score as high as an
            answer; among many, where most do not answer, a high score says more.
    """

    null_weight: float
    slope: float
    intercept: float
    threshold: float
    weights: Mapping[str, float] = field(default_factory=dict)
    slope_by_texts: float = 0.0

    def __post_init__(self) -> None:
        if not self.slope > 0:
            raise ValueError(f"slope must be above 0 to keep the order of spans, got {self.slope}")
        if not self.slope_by_texts >= 0:
            raise ValueError(f"slope_by_texts must be 0 or more, got {self.slope_by_texts}")
        if not self.null_weight >= 0:
            raise ValueError(f"null_weight must be 0 or more, got {self.null_weight}")
        if not 0 <= self.threshold <= 1:
            raise ValueError(f"threshold is a probability in [0, 1], got {self.threshold}")
        if unknown := sorted(set(self.weights) - set(EVIDENCE)):
            raise ValueError(f"weights name {', '.join(EVIDENCE)}; got {', '.join(unknown)}")

    def score(self, logit: float, null_logit: float) -> float:
        """Evidence for a span; comparable across texts."""
        return logit - self.null_weight * null_logit

    def probability(self, score: float, evidence: Evidence = NO_EVIDENCE) -> float:
        """Probability in [0, 1] that a span with this score is right."""
        x = (self.slope + self.slope_by_texts * evidence.texts) * score + self.intercept
        x += sum(weight * getattr(evidence, name) for name, weight in self.weights.items())
        if x >= 0:
            return 1.0 / (1.0 + math.exp(-min(x, 700.0)))
        exponential = math.exp(max(x, -700.0))
        return exponential / (1.0 + exponential)


def quotations(found: Found, texts: Sequence[str], calibration: Calibration) -> list[Quotation]:
    """Every candidate with its words, its list and its score."""
    lists = {index: item_lists(texts[index]) for index in found.nulls}
    return [
        Quotation(
            c.text_index,
            c.char_start,
            c.char_end,
            texts[c.text_index][c.char_start : c.char_end],
            calibration.score(c.logit, found.nulls[c.text_index]),
            _list_of(c, lists[c.text_index]),
        )
        for c in found.candidates
    ]


def _list_of(candidate: Candidate, lists: Sequence[Sequence[Range]]) -> int:
    """The innermost list with an item that shares characters with the candidate; -1 for none."""
    holding = (index for index, items in enumerate(lists) if _shares(candidate, items))
    return max(holding, default=-1)


def _shares(candidate: Candidate, items: Sequence[Range]) -> bool:
    """Whether an item shares characters with it; items stand one after the other."""
    behind = bisect_left(items, candidate.char_end, key=itemgetter(0))
    return behind > 0 and items[behind - 1][1] > candidate.char_start


UNCALIBRATED = Calibration(null_weight=1.0, slope=1.0, intercept=0.0, threshold=0.5)
