"""Passages that the search ranks high for questions that they do not answer.

Knows examples and a sentence encoder; no reader, no tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
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


def hard_negatives(
    examples: Sequence[Example],
    fraction: float,
    encoder: str,
    seed: int,
    cache: Path | None = None,
    *,
    foreign: bool = False,
) -> dict[str, Example]:
    """For a share of the answerable questions, a high-ranked passage without the answer.

    Args:
        examples: where questions and passages come from.
        fraction: share of the answerable questions.
        encoder: ranks the passages; a name that ``base_folder`` knows.
        seed: decides which questions, and which of the first passages.
        cache: folder that keeps rankings, so that a run that goes on need not rank again.
        foreign: take passages below other titles alone, as if the document asked about were
            missing. A title is the first line of what stands above a context; a context without
            one, as the first of a document often is, is neither asked of nor lent.

    Returns:
        By question id, the same question over the passage, unanswerable.
    """
    kind, depth = ("foreign", TOP_FOREIGN) if foreign else ("hard", TOP)
    random = Random(f"{seed} {kind}" if foreign else seed)  # other questions than the hard ones
    answerable = [example for example in examples if example.answers]
    asked = random.sample(answerable, round(len(answerable) * fraction))
    if not asked:
        return {}
    titles = {example.context: title for example in examples if (title := _title(example))}
    contexts = list(dict.fromkeys(example.context for example in examples))
    ranked = _ranked([e.question for e in asked], contexts, encoder, cache, depth)
    found: dict[str, Example] = {}
    for example, row in zip(asked, ranked, strict=True):
        near = [contexts[place] for place in row if contexts[place] != example.context]
        if foreign:
            own = _title(example)
            near = [context for context in near if own and titles.get(context, own) != own]
        fit = [context for context in near if not holds_answer(context, example.answers)]
        if fit:
            context = random.choice(fit[:CHOICE])
            found[example.id] = Example(
                f"{example.id}-{kind}", example.question, context, (), example.order
            )
    return found


def _title(example: Example) -> str:
    return example.above.partition("\n")[0]


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
