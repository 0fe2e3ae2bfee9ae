"""English follow-ups: what a fragment or a pronoun leaves out is taken from earlier questions.

Pure rules over the words of the questions and answers; knows no documents and no model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from chatbot.follow_ups import english_words as words
from chatbot.follow_ups.english_asked import asked_with, only_names
from chatbot.follow_ups.english_frame import put_in
from chatbot.follow_ups.english_parse import Question, agreeing, read, read_led
from chatbot.follow_ups.english_referent import Change, Referents
from chatbot.follow_ups.english_spoken import MAX_TURNS_BACK
from chatbot.follow_ups.records import Exchange

_OPENING = re.compile(
    r"^(?:(?:and|but|so|then|ok|okay|oh|well|also|alright)\b[\s,]*)+(?=\S)", re.IGNORECASE
)
_ABOUT = re.compile(r"^(?:and\s+|but\s+|so\s+)?(?:what|how)\s+about\s++(?P<it>.++)$", re.IGNORECASE)
_LED = re.compile(r"^(?:and|but|or|then)\b[\s,]*+(?P<it>.++)$", re.IGNORECASE)
_AGAIN = re.compile(
    r"^(?P<ask>why|when|where|how)\s+(?:did|does|do|was|is)\s+(?P<it>this|that|it)"
    r"(?:\s+(?P<happens>happen|occur|take\s+place|so|the\s+case|true))?$",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_AGREEING = re.compile(
    r"^\W*(?:(?:yes|no|yeah|yep|yea|nope|ok|okay|sure|correct|right|exactly|of course)\b[\s,.!]*)+",
    re.IGNORECASE,
)
_REPLYING = re.compile(
    r"^\W*(?:(?:oh|well|hm+|actually)\b[\s,.]*)*"
    r"(?:(?:yes|yeah|yep|yea|yup|no|nope|nah|not|never|none|neither|n/a|ok|okay|of course|exactly"
    r"|absolutely|definitely|certainly|maybe|perhaps|probably|just|(?:all|some|both|one) of|that"
    r"|if|because|since|for|from|in|at)\b"
    r"|(?:sure|correct|right)\b(?!\s*\w)|\d[\d.,]*$)",
    re.IGNORECASE,
)
# What a sentence has and words to search by have not: "it was stolen", "the plates were lost".
_SENTENCE = re.compile(
    r"\b(?:i|we|he|she|it|they|you)(?:['’]|\s+\w)"
    r"|\w\s(?:am|is|are|was|were|has|have|had|does|did|would|could|should|\w+n['’]t)\b",
    re.IGNORECASE,
)
MAX_FRAGMENT_WORDS = 6
MAX_CHARS = 2_000  # a longer question says itself what it is about
_END = " \t\r\n?"


def standalone(question: str, history: Sequence[Exchange]) -> str:
    """The question with what it leaves out; itself when it stands alone.

    Args:
        question: as it was typed, not blank.
        history: earlier exchanges, oldest first, at least one.
    """
    recent = history[-MAX_TURNS_BACK:]
    if max(len(question), *(len(one.question) for one in recent)) > MAX_CHARS:
        return question
    last = history[-1]
    return (
        _same_question_otherwise(question, last)
        or _counted(question, last)
        or _fragment(question, history)
        or _filled_in(question, history)
        or _reply(question, last)
        or question
    )


def _same_question_otherwise(question: str, last: Exchange) -> str | None:
    """As in "Why?", "since when?", "why is that?", "who else?": asked of the same thing."""
    again = _AGAIN.match(question.rstrip(_END))
    if again and _is_event(again, last):
        return asked_with(again["ask"], last)
    bare = read(_OPENING.sub("", question).rstrip(" ?.!"))
    if not bare.words or len(bare.words) > MAX_FRAGMENT_WORDS:
        return None
    if bare.text.lower() in ("how so", "how come", "why so", "why not", "what for"):
        return asked_with("why", last)
    if bare.n_asking == len(bare.words) and _asks_again(bare):
        return asked_with(bare.text, last)
    return None


def _counted(question: str, last: Exchange) -> str | None:
    """As in "and how many steps?" after "How high is the tower?": of the same thing."""
    bare = read(_OPENING.sub("", question).rstrip(" ?.!"))
    counts = bare.asking.startswith(("how many ", "how much ")) and bare.n_asking > 2
    if not counts or bare.n_asking != len(bare.words) or not _OPENING.match(question):
        return None
    asking, earlier = bare.text[:1].upper() + bare.text[1:], read(last.question)
    after = [word for word in earlier.words[earlier.n_asking :] if word.kind in ("aux", "verb")]
    if earlier.asking.startswith(("how many", "how much")) and after:
        return f"{asking} {earlier.text[after[0].start :]}"
    things = earlier.mentions()
    if len(things) != 1:
        return None
    name = things[0].text
    return f"{agreeing(f'{asking} does ', name)}{name} have?"


def _is_event(again: re.Match[str], last: Exchange) -> bool:
    """Whether "that" is what happened, and not the thing that was asked about."""
    if again["it"].lower() == "it":
        return again["happens"] is not None and not only_names(read(last.question))
    return again["happens"] is not None or again["ask"].lower() in ("why", "when")


def _asks_again(bare: Question) -> bool:
    """Whether a bare asking phrase leans on a question before it."""
    return all(
        word.kind in ("ask", "prep", "adverb")
        or word.lower in ("else", "exactly")
        or word.lower.removesuffix("s") in words.ASKS_BY_NOUN
        for word in bare.words
    )


def _fragment(question: str, history: Sequence[Exchange]) -> str | None:
    """As in "What about 2023?", "and in Norway?", "and the second edition?"."""
    typed = question.rstrip(_END)
    match = _ABOUT.match(typed) or _LED.match(typed)
    parsed = read_led(match["it"]) if match else read(typed)
    if not parsed.words or len(parsed.words) > MAX_FRAGMENT_WORDS:
        return None
    if any(word.kind in ("ask", "aux") for word in parsed.words):
        return None
    if match is None and not _leans(parsed, question):
        return None
    if any(word.kind == "verb" and not word.lower.endswith("ing") for word in parsed.words):
        return None
    if len(parsed.words) == 1 and parsed.words[0].kind == "pronoun":
        somebody = Referents(parsed, history).somebody_else()
        return put_in(somebody, history[-1]) if somebody is not None else None
    return put_in(parsed, history[-1])


def _leans(parsed: Question, question: str) -> bool:
    """Whether a fragment without "and" is no search by key words: "in Norway?", "the second?"."""
    if not question.rstrip().endswith("?"):
        return False
    first = parsed.words[0]
    year = len(parsed.words) == 1 and first.kind == "number"
    led = first.kind == "prep" and len(parsed.words) > 1
    ordinal = first.lower == "the" and parsed.words[-1].lower in words.ORDINALS
    return year or led or ordinal


def _filled_in(question: str, history: Sequence[Exchange]) -> str | None:
    """Every pronoun that points back, and a part without its whole, named."""
    opening = _OPENING.match(question)
    parsed = read(_OPENING.sub("", question))
    if not parsed.words or not (parsed.asks or question.rstrip().endswith("?")):
        return None
    referents = Referents(parsed, history)
    changes = referents.pronouns() or referents.part_of_a_whole(led=opening is not None)
    if not changes:
        return None
    text = _with_same_circumstance(parsed, changes, history[-1])
    for start, end, name in sorted(changes, reverse=True):
        text = agreeing(text[:start], name) + name + text[end:]
    return text[:1].upper() + text[1:]


def _with_same_circumstance(parsed: Question, changes: Sequence[Change], last: Exchange) -> str:
    """The question with what the last one said of the same verb: "and who lit it?" after "When
    was the lamp lit for the first time?" asks of the first time, too.
    """
    end = len(parsed.text.rstrip(_END))
    verbs = {word.lower for word in parsed.words if word.kind == "verb"}
    earlier = read(last.question)
    for index, word in enumerate(earlier.words):
        rest = [later for later in earlier.words[index + 1 :] if later.kind != "mark"]
        if word.kind == "verb" and word.lower in verbs and rest and rest[0].kind == "prep":
            ends_with_it = any(change[1] == end for change in changes)
            said = earlier.text[rest[0].start : rest[-1].end]
            return f"{parsed.text[:end]} {said}{parsed.text[end:]}" if ends_with_it else parsed.text
    return parsed.text


def _reply(question: str, last: Exchange) -> str | None:
    """What is typed as a reply to a quotation that asks: "Do you have a permit?" "Yes, I do"."""
    asked = _SENTENCE_END.split(last.answer.strip())[-1]
    if not asked.endswith("?") or read(question).asks or not _replies(question):
        return None
    said = _AGREEING.sub("", question).strip(" .,!")
    return f"{asked} {said}".strip()


def _replies(said: str) -> bool:
    """Whether it is "yes", "no", "since May" or a sentence, and not words to search by."""
    return bool(_REPLYING.match(said) or _SENTENCE.search(said))
