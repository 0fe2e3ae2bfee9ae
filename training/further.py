"""Further questions over the contexts of a data set, written for Quoth: several for each text.

Only questions and answers lie here, beside the place of their context in the data set. Knows
examples; no model and no tokens.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from reader.squad import AnswerText, Example, load_squad

FOLDER = Path(__file__).parent / "further"
COLUMNS = ("place", "question", "answer", "around")

# Text that was cut into words by spaces, as it was printed.
_PRINTED = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        (r" @([-,.])@ ", r"\1"),
        (r"``\s*", '"'),
        (r"\s*''", '"'),
        (r" (n't|'s|'re|'ve|'ll|'d|'m|')(?=[\s.,;:!?)]|$)", r"\1"),
        (r" ([,.;:!?%)\]])", r"\1"),
        (r"([(\[$£€]) ", r"\1"),
        (r" -- ", "–"),
        (r'(^|\s)" ([^"]*?) "', r'\1"\2"'),
        (r" – (?=\d)", "–"),
        (r"(?<=\w) - (?=\w)", "-"),
        (r"(?<=\w) / (?=\w)", "/"),
    )
)


def printed(text: str) -> str:
    """A context without the spaces that a tokenizer put around marks and endings."""
    text = text.strip()
    for pattern, by in _PRINTED:
        text = pattern.sub(by, text)
    return text


def examples(file: Path, part: str = "") -> list[Example]:
    """The questions of ``training/further`` over the contexts of a SQuAD-form file.

    A line names its context by ``Example.order``; an answer that stands in it more than once
    is given by a longer piece (``around``) that holds it; no answer: unanswerable. ``part`` is
    which of the files of questions over this set; "" for the first.

    Raises:
        OSError: if a file is not there.
        ValueError: if a line's context or answer is not where it says.
    """
    of_place = {
        example.order: replace(example, context=printed(example.context))
        for example in load_squad(file)
    }
    name = "-".join(filter(None, (file.stem, part)))
    return list(_examples(FOLDER / f"{name}.tsv", of_place))


def _examples(lines: Path, of_place: dict[int, Example]) -> Iterator[Example]:
    with lines.open(encoding="utf-8", newline="") as opened:
        rows = csv.DictReader(opened, COLUMNS, delimiter="\t", quoting=csv.QUOTE_NONE, restval="")
        for number, row in enumerate(rows, 1):
            order, key = int(row["place"]), f"{lines.stem}-further-{number}"
            if order not in of_place:
                raise ValueError(f"{lines.name}, line {number}: there is no context {order}")
            over = of_place[order]
            answers = tuple(_answers(row, over.context, f"{lines.name}, line {number}"))
            yield replace(over, id=key, question=row["question"], answers=answers)


def _answers(row: dict[str, str], text: str, origin: str) -> Iterator[AnswerText]:
    words, around = row["answer"], row["around"] or row["answer"]
    if not words:
        return
    if text.count(around) != 1 or around.count(words) != 1:
        raise ValueError(f"{origin}: expected {words!r} in one place, in {around!r}")
    yield AnswerText(words, text.index(around) + around.index(words))
