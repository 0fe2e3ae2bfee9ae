"""The part of a passage that is shown where nothing was found: the sentence nearest the question.

Pure slices of one string; knows no document, no page and no HTML.
"""

from __future__ import annotations

from chatbot.marks import Stretch
from chatbot.quote import Quotation, sentences_of, shortened
from retriever.index.tokens import question_terms, terms

ENOUGH_CHARS = 80  # less says little by itself, as a heading does: what follows is shown too
MAX_CHARS = 240


def preview(question: str, text: str) -> Quotation:
    """The sentence of a passage that shares most with a question, with an empty span."""
    return shortened(text, *previewed(question, text), MAX_CHARS)


def previewed(question: str, text: str) -> Stretch:
    """Where that sentence stands, with what follows it if it says little; all of a text without."""
    found = sentences_of(text)
    if not found:
        return 0, len(text)
    best = _below_names(text, found, nearest_sentence(question, text, found))
    start, end = found[best]
    for begin, further in found[best + 1 :]:
        if end - start >= ENOUGH_CHARS or not _says_something(text[begin:further]):
            break
        end = further
    return start, end


def _below_names(text: str, found: list[Stretch], best: int) -> int:
    """The row below, where a sentence is but the names of a table's columns over their rule."""
    if best + 2 >= len(found):
        return best
    rule = text[slice(*found[best + 1])]
    return best + 2 if "|" in rule and not _says_something(rule) else best


def _says_something(piece: str) -> bool:
    """Whether a piece has words: the rule under a table's names of columns has none."""
    return any(char.isalnum() for char in piece)


def nearest_sentence(question: str, text: str, found: list[Stretch]) -> int:
    """Which sentence holds most of the question's words, rare ones first; of equals the first."""
    held = [set(terms(text[start:end])) for start, end in found]
    asked = question_terms(question)
    weights = {term: 1 / (1 + sum(term in one for one in held)) for term in asked}
    shares = [sum(weights[term] * len(term) for term in asked if term in one) for one in held]
    return shares.index(max(shares))
