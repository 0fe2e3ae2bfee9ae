"""The records a conversation is made of. Plain data: no model, no page."""

from __future__ import annotations

from dataclasses import dataclass

from retriever.types import Hit, Passage


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a quotation stands: ``library.text(document_id)[char_start:char_end]``.

    ``page_number`` counts from 1 and is the page that holds ``char_start``.
    """

    document_id: int
    document_name: str
    page_number: int
    char_start: int
    char_end: int
    passage: Passage


@dataclass(frozen=True, slots=True)
class Answer:
    """A quotation. ``confidence`` is the calibrated probability that it is right."""

    text: str
    confidence: float
    citation: Citation
    alternatives: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What one question got.

    Attributes:
        question: as it was asked.
        answer: None when nothing was found that is sure enough.
        confidence: of the best candidate, also when it was not sure enough; 0 without one.
        nearest: the passages that were read, best first by search and reading together.
        elapsed_s: from question to reply.
    """

    question: str
    answer: Answer | None
    confidence: float
    nearest: tuple[Hit, ...]
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its reply in a conversation."""

    id: str
    reply: Reply
