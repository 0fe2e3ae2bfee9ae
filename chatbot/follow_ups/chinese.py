"""Chinese follow-ups: what a fragment or a pronoun leaves out is taken from earlier questions.

Pure rules over characters, simplified and traditional; knows no documents and no model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from chatbot.follow_ups.chinese_parse import (
    ASKING,
    MARKS,
    Question,
    Topic,
    bare_answer,
    is_attribute,
    read,
)
from chatbot.follow_ups.records import Exchange

MAX_TURNS_BACK = 3
MAX_FRAGMENT_CHARS = 12

_LED = r"(?:那么|那麼|那|然后|然後|还有|還有|而|请问|請問)?[,，]?"
_WHAT_ABOUT = re.compile(rf"^{_LED}(?P<it>.{{1,{MAX_FRAGMENT_CHARS}}}?)呢[？?]?$")
_BARE = re.compile(rf"^{_LED}(?:又|是)?(?P<ask>在?(?:{ASKING}))(?:呢|的|啊)?[？?]?$")
_WHY_THAT = re.compile(rf"^{_LED}(?:这|這|那)?是?(?P<ask>为什么|為什麼|为何|為何)[？?]?$")
_NUMBER = re.compile(r"(?<!\d)\d{4}(?:[-–—]\d{2,4})?(?!\d)")
_MONTHS = r"\d\d?月(?:\d\d?[日号號])?|[上下]半年|第[一二三四]季度"
_DATE = re.compile(
    rf"(?:(?P<number>{_NUMBER.pattern})(?:年度?|财年|財年)?|[去今明]年)"
    rf"(?P<part>{_MONTHS}|[初底末])?"
)
_PART = re.compile(rf"(?P<part>{_MONTHS})的?(?P<rest>.*)")
_YEAR = re.compile(rf"(?:在|于|於)?(?P<date>{_DATE.pattern})的?")
_UNNAMED = re.compile(r"[他她它牠][们們]|其[次中实實间間]")
_ITS = r"其(?!他|它|中|次|实|實|余|餘|间|間)"
# What may stand before a pronoun that nothing in its own question explains.
_NOTHING = (
    rf"(?:{_LED}(?:{ASKING})?(?:是|后来|後來|曾经|曾經|之后|之後)?|谁.{{1,3}}?了?|誰.{{1,3}}?了?)"
)
_PRONOUN = re.compile(
    rf"^(?P<before>{_NOTHING})(?P<who>[他她它牠][们們]?+|{_ITS})"
    r"(?!呢)"
)
_THERE = re.compile(r"(?:那里|那裡|那儿|那兒|那边|那邊)")
_THAT_YEAR = re.compile(r"(?:在)?(?:那一?年|同年)(?!代)")
_POINTED = re.compile(
    rf"^{_LED}(?:这|這|那|该|該|此)"
    r"(?:一?[个個本座条條家部首篇艘件份项項种種位所间間场場次幅])?"
    r"(?P<noun>人|书|書|桥|橋|船|歌|山|河|城市|国家|國家|公司|学校|學校|组织|組織|法律|电影|電影|作品"
    r"|小说|小說|大学|大學|建筑|建築|机构|機構|战争|戰爭|条约|條約|岛|島|庙|廟|寺|塔)"
    r"(?=[是的在于於有由被什为為何哪多])"
)
_IT_IS = re.compile(rf"^{_LED}(?:这|這|那)(?=是(?!.*(?:吗|嗎)))")
_SHE = re.compile(r"妻|母|女|姐|妹|姑|婆|后$|妃")
_HE = re.compile(r"夫$|丈夫|父|子$|兄|弟|叔|伯|国王|國王|皇帝")
_PEOPLE = re.compile(
    r"(?:人|者|家|员|員|师|師|长|長|王|帝|妻子?|夫|父亲|母亲|父親|母親|儿|女|总统|總統)$"
)


def standalone(question: str, history: Sequence[Exchange]) -> str:
    """The question with what it leaves out; itself when it stands alone.

    Args:
        question: as it was typed, not blank.
        history: earlier exchanges, oldest first, at least one.
    """
    typed = question.strip()
    last = history[-1]
    return (
        _same_question_otherwise(typed, last)
        or _what_about(typed, history)
        or _filled_in(typed, history)
    ) or question


def _same_question_otherwise(question: str, last: Exchange) -> str | None:
    match = _WHY_THAT.match(question) or _BARE.match(question)
    earlier = read(last.question)
    if match is None or earlier.asking is None:
        return None
    asking, kind = match["ask"], read(match["ask"]).kind
    why = asking.startswith(("为", "為"))
    start, end = earlier.asking.span()
    before, after = earlier.text[:start], earlier.text[end:]
    if _is_of_noun(earlier, kind) and (earlier.goes_on or not why):
        return None
    answer = bare_answer(last.answer)
    if why and not (earlier.goes_on and before.strip()):
        return _as_question(asking + before + answer + after) if answer else None
    if before.endswith(("在", "于", "於")):
        placed = kind in ("place", "time")
        before, asking = (before, asking.removeprefix("在")) if placed else (before[:-1], asking)
    if earlier.kind == "person" and not before and not why:
        before = answer
    return _as_question(before + asking + after)


def _is_of_noun(earlier: Question, kind: str) -> bool:
    """As "多少" of "有多少本书？": no asking of another sort stands there, such as "什么时候"."""
    leads = earlier.asking is not None and earlier.asking.start() > 0
    of_noun = earlier.kind == "number" or (earlier.kind == "thing" and leads)
    return of_noun and kind != earlier.kind


def _what_about(question: str, history: Sequence[Exchange]) -> str | None:
    match = _WHAT_ABOUT.match(question)
    last = history[-1]
    earlier = read(last.question)
    if match is None or earlier.asking is None:
        return None
    it = match["it"].strip()
    if part := _PART.fullmatch(it):
        if (dated := _DATE.search(earlier.text)) is None:
            return _of_part(part, earlier)
        it = dated.group().removesuffix(dated["part"] or "") + it
    if year := _YEAR.search(it):
        return _of_year(it, year, earlier)
    topic = earlier.topic
    if topic is None or _UNNAMED.match(it):
        return None
    if it in ("他", "她", "它"):
        return _with_another(it, topic, earlier, _recent(history))
    if owned := re.match(rf"(?P<who>[他她它]|{_ITS})的?(?P<rest>.+)", it):
        return _owned(owned, topic, earlier, _recent(history))
    start, end = topic.counterpart(it)
    return earlier.text[:start] + it + earlier.text[end:]


def _owned(
    owned: re.Match[str], topic: Topic, earlier: Question, recent: Sequence[tuple[Question, str]]
) -> str | None:
    """As in "他的妻子呢？": of what the question is about, or "苏轼的妻子呢？" of who did it."""
    owner, owns, _ = topic.text.partition("的")
    about = owned["who"] not in "他她" or not (owns or earlier.goes_on)
    whose = owner if about else _person(owned["who"], recent)
    if whose != owner:
        return f"{whose}的{owned['rest']}呢？" if whose else None
    return f"{earlier.text[: topic.start]}{owner}的{owned['rest']}{earlier.text[topic.end :]}"


def _of_part(part: re.Match[str], earlier: Question) -> str | None:
    """As in "上半年呢？" of a question without a year; None where a noun follows."""
    if part["rest"] or earlier.kind == "time":
        return None
    there, text = re.search(_MONTHS, earlier.text), earlier.text
    if there is None:
        return _as_question(part["part"] + text)
    return text[: there.start()] + part["part"] + text[there.end() :]


def _of_year(it: str, year: re.Match[str], earlier: Question) -> str | None:
    """As in "2023年呢？" and "2023年的利润呢？": the year for a year, the noun for a noun."""
    rest = "的".join(part for part in (it[: year.start()], it[year.end() :]) if part)
    moved = _dated(earlier.text, year)
    if _DATE.search(earlier.text) and (not rest or it in moved):
        return moved
    return _of_year_and_noun(it, rest, year, earlier) if rest else _as_question(it + moved)


def _dated(text: str, year: re.Match[str]) -> str:
    """With that year for its first one, or with that part of the year."""
    there = _DATE.search(text)
    if there is None:
        return text
    whole = year["part"] or not year["number"] or not there["number"]
    part, new = (0, year["date"]) if whole else ("number", year["number"])
    return text[: there.start(part)] + new + text[there.end(part) :]


def _of_year_and_noun(it: str, rest: str, year: re.Match[str], earlier: Question) -> str | None:
    """As in "2023年的利润呢？"; None where nothing of the noun's sort was asked about."""
    topic = earlier.topic
    if topic is None or (is_attribute(rest) and not is_attribute(topic.text)):
        return None
    start, end = topic.counterpart(rest)
    before, after = earlier.text[:start], earlier.text[end:]
    if _DATE.search(before) or _DATE.search(after):
        return _dated(before + rest + after, year)
    return before + it + after


