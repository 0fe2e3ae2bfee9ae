"""English words by class: asking words, auxiliaries, nouns, names, verbs.

Rules over closed classes and a list of verbs; knows nothing of phrases and of history.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from chatbot.follow_ups import english_words as words

Kind = Literal[
    "ask", "aux", "det", "pronoun", "point", "prep", "and", "adverb", "verb", "noun", "name",
    "number", "'s", "mark",
]  # fmt: skip

_WORD = re.compile(
    r"['’]s\b|\b(?:St|Mr|Mrs|Ms|Dr|No)\.|\d+(?:[.,:/-]\d+)*%?(?!\w)|[^\W_]+(?:[-&/.'’](?!s\b)[^\W_]+)*|\S"
)
_CLOSED: tuple[tuple[frozenset[str], Kind], ...] = (
    (words.ASKING, "ask"),
    (words.AUXILIARY, "aux"),
    (words.DETERMINERS, "det"),
    (words.POSSESSIVES, "pronoun"),
    (words.PRONOUNS, "pronoun"),
    (words.POINTING, "point"),
    (words.PREPOSITIONS, "prep"),
    (words.CONJUNCTIONS, "and"),
)


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a question; offsets count code points of the question."""

    text: str
    kind: Kind
    start: int
    end: int

    @property
    def lower(self) -> str:
        """For looking it up."""
        return self.text.lower()


def tag(text: str) -> tuple[Word, ...]:
    """The words of a text, each with its class."""
    tagged: list[Word] = []
    for match in _WORD.finditer(text):
        kind = _kind(match.group(), tagged)
        tagged.append(Word(match.group(), kind, match.start(), match.end()))
    return tuple(tagged)


def _kind(text: str, before: Sequence[Word]) -> Kind:
    """The class of a word by itself and by the words before it."""
    lower, last = text.lower(), before[-1].kind if before else ""
    if lower in ("'s", "’s"):
        return "aux" if last in ("ask", "pronoun", "point") else "'s"
    if not text[0].isalnum():
        return "mark"
    if text[0].isdigit():
        return "number"
    if before and text[0].isupper() and text not in ("I", "A") and last != "mark":
        return "name"
    if lower.endswith(("n't", "n’t")):
        return "aux"
    for closed, kind in _CLOSED:
        if lower in closed:
            return kind
    return _open_kind(text, before)


def _open_kind(text: str, before: Sequence[Word]) -> Kind:
    lower, last = text.lower(), before[-1] if before else None
    if lower in words.INTERJECTIONS:
        return "adverb"
    adverb = lower in words.ADVERBS or (
        lower.endswith("ly") and len(lower) > 4 and lower not in words.NOT_ADVERBS
    )
    if adverb and not (last is not None and last.kind in ("det", "'s")):
        return "adverb"
    if is_verb(lower) and _verb_fits(lower, before):
        return "verb"
    return "name" if last is None and text[0].isupper() else "noun"


def _verb_fits(lower: str, before: Sequence[Word]) -> bool:
    """Whether a word that can be a verb is one here."""
    if not before:
        return True
    last = before[-1]
    inflected = lower in words.IRREGULAR or lower.endswith(("ed", "ing"))
    if last.kind == "point":
        return inflected or (len(before) > 1 and before[-2].kind == "aux")
    if last.kind in ("det", "'s", "number") or last.lower in words.POSSESSIVES:
        return False
    if last.kind == "prep":
        return last.lower == "to" or lower.endswith("ing") or last.lower in ("when", "if", "while")
    if last.kind == "ask" and last.lower in ("what", "which", "whose"):
        return True
    if last.kind in ("noun", "name"):
        return inflected or (not has_verb(before)) or lower.endswith("s")
    if last.kind == "aux" and last.lower in words.TO_BE:
        return inflected
    return True


def name_first(tagged: tuple[Word, ...]) -> tuple[Word, ...]:
    """Words inside a sentence, where a capital makes the first a name: "Mark Twain", "Will"."""
    if not tagged or not tagged[0].text[0].isupper() or tagged[0].lower in words.COMMANDS:
        return tagged
    first, follows = tagged[0], tagged[1].kind if len(tagged) > 1 else ""
    ambiguous = first.kind in ("verb", "adverb") or first.lower in ("will", "may")
    if not ambiguous or follows in ("ask", "aux", "det", "pronoun", "point", "verb", "noun"):
        return tagged
    return (replace(first, kind="name"), *tagged[1:])


def has_verb(before: Sequence[Word]) -> bool:
    """Whether there is one among them."""
    return any(word.kind == "verb" for word in before)


def is_verb(lower: str) -> bool:
    """Whether a word in small letters can be a verb, in any form."""
    if lower in words.VERBS or lower in words.IRREGULAR:
        return True
    return any(stem in words.VERBS for stem in _stems(lower))


def _stems(lower: str) -> list[str]:
    stems = []
    for ending in ("ed", "ing", "es", "s", "d"):
        if lower.endswith(ending) and len(lower) > len(ending) + 1:
            stem = lower.removesuffix(ending)
            stems += [stem, stem + "e"]
            if len(stem) > 2 and stem[-1] == stem[-2]:
                stems.append(stem[:-1])
            if stem.endswith("i"):
                stems.append(stem[:-1] + "y")
    return stems
