"""Small real records for the tests of this folder; no test lives here."""

from __future__ import annotations

from dataclasses import dataclass

from chatbot.types import Answer, Citation, Reply, Turn
from retriever.types import Document, Hit, Passage, State

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


@dataclass
class Clock:
    """Seconds that pass when a test says so."""

    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


def passage(text: str, *, name: str = "origin.txt", char_start: int = 0) -> Passage:
    end = char_start + len(text)
    return Passage(1 << 20, 1, name, text, char_start, end, page_number=7)


def answer(
    text: str,
    span: str,
    *,
    confidence: float = 0.93,
    name: str = "origin.txt",
    char_start: int = 100,
    alternatives: tuple[Answer, ...] = (),
) -> Answer:
    start = char_start + text.index(span)
    where = passage(text, name=name, char_start=char_start)
    citation = Citation(1, name, 7, start, start + len(span), where)
    return Answer(span, confidence, citation, alternatives)


def reply(best: Answer | None, *, question: str = "When?") -> Reply:
    hits = (Hit(passage("The closest words there are."), 0.5),)
    confidence = best.confidence if best else 0.2
    return Reply(question, best, confidence, hits, 0.1)


def turn(best: Answer | None, *, question: str = "When?", turn_id: str = "a0") -> Turn:
    return Turn(turn_id, question, reply(best, question=question))


def document(
    name: str = "origin.pdf",
    *,
    state: State = "indexed",
    reason: str = "",
    warnings: tuple[str, ...] = (),
    n_pages: int = 12,
    media_type: str = "application/pdf",
    document_id: int = 1,
) -> Document:
    return Document(
        document_id, "visitor-a", name, media_type, state, reason, warnings, n_pages, 3,
        1000, "0" * 64, "2026-01-01T00:00:00Z",
    )  # fmt: skip
