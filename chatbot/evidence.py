"""What searching and reading say together: which quotation comes first, and which passage.

Pure arithmetic over hits and spans: no model, no index, no words of a text.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from reader.types import Span
from retriever.types import Hit

LEAST = 1e-6  # probabilities nearer to 0 or 1 are taken for this far from them


@dataclass(frozen=True, slots=True)
class Weights:
    """How much the search counts beside what the reader found in a passage.

    Spans compare by ``logit(p) - search * min(gap, most_gap)``: p is the reader's probability,
    gap what the passage's score (from 0 to 1) lacks to that of the best hit. The limit keeps a
    sure reading possible where one passage holds the question's words and the others do not, as
    in small libraries.

    The first of them is right with log-odds of ``slope * logit(p) + near * (min(best,
    near_enough) - near_enough) - unnamed * share + intercept`` (Platt 1999, with the best hit's
    score beside the reader's): a library of which nothing is near answers less often than a text
    picked for a question, and an answer that the search agrees with is right more often than the
    reader alone can know. A score above ``near_enough`` adds nothing, so that an encoder whose
    cosines are all high does no harm. ``share`` is that of the question's names and figures
    which no passage holds: who asks about one town gets no other's mayor.

    The numbers were fitted on questions whose documents the reader never saw:
    ``python bench/evidence.py``, docs/design-log.md.
    """

    search: float = 30.0
    most_gap: float = 0.15
    slope: float = 0.78
    near: float = 10.0
    near_enough: float = 0.55
    unnamed: float = 1.14
    intercept: float = 0.56

    def __post_init__(self) -> None:
        least = min(self.search, self.most_gap, self.near, self.near_enough, self.unnamed)
        if least < 0 or self.slope <= 0:
            raise ValueError(f"weights are 0 or more, the slope above 0; got {self}")

    def standing(self, span: Span, gap: float) -> float:
        """By this, spans of different passages compare."""
        return log_odds(span.probability) - self.search * min(gap, self.most_gap)

    def gain(self, span: Span, best: float, share: float) -> float:
        """What the log-odds of the first span gain, where the best hit has this score.

        ``share`` is that of the question's names which no passage holds.
        """
        lack = max(0.0, self.near_enough - best)
        alone = (self.slope - 1) * log_odds(span.probability) + self.intercept
        return alone - self.near * lack - self.unnamed * share


READER_ALONE = Weights(search=0.0, slope=1.0, near=0.0, unnamed=0.0, intercept=0.0)


def weigh(
    hits: Sequence[Hit], spans: Sequence[Span], weights: Weights, share: float = 0.0
) -> list[Span]:
    """Spans in the order of both kinds of evidence, best first.

    The first has its probability by these weights. The log-odds of all others change by as
    much, so that rivals stay as far apart as the reader found them, but none is stated
    likelier than one before it.

    Args:
        hits: the passages that were read; ``text_index`` of a span points into them.
        spans: what was found there; equals stay in this order.
        weights: what the search counts.
        share: of the question's names and figures, that which no passage holds.
    """
    best = max((hit.score for hit in hits), default=0.0)
    ordered = sorted(spans, key=lambda s: -weights.standing(s, best - hits[s.text_index].score))
    gain = weights.gain(ordered[0], best, share) if ordered else 0.0
    weighed: list[Span] = []
    likely = 1.0
    for span in ordered:
        likely = min(likely, shifted(span.probability, gain) if gain else span.probability)
        weighed.append(replace(span, probability=likely))
    return weighed


def rank_passages(hits: Sequence[Hit], weighed: Sequence[Span]) -> list[Hit]:
    """The passages by their best span; those without a span follow as the search had them.

    Args:
        hits: as they were read; ``text_index`` of a span points into them.
        weighed: best first.
    """
    read = dict.fromkeys(span.text_index for span in weighed)
    return [hits[index] for index in (*read, *(i for i in range(len(hits)) if i not in read))]


def shifted(probability: float, gain: float) -> float:
    """A probability whose log-odds are raised by so much."""
    return _of_log_odds(log_odds(probability) + gain)


def log_odds(probability: float) -> float:
    """Natural logarithm of the odds, kept finite."""
    clipped = min(max(probability, LEAST), 1 - LEAST)
    return math.log(clipped / (1 - clipped))


def _of_log_odds(x: float) -> float:
    return 1 / (1 + math.exp(-x))
