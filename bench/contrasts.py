"""Which of several like facts: one of them is asked for, or one that the text does not name.

``python bench/contrasts.py [MODEL ...]``. Thirty short texts written by hand, which no reader was
taught; each question is asked of its text alone. Prints the share of best spans that hold the
right value and no other of the text, and how often what the text does not name scores above
what it does.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from corpus import where

from reader import Reader
from reader.artefact import SHIPPED
from reader.types import Span

TEXTS = Path(__file__).parent / "contrasts" / "texts.json"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its text, the right words, and those that answer the others of the text."""

    text: str
    question: str
    right: str
    others: tuple[str, ...]


def asked() -> Iterator[Asked]:
    """All questions; ``right`` is empty where the text does not name what is asked about."""
    for one in json.loads(TEXTS.read_text(encoding="utf-8")):
        values = [question["answer"] for question in one["asked"] if question["answer"]]
        for question in one["asked"]:
            right = question["answer"]
            others = tuple(value for value in values if value not in right)
            yield Asked(one["text"], question["question"], right, others)


def is_right(span: Span, one: Asked) -> bool:
    """Whether it holds the right value alone."""
    rest = span.text.replace(one.right, "", 1)
    return one.right in span.text and not any(other in rest for other in one.others)


def measure(model: Path, runtime: str) -> None:
    """Print one row."""
    reader = Reader.load(model, runtime)
    answered, absent, n_right = [], [], 0
    for one in asked():
        (span,) = reader.read(one.question, [one.text], 1)
        (answered if one.right else absent).append(span.score)
        n_right += bool(one.right) and is_right(span, one)
    pairs = [a > b for a in answered for b in absent]
    right, in_order = n_right / len(answered), sum(pairs) / len(pairs)
    print(
        f"| {reader.manifest.name} | {reader.runtime.name} | {n_right} of {len(answered)} "
        f"| {100 * right:.1f} | {in_order:.3f} |"
    )


def main() -> None:
    """Run and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, nargs="*", default=[SHIPPED])
    parser.add_argument("--runtime", default="auto", help="as of  python -m reader")
    args = parser.parse_args()
    print(f"{where()}\n\n| model | runtime | right | % | answered above absent |\n|" + "---|" * 5)
    for model in args.model:
        measure(model, args.runtime)


if __name__ == "__main__":
    main()
