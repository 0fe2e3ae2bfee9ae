"""What the search counts beside the reading: fits ``chatbot.evidence.Weights``.

``python bench/evidence.py [--questions N]``. Asks questions of training sets whose articles the
reader never saw, over a library of these and further paragraphs; a quarter of the questions
finds no paragraph that answers. Then over one to ten paragraphs, as a small library has: of the
question's article, with the one that answers or without, and of another. Prints the fitted
weights, and what a weight of each size gives: exact match, F1, recall of passages; and what is
silenced where nothing near was found. No dev set is read.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
from corpus import DATA, open_with, sample, where
from tqdm import tqdm

from chatbot.ask import SPANS_PER_PASSAGE, AskConfig
from chatbot.evidence import LEAST, Weights, rank_passages, weigh
from reader import Reader
from reader.squad import Example
from reader.types import Span
from retriever import Library
from retriever.types import Filter, Hit
from training.calibration import FIT_F1, best_threshold
from training.data import holds_answer, split_sources
from training.metrics import is_right, score
from training.recipe import load_recipe

RECIPE = "quoth-reader-lists"  # trained the shipped reader, and says what was held out
SETS = ("en/squad-train-v1.1-partial.json", "en/nq-qed-train-partial.json")
AROUND = 0.4  # share of a set's paragraphs from which those come that only stand around
FURTHER = 1500  # of each set
UNANSWERED = 0.25  # share of questions whose passages that hold an answer are taken away
SEARCHES = (0.0, 5.0, 10.0, 15.0, 18.0, 20.0, 22.0, 25.0, 30.0, 40.0)
MOST_GAPS = (0.05, 0.1, 0.15, 1.0)
SLOPES = (0.5, 0.75, 1.0, 1.25)
NEARS = (0.0, 5.0, 10.0, 15.0, 20.0, 30.0)
ENOUGH = (0.65, 0.7, 0.75)
FEW = (1, 3, 10)  # paragraphs of a small library
STRANGE = 0.25  # how much a question counts that was asked of another article's paragraphs


@dataclass(frozen=True, slots=True)
class Read:
    """A question, what was found for it, and what the reader alone says of it."""

    example: Example
    hits: tuple[Hit, ...]
    spans: tuple[Span, ...]

    @property
    def accepted(self) -> list[str]:
        """The accepted answers."""
        return [answer.text for answer in self.example.answers]

    @property
    def right(self) -> np.ndarray:
        """Which spans are right, shape (n,)."""
        return np.array([is_right(span.text, self.accepted, FIT_F1) for span in self.spans])


def held_out(most: int) -> tuple[list[Example], list[str]]:
    """Questions of articles that the reader never saw, and all paragraphs of the library."""
    recipe = load_recipe(RECIPE)
    sources = [source for source in recipe.data if source.path in SETS]
    asked, own, further = [], [], []
    for source in sources:
        wide = replace(source, held_out_fraction=AROUND)
        ((_, examples),) = split_sources([source], recipe.evaluated, DATA)
        ((_, around),) = split_sources([wide], recipe.evaluated, DATA)
        asked += sample([e for e in examples if e.answers], most)
        own += [example.context for example in examples]
        further += list(dict.fromkeys(example.context for example in around))[:FURTHER]
    return asked, list(dict.fromkeys(own + further))


def read(
    library: Library,
    reader: Reader,
    example: Example,
    n: int,
    answered: bool,
    where: Filter | None = None,
) -> Read:
    """What the chat would read for a question, without what answers it if it is not to be."""
    found = library.search(example.question, 3 * n, where=where)
    if not answered:
        found = [h for h in found if not holds_answer(h.passage.text, example.answers)]
    hits = tuple(found[:n])
    texts = [hit.passage.text for hit in hits]
    spans = reader.read(example.question, texts, SPANS_PER_PASSAGE * n) if texts else []
    return Read(example, hits, tuple(spans))


@dataclass(frozen=True, slots=True)
class Small:
    """A question asked of few paragraphs: which ones, whether they answer, how much it counts."""

    example: Example
    paragraphs: tuple[int, ...]
    answered: bool
    counts: float

    def within(self, ids: Sequence[int]) -> Filter:
        """Its paragraphs alone; ``ids`` are those of all paragraphs' documents."""
        return Filter(document_ids=frozenset(ids[place] for place in self.paragraphs))


def small(asked: Sequence[Example], paragraphs: Sequence[str], seed: int) -> Iterator[Small]:
    """Each question of its own article's paragraphs, and of another's.

    Paragraphs that stand near each other are of one article.
    """
    dice, place = np.random.default_rng(seed), {text: i for i, text in enumerate(paragraphs)}
    for example in asked:
        n, own = int(dice.choice(FEW)), place[example.context]
        around = [i for i in range(own - n, own + n + 1) if i != own and 0 <= i < len(paragraphs)]
        near = [int(i) for i in dice.permutation(around)]
        answered = bool(dice.random() >= UNANSWERED)
        yield Small(example, (*near[: n - 1], own) if answered else (*near[:n],), answered, 1.0)
        away = (own + int(dice.integers(200, len(paragraphs) - 200))) % len(paragraphs)
        strange = tuple((away + i) % len(paragraphs) for i in range(n))
        yield Small(example, strange, False, STRANGE)


