"""An earlier English question asked again with another asking phrase: "Why was it shut?".

Pure; knows no pronouns and no more than the one exchange before.
"""

from __future__ import annotations

import re

from chatbot.follow_ups import english_words as words
from chatbot.follow_ups.english_parse import Question, read
from chatbot.follow_ups.english_tags import has_verb
from chatbot.follow_ups.records import Exchange

_MAX_ANSWER_WORDS = 8
# "540,800", "16,000 to 35,000", "three", "about a million"; not "20%", "three hills".
_NUMBER = re.compile(r".*\d|[a-z]+|.*\b(?:hundred|thousand|million|billion)", re.IGNORECASE)
_DO = ("do", "does", "did")
_NO_OBJECTS = words.ASKS_BY_NOUN | {"age"}  # "What year did it close?"
# Asked again alone, these take the place of what was asked for: "Which trees grew?" "How many?".
_NOUNS = ("who", "whom", "whose", "what", "which", "how many", "how much")


def asked_with(asking: str, last: Exchange) -> str | None:
    """The last question with another asking phrase: "Why" and "When was it shut?" -> "Why was it
    shut?"; None when the last one is no question.
    """
    earlier = read(last.question)
    if not earlier.words:
        return None
    asking = asking[:1].upper() + asking[1:]
    if earlier.verb_first:
        return f"{asking} {earlier.text[:1].lower()}{earlier.text[1:]}"
    if not earlier.n_asking or all(w.kind == "mark" for w in earlier.words[earlier.n_asking :]):
        return None
    rest = earlier.text[earlier.words[earlier.n_asking].start :]
    if "else" in asking.lower() or _same_kind(asking, earlier) or asking.lower() in _NOUNS:
        return f"{asking} {rest}"
    if _asks_for_subject(earlier):
        return _of_subject(asking, earlier, rest, last.answer)
    if only_names(earlier):
        return _of_statement(asking, earlier, last.answer)
    if not _asks_for_object(earlier):
        return f"{asking} {rest}"
    return _of_object(asking, earlier, last.answer)


def _same_kind(asking: str, earlier: Question) -> bool:
    return asking.split()[0].lower() == earlier.words[0].lower == "who"


def _asks_for_subject(earlier: Question) -> bool:
    """As in "Who closed the bridge?", "Which bridge was closed?": what does it, or is done to."""
    first, *after = earlier.words[earlier.n_asking :]
    if first.kind in ("verb", "adverb"):
        return True
    if first.kind != "aux" or first.lower in _DO or not _asks_by_name(earlier):
        return False
    if first.lower in ("has", "have", "had") and not has_verb(after):
        return not after or after[0].kind != "pronoun" or after[0].lower in words.POSSESSIVES
    plain = [word for word in after if word.kind not in ("aux", "adverb")]
    return bool(plain) and plain[0].kind == "verb"


def _asks_for_object(earlier: Question) -> bool:
    """As in "Which book did Darwin publish?": the verb wants the book."""
    after = [word for word in earlier.words[earlier.n_asking :] if word.kind != "mark"]
    head = earlier.words[earlier.n_asking - 1]
    if head.kind not in ("noun", "name") or head.lower.removesuffix("s") in _NO_OBJECTS:
        return False
    if len(after) < 3 or after[0].kind != "aux" or after[0].lower in words.TO_BE:
        return False
    return has_verb(after) and _asks_by_name(earlier)


def _of_object(asking: str, earlier: Question, answer: str) -> str | None:
    """With the answer where the verb wants it: "Why did Luther read the Koran in 1542?".

    None where that place is not plain: "What title did Norway give its king?".
    """
    after = [word for word in earlier.words[earlier.n_asking :] if word.kind != "mark"]
    if any(word.kind != "name" and word.lower in words.CLAUSES for word in after):
        return None
    index = max(index for index, word in enumerate(after) if word.kind == "verb")
    kinds = [word.kind for word in after[index + 1 :]]
    if kinds[-1:] == ["prep"]:
        index = len(after) - 1  # "sail to Chile on"
    elif kinds[:2] == ["prep", "prep"]:
        index += 1  # "work for in 1980"
    elif (kinds and kinds[0] != "prep") or after[index].lower.endswith("ing"):
        return None
    middle, text = after[index].end, earlier.text
    start = text[after[0].start : middle]
    return f"{asking} {start} {_asked_thing(earlier, answer)}{text[middle:].rstrip(' ?')}?"


def _asks_by_name(earlier: Question) -> bool:
    """Whether it asks who, what, which or how many, with no preposition before."""
    asking = earlier.asking.split()
    return asking[0] in ("who", "what", "which", "whose") or _counts(earlier)


def _counts(earlier: Question) -> bool:
    return earlier.asking.split()[1:2] in (["many"], ["much"])


def _of_subject(asking: str, earlier: Question, rest: str, answer: str) -> str:
    nobody_named = "something" if earlier.asking == "what" else "somebody"
    who = _asked_thing(earlier, answer) or nobody_named
    return f"{asking} was it that {who} {rest}"


def _asked_thing(earlier: Question, answer: str) -> str:
    """The answer, with its noun if it counts: "540,800 students"; without one the noun alone."""
    name, noun = bare_answer(answer), _asked_noun(earlier)
    counts = noun and "many" in earlier.asking.split() and _NUMBER.fullmatch(name)
    return f"{name} {noun}" if counts else name or noun


def _asked_noun(earlier: Question) -> str:
    """The "registered students" of "how many registered students"; "" of "how tall", "who else"."""
    asking = earlier.words[: earlier.n_asking]
    nouns = [word for word in asking if word.kind in ("noun", "name", "number")]
    if "how" in earlier.asking.split():
        nouns = [word for word in nouns if word.lower != "many"] if _counts(earlier) else []
    return earlier.text[nouns[0].start : nouns[-1].end] if nouns else ""


def only_names(earlier: Question) -> bool:
    """As in "What is the fee for late payment?": without its answer nothing is said of it."""
    after = earlier.words[earlier.n_asking :]
    if not after:
        return False
    to_be = after[0].lower in words.TO_BE
    named = earlier.words[0].lower in ("what", "who", "which") or earlier.asking.startswith("how ")
    return to_be and named and not any(word.kind == "verb" for word in after)


def _of_statement(asking: str, earlier: Question, answer: str) -> str | None:
    if not bare_answer(answer):
        return None
    name, after = _asked_thing(earlier, answer), earlier.words[earlier.n_asking :]
    be, rest = after[0].text, earlier.text[after[0].end :].strip(" ?")
    if earlier.words[0].lower == "who":
        return f"{asking} {be} {name} {rest}?"
    return f"{asking} {be} {rest} {name}?"


def bare_answer(answer: str) -> str:
    """A short answer without what stands around it; "" for one that is a clause."""
    text = answer.strip().strip(" .,;:!?\n\"'“”()").strip()
    short = len(text.split()) <= _MAX_ANSWER_WORDS and "\n" not in text
    return text if short else ""