def _with_another(
    pronoun: str, topic: Topic, earlier: Question, recent: Sequence[tuple[Question, str]]
) -> str | None:
    """As in "他呢？": the last question asked of somebody else who was spoken of."""
    for asked, answer in recent:
        for name, told in _people(asked, answer):
            if name not in topic.text and _fits(pronoun, told):
                return earlier.text[: topic.start] + name + earlier.text[topic.end :]
    return None


def _recent(history: Sequence[Exchange]) -> list[tuple[Question, str]]:
    """The latest exchanges, newest first."""
    return [(read(one.question), one.answer) for one in reversed(history[-MAX_TURNS_BACK:])]


def _filled_in(question: str, history: Sequence[Exchange]) -> str | None:
    recent = _recent(history)
    if (match := _PRONOUN.match(question)) and (name := _whom(match["who"], recent)):
        return question[: match.end("before")].lstrip("那么麼") + name + question[match.end() :]
    if (match := _POINTED.match(question)) and (name := _pointed(match["noun"], recent)):
        return name + question[match.end() :]
    if (match := _IT_IS.match(question)) and (name := _thing(recent)):
        return name + question[match.end() :]
    return _placed(question, recent)


def _placed(question: str, recent: Sequence[tuple[Question, str]]) -> str | None:
    """As in "那里有多少人？" and "那年发生了什么？"."""
    for pattern, kind in ((_THERE, "place"), (_THAT_YEAR, "time")):
        match = pattern.search(question)
        name = next((bare_answer(a) for q, a in recent if q.kind == kind and bare_answer(a)), None)
        if match and match.start() <= 2 and name is None and kind == "place":
            name = next((q.topic.text for q, _ in recent if q.topic), None)
        if match and match.start() <= 2 and name:
            name = name.removeprefix("在")
            return question[: match.start()] + name + question[match.end() :]
    return None


