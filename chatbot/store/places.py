"""A reply as places and numbers, and back: what is stored holds no word of a document.

Pure: knows no database and no library. Passages arrive by their ids when a reply is made again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NotRequired, TypedDict

from chatbot.types import Answer, Citation, Reply
from retriever.types import Hit, Passage


class QuotedPlace(TypedDict):
    """Where a quotation stands, and how sure it was."""

    document_id: int
    passage_id: int
    page_number: int
    char_start: int
    char_end: int
    confidence: float


class NearPlace(TypedDict):
    """A passage that was read, and how well it matched."""

    document_id: int
    passage_id: int
    page_number: NotRequired[int]  # of what is shown of it
    score: float


class StoredReply(TypedDict):
    """A reply without its question, as the column ``turns.reply`` holds it."""

    confidence: float
    elapsed_s: float
    answers: list[QuotedPlace]  # all candidates, the answer first; none when nothing was found
    n_beside: NotRequired[int]  # how many after the first answer beside it
    nearest: list[NearPlace]


def to_places(reply: Reply) -> StoredReply:
    """What is kept of a reply."""
    answer = reply.answer
    found = () if answer is None else answer.candidates
    return {
        "confidence": reply.confidence,
        "elapsed_s": reply.elapsed_s,
        "answers": [_quoted(one) for one in found],
        "n_beside": 0 if answer is None else len(answer.beside),
        "nearest": [
            {
                "document_id": hit.passage.document_id,
                "passage_id": hit.passage.id,
                "page_number": hit.passage.page_number,
                "score": hit.score,
            }
            for hit in reply.nearest
        ],
    }


def from_places(looked_up: str, stored: StoredReply, passages: Mapping[int, Passage]) -> Reply:
    """The reply as it was, out of the passages that are still there.

    Whatever stood in others is left out. The reply is ``gone`` without the answer's own, and
    where there was none, without all that were nearest.
    """
    first, *others = [_answer(place, passages) for place in stored["answers"]] or [None]
    answer = None
    if first is not None:
        n_beside = stored.get("n_beside", 0)
        beside = tuple(filter(None, others[:n_beside]))
        answer = replace(first, beside=beside, alternatives=tuple(filter(None, others[n_beside:])))
    nearest = tuple(
        Hit(replace(found, page_number=near.get("page_number", found.page_number)), near["score"])
        for near in stored["nearest"]
        if (found := passages.get(near["passage_id"]))
    )
    return Reply(
        question=looked_up,
        answer=answer,
        confidence=stored["confidence"],
        nearest=nearest,
        elapsed_s=stored["elapsed_s"],
        gone=answer is None and bool(stored["answers"] or (stored["nearest"] and not nearest)),
    )


def passage_ids(stored: StoredReply) -> Iterator[int]:
    """Every passage that a reply is made of."""
    yield from (place["passage_id"] for place in (*stored["answers"], *stored["nearest"]))


def _quoted(answer: Answer) -> QuotedPlace:
    citation = answer.citation
    return {
        "document_id": citation.document_id,
        "passage_id": citation.passage.id,
        "page_number": citation.page_number,
        "char_start": citation.char_start,
        "char_end": citation.char_end,
        "confidence": answer.confidence,
    }


def _answer(place: QuotedPlace, passages: Mapping[int, Passage]) -> Answer | None:
    """The quotation cut anew; None when its passage is no longer there."""
    passage = passages.get(place["passage_id"])
    if passage is None:
        return None
    start, end = place["char_start"], place["char_end"]
    text = passage.text[start - passage.char_start : end - passage.char_start]
    citation = Citation(
        passage.document_id, passage.document_name, place["page_number"], start, end, passage
    )
    return Answer(text, place["confidence"], citation)
