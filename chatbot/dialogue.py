"""A follow-up and what came before it -> a question that stands alone.

Knows no documents, no model and no page. The rules of each language lie in ``follow_ups``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from chatbot.follow_ups import chinese, english
from chatbot.follow_ups.records import Exchange
from chatbot.types import MAX_QUESTION_CHARS, Reply

__all__ = ["Exchange", "looked_up", "standalone"]

_HAN = re.compile(r"[\u3400-\u9fff]")


def standalone(question: str, history: Sequence[Exchange]) -> str:
    """The question with what it leaves out put in; unchanged when it stands alone.

    Args:
        question: as it was typed.
        history: earlier exchanges, oldest first.
    """
    if not history or not question.strip():
        return question
    if _HAN.search(question):
        return chinese.standalone(question, history)
    return english.standalone(question, history)


def looked_up(question: str, earlier: Iterable[Reply], max_chars: int = MAX_QUESTION_CHARS) -> str:
    """What to look up for a question that was typed after these replies, oldest first.

    As it was typed where the whole question would be longer than may be asked (0: any length).
    """
    history = [
        Exchange(reply.question, reply.answer.text if reply.answer is not None else "")
        for reply in earlier
    ]
    meant = standalone(question, history)
    return meant if not max_chars or len(meant) <= max_chars else question
