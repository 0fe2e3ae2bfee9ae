"""A reply as lines for a terminal or another program: JSON, or the marked quotation.

Knows no library, no model and no stream; pure functions from records to text.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from typing_extensions import TypedDict

from chatbot.choices import MAX_NEAREST
from chatbot.preview import preview
from chatbot.quote import quoted
from chatbot.types import Answer, Reply
from chatbot.views.conversation import odds
from chatbot.views.words import ENGLISH

BOLD, PLAIN = "\x1b[1;7m", "\x1b[0m"


class AnswerFields(TypedDict):
    """One quotation as ``ask --json`` prints it; all None when nothing was found."""

    answer: str | None
    confidence: float
    document: str | None
    page_number: int | None
    char_start: int | None
    char_end: int | None
    passage: str | None


class ReplyFields(AnswerFields):
    """A reply as ``ask --json`` prints it, and as every other door for programs gives it."""

    question: str
    beside: list[AnswerFields]  # further answers, where a list answers
    alternatives: list[AnswerFields]


def reply_json(reply: Reply) -> str:
    """A reply as one line of JSON: the question, the answer's fields, the others'."""
    return json.dumps(reply_fields(reply), ensure_ascii=False)


def reply_fields(reply: Reply) -> ReplyFields:
    """A reply as plain fields."""
    answer = reply.answer
    return {
        "question": reply.question,
        **answer_fields(answer, reply.confidence),
        "beside": each_fields(answer.beside if answer is not None else ()),
        "alternatives": each_fields(answer.alternatives if answer is not None else ()),
    }


def each_fields(answers: Sequence[Answer]) -> list[AnswerFields]:
    """The fields of several quotations."""
    return [answer_fields(one, one.confidence) for one in answers]


def answer_fields(answer: Answer | None, confidence: float) -> AnswerFields:
    """The fields of one quotation; offsets count code points of the document's text."""
    citation = answer.citation if answer is not None else None
    return {
        "answer": answer.text if answer is not None else None,
        "confidence": confidence,
        "document": citation.document_name if citation else None,
        "page_number": citation.page_number if citation else None,
        "char_start": citation.char_start if citation else None,
        "char_end": citation.char_end if citation else None,
        "passage": citation.passage.text if citation else None,
    }


def reply_lines(reply: Reply, *, colour: bool, typed: str = "") -> list[str]:
    """A reply for a person, in English: the quotation in its sentence, then where it stands.

    When something else was looked up than was ``typed``, a line says so first.
    """
    rewritten = typed not in ("", reply.question)
    read_as = _printable(ENGLISH.read_as.format(question=reply.question))
    return [*([f"  {read_as}"] if rewritten else []), *_said(reply, colour)]


def _said(reply: Reply, colour: bool) -> list[str]:
    if reply.answer is None:
        return _not_found(reply)
    listed = reply.answer.listed
    lines = [
        line
        for place, answer in enumerate(listed)
        for line in _one(answer, colour, is_further=place > 0)
    ]
    return [ENGLISH.answers.format(count=len(listed)), *lines] if len(listed) > 1 else lines


def _one(answer: Answer, colour: bool, *, is_further: bool) -> list[str]:
    sure = odds(answer, ENGLISH, is_further=is_further)
    page = ENGLISH.page.format(number=answer.citation.page_number)
    where = _printable(answer.citation.document_name)
    return [marked(answer, colour=colour), f"  {where} · {page} · {sure}"]


def marked(answer: Answer, *, colour: bool) -> str:
    """The sentence around the answer in one line, the span marked by colour or by « »."""
    cut = quoted(answer)
    left, right = (BOLD, PLAIN) if colour else ("«", "»")
    before, after = _printable(cut.before), _printable(cut.after)
    sentence = f"{before}{left}{_printable(cut.span)}{right}{after}"
    return f"{'… ' if cut.cut_before else ''}{sentence}{' …' if cut.cut_after else ''}"


def _not_found(reply: Reply) -> list[str]:
    if not reply.nearest:
        return [ENGLISH.not_found]
    lines = [ENGLISH.not_found, ENGLISH.closest]
    for hit in reply.nearest[:MAX_NEAREST]:
        page = ENGLISH.page.format(number=hit.passage.page_number)
        cut = preview(reply.question, hit.passage.text)
        nearest = f"{_printable(cut.after)}{' …' if cut.cut_after else ''}"
        lines.append(f"  {_printable(hit.passage.document_name)} · {page}: {nearest}")
    return lines


def _printable(text: str) -> str:
    """Text on one line; a document's control characters must not steer the terminal.

    White space of any kind is a space, or the words beside it would become one.
    """
    return "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace() or character.isprintable()
    )
