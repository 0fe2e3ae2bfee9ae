"""Lists of answers: how often a question after one thing gets one, and what its items are worth.

``python bench/several.py [--questions N]``. Reads SQuAD dev questions (after one thing) over ten
paragraphs of their article, and TAT-QA dev questions whose answer is one span or several over
the paragraphs and rows of their page. Prints for each set how many questions ask for several by
their form, how many get a list, and how many of its further items are right; then the same for
other thresholds. The first answer is the same with and without lists.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from unittest.mock import patch

from corpus import DATA, where
from tqdm import tqdm

from chatbot import several
from chatbot.answer import merge
from chatbot.types import Answer
from chatbot.views.conversation import candidates
from reader import Reader
from retriever.parsing.rows import table_lines
from retriever.types import Hit, Passage
from training.metrics import is_right

N_PARAGRAPHS = 10
RIGHT_F1 = 0.5
THRESHOLDS = ((several.LEAST, several.LEAST_SHARE), (0.28, 0.5), (0.1, 0.2))


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the texts that it is asked of, and every accepted item."""

    kind: str
    question: str
    texts: tuple[str, ...]
    gold: tuple[str, ...]


def squad(n: int, rng: random.Random) -> list[Asked]:
    """Questions after one thing, over paragraphs of their article."""
    articles = json.loads((DATA / "en/squad-dev-v1.1.json").read_text(encoding="utf-8"))["data"]
    every = [
        (article["paragraphs"], paragraph, asked)
        for article in articles
        for paragraph in article["paragraphs"]
        for asked in paragraph["qas"]
    ]
    found = []
    for paragraphs, own, asked in rng.sample(every, min(n, len(every))):
        others = [one["context"] for one in paragraphs if one is not own]
        texts = (own["context"], *rng.sample(others, min(N_PARAGRAPHS - 1, len(others))))
        gold = tuple(one["text"] for one in asked["answers"])
        found.append(Asked("squad", asked["question"], texts, gold))
    return found


def tatqa() -> Iterator[Asked]:
    """Questions after one span and after several, over a page of a report."""
    pages = json.loads((DATA / "extra/tatqa_dataset_dev.json").read_text(encoding="utf-8"))
    for page in pages:
        rows = "\n".join(table_lines(page["table"]["table"]))
        texts = (*(one["text"] for one in page["paragraphs"]), rows)
        for asked in page["questions"]:
            if asked["answer_type"] in ("span", "multi-span"):
                gold = asked["answer"]
                gold = tuple(gold) if isinstance(gold, list) else (gold,)
                yield Asked(f"tat-qa {asked['answer_type']}", asked["question"], texts, gold)


def read(reader: Reader, asked: Asked) -> Answer | None:
    """The candidates of all texts, where the best is sure enough."""
    hits, start = [], 0
    for text in asked.texts:
        hits.append(Hit(Passage(start, 1, "page", text, start, start + len(text), 1), 1.0))
        start += len(text) + 1
    spans = reader.read(asked.question, asked.texts, 20 * len(asked.texts))
    answer = merge(hits, spans, several.MOST_LISTED)
    least = reader.manifest.calibration.threshold
    return answer if answer is not None and answer.confidence >= least else None


def tell(kind: str, found: Sequence[tuple[Asked, Answer | None]]) -> None:
    """One line a set and threshold."""
    asks = sum(several.asks_for_several(asked.question) for asked, _ in found)
    answered = [(asked, answer) for asked, answer in found if answer is not None]
    print(f"{kind}: {len(found)} questions, {asks} ask for several, {len(answered)} answered")
    for least, share in THRESHOLDS:
        with patch.multiple(several, LEAST=least, LEAST_SHARE=share):
            lists = [
                [candidates(answer)[index].text for index in listed[1:]]
                for asked, answer in answered
                if (listed := several.equals(asked.question, answer))
            ]
        items = [
            is_right(item, list(asked.gold), RIGHT_F1)
            for (asked, _), further in zip(answered, lists, strict=True)
            for item in further
        ]
        n_lists = sum(map(bool, lists))
        print(f"  from {least} and {share} of the best: {n_lists} lists, "
              f"{len(items)} further items, {sum(items)} right")  # fmt: skip


def main() -> None:
    """Read every question once; the thresholds are tried on what was found."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--questions", type=int, default=500, help="of each set")
    options = parser.parse_args()
    reader = Reader.load()
    rng = random.Random(3)
    questions = squad(options.questions, rng)
    for kind in ("span", "multi-span"):
        of_kind = [asked for asked in tatqa() if asked.kind == f"tat-qa {kind}"]
        questions += rng.sample(of_kind, min(options.questions, len(of_kind)))
    found = [(asked, read(reader, asked)) for asked in tqdm(questions, smoothing=0)]
    print(where())
    for kind in dict.fromkeys(asked.kind for asked in questions):
        tell(kind, [(asked, answer) for asked, answer in found if asked.kind == kind])


if __name__ == "__main__":
    main()
