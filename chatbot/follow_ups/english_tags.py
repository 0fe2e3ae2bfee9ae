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
_WORDS_AHEAD = 3  # "what record label's band did"
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
    matches = list(_WORD.finditer(text))
    for index, match in enumerate(matches):
        after = [later.group() for later in matches[index + 1 : index + 1 + _WORDS_AHEAD]]
        kind = _kind(match.group(), tagged, after)
        tagged.append(Word(match.group(), kind, match.start(), match.end()))
    return tuple(tagged)


def _kind(text: str, before: Sequence[Word], after: Sequence[str]) -> Kind:
    """The class of a word by itself, by the words before it and by some after it."""
    lower, last = text.lower(), before[-1].kind if before else ""
    if lower in ("'s", "’s"):
        return "aux" if last in ("ask", "pronoun", "point") else "'s"
    if not text[0].isalnum():
        return "mark"
    if text[0].isdigit():
        return "number"
    if before and text[0].isupper() and text not in ("I", "A") and last != "mark":
        return "name"
    return _closed_kind(lower) or _open_kind(text, before, after)


def _closed_kind(lower: str) -> Kind | None:
    """The class of a word that has only one."""
    if lower.endswith(("n't", "n’t")):
        return "aux"
    return next((kind for closed, kind in _CLOSED if lower in closed), None)


def _open_kind(text: str, before: Sequence[Word], after: Sequence[str]) -> Kind:
    lower, last = text.lower(), before[-1] if before else None
    if lower in words.INTERJECTIONS:
        return "adverb"
    adverb = lower in words.ADVERBS or (
        lower.endswith("ly") and len(lower) > 4 and lower not in words.NOT_ADVERBS
    )
    if adverb and not (last is not None and last.kind in ("det", "'s")):
        return "adverb"
    if _joins_name(before) and text[0].isupper():
        return "name"
    fits = is_verb(lower) and _verb_fits(lower, before)
    if fits and not (_asked_for(lower, before, after) or _ends_noun(lower, before, after)):
        return "verb"
    return "name" if last is None and text[0].isupper() else "noun"


def _verb_fits(lower: str, before: Sequence[Word]) -> bool:
    """Whether a word that can be a verb is one here."""
    if not before:
        return True
    last = _before_first(before)
    inflected = lower in words.IRREGULAR or lower.endswith(("ed", "ing"))
    if last.kind == "point":
        return inflected or (len(before) > 1 and before[-2].kind == "aux")
    if _opens(last) or last.kind == "number":
        return False
    if last.kind == "prep":
        return last.lower == "to" or lower.endswith("ing") or last.lower in ("when", "if", "while")
    if last.kind in ("noun", "name"):
        fits = inflected or (not has_verb(before)) or lower.endswith("s")
        return fits and not _is_thing(lower, before)
    if last.kind == "aux" and last.lower in words.TO_BE:
        return inflected
    return True


def _before_first(before: Sequence[Word]) -> Word:
    """The last word, but "the" of "the first", "her only"."""
    between = before[-1].lower in ("first", "last", "only", "very", "most")
    return before[-2] if between and len(before) > 1 and _opens(before[-2]) else before[-1]


def _opens(word: Word) -> bool:
    """Whether a noun must come after it: "the", "her", "Darwin's"."""
    return word.kind in ("det", "'s") or word.lower in words.POSSESSIVES


def _joins_name(before: Sequence[Word]) -> bool:
    """As "Harvard - " and "Service–" do, before "Yale" and "Disabled"."""
    return len(before) > 1 and before[-2].kind == "name" and before[-1].text in ("-", "–")


def _is_thing(lower: str, before: Sequence[Word]) -> bool:
    """Whether it goes on a noun before it: "were the phone books", "is a tax credit".

    Not "did the church claim", "Norway claims".
    """
    if lower.removesuffix("s") not in words.THINGS:
        return False
    if lower.endswith("s"):
        return before[-1].kind == "noun" or bool(_helping(before))
    return _only_to_be(before)


