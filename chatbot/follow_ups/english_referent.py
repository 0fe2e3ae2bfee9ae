"""What the pronouns of an English question point to, as changes to its words.

Pure; a pronoun whose noun stands in its own question is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.follow_ups import english_words as words
from chatbot.follow_ups.english_binding import Bound
from chatbot.follow_ups.english_frame import possessive
from chatbot.follow_ups.english_parse import Question, read
from chatbot.follow_ups.english_spoken import Spoken
from chatbot.follow_ups.english_tags import Word
from chatbot.follow_ups.records import Exchange

MAX_POINTING_WORDS = 12  # a longer question says itself what "this law" is

Change = tuple[int, int, str]  # start, end in the question, and what to put there

_HE, _SHE = ("he", "him", "his"), ("she", "her", "hers")
_IT, _THEY = ("it", "its"), ("they", "them", "their", "theirs")


class Referents:
    """One question against what came before it, at least one exchange."""

    def __init__(self, question: Question, history: Sequence[Exchange]) -> None:
        self._question = question
        self._bound = Bound(question)
        self._spoken = Spoken(history)
        self._used: dict[str, str] = {}  # pronouns so far, and what was put in for them

    def pronouns(self) -> list[Change]:
        """What to put in for each pronoun that points back."""
        changes: list[Change] = []
        for index, word in enumerate(self._question.words):
            change = self._change(index, word)
            if change is not None:
                self._used[word.lower] = change[2]
                changes.append(change)
        return changes

    def somebody_else(self) -> Question | None:
        """Who "him" is in "and him?": somebody whom the last question does not name."""
        pronoun = self._question.words[0].lower
        if pronoun not in (*_HE, *_SHE):
            return None
        gender = "he" if pronoun in _HE else "she"
        name = self._spoken.person(gender, besides=self._spoken.last.text)
        return read(name) if name else None

    def part_of_a_whole(self, *, led: bool) -> list[Change]:
        """As in "the second edition" -> "the second edition of the Origin", of the last question.

        Args:
            led: whether the question began with "and" or the like.
        """
        earlier = self._spoken.last.mentions()
        for part in self._question.mentions():
            if not part.text.lower().startswith("the ") or " of " in part.text or part.named:
                continue
            *ordinals, _ = part.text.lower().split()[1:]
            if not all(word in words.ORDINALS for word in ordinals):
                continue
            if wholes := [m for m in earlier if m.head == part.head and " of " in m.text]:
                return [(part.end, part.end, " of " + wholes[0].text.partition(" of ")[2])]
            if led and ordinals and (things := [m for m in earlier if not m.person]):
                return [(part.end, part.end, f" of {things[0].text}")]
        return []

    def _change(self, index: int, word: Word) -> Change | None:
        if word.kind == "point":
            return self._pointed(index, word)
        if word.kind != "pronoun" and word.lower != "there":
            return None
        referent = self._referent(index, word.lower)
        if referent is None:
            return None
        name = possessive(referent) if self._bound.owns(index, word) else referent
        return word.start, word.end, name

    def _referent(self, index: int, pronoun: str) -> str | None:
        bound, spoken = self._bound, self._spoken
        if pronoun in (*_HE, *_SHE) and not bound.has_person(index):
            return spoken.person("he" if pronoun in _HE else "she")
        if pronoun in _IT and not bound.has_thing(index) and not bound.empty_it(index):
            return spoken.thing()
        if pronoun in _THEY and not bound.has_any(index):
            return spoken.several(self._used.get("they", "") if pronoun == "them" else "")
        if pronoun == "there" and bound.there_is_a_place(index):
            return spoken.place()
        return None

    def _pointed(self, index: int, word: Word) -> Change | None:
        """As in "that year", "this law", "how much is that"."""
        tagged = self._question.words
        before = tagged[index - 1] if index else None
        following = tagged[index + 1] if index + 1 < len(tagged) else None
        last = all(w.kind == "mark" for w in tagged[index + 1 :])
        leads = before is None or before.kind in ("aux", "prep") or (last and before.kind == "verb")
        if word.lower in ("that", "those") and not leads:
            return None
        if following is not None and following.kind in ("noun", "name"):
            return self._pointed_noun(index, word, following)
        if following is not None and following.kind == "prep":
            return None  # "those with lower incomes"
        asked = before is not None and before.kind == "aux"
        if not (asked or last) or self._bound.before(index):
            return None
        many = word.lower in ("these", "those")
        name = self._spoken.several() if many else self._spoken.thing()
        return (word.start, word.end, name) if name else None

    def _pointed_noun(self, index: int, word: Word, noun: Word) -> Change | None:
        many = word.lower in ("these", "those")
        if noun.lower in words.TIMES and word.lower == "that" and (year := self._spoken.time()):
            return word.start, noun.end, year
        if noun.lower in words.IN_HAND or not self._plain_noun(index):
            return None
        if word.lower == "that" and noun.lower.endswith("s"):
            return None  # "that fossils did not have"
        if named := self._spoken.with_head(noun.lower):
            return word.start, noun.end, named
        person = noun.lower in words.PEOPLE
        name = self._spoken.person("") if person else self._spoken.thing()
        if name is None or (many and not name.endswith("s")):
            return None
        if person or noun.lower in words.GENERAL:
            return word.start, noun.end, name
        return noun.end, noun.end, f" ({name})"

    def _plain_noun(self, index: int) -> bool:
        """Whether the noun stands alone in a short question: no "of", no second noun."""
        tagged = self._question.words
        after = tagged[index + 2] if index + 2 < len(tagged) else None
        alone = after is None or (after.kind in ("mark", "aux", "verb") and after.text != ",")
        return alone and len(tagged) <= MAX_POINTING_WORDS
