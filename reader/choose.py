"""Candidates -> the spans that are quoted: the best, of which none overlap. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from reader.decode import Candidate


def choose(candidates: Iterable[Candidate], k: int) -> list[Candidate]:
    """At most k candidates of each text, none overlapping a better one of the same text.

    Sorted by text, then by falling score; ties go to the earlier, then to the shorter span.
    """
    ordered = sorted(candidates, key=lambda c: (c.text_index, -c.logit, c.char_start, c.char_end))
    chosen: list[Candidate] = []
    of_this_text: list[Candidate] = []
    for candidate in ordered:
        if of_this_text and of_this_text[0].text_index != candidate.text_index:
            of_this_text = []
        if len(of_this_text) < k and not any(overlap(candidate, other) for other in of_this_text):
            of_this_text.append(candidate)
            chosen.append(candidate)
    return chosen


def overlap(a: Candidate, b: Candidate) -> bool:
    """Whether two spans of one text share a character."""
    return a.char_start < b.char_end and b.char_start < a.char_end
