"""Questions that a passage does not answer, though it looks as if: made by rule and by dice.

Knows examples alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

from reader.squad import Example
from training.data import holds_answer

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
