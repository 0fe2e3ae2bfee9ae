"""Questions with the texts they are asked of: alone, or among others as the chat asks.

Knows examples and a sentence encoder: no reader, no scores.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from reader.question import is_written
from reader.squad import Example
from training.base import base_folder
from training.data import holds_answer
from training.groups import RANKER
from training.mined import TOP, rank_contexts
from training.negatives import swapped_questions

_Item = TypeVar("_Item")

N_TEXTS = 10  # as many as the chat reads
MOST_ALONE = 1200  # questions of a data set
MOST_AMONG = 400  # of these, each over ten passages
FEW = 4  # times as many answerable questions: then too few do without an answer
SEED = 13
ANSWERABLE = 0.75  # share of questions whose own text is there: people ask of what they added


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many questions of a data set are asked at most: ``alone``, and ``among`` ten texts."""

    alone: int = MOST_ALONE
    among: int = MOST_AMONG


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the texts to read for it.

    ``answerable`` says whether one of the texts is known to answer it.
    """

    example: Example
    texts: tuple[str, ...]
    answerable: bool


def regimes_of(
    name: str, examples: Sequence[Example], findable: bool = True, sizes: Sizes | None = None
) -> dict[str, list[Asked]]:
    """The held-out questions of one data set as a reader may meet them, by regime.

    ``findable`` says whether a question points to one text among others; asked of ten
    reviews, "How is the hotel staff?" is answered by all of them.
    """
    sizes = sizes or Sizes()
    answerable = sampled([e for e in examples if e.answers], sizes.among * findable, SEED)
    regimes = {
        f"{name}, alone": alone(balanced(examples, sizes.alone)),
        f"{name}, among others": among(answerable, nearest_contexts(answerable, examples), SEED),
    }
    return {regime: asked for regime, asked in regimes.items() if asked}


def balanced(examples: Sequence[Example], most: int = MOST_ALONE) -> list[Example]:
    """As many unanswerable questions as answerable ones, where questions are written out.

    The unanswerable are the data set's own; where it has few, also questions with a name or
    number swapped for another of the same context (SQuAD v2.0's commonest kind). What
    people type into a search box, without a question mark, stays as it is, and so do sets
    in which few can be made. At most ``most``.
    """
    answerable = [example for example in examples if example.answers]
    n_written = sum(is_written(example.question) for example in answerable)
    if 2 * n_written < len(answerable):
        return sampled(answerable, most, SEED)
    against = [e for e in examples if not e.answers]
    if FEW * len(against) < len(answerable):
        against += misleading(answerable)
    wanted = min(len(answerable), most // 2)
    if FEW * len(against) < wanted:  # nothing to exchange in these contexts
        return sampled([*answerable, *against], most, SEED)
    n = min(wanted, len(against))
    return sampled(answerable, n, SEED) + sampled(against, n, SEED)


def misleading(examples: Sequence[Example]) -> list[Example]:
    """Unanswerable questions made of answerable ones, every new word taken from the context."""
    asked = {f"{example.id}-swapped": example.question for example in examples}
    return [
        made
        for made in swapped_questions(examples, 1.0, SEED)
        if all(word in made.context for word in _words(made.question) - _words(asked[made.id]))
    ]


def _words(question: str) -> set[str]:
    return {word.strip("?,.") for word in question.split()}


def alone(examples: Sequence[Example]) -> list[Asked]:
    """Each question with its own context."""
    return [Asked(e, (e.context,), bool(e.answers)) for e in examples]


def among(
    examples: Sequence[Example], near: Sequence[Sequence[str]], seed: int, n_texts: int = N_TEXTS
) -> list[Asked]:
    """Each question over up to ``n_texts`` contexts, a quarter of the time without its own.

    Args:
        examples: answerable questions.
        near: for each of them, contexts that a retriever ranks high, best first; those that
            hold an accepted answer are passed over.
        seed: decides which questions lack their context, and the order of the texts.
        n_texts: most texts of a question.
    """
    random = Random(seed)
    asked: list[Asked] = []
    for example, ranked in zip(examples, near, strict=True):
        present = random.random() < ANSWERABLE
        others = [c for c in ranked if not holds_answer(c, example.answers)]
        texts = others[: n_texts - present] + [example.context] * present
        random.shuffle(texts)
        if texts:
            asked.append(Asked(example, tuple(texts), present))
    return asked


def nearest_contexts(
    asked: Sequence[Example], examples: Sequence[Example], depth: int = TOP
) -> list[list[str]]:
    """For each of ``asked``, the contexts of ``examples`` that the retriever ranks first."""
    contexts = list(dict.fromkeys(example.context for example in examples))
    if not asked:
        return []
    ranked = rank_contexts([e.question for e in asked], contexts, base_folder(RANKER), depth)
    return [[contexts[place] for place in row] for row in ranked]


def sampled(items: Sequence[_Item], most: int, seed: int) -> list[_Item]:
    """At most so many, the same ones each time."""
    return list(items) if len(items) <= most else Random(seed).sample(list(items), most)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some of the asked in the form that ``Reader.read_many`` takes; blank questions left out."""

    asked: tuple[Asked, ...]
    questions: tuple[str, ...]
    texts: tuple[str, ...]
    pairs: tuple[tuple[int, int], ...]


def chunks(asked: Sequence[Asked], most_texts: int = 128) -> Iterator[Chunk]:
    """All that can be asked, in order; a chunk holds about ``most_texts`` texts."""
    asked = [one for one in asked if one.example.question.strip()]
    begin = 0
    while begin < len(asked):
        end, n_texts = begin, 0
        while end < len(asked) and n_texts < most_texts:
            n_texts += len(asked[end].texts)
            end += 1
        yield _chunk(asked[begin:end])
        begin = end


def _chunk(asked: Sequence[Asked]) -> Chunk:
    place: dict[str, int] = {}
    pairs = [
        (index, place.setdefault(text, len(place)))
        for index, one in enumerate(asked)
        for text in one.texts
    ]
    questions = tuple(one.example.question for one in asked)
    return Chunk(tuple(asked), questions, tuple(place), tuple(pairs))
