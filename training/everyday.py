"""Questions over everyday documents: contracts, leaflets, reports and letters written for Quoth.

Each document is cut as the library cuts it, every second one with its tables as the library
writes those of other formats. Knows examples and rows of cells; no model and no tokens.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from reader.squad import AnswerText, Example
from retriever.split import split
from retriever.types import ParsedDocument, Slice
from training.tables import Table, written

FOLDER = Path(__file__).parent / "everyday"
TAUGHT = "taught"  # the folder that is meant where none is named
UNANSWERED = 0.5  # of the answerable questions, asked of a passage that does not answer too
ALIKE = 3  # one of so many passages that share the most words is taken
_ROW = re.compile(r"(?m)^\|.*\|[ \t]*$")
_TABLE = re.compile(r"(?m)^\|.*\|[ \t]*\n\|[-:| ]+\|[ \t]*\n(?:\|.*\|[ \t]*(?:\n|\Z))+")
_CELL = re.compile(r"(?<=\|)[^|\n]*(?=\|)")
_WORD = re.compile(r"\w{4,}")
_NEW_LINE = re.compile(r"\n\s*(?:\n|[-*•|#]|\d{1,3}[.)]\s|\(\w{1,3}\)\s)")  # no mere wrapped one

Range = tuple[int, int]  # [char_start, char_end)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a document, its kind, and where its answers stand; nowhere: no answers.

    ``kind`` is ``one``, ``bullets``, ``enumeration``, ``spread``, ``table`` or ``none``.
    """

    question: str
    kind: str
    answers: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A text and what is asked of it."""

    name: str
    text: str
    asked: tuple[Asked, ...]


def documents(folder: Path, part: str = "") -> list[Document]:
    """The Markdown files of a folder with the questions of its ``questions.json``, by name.

    ``part`` is which of the folder's files of questions: ``questions-PART.json``.

    An answer is given by its words and, where these stand in the document more than once, by
    a longer piece of it (``in``) that holds them.

    Raises:
        OSError: if a file cannot be read.
        ValueError: if an answer does not stand in its document, or not in one place.
    """
    name = "-".join(filter(None, ("questions", part)))
    entries = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    found: list[Document] = []
    for path in sorted(folder.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        asked = [_asked(text, entry) for entry in entries if entry["document"] == path.name]
        found.append(Document(path.name, text, tuple(asked)))
    return found


def _asked(text: str, entry: dict[str, Any]) -> Asked:
    places: list[Range] = []
    for answer in entry["answers"]:
        words, around = answer["text"], answer.get("in", answer["text"])
        if text.count(around) != 1 or around.count(words) != 1:
            name = entry["document"]
            raise ValueError(f"{name}: expected {words!r} in one place, in {around!r}")
        start = text.index(around) + around.index(words)
        places.append((start, start + len(words)))
    if entry["kind"] == "enumeration":
        places = _together(text, places)
    return Asked(entry["question"], entry["kind"], tuple(sorted(places)))


def _together(text: str, places: Sequence[Range]) -> list[Range]:
    """Things that one line names, wrapped or not, are one answer, as people quote them."""
    start, end = min(s for s, _ in places), max(e for _, e in places)
    return list(places) if _NEW_LINE.search(text, start, end) else [(start, end)]


def taught(folder: str, part: str, seed: int) -> list[Example]:
    """The questions of a folder of documents that a reader is taught.

    Raises:
        ValueError: if it is the folder that no reader may see.
    """
    if folder == "held_out":
        raise ValueError("everyday:held_out is what readers are judged by; name a taught folder")
    return examples(FOLDER / (folder or TAUGHT), seed, part)


def examples(folder: Path, seed: int, part: str = "") -> list[Example]:
    """Each question over every passage with an answer, and over some that look as if.

    ``answers`` are all answers that stand in the passage.
    """
    random = Random(seed)
    found: list[Example] = []
    for number, document in enumerate(documents(folder, part)):
        read = with_rows(document) if number % 2 else document
        passages = split(ParsedDocument(read.name, "text/markdown", read.text, (0,)))
        for place, asked in enumerate(read.asked):
            key = "-".join(filter(None, (read.name, part, str(place))))
            over = list(_over_each(key, asked, read.text, passages, random))
            found += [replace(one, order=1000 * number + one.order) for one in over]
    return found


def _over_each(
    key: str, asked: Asked, text: str, passages: Sequence[Slice], random: Random
) -> Iterator[Example]:
    """A question over each passage with an answer, and over one without."""
    others: list[int] = []
    for index, passage in enumerate(passages):
        answers = _within(passage, asked.answers, text)
        random.shuffle(answers)
        if answers:
            yield Example(
                f"{key}-{index}",
                asked.question,
                passage.text,
                tuple(answers),
                index,
                passage.context,
            )
        else:
            others.append(index)
    if others and (not asked.answers or random.random() < UNANSWERED):
        index = random.choice(_likest(asked.question, passages, others))
        near = passages[index]
        yield Example(f"{key}-{index}-near", asked.question, near.text, (), index, near.context)


def _within(passage: Slice, answers: Sequence[Range], text: str) -> list[AnswerText]:
    at = passage.char_start
    return [AnswerText(text[s:e], s - at) for s, e in answers if at <= s and e <= passage.char_end]


def _likest(question: str, passages: Sequence[Slice], of: Sequence[int]) -> list[int]:
    """Of some passages the few that share most words with a question."""
    words = set(_WORD.findall(question.lower()))

    def shared(index: int) -> int:
        return len(words & set(_WORD.findall(passages[index].text.lower())))

    return sorted(of, key=shared, reverse=True)[:ALIKE]


def with_rows(document: Document) -> Document:
    """The document with every table as one line a row, as those of other formats are read.

    An answer in the names of columns is left out.
    """
    text, kept, last = "", [], 0
    for table in _TABLE.finditer(document.text):
        kept.append(Kept(last, table.start(), len(text)))
        text += document.text[last : table.start()]
        lines, cells = _rows(document.text, table.start(), table.end())
        kept += [Kept(one.start, one.end, len(text) + one.to) for one in cells]
        text += lines + "\n"
        last = table.end()
    kept.append(Kept(last, len(document.text), len(text)))
    text += document.text[last:]
    asked = [replace(one, answers=_moved(one.answers, kept)) for one in document.asked]
    return Document(document.name, text, tuple(asked))


@dataclass(frozen=True, slots=True)
class Kept:
    """A piece of a text that stands in another too: ``[start, end)``, and there from ``to``."""

    start: int
    end: int
    to: int


def _rows(text: str, begin: int, end: int) -> tuple[str, list[Kept]]:
    """A table's lines, and where its cells stand in them."""
    names, _, *rows = [_cells(text, row) for row in _ROW.finditer(text, begin, end)]
    width = len(names)
    table = Table(
        tuple(text[s:e] for s, e in names),
        tuple(tuple(text[s:e] for s, e in row[:width]) for row in rows),
    )
    lines, places = written(table)
    return lines, [Kept(*rows[row][column], at) for (row, column), at in places.items()]


def _cells(text: str, row: re.Match[str]) -> list[Range]:
    """The cells of a row, without the space around their words."""
    found: list[Range] = []
    for cell in _CELL.finditer(text, row.start(), row.end()):
        start = cell.end() - len(cell.group().lstrip())
        found.append((start, start + len(cell.group().strip())))
    return found


def _moved(answers: Sequence[Range], kept: Sequence[Kept]) -> tuple[Range, ...]:
    return tuple(
        (start - one.start + one.to, end - one.start + one.to)
        for start, end in answers
        for one in kept
        if one.start <= start and end <= one.end
    )
