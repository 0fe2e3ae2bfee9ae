"""Questions of invented forms, where a label stands beside each value: "Policy #: POL-2022-555".

Knows examples; no model and no tokens.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from reader.squad import AnswerText, Example

SPEC = Path(__file__).parent / "specs" / "forms.toml"
N_FIELDS = (4, 10)  # one of which is left out of the text
ASKED_OF_FORM = 2
UNANSWERED = 0.4  # of the forms are asked for a field that they lack
BETWEEN = (
    *(": ",) * 3,
    *(":\n", ":", " : ", ":\t", "\t", " - ", "  ", " ", " | ", " .... ", " = "),
)
LINE_ENDS = ("\n", "\n", "\n", "\n", "\n\n", "   ", "; ", " | ")
BULLETS = ("", "", "", "- ", "• ")
DATES = ("%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%y", "%d %B %Y", "%B %d, %Y", "%d %b %Y")
_SIGNS = {"#": "123456789", "~": "ABCDEFGHJKLMNPRSTUVWXYZ"}
_PLACE = re.compile(r"\{(\w+)\}|#|~")


@dataclass(frozen=True, slots=True)
class Field:
    """A line of a form, and the questions that its value answers."""

    label: str
    value: str
    ask: tuple[str, ...]


def invented(n_forms: int, seed: int) -> list[Example]:
    """Questions of forms drawn from ``specs/forms.toml``, two or three of each."""
    spec = tomllib.loads(SPEC.read_text(encoding="utf-8"))
    random = Random(seed)
    return [
        example
        for number in range(n_forms)
        for example in _of_form(spec, f"form-{seed}-{number}", number, random)
    ]


def _of_form(spec: dict[str, Any], name: str, order: int, random: Random) -> Iterator[Example]:
    form = random.choice(spec["form"])
    words = spec["words"] | {"date": _dates(random)}
    drawn = random.sample(form["fields"], min(random.randint(*N_FIELDS), len(form["fields"])))
    missing, *kept = (_field(field, words, random) for field in drawn)
    head = _filled(random.choice(form["heads"]), words, random)
    notes = [random.choice(("", "", *spec["beside"])) for _ in range(2)]
    context, starts = _laid_out(head, kept, notes, random)
    for place in random.sample(range(len(kept)), min(ASKED_OF_FORM, len(kept))):
        answer = AnswerText(kept[place].value, starts[place])
        yield Example(f"{name}-{place}", random.choice(kept[place].ask), context, (answer,), order)
    if random.random() < UNANSWERED:
        yield Example(f"{name}-absent", random.choice(missing.ask), context, (), order)


def _dates(random: Random) -> list[str]:
    """Some days, all written in the one way that a form keeps to."""
    written = random.choice(DATES)
    days = (date(2009, 1, 1) + timedelta(days=random.randrange(6500)) for _ in range(20))
    return [day.strftime(written) for day in days]


def _field(field: Mapping[str, list[str]], words: Mapping[str, list[str]], random: Random) -> Field:
    value = _filled(random.choice(field["values"]), words, random)
    return Field(random.choice(field["labels"]), value, tuple(field["ask"]))


def _filled(template: str, words: Mapping[str, list[str]], random: Random) -> str:
    def draw(place: re.Match[str]) -> str:
        return random.choice(words[place[1]] if place[1] else _SIGNS[place[0]])

    return _PLACE.sub(draw, template)


def _laid_out(
    head: str, fields: Sequence[Field], notes: Sequence[str], random: Random
) -> tuple[str, list[int]]:
    """The form as text, and where each value starts in it."""
    between, end = random.choice(BETWEEN), random.choice(LINE_ENDS)
    bullet = random.choice(BULLETS) if end == "\n" else ""
    shape = random.choice((str, str, str, str.upper, str.lower))
    text, starts = "".join(f"{line}\n" for line in (head, notes[0]) if line), list[int]()
    for field in fields:
        text += f"{bullet}{shape(field.label)}{between}"
        starts.append(len(text))
        text += field.value + end
    return (text + notes[1]).rstrip(), starts
