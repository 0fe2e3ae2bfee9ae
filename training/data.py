"""Data sets in, examples out. Knows file forms and splits, nothing of tokens or models."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any


@dataclass(frozen=True, slots=True)
class AnswerText:
    """One accepted answer: ``context[char_start:char_start + len(text)] == text``."""

    text: str
    char_start: int


@dataclass(frozen=True, slots=True)
class Example:
    """A question about a context. ``answers`` is empty where the context does not answer.

    ``order`` is the position of the context in its data set: neighbours come from the
    same article, so a split by ``order`` keeps articles whole.
    """

    id: str
    question: str
    context: str
    answers: tuple[AnswerText, ...]
    order: int


def load_examples(source: str | Path) -> list[Example]:
    """Read a SQuAD-form JSON file, or a Hugging Face data set as ``hub:NAME:SPLIT``.

    Raises:
        FileNotFoundError: if the file is not there.
        ValueError: if the file is not in SQuAD form, or an answer is not where it says.
    """
    if str(source).startswith("hub:"):
        return list(_from_hub(str(source)))
    path = Path(source)
    payload = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(payload, dict) or "data" not in payload:
        raise ValueError(f'{path} is not in SQuAD form: expected {{"data": [articles]}}')
    return list(_from_squad(payload["data"], path.name))


def _from_squad(articles: Iterable[dict[str, Any]], name: str) -> Iterator[Example]:
    position = 0
    for article in articles:
        for paragraph in article["paragraphs"]:
            context = paragraph["context"]
            order = int(paragraph.get("order", position))
            position += 1
            for qa in paragraph["qas"]:
                answers = () if qa.get("is_impossible") else _answers(qa, context, name)
                yield Example(str(qa["id"]), qa["question"], context, answers, order)


def _answers(qa: dict[str, Any], context: str, name: str) -> tuple[AnswerText, ...]:
    answers = tuple(AnswerText(a["text"], int(a["answer_start"])) for a in qa["answers"])
    for answer in answers:
        found = context[answer.char_start : answer.char_start + len(answer.text)]
        if found != answer.text:
            raise ValueError(
                f"{name}, question {qa['id']}: expected {answer.text!r} at offset "
                f"{answer.char_start}, found {found!r}"
            )
    return answers


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
    first_held_out = orders[-round(len(orders) * held_out_fraction) :][0] if held_out_fraction else None
    if first_held_out is None:
        return list(examples), []
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
            if order != example.order and not _holds_answer(context, example.answers)
        ]
        if fit:
            order, context = random.choice(fit)
            negatives.append(Example(f"{example.id}-null", example.question, context, (), order))
    return negatives


def _holds_answer(context: str, answers: Iterable[AnswerText]) -> bool:
    lowered = context.casefold()
    return any(answer.text.casefold() in lowered for answer in answers)


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file's bytes, to name the exact data behind a model."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