def print_near(reads: Sequence[Read], counts: Sequence[float], threshold: float) -> None:
    """A row for each size of the weight of nearness, over all questions that have a span.

    Log loss in nats; then the share of right and of wrong answers above the threshold that are
    silenced.
    """
    pairs = [(read, count) for read, count in zip(reads, counts, strict=True) if read.spans]
    weighted, kept = np.array([count for _, count in pairs]), [read for read, _ in pairs]

    def stated(weights: Weights) -> tuple[np.ndarray, np.ndarray]:
        rows = firsts(kept, weights)
        return np.array([span.probability for _, span in rows]), rightness(rows)

    before, right = stated(Weights(near=0.0))
    given = before >= threshold
    print("| near | enough | log loss | right silenced | wrong silenced |\n|---|---|---|---|---|")
    for near, enough in product(NEARS, ENOUGH):
        likely, _ = stated(Weights(near=near, near_enough=enough))
        of_truth = np.clip(np.where(right, likely, 1 - likely), LEAST, 1.0)
        loss = np.average(-np.log(of_truth), weights=weighted)
        silenced = [
            100 * np.average(likely[which] < threshold, weights=weighted[which])
            for which in (given & right, given & ~right)
        ]
        print(f"| {near:.0f} | {enough} | {loss:.4f} | {silenced[0]:.1f} | {silenced[1]:.1f} |")


def fit(reads: Sequence[Read]) -> Weights:
    """The weights that make the right spans likeliest, of questions that have one."""
    ways = (Weights(search, most) for search in SEARCHES for most in MOST_GAPS)
    return max(
        ways, key=lambda w: max(sum(chosen(read, w, slope) for read in reads) for slope in SLOPES)
    )


def firsts(reads: Sequence[Read], weights: Weights) -> list[tuple[Read, Span]]:
    """The first span of each question that has one."""
    return [(read, weigh(read.hits, read.spans, weights)[0]) for read in reads if read.spans]


def rightness(rows: Sequence[tuple[Read, Span]]) -> np.ndarray:
    """Which first spans are right, shape (n,)."""
    return np.array([is_right(span.text, read.accepted, FIT_F1) for read, span in rows])


def chosen(read: Read, weights: Weights, slope: float) -> float:
    """Log of the share of ``exp(slope * standing)`` that right spans have (a softmax)."""
    best = max(hit.score for hit in read.hits)
    gaps = [best - read.hits[span.text_index].score for span in read.spans]
    pairs = zip(read.spans, gaps, strict=True)
    odds = slope * np.array([weights.standing(span, gap) for span, gap in pairs])
    total, right = np.logaddexp.reduce(odds), np.logaddexp.reduce(odds[read.right])
    return float(right - total)


def print_searches(reads: Sequence[Read]) -> None:
    """A row for each size of the search's weight, over questions that have an answer."""
    print("| weight | EM | F1 | recall@1 | recall@5 |\n|---|---|---|---|---|")
    for search in SEARCHES:
        weighed = [weigh(read.hits, read.spans, Weights(search)) for read in reads]
        said = [(w[0].text if w else "", r.accepted) for w, r in zip(weighed, reads, strict=True)]
        first = [_place(r, w) for r, w in zip(reads, weighed, strict=True)]
        shares = " | ".join(f"{100 * np.mean([p < k for p in first]):.1f}" for k in (1, 5))
        total = score(said)
        print(f"| {search:.0f} | {total.exact_match:.1f} | {total.f1:.1f} | {shares} |")


def _place(read: Read, weighed: Sequence[Span]) -> float:
    """Where a passage of the question's own paragraph stands, from 0."""
    ranked = [hit.passage.text in read.example.context for hit in rank_passages(read.hits, weighed)]
    return ranked.index(True) if True in ranked else math.inf


def main() -> None:
    """Run and print Markdown and the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=500, help="of each set (default 500)")
    parser.add_argument("--passages", type=int, default=AskConfig().n_passages, help="read")
    parser.add_argument("--runtime", default="auto", help="as of  python -m reader")
    parser.add_argument("--home", type=Path, help="keeps the library, for a second run")
    args = parser.parse_args()
    asked, paragraphs = held_out(args.questions)
    reader, dice = Reader.load(runtime=args.runtime), np.random.default_rng(3)
    with tempfile.TemporaryDirectory() as scratch:
        library, names = open_with(paragraphs, args.home or Path(scratch))
        with library:
            present = dice.random(len(asked)) >= UNANSWERED
            pairs = tqdm(list(zip(asked, present, strict=True)), desc="reading", disable=None)
            every = [read(library, reader, e, args.passages, bool(there)) for e, there in pairs]
            ids = {document.name: document.id for document in library.documents()}
            own_ids = [ids[names[paragraph]] for paragraph in paragraphs]
            few = list(small(asked, paragraphs, seed=3))
            of_few = [
                read(library, reader, one.example, args.passages, one.answered, one.within(own_ids))
                for one in tqdm(few, desc="reading few", disable=None)
            ]
    answered = [r for r, there in zip(every, present, strict=True) if there]
    decided = [r for r in answered if r.spans and r.right.any()]
    print(f"\n{where()}; {len(every)} questions, {len(paragraphs)} paragraphs")
    print(f"{args.passages} passages read; weights fitted on {len(decided)} questions\n")
    print_searches(answered)
    print_weights(fit(decided), every)
    counts = [1.0] * len(every) + [one.counts for one in few]
    print_near([*every, *of_few], counts, reader.manifest.calibration.threshold)


def print_weights(weights: Weights, every: Sequence[Read]) -> None:
    """The weights, and how honest the reader's probabilities are of what they put first."""
    rows = firsts(every, weights)
    right, likely = rightness(rows), np.array([span.probability for _, span in rows])
    print(f"\n{weights}")
    print(f"stated {100 * likely.mean():.1f} %, right {100 * right.mean():.1f} %")
    print(f"the threshold that gains most: {best_threshold(likely, right):.3f}")


if __name__ == "__main__":
    main()
