"""What the search counts beside the reading: fits ``chatbot.evidence.Weights``.

``python bench/evidence.py [--questions N]``. Asks questions that the reader was never taught
(``evidence_reads.py``), most of them over what answers them, the others where nothing does. Prints
what a weight of the search of each size gives (exact match, F1, recall of passages), the
fitted weights, and how honest the probabilities are by them and by the reader alone.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from corpus import where
from evidence_reads import Read, encyclopaedic, everyday
from numpy.typing import NDArray

from chatbot.ask import LEAST_TO_ANSWER, AskConfig
from chatbot.evidence import LEAST, READER_ALONE, Weights, log_odds, rank_passages, weigh
from reader import Reader
from reader.types import Span
from training.calibration import best_threshold, fit_logistic
from training.metrics import expected_calibration_error, score

SEARCHES = (0.0, 5.0, 10.0, 15.0, 18.0, 20.0, 22.0, 25.0, 30.0, 40.0)
MOST_GAPS = (0.05, 0.1, 0.15, 1.0)
SLOPES = (0.5, 0.75, 1.0, 1.25)
ENOUGH = (0.45, 0.5, 0.55, 0.6, 0.65, 0.7)
EVERYDAY = 1.0  # how much all everyday questions count beside all others


def fit_order(reads: Sequence[Read]) -> Weights:
    """The weights of the search that make right spans likeliest, of questions that have one."""
    ways = (Weights(search, most) for search in SEARCHES for most in MOST_GAPS)
    return max(
        ways, key=lambda w: max(sum(chosen(read, w, slope) for read in reads) for slope in SLOPES)
    )


def chosen(read: Read, weights: Weights, slope: float) -> float:
    """Log of the share of ``exp(slope * standing)`` that right spans have (a softmax)."""
    best = max(hit.score for hit in read.hits)
    gaps = [best - read.hits[span.text_index].score for span in read.spans]
    pairs = zip(read.spans, gaps, strict=True)
    odds = slope * np.array([weights.standing(span, gap) for span, gap in pairs])
    total, right = np.logaddexp.reduce(odds), np.logaddexp.reduce(odds[read.right])
    return float(right - total)


def fit_probability(reads: Sequence[Read], order: Weights) -> Weights:
    """The order's weights with those of the first span's probability, by log loss."""
    firsts = first_spans(reads, order)
    odds = np.array([log_odds(span.probability) for _, span in firsts])
    best = np.array([max(hit.score for hit in read.hits) for read, _ in firsts])
    unnamed = np.array([read.unnamed for read, _ in firsts])
    counts = balanced([read for read, _ in firsts])
    fitted: list[Weights] = []
    for enough in ENOUGH:
        inputs = np.column_stack([odds, np.minimum(best, enough) - enough, -unnamed])  # (n, 3)
        slope, near, lost, intercept = fit_logistic(inputs, rightness(firsts), counts).tolist()
        weights = {"slope": slope, "near": near, "unnamed": max(0.0, lost), "intercept": intercept}
        fitted.append(replace(order, near_enough=enough, **weights))
    return min(fitted, key=lambda weights: loss(reads, weights))


def first_spans(reads: Sequence[Read], order: Weights) -> list[tuple[Read, Span]]:
    """The first span of each question that has one, with the reader's own probability."""
    alone = replace(order, slope=1.0, near=0.0, unnamed=0.0, intercept=0.0)
    return [(read, weigh(read.hits, read.spans, alone)[0]) for read in reads if read.spans]


def balanced(reads: Sequence[Read]) -> NDArray[np.float64]:
    """How much each question counts: the everyday ones together ``EVERYDAY`` of the others."""
    counts = np.array([read.counts for read in reads])
    is_everyday = np.array([read.kind == "everyday" for read in reads])
    if is_everyday.any() and not is_everyday.all():
        counts[is_everyday] *= EVERYDAY * counts[~is_everyday].sum() / counts[is_everyday].sum()
    return counts


def rightness(firsts: Sequence[tuple[Read, Span]]) -> NDArray[np.bool_]:
    """Which first spans are right, shape (n,)."""
    return np.array([read.is_right(span) for read, span in firsts])


