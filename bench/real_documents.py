"""Real documents, asked in the words of somebody who has not read them: found, quoted, answered.

``python bench/real_documents.py [--model DIR]``. The documents are a handbook of 900 pages, a
medical booklet, a paper, an invoice, slides, an article (``../shared/documents``), a memoir
(``../shared/data``) and licences as Debian keeps them; those that are missing are left out and
named. ``bench/real/questions.tsv`` holds the questions, in the asker's words, a fifth of which
nothing answers: ``document<TAB>question<TAB>answer<TAB>another acceptable answer``. Each is
asked twice, of its document alone and of all of them together. Prints for both how often a passage
with an answer is among the ten (and five) that are read, the best quotation is right, an answer
is given, and how many of those given are right; then what is answered though nothing does.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from corpus import DATA, where
from says import says
from tqdm import tqdm

from chatbot.answer import merge
from chatbot.ask import LEAST_TO_ANSWER, read_hits
from chatbot.evidence import Weights, weigh
from chatbot.named import share_unnamed
from reader import Reader
from retriever import Library
from retriever.types import Filter, Hit

QUESTIONS = Path(__file__).parent / "real" / "questions.tsv"
FOLDERS = (
    DATA.parent / "documents",
    DATA / "corpus_en",
    Path("/usr/share/common-licenses"),
)
N_PASSAGES = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a document and all that would answer it; nothing where nothing does."""

    document: str
    question: str
    accepted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a question; ``place`` counts hits from 1, 0 where no hit answers."""

    answerable: bool
    place: int
    right: bool
    answered: bool


def load() -> list[Asked]:
    """The questions, as their file has them."""
    with QUESTIONS.open(encoding="utf-8", newline="") as opened:
        rows = csv.reader(opened, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Asked(row[0], row[1], tuple(filter(None, row[2:]))) for row in rows]


def files(names: set[str]) -> dict[str, Path]:
    """Where each document lies, of those that are there."""
    places = {name: [f / name for f in FOLDERS if (f / name).is_file()] for name in names}
    return {name: found[0] for name, found in places.items() if found}


def outcome(reader: Reader, one: Asked, hits: list[Hit]) -> Outcome:
    """Read the hits and compare the first answer."""
    texts = [hit.passage.text for hit in hits]
    holding = [any(answer in text for answer in one.accepted) for text in texts]
    spans = read_hits(reader, one.question, hits)
    weighed = weigh(hits, spans, Weights(), share_unnamed(one.question, hits))
    best = next(iter(merge(hits, weighed)), None)
    right = best is not None and any(says(best.text, answer) for answer in one.accepted)
    answered = best is not None and best.confidence >= LEAST_TO_ANSWER
    place = holding.index(True) + 1 if any(holding) else 0
    return Outcome(bool(one.accepted), place, right, answered)


def ask(
    reader: Reader, library: Library, asked: list[Asked], only: Mapping[str, Filter]
) -> Iterator[Outcome]:
    """Ask every question, of the documents that ``only`` gives for its own."""
    for one in tqdm(asked, smoothing=0, disable=None):
        hits = library.search(one.question, N_PASSAGES, where=only.get(one.document, Filter()))
        yield outcome(reader, one, hits)


def tell(kind: str, outcomes: list[Outcome]) -> str:
    """A row of the table."""
    able = [o for o in outcomes if o.answerable]
    found = [sum(0 < o.place <= k for o in able) for k in (1, 5, N_PASSAGES)]
    given = [o for o in able if o.answered]
    cells = (
        kind, len(able), *found, sum(o.right for o in able),
        len(given), sum(o.right for o in given), len(outcomes) - len(able),
        sum(o.answered for o in outcomes if not o.answerable),
    )  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


def main() -> None:
    """Index, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--model", type=Path, help="folder of a reader (default: the shipped one)")
    options = parser.parse_args()
    asked = load()
    there = files({one.document for one in asked})
    if missing := {one.document for one in asked} - set(there):
        print(f"not here, so not asked: {', '.join(sorted(missing))}")
    asked = [one for one in asked if one.document in there]
    reader = Reader.load(options.model)
    with tempfile.TemporaryDirectory() as home, Library.open(Path(home)) as library:
        ids = {name: library.add(path).id for name, path in sorted(there.items())}
        own = {name: Filter(document_ids=frozenset({key})) for name, key in ids.items()}
        print(where())
        print(
            "| asked of | with an answer | found first | among 5 | among 10 | best right "
            "| answered | rightly | without | answered |\n" + "|---" * 10 + "|"
        )
        print(tell("its document", list(ask(reader, library, asked, own))))
        print(tell("all of them", list(ask(reader, library, asked, {}))))


if __name__ == "__main__":
    main()
