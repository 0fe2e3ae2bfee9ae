"""Candidates -> the spans that are quoted: none overlap, and each has the borders most agree on.

Pure: candidates and texts in, candidates out. Knows no model and no probability of being right.

Letters: m candidates of one text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from reader.decode import Candidate
from reader.types import FloatArray

EXACT = 0.2  # of what counts, how much is the very span; the rest is words in common
COMPARED = 20  # candidates of a text whose words are compared, the likeliest
_WORD = re.compile(r"\S+")


def choose(candidates: Iterable[Candidate], texts: Sequence[str], k: int) -> list[Candidate]:
    """At most k candidates of each text, none overlapping a better one of the same text.

    A candidate stands for the less likely ones that overlap it or its borders; of these and
    itself, that one's borders are taken whose expected agreement with the right span is largest,
    among spans on no more lines. Minimum Bayes risk (Kumar and Byrne 2004, equation 2): the
    candidates' softmax is the distribution, and what is gained is ``1 - EXACT`` times the F1 of
    words plus ``EXACT`` for the very span. The logit stays that of the likeliest, so the order
    stays too.

    Sorted by text, then by falling logit; ties go to the earlier, then to the shorter span.
    """
    ordered = sorted(candidates, key=lambda c: (c.text_index, -c.logit, c.char_start, c.char_end))
    chosen: list[Candidate] = []
    for text_index, group in groupby(ordered, key=lambda c: c.text_index):
        chosen += _of_text(_different(group), texts[text_index], k)
    return chosen


def _different(ordered: Iterable[Candidate]) -> list[Candidate]:
    """Each span once, though windows that overlap found it twice; the likeliest is kept."""
    kept: dict[tuple[int, int], Candidate] = {}
    for candidate in ordered:
        kept.setdefault((candidate.char_start, candidate.char_end), candidate)
    return list(kept.values())


def _of_text(ordered: Sequence[Candidate], text: str, k: int) -> list[Candidate]:
    compared = ordered[:COMPARED]
    gains = expected_gains(compared, text)
    chosen: list[Candidate] = []
    taken: list[Candidate] = []  # what was chosen, in its borders and in those it was found with
    for best in ordered:
        if len(chosen) == k:
            break
        if any(overlap(best, other) for other in taken):
            continue
        lines = _lines(best, text)
        rivals = (
            (gain, place)
            for place, (one, gain) in enumerate(zip(compared, gains, strict=True))
            if overlap(one, best)
            and _lines(one, text) <= lines
            and not any(overlap(one, other) for other in taken)
        )
        _, place = max(rivals, key=lambda rival: (rival[0], -rival[1]), default=(0.0, None))
        settled = best if place is None else compared[place]
        settled = replace(settled, logit=best.logit)
        chosen.append(settled)
        taken += [best, settled]
    return chosen


def expected_gains(candidates: Sequence[Candidate], text: str) -> FloatArray:
    """What each candidate of a text gains on average over which of them is right; shape (m,)."""
    begins = np.array([word.start() for word in _WORD.finditer(text)])
    starts = np.array([c.char_start for c in candidates])
    ends = np.array([c.char_end for c in candidates])
    first = np.searchsorted(begins, starts, "right")  # (m,), the place of each one's first word
    past = np.searchsorted(begins, ends - 1, "right") + 1
    common = np.minimum(past[:, None], past) - np.maximum(first[:, None], first)  # (m, m)
    lengths = past - first
    words = 2.0 * np.clip(common, 0, None) / (lengths[:, None] + lengths)  # F1, (m, m)
    logits = np.array([c.logit for c in candidates], np.float64)
    likely = np.exp(logits - logits.max())
    gains = ((1 - EXACT) * words + EXACT * np.eye(len(candidates))) @ (likely / likely.sum())
    return np.asarray(gains, np.float32)


def _lines(candidate: Candidate, text: str) -> int:
    return text.count("\n", candidate.char_start, candidate.char_end)


def overlap(a: Candidate, b: Candidate) -> bool:
    """Whether two spans of one text share a character."""
    return a.char_start < b.char_end and b.char_start < a.char_end
