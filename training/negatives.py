"""Questions that a passage does not answer, though it looks as if: mined and made.

Knows examples and a sentence encoder; no reader, no tokens.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from reader.squad import Example
from training.base import base_folder
from training.data import holds_answer
from training.kept import kept_places

TOP = 10  # contexts looked at for each question, best first, unless more are wanted
TOP_FOREIGN = 40  # the same where those of the own document are passed over
CHOICE = 3  # one of the first so many that do not hold the answer is taken
NEAR = 8  # contexts to either side that lend a paragraph, or a name to a swapped question
NUMBER = re.compile(r"\b\d[\d,]*(?:\.\d+)?\b")
NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+(?: [A-Z][a-z]+)*\b")  # not the first of a sentence


def neighbour_negatives(examples: Sequence[Example], fraction: float, seed: int) -> list[Example]:
    """Make ``fraction`` of the answerable questions unanswerable by a nearby paragraph.

    The new context lies at most ``NEAR`` contexts away in ``order`` (usually the same
    article, so the topic agrees) and holds none of the accepted answers.
    """
    random = Random(seed)
    answerable = [example for example in examples if example.answers]
    contexts = sorted({example.order: example.context for example in answerable}.items())
    place = {order: index for index, (order, _) in enumerate(contexts)}
    negatives: list[Example] = []
    for example in random.sample(answerable, round(len(answerable) * fraction)):
        centre = place[example.order]
        near = contexts[max(0, centre - NEAR) : centre + NEAR + 1]
        fit = [
            (order, context)
            for order, context in near
            if order != example.order and not holds_answer(context, example.answers)
        ]
        if fit:
            order, context = random.choice(fit)
            negatives.append(Example(f"{example.id}-near", example.question, context, (), order))
    return negatives


def hard_negatives(
    examples: Sequence[Example],
    fraction: float,
    encoder: str,
    seed: int,
    cache: Path | None = None,
) -> dict[str, Example]:
    """For a share of the answerable questions, a high-ranked passage without the answer.

    Args:
        examples: where questions and passages come from.
        fraction: share of the answerable questions.
        encoder: ranks the passages; a name that ``base_folder`` knows.
        seed: decides which questions, and which of the first passages.
        cache: folder that keeps rankings, so that a run that goes on need not rank again.

    Returns:
        By question id, the same question over the passage, unanswerable.
    """
    return _near_misses(
        "hard", examples, fraction, encoder, seed, cache, TOP, lambda example, context: True
    )


def foreign_negatives(
    examples: Sequence[Example],
    fraction: float,
    encoder: str,
    seed: int,
    cache: Path | None = None,
) -> dict[str, Example]:
    """As ``hard_negatives``, of passages below other titles: the document asked about is missing.

    A title is the first line of what stands above a context.
    """
    titles = {example.context: _title(example) for example in examples}

    def is_foreign(example: Example, context: str) -> bool:
        return titles[context] != _title(example)

    return _near_misses(
        "foreign", examples, fraction, encoder, seed, cache, TOP_FOREIGN, is_foreign
    )


def _title(example: Example) -> str:
    return example.above.partition("\n")[0]


def _near_misses(
    kind: str,
    examples: Sequence[Example],
    fraction: float,
    encoder: str,
    seed: int,
    cache: Path | None,
    depth: int,
    fits: Callable[[Example, str], bool],
) -> dict[str, Example]:
    """For a share of the questions, one of the first contexts that fit and hold no answer."""
    random = Random(seed)
    answerable = [example for example in examples if example.answers]
    asked = random.sample(answerable, round(len(answerable) * fraction))
    if not asked:
        return {}
    contexts = list(dict.fromkeys(example.context for example in examples))
    ranked = _ranked([e.question for e in asked], contexts, encoder, cache, depth)
    found: dict[str, Example] = {}
    for example, row in zip(asked, ranked, strict=True):
        near = [contexts[place] for place in row if contexts[place] != example.context]
        fit = [c for c in near if fits(example, c) and not holds_answer(c, example.answers)]
        if fit:
            context = random.choice(fit[:CHOICE])
            found[example.id] = Example(
                f"{example.id}-{kind}", example.question, context, (), example.order
            )
    return found


def _ranked(
    questions: Sequence[str],
    contexts: Sequence[str],
    encoder: str,
    cache: Path | None,
    depth: int,
) -> NDArray[np.int64]:
    """``rank_contexts``, from the cache where the same was asked before."""

    def made() -> NDArray[np.int64]:
        return rank_contexts(questions, contexts, base_folder(encoder), depth)

    asked = (encoder, str(depth), *questions, "", *contexts)
    return kept_places(cache, "ranked", asked, made) if cache else made()


def rank_contexts(
    questions: Sequence[str], contexts: Sequence[str], folder: Path, depth: int = TOP
) -> NDArray[np.int64]:
    """Places of the nearest contexts of each question, best first; (n_questions, depth)."""
    from retriever.encoding.embed import Encoder

    encoder = Encoder.load(folder)
    of_questions, of_contexts = encoder.encode(questions), encoder.encode(contexts)  # (n, dim)
    best = [np.argsort(-(of_contexts @ row), kind="stable")[:depth] for row in of_questions]
    return np.array(best, dtype=np.int64)


def swapped_questions(examples: Sequence[Example], fraction: float, seed: int) -> list[Example]:
    """Unanswerable questions: one name or number exchanged for another from nearby.

    The kind of question that SQuAD v2.0's authors wrote most often (Rajpurkar, Jia and
    Liang 2018, table 2, "entity swap"). The new name stands in the same context or in one
    close to it, never in the answer or already in the question.

    Args:
        examples: whose answerable questions are altered.
        fraction: wanted share of the answerable questions; fewer where none can be altered.
        seed: decides which questions and which names.
    """
    random = Random(seed)
    contexts = sorted({example.order: example.context for example in examples}.items())
    place = {order: index for index, (order, _) in enumerate(contexts)}

    def swapped(example: Example) -> str | None:
        around = place[example.order] + random.choice((0, random.randint(-NEAR, NEAR)))
        lender = contexts[min(max(around, 0), len(contexts) - 1)][1]
        return _swapped(example, lender, random)

    return altered(examples, fraction, random, "swapped", swapped)


def altered(
    examples: Sequence[Example],
    fraction: float,
    random: Random,
    kind: str,
    alter: Callable[[Example], str | None],
) -> list[Example]:
    """Unanswerable questions made of a share of the answerable ones, in an order by dice.

    ``alter`` gives the new question, or None where it can make none; ``kind`` ends the ids.
    """
    answerable = [example for example in examples if example.answers]
    wanted = round(len(answerable) * fraction)
    made: list[Example] = []
    for example in random.sample(answerable, len(answerable)):
        if len(made) >= wanted:
            break
        if question := alter(example):
            key = f"{example.id}-{kind}"
            made.append(Example(key, question, example.context, (), example.order))
    return made


def _swapped(example: Example, lender: str, random: Random) -> str | None:
    question, answers = example.question, " ".join(a.text for a in example.answers)
    kinds = [(kind, found) for kind in (NAME, NUMBER) for found in kind.finditer(question)]
    random.shuffle(kinds)
    for kind, found in kinds:
        offered = {other.group() for other in kind.finditer(lender)}
        fit = sorted(o for o in offered if o not in question and o not in answers)
        if fit:
            return question[: found.start()] + random.choice(fit) + question[found.end() :]
    return None
