"""Whether a question has several answers, and which candidates are they.

Decided by the form of the question and by probabilities alone. Pure: no model, no page.
"""

from __future__ import annotations

import re

from chatbot.quote import quotation
from chatbot.types import Answer

MOST_LISTED = 8
# Measured by bench/several.py (design log).
LEAST = 0.2  # probability of a further answer
LEAST_SHARE = 0.4  # of the best one's: who is far behind is no equal

_PLURAL = r"(?!is\b|was\b|has\b|does\b|\w*(?:ss|us|is)\b)\w{3,}s"
_VERB = r"(?:is|are|was|were|do|does|did|have|has|had|can|could|must|should|will|would|may)"
_NUMBER = r"(?:other|different|main|two|three|four|five|six|\d+)"
_ASKS_FOR_SEVERAL = re.compile(
    rf"""^\W*(?:(?:in|at|on|of|from|to|for|by|with|under|through)\s+)?(?:
        (?:who|what|which)\s+(?:all\s+)?(?:are|were)\b
      | (?:list|name|enumerate)\s+(?:all|the|every|each|some|{_NUMBER})\b
      | which\s+(?:of\s+the\s+)?(?:{_NUMBER}\s+)?(?:[\w-]+\s+)?{_PLURAL}\b
      | what\s+(?:{_NUMBER}\s+)?(?:[\w-]+\s+)?{_PLURAL}\s+(?:of\b|{_VERB}\b)
    ) | 哪些 | 哪几 | 哪幾 | 分别 | 分別 | 有谁 | 有誰 | 列出""",
    re.IGNORECASE | re.VERBOSE,
)


def asks_for_several(question: str) -> bool:
    """Whether a question has the form of those that expect a list."""
    return bool(_ASKS_FOR_SEVERAL.search(question))


def equals(question: str, answer: Answer) -> tuple[int, ...]:
    """Which candidates answer beside each other, the answer itself (0) first.

    Only a question that asks for several has more than one: probable candidates of a question
    after one thing contradict each other. Answers to one question have one form (names, figures,
    plain words); two of one sentence are seen in one quotation.

    Args:
        question: as it was looked up.
        answer: with its alternatives, which ``candidates`` counts from 1.
    """
    if not asks_for_several(question):
        return (0,)
    least = max(LEAST, LEAST_SHARE * answer.confidence)
    listed, seen = [0], [_sentence(answer)]
    for index, other in enumerate(answer.alternatives, start=1):
        sentence = _sentence(other)
        is_equal = other.confidence >= least and _form(other.text) == _form(answer.text)
        if is_equal and not any(_overlap(sentence, one) for one in seen):
            listed.append(index)
            seen.append(sentence)
    return tuple(listed[:MOST_LISTED])


def _form(words: str) -> tuple[bool, bool]:
    """Whether words hold a figure, and whether they begin like a name."""
    return any(map(str.isdecimal, words)), words[:1].isupper()


def _sentence(answer: Answer) -> tuple[int, int, int]:
    """Document, and where the sentence or row of a quotation begins and ends there."""
    citation = answer.citation
    passage = citation.passage
    start, end = (at - passage.char_start for at in (citation.char_start, citation.char_end))
    cut = quotation(passage.text, start, end)
    left, right = citation.char_start - len(cut.before), citation.char_end + len(cut.after)
    return citation.document_id, left, right


def _overlap(a: tuple[int, int, int], b: tuple[int, int, int]) -> bool:
    return a[0] == b[0] and a[1] < b[2] and b[1] < a[2]
