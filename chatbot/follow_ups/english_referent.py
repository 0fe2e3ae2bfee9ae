"""What an English pronoun points to, among what earlier questions and answers speak of.

Pure; a pronoun whose noun stands in its own question is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from chatbot.follow_ups import english_words as words
from chatbot.follow_ups.english_frame import bare_answer, possessive
from chatbot.follow_ups.english_parse import Mention, Question, Word, is_verb, read
from chatbot.follow_ups.records import Exchange

MAX_TURNS_BACK = 3
MAX_POINTING_WORDS = 12  # a longer question says itself what "this law" is

Change = tuple[int, int, str]  # start, end in the question, and what to put there

_HE, _SHE = ("he", "him", "his", "himself"), ("she", "her", "hers", "herself")
_IT, _THEY = ("it", "its", "itself"), ("they", "them", "their", "theirs", "themselves")
_OWNING = ("his", "her", "its", "their")
# "how long does it take to", "is it true that": nothing stands for this "it".
_EMPTY_IT_AFTER = frozenset("that when if until since".split())


class Referents:
    """One question against what came before it."""

    def __init__(self, question: Question, history: Sequence[Exchange]) -> None:
        self._question = question
        self._own = question.mentions()
        self._asked = _asking_mention(question)
        self._used: dict[str, str] = {}  # pronouns so far, and what was put in for them
        self._history = [
            (read(exchange.question), exchange.answer)
            for exchange in reversed(history[-MAX_TURNS_BACK:])
        ]

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
        gender = "he" if pronoun in _HE else "she" if pronoun in _SHE else None
        if gender is None:
            return None
        last = self._history[0][0].text
        for earlier, answer in self._history:
            for mention in _people(earlier, answer):
                told = mention.gender or _told_gender(mention, earlier, answer)
                if told in ("", gender) and mention.text not in last:
                    return read(mention.text)
        return None

    def part_of_a_whole(self, *, led: bool) -> list[Change]:
        """As in "the second edition" -> "the second edition of the Origin", of the last question.

        Args:
            led: whether the question began with "and" or the like.
        """
        if not self._history:
            return []
        earlier = self._history[0][0].mentions()
        for part in self._own:
            if not part.text.lower().startswith("the ") or " of " in part.text or part.named:
                continue
            wholes = [m for m in earlier if m.head == part.head and " of " in m.text]
            *ordinals, _ = part.text.lower().split()[1:]
            if not all(word in words.ORDINALS for word in ordinals):
                continue
            if wholes:
                return [(part.end, part.end, " of " + wholes[0].text.partition(" of ")[2])]
            if led and ordinals and (things := [m for m in earlier if not m.person]):
                return [(part.end, part.end, f" of {things[0].text}")]
        return []

    def _change(self, index: int, word: Word) -> Change | None:
        if word.kind == "point":
            return self._pointed(index, word)
        if word.kind != "pronoun" and word.lower != "there":
            return None
        referent = self._referent(index, word)
        if referent is None:
            return None
        name = possessive(referent) if self._owns(index, word) else referent
        return word.start, word.end, name

    def _owns(self, index: int, word: Word) -> bool:
        if word.lower not in _OWNING:
            return False
        if word.lower != "her" or index + 1 == len(self._question.words):
            return word.lower != "her"
        following = self._question.words[index + 1]
        return following.kind in ("noun", "name", "number") or is_verb(following.lower)

    def _referent(self, index: int, word: Word) -> str | None:
        lower = word.lower
        if lower in _HE or lower in _SHE:
            gender = "he" if lower in _HE else "she"
            return None if self._has_person(index) else self._person(gender)
        if lower in _IT:
            return None if self._has_thing(index) or self._empty_it(index) else self._thing()
        if lower in _THEY:
            if self._has_any(index):
                return None
            return self._several(besides=self._used.get("they", "") if lower == "them" else "")
        if lower == "there" and self._there_is_a_place(index):
            return self._place()
        return None

    # What the question itself says before the pronoun.

    def _before(self, index: int) -> list[Mention]:
        """What the pronoun may point to within its own question."""
        tagged = self._question.words
        start = tagged[index].start
        subject = index > 0 and tagged[index - 1].kind == "aux"
        asked = [self._asked] if self._asked is not None and not subject else []
        found = [m for m in (*asked, *self._own) if m.end <= start]
        if self._is_object(index) and found:
            found = found[1:]  # "How did the giant kill him?": not himself
        return found

    def _is_object(self, index: int) -> bool:
        """Whether it cannot be its own clause's subject: "him", "it" after a verb."""
        tagged = self._question.words
        word, before = tagged[index], tagged[index - 1] if index else None
        if self._owns(index, word) or word.lower in ("he", "she", "they") or before is None:
            return False
        clauses = any(w.lower in words.CLAUSES for w in tagged[self._question.n_asking : index])
        return (
            before.kind == "verb"
            and not clauses
            and word.lower not in ("himself", "herself", "itself")
        )

    def _has_person(self, index: int) -> bool:
        if self._who_owns(index) or self._named_after_comma(index) or self._title(index):
            return True
        return any(m is not self._asked or m.person for m in self._before(index) if _animate(m))

    def _who_owns(self, index: int) -> bool:
        """As in "Who rescued his wife?": the pronoun is of whoever is asked for."""
        tagged = self._question.words
        first, word = tagged[0].lower, tagged[index].lower
        subject = len(tagged) > 1 and tagged[1].kind in ("verb", "noun", "adverb")
        return (
            first in ("who", "whose")
            and subject
            and (
                word in (*_OWNING, "himself")
                or any(w.lower in words.CLAUSES for w in tagged[1:index])
            )
        )

    def _named_after_comma(self, index: int) -> bool:
        """As in "In his lectures, what did Hume say?": the name follows."""
        rest = self._question.words[index:]
        comma = next((word.start for word in rest if word.text == ","), None)
        return comma is not None and any(m.start > comma for m in self._own)

    def _has_thing(self, index: int) -> bool:
        if self._named_after_comma(index) or self._title(index):
            return True
        many = self._asked is not None and self._asked.plural
        return any(m is not self._asked or not many for m in self._before(index))

    def _has_any(self, index: int) -> bool:
        tagged = self._question.words
        following = tagged[index + 1].lower if index + 1 < len(tagged) else ""
        nobody = tagged[index].lower == "they" and following in words.NOBODY_DOES
        if nobody or self._title(index) or self._named_after_comma(index):
            return True
        return bool(self._before(index)) or self._who_owns(index)

    def _title(self, index: int) -> bool:
        """Whether it seems to be a word of a song's or a book's title: "who sings let it be"."""
        tagged = self._question.words
        if len(tagged) < 3 or tagged[0].lower != "who" or tagged[1].lower not in words.TITLED:
            return False
        return index > 2 or len([w for w in tagged if w.kind != "mark"]) > 4

    def _empty_it(self, index: int) -> bool:
        tagged = self._question.words
        if self._question.asking in ("what time", "what day", "what date", "what year"):
            return True
        after = tagged[index + 1 : index + 5]
        to_do = any(w.lower == "to" and n.kind == "verb" for w, n in pairwise(after))
        clause = any(word.lower in _EMPTY_IT_AFTER for word in after)
        return tagged[index].lower == "it" and (to_do or clause)

    def _there_is_a_place(self, index: int) -> bool:
        """Not "is there a fee", "are there"; not in a question that names its place."""
        tagged = self._question.words
        to_be = any(w.kind == "aux" for w in tagged[max(0, index - 1) : index])
        at_end = all(w.kind in ("mark", "adverb") for w in tagged[index + 1 :])
        placed = any(m.led_by in ("in", "at", "near") for m in self._own)
        return at_end and not placed and not to_be

    # What was spoken of before.

    def _person(self, gender: str) -> str | None:
        for earlier, answer in self._history:
            for mention in _people(earlier, answer):
                told = mention.gender or _told_gender(mention, earlier, answer)
                if told in ("", gender) and not mention.plural:
                    return mention.text
        return None

    def _thing(self) -> str | None:
        for earlier, answer in self._history:
            found = _answer_mention(earlier, answer)
            asked = _asks_for(earlier)
            if found is not None and asked == "thing" and found.named:
                return found.text
            things = [m for m in earlier.mentions() if not m.person]
            if main := _main(things):
                return main.text
            if found is not None and asked in ("thing", "place"):
                return found.text
        return None

    def _several(self, besides: str = "") -> str | None:
        for earlier, answer in self._history:
            found = _answer_mention(earlier, answer)
            if found is not None and found.plural and _asks_for(earlier) in ("person", "thing"):
                return found.text
            asked = _asking_mention(earlier)
            counted = [f"the {asked.text}"] if asked is not None and asked.plural else []
            there = earlier.mentions()
            many = [m for m in there if m.plural or m.head in words.GROUPS]
            mains = [
                main.text for main in (_main(many), _main([m for m in there if m.named])) if main
            ]
            named = [found.text] if found is not None and found.named else []
            if names := [name for name in (*mains, *counted, *named) if name != besides]:
                return names[0]
        return None

    def _place(self) -> str | None:
        for earlier, answer in self._history:
            found = _answer_mention(earlier, answer)
            if found is not None and _asks_for(earlier) == "place":
                return f"in {found.text}"
            placed = [m for m in earlier.mentions() if m.led_by in ("in", "at", "near", "of")]
            if placed:
                led_by = placed[-1].led_by if placed[-1].led_by != "of" else "in"
                return f"{led_by} {placed[-1].text}"
            if main := _main([m for m in earlier.mentions() if m.named]):
                return f"in {main.text}"
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
        if not (asked or last) or self._before(index):
            return None
        name = self._several() if word.lower in ("these", "those") else self._thing()
        return (word.start, word.end, name) if name else None

    def _pointed_noun(self, index: int, word: Word, noun: Word) -> Change | None:
        if noun.lower in words.TIMES and word.lower == "that" and (year := self._time()):
            return word.start, noun.end, year
        if noun.lower in words.IN_HAND or not self._plain_noun(index):
            return None
        heads = [m.text for q, _ in self._history for m in q.mentions() if m.head == noun.lower]
        if heads:
            return word.start, noun.end, heads[0]
        person = noun.lower in words.PEOPLE
        name = self._person("he") or self._person("she") if person else self._thing()
        many = word.lower in ("these", "those")
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

    def _time(self) -> str | None:
        for earlier, answer in self._history:
            if _asks_for(earlier) == "time" and bare_answer(answer):
                return bare_answer(answer)
            for word in earlier.words:
                if word.kind == "number" and len(word.text) == 4:
                    return word.text
        return None


