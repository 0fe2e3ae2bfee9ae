"""What a follow-up is read against. Plain data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exchange:
    """One earlier question and what it got.

    Attributes:
        question: as it was looked up, so standing alone.
        answer: the words that were quoted; "" when nothing was found.
    """

    question: str
    answer: str = ""
