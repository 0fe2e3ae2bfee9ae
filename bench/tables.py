"""Questions whose answer is a cell: how often the reader finds it, by how rows are written.

``PYTHONPATH=. python bench/tables.py``. TAT-QA dev (Zhu et al. 2021, https://aclanthology.org/
2021.acl-long.254): every question of type span over a table whose answer is one of its cells.
The form was chosen on every other table; the figures are of those between.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from corpus import DATA, REPO

from reader import Reader
from retriever.parsing import rows as ours
from retriever.parsing.pages import clean
from retriever.split import split
from retriever.types import ParsedDocument
from training.tables import bare

TATQA = DATA / "extra" / "tatqa_dataset_dev.json"
Table = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of which table, and the cell that answers it."""

    table_number: int
    text: str
    answer: str


def bars(table: Table) -> list[str]:
    """What most parsers give: cells between bars, names in the first line alone."""
    return [" | ".join(filter(None, ours.tidy(row))) for row in table]


def names_first(table: Table) -> list[str]:
    """``Region: North; Q1: 1,200``, with the names that Quoth finds."""
    tidied = [ours.tidy(row) for row in table if any(map(str.strip, row))]
    n_headers = ours.count_headers(tidied)
    names = ours.column_names(tidied[:n_headers])
    lines = bars(tidied[:n_headers])
    for row in tidied[n_headers:]:
        named = [*names, *[""] * len(row)]
        cells = [
            f"{name}: {cell}" if name else cell
            for cell, name in zip(row, named, strict=False)
            if cell
        ]
        lines.append("; ".join(cells))
    return lines


FORMS: dict[str, Callable[[Table], list[str]]] = {
    "cells between bars": bars,
    "name: value": names_first,
    "Quoth: value (name)": lambda table: list(ours.table_lines(table)),
}


def main() -> None:
    """One row a form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="the tables that the form was chosen on")
    args = parser.parse_args()
    if not TATQA.is_file():
        sys.exit(f"this benchmark reads {TATQA.relative_to(REPO.parent)}, which is not here")
    data = json.loads(TATQA.read_text(encoding="utf-8"))
    asked = [q for q in questions(data) if args.all or q.table_number % 2]
    reader = Reader.load()
    print(f"{len(asked)} questions\n\n| form | cell found, % | characters |\n|---|---|---|")
    for name, write in FORMS.items():
        texts = {q.table_number: passages(data[q.table_number], write) for q in asked}
        right = sum(found(reader, q, texts[q.table_number]) for q in asked)
        n_chars = sum(len(text) for table in texts.values() for text in table)
        print(f"| {name} | {100 * right / len(asked):.1f} | {n_chars} |", flush=True)


def questions(data: list[dict]) -> Iterator[Question]:
    """Those that one cell answers."""
    for number, entry in enumerate(data):
        cells = {bare(cell) for row in entry["table"]["table"] for cell in row if cell.strip()}
        for asked in entry["questions"]:
            is_span = asked["answer_type"] == "span" and "table" in asked["answer_from"]
            if is_span and len(asked["answer"]) == 1 and bare(asked["answer"][0]) in cells:
                yield Question(number, asked["question"], asked["answer"][0])


def passages(entry: dict, write: Callable[[Table], list[str]]) -> list[str]:
    """The table as a document's passages."""
    text = clean("\n".join(write(entry["table"]["table"])))
    return [piece.text for piece in split(ParsedDocument("table", "text/csv", text, (0,)))]


def found(reader: Reader, question: Question, texts: list[str]) -> bool:
    """Whether the best span over the table is the cell."""
    spans = reader.read(question.text, texts, k=1)
    return bool(spans) and bare(spans[0].text) == bare(question.answer)


if __name__ == "__main__":
    main()
