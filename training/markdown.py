"""Nested records -> Markdown tables and lines, whatever their fields. Pure; knows no model."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any


def flatten(row: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Leaves of nested tables with the keys that lead to them; keys that count, falling."""
    if isinstance(row, Mapping):
        counted = all(str(key).isdecimal() for key in row)
        keys = sorted(row, key=int, reverse=True) if counted else row
        for key, value in ((key, row[key]) for key in keys):
            yield from flatten(value, (*path, str(key)))
    else:
        yield path, row


def figures(scores: Mapping[str, Any], meaning: Mapping[str, str]) -> str:
    """Every figure in tables: those of one form together, each nested table by itself."""
    forms: dict[tuple[object, ...], dict[str, Any]] = {}
    for name, row in sorted(scores.items()):
        form = tuple(path for path, _ in flatten(row))
        forms.setdefault(form, {})[name] = row if isinstance(row, Mapping) else {"": row}
    return "\n\n".join(part for rows in forms.values() for part in _tables(rows, meaning))


def _tables(rows: Mapping[str, Mapping[str, Any]], meaning: Mapping[str, str]) -> Iterator[str]:
    order = {key: place for place, key in enumerate(meaning)}
    first = next(iter(rows.values()))
    keys = sorted(first, key=lambda key: order.get(key, len(order)))
    plain = [key for key in keys if not isinstance(first[key], Mapping)]
    for key in keys:
        if key not in plain:
            inner = {name: row[key] for name, row in rows.items()}
            yield f"**{words(key).capitalize()}**" + (f": {meaning[key]}" if key in meaning else "")
            yield _figures(inner, [path for path, _ in flatten(first[key])])
    if notes := _notes(plain, meaning):
        yield notes
    if plain:
        yield _figures(rows, [(key,) for key in plain])


def _notes(keys: Iterable[str], meaning: Mapping[str, str]) -> str:
    """What the columns of a table mean; those that mean the same, together."""
    named: dict[str, list[str]] = {}
    for key in keys:
        if key in meaning:
            named.setdefault(meaning[key], []).append(f"**{words(key)}**")
    return " ".join(f"{', '.join(names)}: {text}" for text, names in named.items())


def _figures(rows: Mapping[str, Any], columns: Sequence[tuple[str, ...]]) -> str:
    cells = {name: dict(flatten(row)) for name, row in rows.items()}
    return table(
        ["", *(words(*column) for column in columns)],
        [[name, *(cells[name][column] for column in columns)] for name in rows],
    )


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *([_cell(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}" if abs(value) >= 10 else f"{value:.3g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, (list, tuple)):
        return ", ".join(_cell(one) for one in value)
    return str(value).replace("|", "\\|").replace("\n", " ")


def settings(row: Mapping[str, Any]) -> str:
    """``key value, key value``: what is set, leaving out what is empty."""
    leaves = [(path, value) for path, value in flatten(row) if value not in ("", None, [], ())]
    return ", ".join(f"{words(*path)} {_cell(value)}" for path, value in leaves)


def unusual(
    columns: Sequence[Mapping[str, Any]], usual: Mapping[str, Any]
) -> Iterator[list[object]]:
    """Rows of a table, a setting each, with what every column has of it; empty where it has none.

    Settings that are as in ``usual`` in every column that has them are left out.
    """
    known = dict(flatten(usual))
    cells = [dict(flatten(column)) for column in columns]
    for path in dict.fromkeys(path for column in cells for path in column):
        found = [column[path] for column in cells if path in column]
        if path not in known or any(_plain(value) != _plain(known[path]) for value in found):
            yield [words(*path), *(column.get(path, "") for column in cells)]


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def attributes(record: type) -> dict[str, str]:
    """Fields of a record -> what its docstring says of each under ``Attributes``."""
    _, _, listed = (inspect.getdoc(record) or "").partition("Attributes:\n")
    entries = re.findall(r"^ {4}(\w[\w, ]*): (.+\n?(?: {5,}.+\n?)*)", listed, re.MULTILINE)
    return {
        name: " ".join(re.sub(r"``|:\w+:|`", "", text).split())
        for names, text in entries
        for name in names.split(", ")
    }


def words(*path: str) -> str:
    """Keys as words for a person."""
    return " ".join(path).replace("_", " ")