def _animate(mention: Mention) -> bool:
    """Whether "he" in the same question may be this; a name with an article is a thing's."""
    return mention.maybe_person or not mention.named


def _asking_mention(question: Question) -> Mention | None:
    """As in "which team" as something that a pronoun of the same question may point to."""
    asking = question.words[: question.n_asking]
    nouns = [w for w in asking if w.kind in ("noun", "name")]
    if any(w.lower == "how" for w in asking):
        nouns = nouns[1:]  # "how tall", "how many people"
    if not nouns or nouns[-1].lower in words.TIMES:
        return None
    return Mention(nouns[-1].text, nouns[-1].start, nouns[-1].end, nouns[-1].lower, named=False)


def _asks_for(question: Question) -> str:
    """What sort of answer is asked for: person, place, time, number, thing; "" if unknown."""
    asked = question.asking.split()
    if not asked:
        return ""
    tail = asked[-1]
    if {"who", "whom", "whose"} & set(asked) or tail in words.PEOPLE:
        return "person"
    if "where" in asked or tail in words.PLACES:
        return "place"
    if "when" in asked or tail in words.TIMES:
        return "time"
    if "why" in asked or "how" in asked:
        return "number"
    first = next(iter(question.mentions()), None)
    return "person" if first is not None and first.head in words.PEOPLE else "thing"


