"""What earlier English questions and answers speak of: people, things, places, times.

Pure; knows nothing of the question that is typed now.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chatbot.follow_ups import english_words as words
from chatbot.follow_ups.english_asked import bare_answer
from chatbot.follow_ups.english_parse import Mention, Question, read
from chatbot.follow_ups.records import Exchange

MAX_TURNS_BACK = 3


class Spoken:
    """The latest exchanges, and whom a pronoun after them may mean."""

    def __init__(self, history: Sequence[Exchange]) -> None:
        self._history = [
            (read(one.question), one.answer) for one in reversed(history[-MAX_TURNS_BACK:])
        ]

    @property
    def last(self) -> Question:
        """The question before."""
        return self._history[0][0]

    def with_head(self, noun: str) -> str | None:
        """The latest thing of that noun."""
        return next(
            (m.text for q, _ in self._history for m in q.mentions() if m.head == noun), None
        )

    def person(self, gender: str, besides: str = "") -> str | None:
        """Who "he" or "she" is, as ``gender`` says; nobody who is named in ``besides``."""
        for earlier, answer in self._history:
            for mention in _people(earlier, answer):
                told = mention.gender or _told_gender(mention, earlier, answer)
                if (
                    (not gender or told in ("", gender))
                    and not mention.plural
                    and mention.text not in besides
                ):
                    return mention.text
        return None

    def thing(self) -> str | None:
        """What "it" is."""
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

    def several(self, besides: str = "") -> str | None:
        """Who or what "they" are; not ``besides``."""
        for earlier, answer in self._history:
            found = _answer_mention(earlier, answer)
            if found is not None and found.plural and _asks_for(earlier) in ("person", "thing"):
                return found.text
            asked = asking_mention(earlier)
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

    def place(self) -> str | None:
        """Where "there" is, with its preposition."""
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

    def time(self) -> str | None:
        """When "that year" was."""
        for earlier, answer in self._history:
            if _asks_for(earlier) == "time" and bare_answer(answer):
                return bare_answer(answer)
            for word in earlier.words:
                if word.kind == "number" and len(word.text) == 4:
                    return word.text
        return None


def asking_mention(question: Question) -> Mention | None:
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
