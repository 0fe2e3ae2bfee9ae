"""Questions about one of several like facts: invented texts that say one thing of many.

"In 2024 the fee was 110 euros, in 2025 it was 120": who asks about 2025 wants no other year's,
and who asks about 2026 nothing. Knows examples; no model and no tokens.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from reader.squad import AnswerText, Example

SPEC = Path(__file__).parent / "specs" / "contrasts.toml"
N_FACTS = (2, 4)
UNANSWERED = 0.3  # of the texts are asked about something that they do not name
BETWEEN = ("; ", ", and ", ". ", ". ", ".\n")
BETWEEN_TWO = (", while ", ", whereas ", ", but ", *BETWEEN)
_PLACE = re.compile(r"\{(\w+)\}")

Range = tuple[int, int]  # [char_start, char_end)


def invented(n_texts: int, seed: int) -> list[Example]:
    """Questions of texts drawn from ``specs/contrasts.toml``, one or two of each."""
    spec = tomllib.loads(SPEC.read_text(encoding="utf-8"))
    random = Random(seed)
    found: list[Example] = []
    for number in range(n_texts):
        kind = random.choice(spec["contrast"])
        found += _of_kind(kind, spec, f"contrast-{seed}-{number}", number, random)
    return found


def _of_kind(
    kind: dict[str, Any], spec: dict[str, Any], name: str, order: int, random: Random
) -> Iterator[Example]:
    pool: list[str] = spec["words"][kind["keys"]]
    n_facts = random.randint(*N_FACTS)
    *keys, absent = random.sample(pool, n_facts + 1)
    if kind["keys"] == "year" and random.random() < 0.7:
        keys.sort(reverse=random.random() < 0.5)
    drawn = random.choice(kind.get("things", [""]))
    thing = {"thing": drawn} if isinstance(drawn, str) else drawn
    values = _values(kind, spec, thing, n_facts, random)
    told, places = _told(kind, thing, keys, values, random)
    before, after = (random.choice(("", *spec["beside"])) for _ in range(2))
    head = f"{before} " if before else ""
    context = f"{head}{told} {after}".rstrip()

    def ask(key: str) -> str:
        question, _ = filled(random.choice(kind["ask"]), thing | {"key": key})
        return question[:1].upper() + question[1:] if question.endswith("?") else question

    index = random.randrange(n_facts)
    start, end = (len(head) + offset for offset in places[index])
    answer = AnswerText(context[start:end], start)
    yield Example(name, ask(keys[index]), context, (answer,), order)
    if random.random() < UNANSWERED:
        yield Example(f"{name}-absent", ask(absent), context, (), order)


def _told(
    kind: dict[str, Any],
    thing: dict[str, str],
    keys: Sequence[str],
    values: Sequence[str],
    random: Random,
) -> tuple[str, list[Range]]:
    """The facts in one of the kind's ways, and where each value stands."""
    if "together" in kind and random.random() < 0.4:
        return _together(random.choice(kind["together"]), thing, keys, values)
    clauses = random.sample(kind["clauses"], min(len(kind["clauses"]), random.choice((1, 1, 2))))
    between = random.choice(BETWEEN if len(keys) > 2 else BETWEEN_TWO)
    text, places = "", list[Range]()
    for index, (key, value) in enumerate(zip(keys, values, strict=True)):
        clause = clauses[index % len(clauses)]
        one, at = filled(clause, thing | {"key": key, "value": value})
        if not text or between.startswith("."):
            one = one[:1].upper() + one[1:]
        places.append((len(text) + at["value"][0], len(text) + at["value"][1]))
        end = between if index + 1 < len(keys) else "."
        text += one + (end[1:] if one.endswith(".") and end.startswith(".") else end)
    return text, places


def _together(
    frame: Mapping[str, str], thing: Mapping[str, str], keys: Sequence[str], values: Sequence[str]
) -> tuple[str, list[Range]]:
    """In one sentence: a head, a part for each fact, an end."""
    text, _ = filled(frame["head"], thing)
    text = text[:1].upper() + text[1:]
    places: list[Range] = []
    for index, (key, value) in enumerate(zip(keys, values, strict=True)):
        part, at = filled(frame["part"], {"key": key, "value": value})
        joint = " " if not index else " and " if index + 1 == len(keys) else ", "
        text += joint
        places.append((len(text) + at["value"][0], len(text) + at["value"][1]))
        text += part
    return text if text.endswith(".") else text + ".", places


def filled(frame: str, words: Mapping[str, str]) -> tuple[str, dict[str, Range]]:
    """A frame with words in its places, and where each came to stand."""
    text, places, end = "", dict[str, Range](), 0
    for place in _PLACE.finditer(frame):
        text += frame[end : place.start()]
        word = words[place[1]]
        places[place[1]] = (len(text), len(text) + len(word))
        text += word
        end = place.end()
    return text + frame[end:], places


def _values(
    kind: dict[str, Any], spec: dict[str, Any], thing: Mapping[str, str], n: int, random: Random
) -> list[str]:
    """N values of which no two are equal."""
    if isinstance(kind["values"], list):
        return random.sample(kind["values"], n)
    if kind["values"] in spec["words"]:
        return random.sample(spec["words"][kind["values"]], n)
    unit = thing.get("unit") or random.choice(kind["units"])
    low, high = kind["range"]
    step = kind.get("step", 1)
    drawn = random.sample(range(low, high, step), n)
    return [unit.format(n=number) for number in drawn]
