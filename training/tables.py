"""Questions whose answer is a cell: asked by rule of invented tables, and TAT-QA's own.

Tables are written as the retriever writes those of files, and cut as it cuts passages, so a
reader is taught what it will read. Knows examples and rows of cells; no model and no tokens.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from reader.squad import AnswerText, Example
from retriever.parsing.rows import column_names, count_headers, row_parts, table_lines, tidy
from retriever.split import split
from retriever.types import ParsedDocument

SPEC = Path(__file__).parent / "specs" / "tables.toml"
ROWS = (3, 14)  # of an invented table
ASKED_OF_TABLE = 4  # questions of an invented table
ASKED_OF_REAL = 3  # questions by rule of a real one, beside its own
YEARS = range(1995, 2025)
OF_FIGURE = (
    "What was the {row} in {column}?",
    "How much was {row} in {column}?",
    "What is the {row} for {column}?",
    "{row} {column}",
)
_NOISE = re.compile(r"[\s$€£¥;:.,]+|US")
_MONTHS = "January February March April May June July August September October November December"
_YEAR = re.compile(r"(?:19|20)\d\d\Z")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under the names of their columns; every row is as long as ``names``."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the cell that answers it; both places count from 0."""

    question: str
    row: int
    column: int


def invented(n_tables: int, seed: int) -> list[Example]:
    """Questions of ``n_tables`` tables drawn from ``specs/tables.toml``."""
    spec = tomllib.loads(SPEC.read_text(encoding="utf-8"))
    random = Random(seed)
    found: list[Example] = []
    for number in range(n_tables):
        kind = random.choice(spec["table"])
        table, asked = _drawn(kind, spec["words"], random)
        few = random.sample(asked, min(ASKED_OF_TABLE, len(asked)))
        found += _examples(table, few, f"table-{seed}-{number}", 1000 * number)
    return found


def tat_qa(path: Path, seed: int) -> list[Example]:
    """Of every other table of TAT-QA (Zhu et al. 2021) the questions that one cell answers.

    The tables between are left to ``bench/tables.py``. A few questions of each table are made
    by rule besides.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if it is not of TAT-QA's form.
    """
    random = Random(seed)
    found: list[Example] = []
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))[::2]
        for number, entry in enumerate(entries):
            if table := _real(entry["table"]["table"]):
                asked = [*_own(entry["questions"], table), *_by_rule(table, random)]
                found += _examples(table, asked, f"tat-qa-{number}", 1000 * number)
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is not in TAT-QA's form: {error}") from error
    return found


def _examples(table: Table, asked: Sequence[Asked], name: str, order: int) -> Iterator[Example]:
    """Each question over the passage that holds its cell."""
    text, places = written(table)
    passages = split(ParsedDocument(name, "text/csv", text, (0,)))
    for number, one in enumerate(asked):
        cell = table.rows[one.row][one.column]
        begin = places[one.row, one.column]
        for index, passage in enumerate(passages):
            if passage.char_start <= begin and begin + len(cell) <= passage.char_end:
                answer = AnswerText(cell, begin - passage.char_start)
                key = f"{name}-{number}"
                yield Example(key, one.question, passage.text, (answer,), order + index)
                break


def written(table: Table) -> tuple[str, dict[tuple[int, int], int]]:
    """A table as the library writes it, and the offset of every cell."""
    text = " | ".join(filter(None, table.names))
    places: dict[tuple[int, int], int] = {}
    for number, row in enumerate(table.rows):
        text += "\n"
        for part in row_parts(row, table.names):
            if part.column >= 0:
                places[number, part.column] = len(text)
            text += part.text
    return text, places


def _drawn(
    kind: dict[str, Any], words: dict[str, list[str]], random: Random
) -> tuple[Table, list[Asked]]:
    """A table of that kind, and all that can be asked of it without two answers."""
    labels = _labels(kind["rows"], words, random)
    columns = _columns(kind, random)
    cells = [[_cell(column["cells"], words, random) for _ in labels] for column in columns]
    names = (random.choice(kind["name"]), *(column["name"] for column in columns))
    rows = tuple(tuple(row) for row in zip(labels, *cells, strict=True))
    asked: list[Asked] = []
    for place, column in enumerate(columns, start=1):
        for number, row in enumerate(rows):
            label = row[0] if row[0][1:2].isupper() or _named(kind) else row[0].lower()
            of_row = random.choice(column["ask"]).format(row=label, column=column["name"])
            asked.append(Asked(of_row, number, place))
            if "back" in column and cells[place - 1].count(row[place]) == 1:
                back = random.choice(column["back"]).format(cell=row[place])
                asked.append(Asked(back, number, 0))
    return Table(names, rows), asked


def _named(kind: dict[str, Any]) -> bool:
    """Whether its rows are called by proper names."""
    common = ("{thing}", "{tree}", "{measure}", "{room}", "{crop}", "{test}")
    return kind["rows"] not in common


def _columns(kind: dict[str, Any], random: Random) -> list[dict[str, Any]]:
    if kind.get("years"):
        last, n_years = random.choice(YEARS), random.randint(2, 4)
        same = {"cells": kind["cells"], "ask": kind["ask"]}
        return [{"name": str(last - back), **same} for back in range(n_years)]
    every: list[dict[str, Any]] = kind["column"]
    kept = set(random.sample(range(len(every)), random.randint(2, len(every))))
    return [column for place, column in enumerate(every) if place in kept]