def _whom(pronoun: str, recent: Sequence[tuple[Question, str]]) -> str | None:
    if pronoun in ("它", "牠", "它们", "它們", "牠們"):
        return _thing(recent)
    if pronoun == "其":
        return _thing(recent) or _person("", recent)
    return _person(pronoun[0] if len(pronoun) == 1 else "", recent)


def _person(pronoun: str, recent: Sequence[tuple[Question, str]]) -> str | None:
    """Who was asked for, else who was spoken of; 妻子 is no 他."""
    for earlier, answer in recent:
        for name, told in _people(earlier, answer):
            if _fits(pronoun, told):
                return name
    return None


def _fits(pronoun: str, told: str) -> bool:
    return not pronoun or told in ("", pronoun)


def _people(earlier: Question, answer: str) -> Iterator[tuple[str, str]]:
    topic = earlier.topic.text if earlier.topic else ""
    told = "她" if _SHE.search(topic) else "他" if _HE.search(topic) else ""
    if earlier.kind == "person" and bare_answer(answer):
        yield bare_answer(answer), told
    if topic and not topic.startswith("《"):
        owner, owns, _ = topic.partition("的")
        done = earlier.kind == "person" and earlier.goes_on  # "苏堤是谁建的？"
        if (not owns and not done) or _PEOPLE.search(topic):
            yield topic, told if owns else ""
        if owns:
            yield owner, ""


def _thing(recent: Sequence[tuple[Question, str]]) -> str | None:
    for earlier, answer in recent:
        if earlier.titles:
            return earlier.titles[0]
        if earlier.kind in ("thing", "place") and bare_answer(answer) and not earlier.topic:
            return bare_answer(answer)
        if earlier.topic and not _PEOPLE.search(earlier.topic.text):
            return earlier.topic.bearer
        if earlier.kind in ("thing", "place") and bare_answer(answer):
            return bare_answer(answer)
    return None


def _pointed(noun: str, recent: Sequence[tuple[Question, str]]) -> str | None:
    if noun == "人":
        return _person("", recent)
    topics = [q.topic.text.split("的") for q, _ in recent if q.topic]
    named = (part for topic in topics for part in topic if part.endswith(noun))
    return next(named, None) or _thing(recent)


def _as_question(text: str) -> str:
    return text if text.endswith(MARKS) else f"{text}？"
