"""A conversation as a file to keep: Markdown for people, JSON for programs.

Pure functions from records to text; knows no store and no page.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Literal

from chatbot.quote import quoted
from chatbot.types import Answer, Conversation, Turn
from chatbot.views.conversation import odds
from chatbot.views.terminal import AnswerFields, answer_fields, each_fields
from chatbot.views.words import ENGLISH, Words

Format = Literal["markdown", "json"]
MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&!])")


@dataclass(frozen=True, slots=True)
class Exported:
    """A file's name, its media type, and its text."""

    name: str
    media_type: str
    text: str


def exported(conversation: Conversation, form: Format, words: Words = ENGLISH) -> Exported:
    """The conversation as a file named by its title."""
    stem = re.sub(r"\W+", "-", conversation.title).strip("-").lower() or "conversation"
    if form == "json":
        return Exported(f"{stem}.json", "application/json", to_json(conversation))
    return Exported(f"{stem}.md", "text/markdown", to_markdown(conversation, words))


def to_json(conversation: Conversation) -> str:
    """One object: ``title`` and ``turns``, each with the fields that ``ask --json`` prints."""
    turns = [_turn_fields(turn) for turn in conversation.turns]
    whole = {"title": conversation.title, "turns": turns}
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def to_markdown(conversation: Conversation, words: Words = ENGLISH) -> str:
    """Each question as a heading, its answer as a quotation, then document and page.

    What was typed or stands in a document is escaped, so that it looks as it was written.
    """
    parts = [f"# {_plain(conversation.title)}"]
    for turn in conversation.turns:
        parts.append(f"## {_plain(' '.join(turn.question.split()))}")
        if turn.reply.question != turn.question:
            parts.append(f"*{_plain(turn.reply.question)}*")
        parts += _answered(turn, words)
    return "\n\n".join(parts) + "\n"


def _turn_fields(turn: Turn) -> dict[str, object]:
    reply = turn.reply
    fields: AnswerFields = answer_fields(reply.answer, reply.confidence)
    return {
        "id": turn.id,
        "question": turn.question,
        "read_as": reply.question,
        **fields,
        "beside": each_fields(reply.answer.beside if reply.answer else ()),
        "alternatives": each_fields(reply.answer.alternatives if reply.answer else ()),
        "gone": reply.gone,
    }


def _answered(turn: Turn, words: Words) -> list[str]:
    answer = turn.reply.answer
    if answer is None:
        return [_plain(words.gone if turn.reply.gone else words.not_found)]
    return [
        part
        for place, one in enumerate(answer.listed)
        for part in (_quoted(one), _where(one, words, is_further=place > 0))
    ]


def _where(answer: Answer, words: Words, *, is_further: bool) -> str:
    citation = answer.citation
    page = words.page.format(number=citation.page_number)
    sure = odds(answer, words, is_further=is_further)
    return f"{_plain(citation.document_name)} · {page} · {sure}"


def _quoted(answer: Answer) -> str:
    """The sentence as a block of quotation, the answer in bold."""
    cut = quoted(answer)
    bold = "\n".join(f"**{_plain(line)}**" if line else "" for line in cut.span.split("\n"))
    sentence = f"{_plain(cut.before)}{bold}{_plain(cut.after)}"
    whole = f"{'… ' if cut.cut_before else ''}{sentence}{' …' if cut.cut_after else ''}"
    return "\n".join(f"> {line}" for line in whole.splitlines())


def _plain(text: str) -> str:
    return MARKUP.sub(r"\\\1", text)
