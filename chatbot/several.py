"""Whether a question has several answers, and which stand beside each other.

Decided by the form of the question, by the lists of a text and by probabilities. Pure: no model,
no page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from chatbot.answer import overlap
from chatbot.evidence import log_odds, shifted
from chatbot.function_words import saying_words
from chatbot.quote import quoted
from chatbot.types import Answer
from reader.items import Range, item_lists
from reader.question import Expects, expects

MOST_LISTED = 24
_SEVERAL = re.compile(r"\w,? (?:and|or) \w|\w, \w.*, \w|、|和|与|及")
# Measured by bench/several.py (design log).
# What the log-odds of another sentence of the document may lack, where the form of the question
# leads one to expect several answers, and where it leaves that open.
FURTHEST: dict[Expects, float] = {"several": 2.0, "any": 1.0}
ITEM_SHARE = 0.05  # of the best one's: an item that is so probable speaks for its whole list
AGREEING = 1.5  # what the log-odds of a list gain by it


def together(question: str, found: Sequence[Answer], n_alternatives: int) -> Answer | None:
    """The first candidate as the answer, with what answers beside it and its alternatives.

    Where one thing is asked for, nothing does: probable candidates contradict each other.
    Otherwise an answer that is an item of a list brings the others, in their order, or
    sentences of its document that are nearly as probable stand beside it; two answers of one
    sentence are seen in one quotation. What adds no word to an answer is no alternative to it.

    Args:
        question: as it was looked up.
        found: candidates that do not overlap, likeliest first.
        n_alternatives: most alternatives kept.
    """
    if not found:
        return None
    best, how = found[0], expects(question)
    listed: list[Answer] = []
    if how != "one":
        listed = _items(found) or _alike(found, FURTHEST[how])
    listed = (listed or [best])[:MOST_LISTED]
    others = islice((one for one in found[1:] if _adds_to(listed, one)), n_alternatives)
    return replace(listed[0], beside=tuple(listed[1:]), alternatives=tuple(others))


def _adds_to(listed: Sequence[Answer], other: Answer) -> bool:
    """Whether another candidate says anything that an answer of its sentence does not."""
    words = saying_words(other.text)
    if not words or any(overlap(other, one) for one in listed):
        return False
    saying = [one for one in listed if words <= saying_words(one.text)]
    return not any(_share(_place(other), _place(one)) for one in saying)


def _items(found: Sequence[Answer]) -> list[Answer]:
    """Every item of the list that the first candidate stands in; none where it stands alone.

    One item can be right by itself ("Which of these ..."): another must be probable too, or
    the candidate run over several. Items that agree so are likelier right than each says.
    Of a very long list those around the candidate are taken.
    """
    best = found[0]
    items = _list_of(best)
    answers = [one for item in items if (one := _item(item, found)).text]
    least = ITEM_SHARE * best.confidence
    n_probable = sum(one.confidence >= least for one in answers)
    if n_probable < 2 and not any(_runs_over(best, end) for _, end in items[:-1]):
        return []
    likely = shifted(best.confidence, AGREEING)
    own = next((place for place, one in enumerate(answers) if overlap(one, best)), 0)
    begin = max(0, min(own - MOST_LISTED // 2, len(answers) - MOST_LISTED))
    return [replace(one, confidence=likely) for one in answers[begin : begin + MOST_LISTED]]


def _runs_over(answer: Answer, border: int) -> bool:
    return answer.citation.char_start < border < answer.citation.char_end - 1


def _list_of(answer: Answer) -> Sequence[Range]:
    """Items of the innermost list that a quotation touches, as places in its document."""
    passage = answer.citation.passage
    at = passage.char_start
    start, end = answer.citation.char_start - at, answer.citation.char_end - at
    touched = [
        items for items in item_lists(passage.text) if any(s < end and start < e for s, e in items)
    ]
    return [(s + at, e + at) for s, e in touched[-1]] if touched else []


def _item(item: Range, found: Sequence[Answer]) -> Answer:
    """An item as an answer: the likeliest candidate in it, cut at its borders, or all of it."""
    best = found[0]
    for one in found:
        start, end = max(one.citation.char_start, item[0]), min(one.citation.char_end, item[1])
        if start < end and one.citation.document_id == best.citation.document_id:
            cut = _cut(one, start, end)
            if cut.text:
                return cut
    return replace(_cut(best, *item), confidence=0.0)


def _cut(answer: Answer, start: int, end: int) -> Answer:
    """The quotation of another place of its passage, without the marks that end an item."""
    passage = answer.citation.passage
    text = passage.text[start - passage.char_start : end - passage.char_start].rstrip(" \n;,.")
    citation = replace(answer.citation, char_start=start, char_end=start + len(text))
    return replace(answer, text=text, citation=citation)


def _alike(found: Sequence[Answer], furthest: float) -> list[Answer]:
    """The first candidate and those of other sentences that are near it.

    They are no rivals then, and have its probability. They stand in its document, or in another
    that says it in the same words, as one invoice does beside the next. None beside a quotation
    that names several things itself: what a sentence lists is the list.

    Args:
        found: likeliest first.
        furthest: most that the log-odds of another may lack.
    """
    best = found[0]
    if _SEVERAL.search(best.text):
        return []
    least = log_odds(best.confidence) - furthest
    listed, seen = [best], [_place(best)]
    for other in (one for one in found[1:] if log_odds(one.confidence) >= least):
        place = _place(other)
        is_new = not any(_share(place, one) for one in seen)
        if is_new and (place[0] == seen[0][0] or _same_words(best, other)):
            listed.append(other)
            seen.append(place)
    return [replace(one, confidence=best.confidence) for one in listed]


def _place(answer: Answer) -> tuple[int, int, int]:
    """Document, and where the sentence or row of a quotation begins and ends there."""
    citation, cut = answer.citation, quoted(answer)
    left, right = citation.char_start - len(cut.before), citation.char_end + len(cut.after)
    return citation.document_id, left, right


def _same_words(a: Answer, b: Answer) -> bool:
    """Whether sentences have most words around their quotations in common."""
    around = [set(re.findall(r"\w+", f"{s.before} {s.after}")) for s in map(quoted, (a, b))]
    return 2 * len(around[0] & around[1]) > len(around[0] | around[1])


def _share(a: tuple[int, int, int], b: tuple[int, int, int]) -> bool:
    return a[0] == b[0] and a[1] < b[2] and b[1] < a[2]
