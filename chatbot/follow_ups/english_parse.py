"""An English question taken apart: the phrase that asks, and what it mentions.

Knows no history and rewrites nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from chatbot.follow_ups import english_words as words
from chatbot.follow_ups.english_tags import Word, has_verb, name_first, tag

_JOINS_NAMES = frozenset("of the and de von van la del & '".split())


@dataclass(frozen=True, slots=True)
class Mention:
    """Something that a text speaks of: "the second edition of the Origin".

    Attributes:
        text: as it stands there.
        start: in the text it stands in.
        end: likewise.
        head: the noun that it is, in small letters: "edition".
        named: whether it is, or ends with, a proper name.
        led_by: the preposition before it, in small letters, or "".
    """

    text: str
    start: int
    end: int
    head: str
    named: bool
    led_by: str = ""

    @property
    def plural(self) -> bool:
        """Whether "they" may stand for it."""
        many = self.head.endswith("s") and not self.head.endswith(("ss", "us", "is", "as"))
        return many or " and " in self.text or self.head in ("people", "children", "men", "women")

    @property
    def gender(self) -> Literal["he", "she", ""]:
        """What the head noun or a first name tells; "" when neither does."""
        first = self.text.split()[0].lower().strip(".")
        for word in (self.head, first):
            if word in words.HE:
                return "he"
            if word in words.SHE:
                return "she"
        return ""

    @property
    def person(self) -> bool:
        """Whether it is surely somebody."""
        singular = self.head.removesuffix("s")
        known = self.head in words.PEOPLE or singular in words.PEOPLE
        return bool(self.gender) or known

    @property
    def maybe_person(self) -> bool:
        """Whether it can be somebody: a name without an article, or surely a person."""
        plain = self.named and not self.text.lower().startswith(("the ", "on ", "a "))
        return self.person or (plain and " of " not in self.text and not self.led_by)


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its words.

    Attributes:
        text: as it was written.
        words: in order.
        n_asking: how many words the asking phrase takes from the first one on: "In what year";
            0 when it is no question with such a word in front.
    """

    text: str
    words: tuple[Word, ...]
    n_asking: int

    @property
    def asking(self) -> str:
        """The phrase that asks, in small letters: "in what year"."""
        return " ".join(word.lower for word in self.words[: self.n_asking])

    @property
    def verb_first(self) -> bool:
        """Whether it is a question for yes or no: "Is the museum open?"."""
        return bool(self.words) and self.words[0].kind == "aux"

    @property
    def asks(self) -> bool:
        """Whether it asks for something at all."""
        first = self.words[0].lower if self.words else ""
        asked = bool(self.n_asking) or self.verb_first or first in words.COMMANDS
        return asked or self.text.rstrip().endswith("?")

    def mentions(self) -> list[Mention]:
        """What it speaks of after the asking phrase, in order."""
        return mentions(self.text, self.words[self.n_asking :])


def read(text: str) -> Question:
    """Take a question apart."""
    tagged = tag(text)
    return Question(text, tagged, _n_asking(tagged))


def read_led(text: str) -> Question:
    """Take apart what follows "and" or "what about"."""
    parsed = read(text)
    return replace(parsed, words=name_first(parsed.words))


def mentions(text: str, tagged: Sequence[Word]) -> list[Mention]:
    """The noun phrases among some words of a text, in order."""
    found, index = [], 0
    while index < len(tagged):
        end, head = _phrase(tagged, index)
        if head is None:
            index += 1
            continue
        before = tagged[index - 1] if index else None
        span = tagged[index:end]
        found.append(
            Mention(
                text[span[0].start : span[-1].end],
                span[0].start,
                span[-1].end,
                head.lower,
                any(word.kind == "name" for word in span),
                before.lower if before is not None and before.kind == "prep" else "",
            )
        )
        index = end
    return found


def agreeing(before: str, name: str) -> str:
    """What stands before a name, its last word made to agree: "do" before "employees".

    Left as it is where that word is no auxiliary, or already agrees, or the name may be either.
    """
    head = name.partition(" of ")[0]
    many = " and " in name or head.endswith("s")
    if many and (head[0].isupper() or head.endswith(("ss", "us", "is", "as"))):
        return before  # "James", "the Beatles", "the bus"
    table = words.PLURALS if many else words.SINGULARS
    start, _, last = before.rstrip().rpartition(" ")
    other = table.get(last.lower())
    if other is None or not before.endswith(" "):
        return before
    return f"{start} {other} " if start else f"{other.capitalize()} "


def _n_asking(tagged: Sequence[Word]) -> int:
    """Words of the asking phrase: "who", "in what year", "how many people", "how tall"."""
    first = 1 if tagged and tagged[0].kind == "prep" else 0
    if first >= len(tagged) or tagged[first].kind != "ask":
        return 0
    asking, end = tagged[first].lower, first + 1
    if end < len(tagged) and tagged[end].lower in ("else", "exactly"):
        return end + 1
    if asking in ("what", "which", "whose", "how"):
        while end < len(tagged) and _goes_on_asking(tagged[end], tagged, end):
            end += 1
    return end


def _goes_on_asking(word: Word, tagged: Sequence[Word], index: int) -> bool:
    many = word.lower in ("many", "much", "long", "often", "far", "old", "else", "exactly")
    if many or word.kind in ("noun", "name", "number"):
        return True
    return word.lower == "of" and tagged[index - 1].lower in ("kind", "kinds", "type", "types")


def _phrase(tagged: Sequence[Word], start: int) -> tuple[int, Word | None]:
    """End and head of the noun phrase that begins here; no head when none does."""
    end, head = start, None
    while end < len(tagged):
        word = tagged[end]
        opens = end == start and (word.kind == "det" or word.lower in words.POSSESSIVES)
        if word.kind in ("noun", "name"):
            head = word
        elif not (
            opens
            or (word.kind == "'s" and head is not None)
            or word.kind == "number"
            or (head is None and _ordinal(tagged, end, start))
        ):
            break
        end += 1
    if head is None:
        return start, None
    while tagged[end - 1].kind == "adverb":
        end -= 1
    return _tail(tagged, end, head)


def _ordinal(tagged: Sequence[Word], index: int, start: int) -> bool:
    """An ordinal or adverb inside a phrase, after its article: "the very first edition"."""
    return tagged[index].kind == "adverb" and index > start and tagged[start].kind == "det"


def _tail(tagged: Sequence[Word], end: int, head: Word) -> tuple[int, Word]:
    """With what belongs to it: "of the Origin", "and Sons" between names."""
    joiner = end
    while joiner < len(tagged) and tagged[joiner].lower in _JOINS_NAMES:
        joiner += 1
    joins = joiner > end and joiner < len(tagged)
    if joins and tagged[end - 1].kind == tagged[joiner].kind == "name":
        further, _ = _phrase(tagged, joiner)
        return further, tagged[joiner] if tagged[end].lower != "of" else head
    joiners = ("of",) if has_verb(tagged) else ("of", "for")
    if end < len(tagged) and tagged[end].lower in joiners:
        further, found = _phrase(tagged, end + 1)
        if found is not None:
            return further, head
    return end, head