def _labels(pattern: str, words: dict[str, list[str]], random: Random) -> list[str]:
    """Names of rows, all different."""
    n = random.randint(*ROWS)
    for kind, known in words.items():
        if pattern == f"{{{kind}}}":
            drawn = random.sample(known, min(n, len(known)))
            return [word[0].upper() + word[1:] for word in drawn]
    letter, first = random.choice("ABCDEFGH"), random.randint(1, 40)
    return [pattern.format(letter=letter, n=first + place) for place in range(n)]


def _cell(kind: str | list[str], words: dict[str, list[str]], random: Random) -> str:
    if isinstance(kind, list):
        return random.choice(kind)
    return random.choice(words[kind]) if kind in words else CELLS[kind](random)


def _money(random: Random) -> str:
    amount = random.choice((random.randint(2, 99), random.randint(100, 9_900)))
    form = random.choice(("{:,}", "{:,}.50", "€ {:,}", "${:,}", "£{:,}", "{:,} EUR", "{:,}.00"))
    return form.format(amount)


def _amount(random: Random) -> str:
    form = random.choice(("{:,}", "${:,}", "{:,}.4", "({:,})"))
    return form.format(random.randint(12, 98_000))


def _date(random: Random) -> str:
    day, month, year = random.randint(1, 28), random.randint(1, 12), random.choice(YEARS)
    name = _MONTHS.split()[month - 1]
    forms = (f"{day} {name} {year}", f"{name} {day}, {year}", f"{year}-{month:02}-{day:02}")
    return random.choice((*forms, f"{day:02}.{month:02}.{year}"))


CELLS: dict[str, Callable[[Random], str]] = {
    "money": _money,
    "amount": _amount,
    "date": _date,
    "day": lambda random: f"{random.randint(1, 28)} {random.choice(_MONTHS.split())}",
    "year": lambda random: str(random.randint(1820, 2024)),
    "time": lambda random: f"{random.randint(5, 23)}:{random.randint(0, 59):02}",
    "integer": lambda random: (
        f"{random.choice((random.randint(2, 90), random.randint(90, 42_000))):,}"
    ),
    "small": lambda random: str(random.randint(1, 9)),
    "decimal": lambda random: f"{random.randint(1, 200)}.{random.randint(0, 9)}",
    "metres": lambda random: f"{random.randint(1, 40)}.{random.randint(0, 9)} m",
    "kilograms": lambda random: f"{random.randint(1, 60)}.{random.randint(0, 9)} kg",
    "hectares": lambda random: f"{random.randint(1, 90)} ha",
    "dose": lambda random: f"{random.choice((5, 10, 20, 25, 50, 100, 250, 500))} mg",
    "celsius": lambda random: f"{random.randint(2, 25)} °C",
    "range": lambda random: f"{random.randint(1, 60)}–{random.randint(61, 180)}",
    "extension": lambda random: str(random.randint(100, 9_999)),
    "office": lambda random: f"{random.choice('ABCDEKNS')}{random.randint(1, 420)}",
    "code": lambda random: f"{random.choice('ABFRX')}-{random.randint(1_000, 99_999)}",
}


def _real(cells: Sequence[Sequence[str]]) -> Table | None:
    """A table of a report, where the library finds names over it and writes no row otherwise."""
    tidied = [tidy(row) for row in cells]
    n_headers = count_headers(tidied) if tidied and any(tidied[0]) else 0
    if not n_headers:
        return None
    below = tuple(tuple(row) for row in tidied[n_headers:] if any(row))
    table = Table(tuple(column_names(tidied[:n_headers])), below)
    lines = list(table_lines(cells))[n_headers:]
    return table if written(table)[0].split("\n")[1:] == lines else None


def _own(questions: Sequence[dict[str, Any]], table: Table) -> Iterator[Asked]:
    """TAT-QA's questions that one cell of the table answers, and no other."""
    for asked in questions:
        if asked["answer_type"] != "span" or "table" not in asked["answer_from"]:
            continue
        wanted = bare(" ".join(asked["answer"]))
        found = [
            (number, place)
            for number, row in enumerate(table.rows)
            for place, cell in enumerate(row)
            if cell and bare(cell) == wanted
        ]
        if len(found) == 1:
            yield Asked(asked["question"], *found[0])


def _by_rule(table: Table, random: Random) -> list[Asked]:
    """What can be asked of figures below years."""
    labels = [row[0] for row in table.rows]
    asked = [
        Asked(
            random.choice(OF_FIGURE).format(row=row[0].rstrip(":"), column=table.names[place]),
            number,
            place,
        )
        for number, row in enumerate(table.rows)
        for place in range(1, len(row))
        if row[0] and labels.count(row[0]) == 1 and any(map(str.isdigit, row[place]))
        if place < len(table.names) and _YEAR.match(table.names[place])
    ]
    return random.sample(asked, min(ASKED_OF_REAL, len(asked)))


def bare(text: str) -> str:
    """A cell without currency signs, spaces and marks."""
    return _NOISE.sub("", text).lower()
