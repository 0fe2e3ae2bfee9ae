"""An earlier English question asked again with one part exchanged.

Pure; knows no pronouns and no more than the one exchange before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from chatbot.follow_ups import english_words as words
from chatbot.follow_ups.english_asked import only_names
from chatbot.follow_ups.english_parse import Mention, Question, agreeing, mentions, read
from chatbot.follow_ups.english_spoken import Spoken
from chatbot.follow_ups.english_tags import Word
from chatbot.follow_ups.records import Exchange

_ONE_YEAR = r"(?<!\d)(?:1\d{3}|20\d\d)(?!\d)"
# "1859-60", "from 2020 to 2021", "in the year 2022", "since 3 March 2022".
_YEAR = re.compile(
    r"(?P<led>\b(?:in|of|for|from|during|by|since|until|before|after|between|around)\s+)?(?P<date>"
    rf"(?:\b(?:the\s+year|early|late|(?:\d\d?\s+)?(?:{'|'.join(words.MONTHS)})(?:\s+\d\d?,?)?)\s+)?"
    rf"(?P<year>{_ONE_YEAR}(?:\s*[-–/]\s*\d{{1,4}}(?!\d)|\s+(?:to|and|until)\s+{_ONE_YEAR})*))",
    re.IGNORECASE,
)


def put_in(fragment: Question, last: Exchange) -> str | None:
    """The last question with a fragment in place of its counterpart there, or at its end."""
    earlier = read(last.question)
    if not (earlier.n_asking or earlier.verb_first):
        return None
    if year := _year_alone(fragment):
        return _of_year(year, earlier.text)
    if done_to := _object(fragment, earlier):
        return done_to
    owned = fragment.words[0].lower in words.POSSESSIVES
    swap = _owned(fragment, earlier, last) if owned else _counterpart(fragment, earlier)
    if swap is None:
        return None
    start, end, text = swap
    return _with_one_year(agreeing(earlier.text[:start], text), text, earlier.text[end:])


def _year_alone(fragment: Question) -> re.Match[str] | None:
    """The year of "in 2023", "the 2023 one" and "2023 then"; None where a noun stands beside it."""
    year = _YEAR.search(fragment.text)
    if year is None:
        return None
    before = [word for word in fragment.words if word.start < year.start()]
    after = [word for word in fragment.words if word.start >= year.end()]
    plain = all(word.kind == "det" for word in before)
    idle = all(word.kind in ("adverb", "mark") or word.lower == "one" for word in after)
    return year if plain and idle else None


def _of_year(year: re.Match[str], earlier: str) -> str:
    """The earlier question with that year for its own, or at its end."""
    there = _YEAR.search(earlier)
    if there is None:
        start, end, text = _at_end(earlier, year.group() if year["led"] else f"in {year['date']}")
        return earlier[:start] + text + earlier[end:]
    dated = "date" if year["date"] != year["year"] else "year"
    part = 0 if year["led"] and there["led"] else dated
    return earlier[: there.start(part)] + year[part] + earlier[there.end(part) :]


def _with_one_year(before: str, text: str, after: str) -> str:
    """As in "and the profit in 2023?": its year goes where the earlier question has one."""
    year = _YEAR.search(text)
    if year is None or not (_YEAR.search(before) or _YEAR.search(after)):
        return before + text + after
    undated = text[: year.start()].rstrip() + text[year.end() :]
    return _of_year(year, before + (undated if year.start() else undated.lstrip()) + after)


def _object(fragment: Question, earlier: Question) -> str | None:
    """As in "and batteries?" after "What does the warranty cover?": does it cover batteries?"""
    rest = [word for word in earlier.words[earlier.n_asking :] if word.kind != "mark"]
    found = mentions(fragment.text, fragment.words)
    if earlier.asking != "what" or len(rest) < 3 or not found or found[0].named:
        return None
    does = rest[0].kind == "aux" and rest[0].lower not in words.TO_BE and rest[-1].kind == "verb"
    if not does or fragment.words[0].kind not in ("noun", "number"):
        return None
    asked = earlier.text[rest[0].start : rest[-1].end]
    return f"{asked[:1].upper()}{asked[1:]} {fragment.text}?"


def _counterpart(fragment: Question, earlier: Question) -> tuple[int, int, str] | None:
    """Where in the earlier question the fragment goes, and as what."""
    first, text = fragment.words[0], fragment.text
    if first.kind == "prep":
        return _led(fragment, earlier)
    found = mentions(text, fragment.words)
    said = [word.lower for word in fragment.words if word.kind != "det" and word.lower != "one"]
    if not found or all(word in words.ORDINALS for word in said):
        return _ordinal(fragment, earlier)
    return _same_sort(found[0], text, earlier)


def _owned(fragment: Question, earlier: Question, last: Exchange) -> tuple[int, int, str] | None:
    """As in "and his wife?" after "When was Darwin born?": Darwin's wife.

    None where "he" or "she" is not whom the question is about.
    """
    owners = earlier.mentions()
    if not owners or len(fragment.words) < 2:
        return None
    rest = fragment.text[fragment.words[1].start :]
    owner, owns, _ = owners[0].text.partition("'s ")
    gender = {"his": "he", "her": "she"}.get(fragment.words[0].lower)
    if gender and Spoken([last]).person(gender) not in (owner, owners[0].text):
        return None
    name = owner + "'s" if owns else possessive(owner)
    return owners[0].start, owners[0].end, f"{name} {rest}"


def possessive(name: str) -> str:
    """As in "Darwin's"."""
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def _led(fragment: Question, earlier: Question) -> tuple[int, int, str] | None:
    """As in "and in Norway?": for what the same preposition leads there, else at the end."""
    first = fragment.words[0].lower
    led = [i for i in range(1, len(earlier.words)) if earlier.words[i - 1].lower == first]
    if len(fragment.words) == 1 and any(word.kind == "prep" for word in earlier.words):
        return None  # "and after?" of "before Peter"
    phrases = [found[0] for i in led if (found := mentions(earlier.text, earlier.words[i:]))]
    if not phrases or len(fragment.words) == 1:
        return _at_end(earlier.text, fragment.text)
    return phrases[-1].start, phrases[-1].end, fragment.text[fragment.words[1].start :]


def _at_end(earlier: str, text: str) -> tuple[int, int, str]:
    end = len(earlier.rstrip(" ?"))
    return end, end, f" {text}"


def _ordinal(fragment: Question, earlier: Question) -> tuple[int, int, str] | None:
    """As in "and the second?" after "the first edition": the ordinal alone is exchanged."""
    wanted = [word for word in fragment.words if word.lower in words.ORDINALS]
    there = [word for word in earlier.words if word.lower in words.ORDINALS]
    if not wanted or not there:
        return None
    return there[-1].start, there[-1].end, wanted[0].text


def _same_sort(wanted: Mention, text: str, earlier: Question) -> tuple[int, int, str] | None:
    there = earlier.mentions()
    same_head = [m for m in there if m.head == wanted.head]
    if same_head:
        tail = _tail(same_head[0]) if " of " not in text else ""
        return same_head[0].start, same_head[0].end, text + tail
    if wanted.named and not wanted.text.lower().startswith("the "):
        return _name(wanted, text, earlier)
    plain = [m for m in there if not m.led_by] or there
    if not plain:
        return None
    article = _article(text)
    tells = plain[0].named or not article  # a tenant and the landlord are of one sort
    like = [m for m in plain if tells and _article(m.text) == article] or plain
    of_name = like[0].named and text.lower().startswith("the ") and " of " not in text
    tail = _tail(like[0]) if of_name else ""
    return like[0].start, like[0].end, text + tail


def _article(text: str) -> str:
    """What kind of word leads it: "theft" is more like "water damage" than like "the warranty"."""
    first = text.split(maxsplit=1)[0].lower()
    if first in words.POSSESSIVES:
        return "own"
    return {"the": "the", "a": "a", "an": "a"}.get(first, "")


def _tail(mention: Mention) -> str:
    """What follows the head: " of the Origin"."""
    _, of, rest = mention.text.partition(" of ")
    return of + rest


def _name(wanted: Mention, text: str, earlier: Question) -> tuple[int, int, str] | None:
    """A name takes the place of a name: somebody's of somebody's, else of the one most like it.

    None where it may be somebody's and would take the place of a thing's.
    """
    runs = _name_runs(earlier)
    if not runs:
        there = earlier.mentions()
        unlike = _YEAR.search(text) and only_names(earlier)  # "Norway in 2023" is no revenue
        if not there or unlike or _is_answer(earlier) or (wanted.person and not there[0].person):
            return None
        return there[0].start, there[0].end, text
    people = [run for run in runs if run.person]
    run = (people or runs)[0] if wanted.person else _most_like(wanted, runs, earlier)
    before = earlier.text[: run.start].lower()
    article = before.endswith(" the ")
    thing = article and not before.endswith(" of the ") and not run.person
    if thing and (wanted.person or _is_answer(earlier)):
        return None
    return run.start - 4 * article, run.end, text


def _is_answer(earlier: Question) -> bool:
    """Whether a name may be one more answer: "Buzz Aldrin" after "Who landed on the Moon?"."""
    return earlier.asking in ("who", "whom")


def _most_like(wanted: Mention, runs: Sequence[Mention], earlier: Question) -> Mention:
    """The subject of "did Norway join NATO" for "Sweden", the other for "EFTA"; else the last."""
    alike = [run for run in runs if run.text.isupper() == wanted.text.isupper()] or runs
    before = [word for word in earlier.words if word.end <= alike[0].start]
    led = [word for word in earlier.words if word.kind == "prep" and word.start > alike[0].end]
    subject = bool(before) and before[-1].lower in ("do", "does", "did") and not led
    return alike[0] if subject else alike[-1]


def _name_runs(question: Question) -> list[Mention]:
    """The names, without what belongs to them: "Origin of Species" is one, "King of Norway" not."""
    runs: list[Mention] = []
    last: Word | None = None
    for word in question.words[question.n_asking :]:
        if word.kind == "name":
            joined = last is not None and last.kind == "name"
            if runs and not runs[-1].person:
                joined |= question.text[runs[-1].end : word.start].lower() in (" of ", " of the ")
            start = runs.pop().start if runs and joined else word.start
            text = question.text[start : word.end]
            runs.append(Mention(text, start, word.end, word.lower, named=True))
        last = word
    return runs