def stated(
    reads: Sequence[Read], weights: Weights
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]]:
    """Probability, rightness and count of each first span, (n,) each."""
    firsts = [
        (read, weigh(read.hits, read.spans, weights, read.unnamed)[0])
        for read in reads
        if read.spans
    ]
    likely = np.array([span.probability for _, span in firsts])
    return likely, rightness(firsts), balanced([read for read, _ in firsts])


def loss(reads: Sequence[Read], weights: Weights) -> float:
    """Mean log loss of the first spans, in nats."""
    likely, right, counts = stated(reads, weights)
    of_truth = np.clip(np.where(right, likely, 1 - likely), LEAST, 1.0)
    return float(np.average(-np.log(of_truth), weights=counts))


def print_searches(reads: Sequence[Read]) -> None:
    """A row for each size of the search's weight, over questions that have an answer."""
    print("| weight | EM | F1 | recall@1 | recall@5 |\n|---|---|---|---|---|")
    for search in SEARCHES:
        weighed = [weigh(read.hits, read.spans, Weights(search)) for read in reads]
        said = [
            (w[0].text if w else "", list(r.accepted)) for w, r in zip(weighed, reads, strict=True)
        ]
        first = [_place(r, w) for r, w in zip(reads, weighed, strict=True)]
        shares = " | ".join(f"{100 * np.mean([p < k for p in first]):.1f}" for k in (1, 5))
        total = score(said)
        print(f"| {search:.0f} | {total.exact_match:.1f} | {total.f1:.1f} | {shares} |")


def _place(read: Read, weighed: Sequence[Span]) -> float:
    """Where a passage of the question's own paragraph stands, from 0."""
    ranked = [hit.passage.text in read.paragraph for hit in rank_passages(read.hits, weighed)]
    return ranked.index(True) if True in ranked else math.inf


def print_probabilities(reads: Sequence[Read], ways: dict[str, Weights]) -> None:
    """A row for each way and kind of questions; then the threshold that gains most."""
    print(
        "\n| by | asked | questions | log loss | stated | right | ECE | answered | right of them |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for name, weights in ways.items():
        for kind in dict.fromkeys(read.kind for read in reads):
            of_kind = [read for read in reads if read.kind == kind]
            likely, right, counts = stated(of_kind, weights)
            given = likely >= LEAST_TO_ANSWER
            cells = [
                f"{loss(of_kind, weights):.4f}",
                f"{np.average(likely, weights=counts):.3f}",
                f"{np.average(right, weights=counts):.3f}",
                f"{expected_calibration_error(likely, right):.3f}",
                f"{np.average(given, weights=counts):.3f}",
                f"{np.average(right[given], weights=counts[given]):.3f}",
            ]
            print(f"| {name} | {kind} | {len(of_kind)} | {' | '.join(cells)} |")
        likely, right, _ = stated(reads, weights)
        print(f"| {name} | all | log loss {loss(reads, weights):.4f}, "
              f"threshold that gains most {best_threshold(likely, right):.3f} |")  # fmt: skip


def main() -> None:
    """Run and print Markdown and the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=500, help="of each set (default 500)")
    parser.add_argument("--passages", type=int, default=AskConfig().n_passages, help="read")
    parser.add_argument("--model", type=Path, help="folder of a reader (default: the shipped one)")
    parser.add_argument("--runtime", default="auto", help="as of  python -m reader")
    parser.add_argument("--home", type=Path, help="keeps the library, for a second run")
    args = parser.parse_args()
    reader = Reader.load(args.model, args.runtime)
    reads = everyday(reader, args.passages)
    reads += encyclopaedic(reader, args.questions, args.passages, args.home)
    answered = [read for read in reads if read.is_answered and read.kind == "large"]
    decided = [read for read in answered if read.spans and read.right.any()]
    print(f"\n{where()}; {len(reads)} readings, of {args.passages} passages each at most")
    print(f"the order is fitted on {len(decided)} questions\n")
    print_searches(answered)
    order = fit_order(decided)
    fitted = fit_probability(reads, replace(order, search=Weights().search))
    print(f"\n{order}\n{fitted}")
    ways = {"the reader": READER_ALONE, "shipped": Weights(), "fitted": fitted}
    print_probabilities(reads, ways)


if __name__ == "__main__":
    main()