def _answer_mention(question: Question, answer: str) -> Mention | None:
    """The answer as something to point to; None when it is a clause, a date or a number."""
    text = bare_answer(answer)
    if not text or text[0].isdigit() or _asks_for(question) not in ("person", "place", "thing"):
        return None
    parsed = read("X " + text).words[1:]  # a first word is no name by its capital alone
    while parsed and parsed[0].kind == "prep":
        parsed = parsed[1:]
    if not parsed or any(w.kind in ("verb", "aux") for w in parsed):
        return None
    text = ("X " + text)[parsed[0].start :]
    named = any(w.kind == "name" for w in parsed)
    nouns = [w for w in parsed if w.kind in ("noun", "name")]
    return Mention(text, 0, len(text), nouns[-1].lower, named) if nouns else None


def _people(earlier: Question, answer: str) -> Iterator[Mention]:
    """Who "he" or "she" may be, likeliest first: who was asked for, then who was spoken of."""
    found = _answer_mention(earlier, answer)
    if found is not None and _asks_for(earlier) == "person" and (found.named or found.person):
        yield found
    for mention in earlier.mentions():
        owner = _owner(mention)
        if mention.maybe_person and owner is None:
            yield mention
        if owner is not None:
            if mention.person:
                yield mention
            yield owner
    if found is not None and found.maybe_person and _asks_for(earlier) == "thing":
        yield found


def _owner(mention: Mention) -> Mention | None:
    """Darwin of "Darwin's wife" and of "the wife of Darwin"."""
    for mark in ("'s ", "’s "):
        if mark in mention.text:
            text = mention.text.partition(mark)[0]
            break
    else:
        if " of " not in mention.text or mention.text[0].isupper():
            return None
        text = mention.text.partition(" of ")[2]
    if not text[:1].isupper():
        return None
    head = text.split()[-1].lower()
    return Mention(text, mention.start, mention.start + len(text), head, named=True)


def _told_gender(mention: Mention, earlier: Question, answer: str) -> str:
    """As in "Who was Darwin's wife?" tells of its answer that it is a she."""
    if mention.text not in answer:
        return ""
    genders = [m.gender for m in earlier.mentions() if m.head in words.PEOPLE]
    return genders[0] if genders else ""


def _main(found: Sequence[Mention]) -> Mention | None:
    """The one that a question is about: the first that does not say when or where."""
    plain = [m for m in found if m.led_by not in words.AROUND and m.head not in words.TIMES]
    return plain[0] if plain else (found[0] if found else None)
