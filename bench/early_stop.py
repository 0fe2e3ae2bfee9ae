"""What an early stop saves and what it costs: ``Reader.read(..., stop_at=p)`` for many p.

``python bench/early_stop.py [--questions N]``. Questions of SQuAD dev, each with the ten
paragraphs that the library ranks highest, read in that order. A read that stops is the read
of the texts before the stop (a test holds that), so one pass over prefixes serves every p.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from corpus import dev_examples, open_with_paragraphs, sample, where

from reader import Reader
from reader.artefact import SHIPPED
from reader.reader import TEXTS_PER_STEP
from training.metrics import is_right

N_TEXTS = 10
STOPS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98)


@dataclass(frozen=True, slots=True)
class Step:
    """After reading ``n_read`` texts: the best words, how likely they are, whether right."""

    n_read: int
    words: str
    probability: float
    right: bool


def steps(
    reader: Reader, question: str, texts: Sequence[str], answers: Sequence[str]
) -> list[Step]:
    """Every state in which reading could stop; the last has read all."""
    found = []
    for begin in range(0, len(texts), TEXTS_PER_STEP):
        end = min(begin + TEXTS_PER_STEP, len(texts))
        spans = reader.read(question, texts[:end], k=1)
        words = spans[0].text if spans else ""
        likely = spans[0].probability if spans else 0.0
        found.append(Step(end, words, likely, is_right(words, answers)))
    return found


def outcome(trails: Sequence[list[Step]], stop_at: float) -> tuple[float, float, float]:
    """Percent of texts left unread, of answers that changed, and of right answers."""
    stopped = [next((s for s in t if s.probability >= stop_at), t[-1]) for t in trails]
    pairs = list(zip(stopped, trails, strict=True))
    saved = 1 - sum(s.n_read for s in stopped) / sum(t[-1].n_read for t in trails)
    changed = np.mean([s.words != t[-1].words for s, t in pairs])
    return 100 * saved, 100 * float(changed), 100 * float(np.mean([s.right for s in stopped]))


def main() -> None:
    """Run and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=500, help="asked (default 500)")
    parser.add_argument("--model", type=Path, default=SHIPPED, help="model folder")
    parser.add_argument("--runtime", default="auto", help="as of  python -m reader")
    args = parser.parse_args()
    examples, reader = dev_examples(), Reader.load(args.model, args.runtime)
    trails = []
    with tempfile.TemporaryDirectory() as home:
        library, _ = open_with_paragraphs(Path(home), examples)
        with library:
            for example in sample(examples, args.questions, seed=29):
                hits = library.search(example.question, N_TEXTS, ["default"])
                texts = [hit.passage.text for hit in hits]
                answers = [answer.text for answer in example.answers]
                trails.append(steps(reader, example.question, texts, answers))
    print(f"\n{where()}; runtime {reader.runtime.name}; {len(trails)} questions\n")
    print("| stop at | texts unread % | answers changed % | right % |\n|---|---|---|---|")
    for stop_at in (*STOPS, 1.0):
        saved, changed, right = outcome(trails, stop_at)
        print(f"| {stop_at:.2f} | {saved:.1f} | {changed:.2f} | {right:.1f} |")


if __name__ == "__main__":
    main()
