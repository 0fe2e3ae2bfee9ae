"""What the chat makes of questions with one answer, several, or none: which it answers, and how.

``python bench/several.py [--questions N]``. Five kinds of questions, each read once: those over
the invented documents of ``bench/lists`` (``chosen_on``: thresholds and rules were chosen with
them in sight; ``held_back``: written by somebody else, looked at when all was chosen), asked of a
library of all its documents; those over the everyday documents that no reader was taught
(``training/everyday/held_out``; rules were chosen with them in sight), two of nineteen of which
nothing answers; every third of these once more without the document that answers (``absent``);
SQuAD dev (after one thing) over ten paragraphs of their article; and TAT-QA dev over the
paragraphs and rows of their page, whose answer is one span or several.
Prints for each kind how many are answered, how many first answers are right, how many lists are
made, how many of all that is shown is right, how many of the expected items are shown, and how
many questions got all of them and nothing else; then the same for other thresholds.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from corpus import DATA, open_everyday, where
from says import says
from tqdm import tqdm

from chatbot import several
from chatbot.answer import merge
from chatbot.ask import LEAST_TO_ANSWER, read_hits
from chatbot.evidence import Weights, weigh
from chatbot.named import share_unnamed
from chatbot.types import Answer
from reader import Reader
from retriever import Library
from retriever.parsing.rows import table_lines
from retriever.types import Hit, Passage

LISTS = Path(__file__).parent / "lists"
N_PARAGRAPHS = 10
ABSENT = 3  # of so many everyday questions one is asked without its document too
THRESHOLDS = (
    (*several.FURTHEST.values(), several.ITEM_SHARE),
    (1.0, 0.5, 0.2),
    (2.0, 1.5, 0.01),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, every item that answers it, and what was found, likeliest first."""

    kind: str
    question: str
    gold: tuple[str, ...]
    found: list[Answer]


def documents(folder: Path, reader: Reader) -> Iterator[Asked]:
    """Questions over a library of all documents of a folder."""
    entries = json.loads((folder / "questions.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as home, Library.open(Path(home)) as library:
        for file in sorted(folder.glob("*.md")):
            library.add(file)
        for entry in tqdm(entries, desc=folder.name, smoothing=0, disable=None):
            hits = library.search(entry["question"], N_PARAGRAPHS)
            kind = f"{folder.name}, {entry['kind']}"
            yield _read(reader, kind, entry["question"], entry["items"], hits)


def everyday(reader: Reader) -> Iterator[Asked]:
    """Questions over a library of all everyday documents that were held out."""
    with open_everyday() as (library, every):
        for document, others in tqdm(every, desc="everyday", disable=None):
            for place, one in enumerate(document.asked):
                gold = [document.text[start:end] for start, end in one.answers]
                hits = library.search(one.question, N_PARAGRAPHS)
                yield _read(reader, f"everyday, {one.kind}", one.question, gold, hits)
                if place % ABSENT == 0:
                    hits = library.search(one.question, N_PARAGRAPHS, where=others)
                    yield _read(reader, "everyday, absent", one.question, (), hits)


def squad(reader: Reader, n: int, rng: random.Random) -> Iterator[Asked]:
    """Questions after one thing, over paragraphs of their article."""
    articles = json.loads((DATA / "en/squad-dev-v1.1.json").read_text(encoding="utf-8"))["data"]
    every = [
        (article["paragraphs"], paragraph, asked)
        for article in articles
        for paragraph in article["paragraphs"]
        for asked in paragraph["qas"]
    ]
    for paragraphs, own, asked in tqdm(
        rng.sample(every, min(n, len(every))), desc="squad", disable=None
    ):
        others = [one["context"] for one in paragraphs if one is not own]
        texts = [own["context"], *rng.sample(others, min(N_PARAGRAPHS - 1, len(others)))]
        gold = [one["text"] for one in asked["answers"]]
        yield _read(reader, "squad", asked["question"], gold, _as_hits(texts))


def tat_qa(reader: Reader, n: int, rng: random.Random) -> Iterator[Asked]:
    """Questions over the pages of reports that no reader was taught."""
    pages = json.loads((DATA / "extra/tatqa_dataset_dev.json").read_text(encoding="utf-8"))[1::2]
    for kind in ("span", "multi-span"):
        every = [(page, q) for page in pages for q in page["questions"] if q["answer_type"] == kind]
        for page, asked in tqdm(rng.sample(every, min(n, len(every))), desc=kind, disable=None):
            texts = [one["text"] for one in page["paragraphs"]]
            texts.append("\n".join(table_lines(page["table"]["table"])))
            gold = asked["answer"]
            gold = gold if isinstance(gold, list) else [gold]
            yield _read(reader, f"tat-qa, {kind}", asked["question"], gold, _as_hits(texts))


def _as_hits(texts: Sequence[str]) -> list[Hit]:
    hits, start = [], 0
    for text in texts:
        hits.append(Hit(Passage(start, 1, "page", text, start, start + len(text), 1), 1.0))
        start += len(text) + 1
    return hits


def _read(
    reader: Reader, kind: str, question: str, gold: Sequence[str], hits: Sequence[Hit]
) -> Asked:
    spans = read_hits(reader, question, hits)
    weighed = weigh(hits, spans, Weights(), share_unnamed(question, hits))
    return Asked(kind, question, tuple(gold), merge(hits, weighed))


def tell(asked: Sequence[Asked], least_to_answer: float) -> str:
    """The figures of one kind of questions, as a row of a table."""
    answers = [
        (one, answer)
        for one in asked
        if (answer := several.together(one.question, one.found, 3)) is not None
        if answer.confidence >= least_to_answer
    ]
    n_right = n_shown = n_covered = n_whole = n_first = 0
    for one, answer in answers:
        shown = [item.text for item in answer.listed]
        right = [any(says(words, gold) for gold in one.gold) for words in shown]
        covered = [any(says(words, gold) for words in shown) for gold in one.gold]
        n_first += right[0]
        n_right, n_shown = n_right + sum(right), n_shown + len(shown)
        n_covered += sum(covered)
        n_whole += all(right) and all(covered)
    n_lists = sum(bool(answer.beside) for _, answer in answers)
    n_gold = sum(len(one.gold) for one in asked)
    cells = (len(asked), len(answers), n_first, n_lists, f"{n_right} of {n_shown}",
             f"{n_covered} of {n_gold}", n_whole)  # fmt: skip
    return " | ".join(map(str, cells))


def main() -> None:
    """Read every question once; the thresholds are tried on what was found."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--questions", type=int, default=500, help="of each public set")
    parser.add_argument("--model", type=Path, help="folder of a reader (default: the shipped one)")
    options = parser.parse_args()
    reader, rng = Reader.load(options.model), random.Random(3)
    asked = [one for name in ("chosen_on", "held_back") for one in documents(LISTS / name, reader)]
    asked += everyday(reader)
    asked += squad(reader, options.questions, rng)
    asked += tat_qa(reader, options.questions, rng)
    print(where())
    for plural, other, item in THRESHOLDS:
        print(
            f"\nfurther answers lack at most {plural} (questions after several) or {other} in "
            f"log-odds, items have at least {item} of the best one's probability"
        )
        print(
            "kind | asked | answered | first right | lists | right | items shown | all and no more"
        )
        furthest = {"several": plural, "any": other}
        with patch.multiple(several, FURTHEST=furthest, ITEM_SHARE=item):
            for kind in dict.fromkeys(one.kind for one in asked):
                row = tell([one for one in asked if one.kind == kind], LEAST_TO_ANSWER)
                print(f"{kind} | {row}")


if __name__ == "__main__":
    main()
