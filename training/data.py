"""Data sets in, examples out: sources, splits, unanswerable copies. No tokens, no model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random

from reader.squad import AnswerText, Example, load_squad


def load_examples(source: str | Path) -> list[Example]:
    """Read a SQuAD-form JSON file, or a Hugging Face data set as ``hub:NAME:SPLIT``.

    Raises:
        OSError: if the file is not there, or the hub cannot be reached.
        ValueError: if the file is not in SQuAD form, or an answer is not where it says.
    """
    if str(source).startswith("hub:"):
        return list(_from_hub(str(source)))
    return load_squad(Path(source))


def _from_hub(source: str) -> Iterator[Example]:
    from datasets import load_dataset  # heavy, and only needed here

    _, name, split = source.split(":", 2)
    for position, row in enumerate(load_dataset(name, split=split)):
        texts, starts = row["answers"]["text"], row["answers"]["answer_start"]
        answers = tuple(AnswerText(t, s) for t, s in zip(texts, starts, strict=True))
        yield Example(row["id"], row["question"], row["context"], answers, position)


def split_by_order(
    examples: Sequence[Example], held_out_fraction: float
) -> tuple[list[Example], list[Example]]:
    """Hold out the last contexts by ``order``: whole articles, no paragraph in both parts."""
    if not 0.0 <= held_out_fraction < 1.0:
        raise ValueError(f"held_out_fraction must be in [0, 1), got {held_out_fraction}")
    orders = sorted({example.order for example in examples})
    n_held_out = round(len(orders) * held_out_fraction)
    if n_held_out == 0:
        return list(examples), []
    first_held_out = orders[-n_held_out]
    return (
        [example for example in examples if example.order < first_held_out],
        [example for example in examples if example.order >= first_held_out],
    )


def unanswerable_copies(examples: Sequence[Example], fraction: float, seed: int) -> list[Example]:
    """Make ``fraction * len(examples)`` questions unanswerable by a nearby paragraph.

    The new context lies at most eight contexts away in ``order`` (usually the same
    article, so the topic agrees) and holds none of the accepted answers.
    """
    random = Random(seed)
    contexts = sorted({example.order: example.context for example in examples}.items())
    place = {order: index for index, (order, _) in enumerate(contexts)}
    negatives: list[Example] = []
    for example in random.sample(list(examples), round(len(examples) * fraction)):
        centre = place[example.order]
        near = [contexts[i] for i in range(max(0, centre - 8), min(len(contexts), centre + 9))]
        fit = [
            (order, context)
            for order, context in near
            if order != example.order and not holds_answer(context, example.answers)
        ]
        if fit:
            order, context = random.choice(fit)
            negatives.append(Example(f"{example.id}-null", example.question, context, (), order))
    return negatives


def holds_answer(context: str, answers: Iterable[AnswerText]) -> bool:
    """Whether any accepted answer occurs in the context, whatever its case."""
    lowered = context.casefold()
    return any(answer.text.casefold() in lowered for answer in answers)