def _ends_noun(lower: str, before: Sequence[Word], after: Sequence[str]) -> bool:
    """Whether it goes on a noun before it and is no verb there: "annual leave", "price increase".

    Not "does the museum show", "is the service free", "was the table set".
    """
    if not before or before[-1].kind not in ("noun", "name") or lower in words.NO_NOUNS:
        return False
    helping = _helping(before)
    if lower not in words.VERBS:
        return lower.endswith("s") and bool(helping) and {"are", "were"}.issuperset(helping)
    if lower in words.IRREGULAR:
        return False
    if helping and not _only_to_be(before):
        return _is_main_verb(before, after)
    return bool(helping) or _is_aux(after[0] if after else "")


def _is_main_verb(before: Sequence[Word], after: Sequence[str]) -> bool:
    """Whether a verb that is no noun comes next: "does the parking permit cost"."""
    if not after:
        return False
    goes_on = len(after) > 1 and after[1].isalpha() and _closed_kind(after[1].lower()) is None
    how = before[0].lower == "how" and after[0] in ("last", "work")
    return not goes_on and (how or after[0] in words.ONLY_VERBS)


def _helping(before: Sequence[Word]) -> list[str]:
    """The auxiliaries of the clause so far, in small letters."""
    starts = [index for index, word in enumerate(before) if word.lower in words.CLAUSES]
    clause = before[starts[-1] :] if starts else before
    return [word.lower for word in clause if word.kind == "aux"]


def _only_to_be(before: Sequence[Word]) -> bool:
    """Whether there is an auxiliary, and each one is a form of "to be"."""
    helping = _helping(before)
    return bool(helping) and words.TO_BE.issuperset(helping)


def _asked_for(lower: str, before: Sequence[Word], after: Sequence[str]) -> bool:
    """Whether it is a noun of the phrase that asks: "what date did", "how many records were".

    Not "what happened", "which won", "what causes rain".
    """
    asking = _asks_by(before)
    past = lower.endswith("ed") and lower not in words.VERBS
    if not asking or _is_aux(after[0] if after else ""):
        return bool(asking) and not past
    many, several = asking[0] == "many", lower.endswith("s")
    if not (many or any(text[0].isalnum() for text in after)):
        return len(asking) == 1 and lower in words.VERBS  # "what date?"
    noun = lower in words.VERBS or lower.endswith("ing") or (several and asking[0] != "what")
    alone = len(asking) == 1 and not past and (several or not many)
    return (noun or many) and _leads_to_verb(after, past_too=alone)


def _asks_by(before: Sequence[Word]) -> list[str]:
    """The last words, in small letters, if they ask by a noun: "which late", "many"; else none."""
    index = len(before) - 1
    while index > 0 and before[index].kind in ("noun", "name", "number"):
        index -= 1
    asking = [word.lower for word in before[max(index, 0) :]]
    if asking[:1] == ["much"]:
        asking = ["how", *asking]
    if asking[:2] in (["how", "many"], ["how", "much"]):
        return ["many", *asking[2:]]
    relative = index > 0 and before[index - 1].kind in ("noun", "name")  # "the ship which"
    asks = asking[:1] in (["what"], ["which"]) and not relative
    return asking if asks or asking[:1] == ["whose"] else []


def _leads_to_verb(after: Sequence[str], *, past_too: bool) -> bool:
    """Whether only nouns stand before an auxiliary, or before a verb of the past."""
    for text in after:
        lower = text.lower()
        if _is_aux(text) or (past_too and _is_past(lower)):
            return True
        if _closed_kind(lower) is not None or not text[0].isalpha():
            return False
    return False


def _is_aux(text: str) -> bool:
    return _closed_kind(text.lower()) == "aux"


def _is_past(lower: str) -> bool:
    """Whether it can be a verb of the past."""
    return lower in words.IRREGULAR or (lower.endswith("ed") and is_verb(lower))


def name_first(tagged: tuple[Word, ...]) -> tuple[Word, ...]:
    """Words inside a sentence, where a capital makes the first a name: "Mark Twain", "Will"."""
    if not tagged or not tagged[0].text[0].isupper() or tagged[0].lower in words.COMMANDS:
        return tagged
    first, follows = tagged[0], tagged[1].kind if len(tagged) > 1 else ""
    by_ending = first.kind == "adverb" and first.lower not in words.ADVERBS  # "Emily", not "Now"
    ambiguous = first.kind == "verb" or by_ending or first.lower in ("will", "may")
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
