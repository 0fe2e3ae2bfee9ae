"""Whether an English pronoun points to something in its own question, or to nothing at all.

Pure; knows nothing of what was asked before.
"""

from __future__ import annotations

from itertools import pairwise

from chatbot.follow_ups import english_words as words
from chatbot.follow_ups.english_parse import Mention, Question
from chatbot.follow_ups.english_spoken import asking_mention
from chatbot.follow_ups.english_tags import Word, is_verb

OWNING = ("his", "her", "its", "their")
# "is it true that", "how long has it been since": nothing stands for this "it".
_EMPTY_IT_AFTER = frozenset("that when if until since".split())
_ANYBODY = frozenset("someone anyone everyone somebody anybody everybody you".split())


class Bound:
    """One question and what the pronouns in it are bound to."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._own = question.mentions()
        self._asked = asking_mention(question)

    def owns(self, index: int, word: Word) -> bool:
        """Whether it stands before what it has: "her house", not "saw her"."""
        if word.lower not in OWNING:
            return False
        if word.lower != "her" or index + 1 == len(self._question.words):
            return word.lower != "her"
        following = self._question.words[index + 1]
        return following.kind in ("noun", "name", "number") or is_verb(following.lower)

    def before(self, index: int) -> list[Mention]:
        """What a pronoun may point to within its own question."""
        tagged = self._question.words
        word = tagged[index]
        subject = index > 0 and tagged[index - 1].kind == "aux" and not self.owns(index, word)
        asked = [self._asked] if self._asked is not None and not subject else []
        found = [m for m in (*asked, *self._own) if m.start < word.start]
        owned = bool(found) and "'s " in found[0].text
        if found and not owned and self._is_object(index) and self._is_subject(found[0]):
            found = found[1:]  # "How did the giant kill him?": not himself
        return found

    def _is_subject(self, mention: Mention) -> bool:
        """Whether it stands where a subject does: first, or after the first auxiliary."""
        if mention is self._asked:
            return True
        before = [word for word in self._question.words if word.end <= mention.start]
        return bool(before) and before[-1].kind == "aux"

    def _is_object(self, index: int) -> bool:
        """Whether it cannot be its own clause's subject: "him", "it" after a verb."""
        tagged = self._question.words
        word, before = tagged[index], tagged[index - 1] if index else None
        if self.owns(index, word) or word.lower in ("he", "she", "they") or before is None:
            return False
        leads_on = index + 1 < len(tagged) and tagged[index + 1].kind in ("aux", "verb")
        clauses = any(w.lower in words.CLAUSES for w in tagged[self._question.n_asking : index])
        return before.kind == "verb" and not clauses and not leads_on

    def has_person(self, index: int) -> bool:
        """Whether "he" or "she" may be somebody in the question."""
        tagged = self._question.words
        named = [word for word in tagged[:index] if word.kind == "name"]
        if named and (
            self.owns(index, tagged[index]) or named[0] in tagged[: self._question.n_asking]
        ):
            return True
        if self._who_owns(index) or self._named_after_comma(index) or self._title(index):
            return True
        return any(
            _does_something(m) if m is self._asked else _animate(m) for m in self.before(index)
        )

    def _who_owns(self, index: int) -> bool:
        """As in "Who rescued his wife?": the pronoun is of whoever is asked for."""
        tagged = self._question.words
        first, word = tagged[0].lower, tagged[index].lower
        after = [w for w in tagged[1:] if w.kind not in ("adverb", "aux")]
        subject = bool(after) and after[0].kind in ("verb", "noun")
        clause = any(w.lower in words.CLAUSES for w in tagged[1:index])
        return first in ("who", "whose") and subject and (word in OWNING or clause)

    def _named_after_comma(self, index: int) -> bool:
        """As in "In his lectures, what did Hume say?": the name follows."""
        rest = self._question.words[index:]
        comma = next((word.start for word in rest if word.text == ","), None)
        return comma is not None and any(m.start > comma for m in self._own)

    def has_thing(self, index: int) -> bool:
        """Whether "it" may be something in the question."""
        if self._who_owns(index) or self._named_after_comma(index) or self._title(index):
            return True
        many = self._asked is not None and self._asked.plural
        return any(m is not self._asked or not many for m in self.before(index))

    def has_any(self, index: int) -> bool:
        """Whether "they" may be somebody or something in the question, or nobody in particular."""
        tagged = self._question.words
        following = tagged[index + 1].lower if index + 1 < len(tagged) else ""
        nobody = tagged[index].lower == "they" and following in words.NOBODY_DOES
        nobody = nobody or any(word.lower in _ANYBODY for word in tagged[:index])
        if nobody or self._title(index) or self._named_after_comma(index):
            return True
        return bool(self.before(index)) or self._who_owns(index)

    def _title(self, index: int) -> bool:
        """Whether it seems to be a word of a song's or a book's title: "who sings let it be"."""
        tagged = self._question.words
        if len(tagged) < 3 or tagged[0].lower != "who" or tagged[1].lower not in words.TITLED:
            return False
        return index > 2 or len([w for w in tagged if w.kind != "mark"]) > 4

    def empty_it(self, index: int) -> bool:
        """Whether "it" stands for nothing: "how long does it take to", "is it true that"."""
        tagged = self._question.words
        if tagged[index].lower != "it":
            return False
        if self._question.asking in ("what time", "what day", "what date", "what year"):
            return True
        after = [word for word in tagged[index + 1 :] if word.kind != "mark"]
        takes = bool(after) and after[0].lower in ("take", "takes", "took") and len(after) > 2
        plain = [word for word in after[:7] if word.kind != "adverb"]
        to_do = any(a.lower == "to" and b.kind == "verb" for a, b in pairwise(plain))
        made = index > 0 and tagged[index - 1].lower.startswith(("make", "made", "making"))
        common = len(after) > 2 and after[1].lower == "for" and after[0].kind in ("noun", "verb")
        clause = any(word.lower in _EMPTY_IT_AFTER for word in after[:4])
        return takes or to_do or clause or common or (made and len(after) > 1)

    def there_is_a_place(self, index: int) -> bool:
        """Not "is there a fee", "are there"; not in a question that names its place."""
        tagged = self._question.words
        to_be = any(w.kind == "aux" for w in tagged[max(0, index - 1) : index])
        at_end = all(w.kind in ("mark", "adverb") for w in tagged[index + 1 :])
        placed = any(m.led_by in ("in", "at", "near") for m in self._own)
        return at_end and not placed and not to_be


def _animate(mention: Mention) -> bool:
    """Whether "he" in the same question may be this; a name with an article is a thing's."""
    return mention.maybe_person or not mention.named


def _does_something(mention: Mention) -> bool:
    """Whether the noun of an asking phrase is somebody: "which footballer"."""
    return mention.person or mention.head.endswith(("er", "or", "ist", "ian", "man"))
