"""Questions that the reader was never taught, as the chat reads them: what evidence is fitted on.

Three places: articles of training sets that were held out, in a library of thousands of
paragraphs; the same articles in libraries of one to ten; everyday documents that were held out.
No dev set is read. Knows the library and the reader; fits nothing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from corpus import DATA, open_everyday, open_with, sample
from says import says
from tqdm import tqdm

from chatbot.ask import read_hits
from chatbot.named import share_unnamed
from reader import Reader
from reader.squad import Example
from reader.types import Span
from retriever import Library
from retriever.types import Filter, Hit
from training.calibration import FIT_F1
from training.data import holds_answer, split_sources
from training.metrics import is_right
from training.recipe import load_recipe

RECIPE = "quoth-reader-together"  # trained the shipped reader, and says what was held out
SETS = ("en/squad-train-v1.1-partial.json", "en/nq-qed-train-partial.json")
AROUND = 0.4  # share of a set's paragraphs from which those come that only stand around
FURTHER = 1500  # of each set
UNANSWERED = 0.25  # share of questions whose passages that hold an answer are taken away
FEW = (1, 3, 10)  # paragraphs of a small library
STRANGE = 0.25  # how much a question counts that was asked of another article's paragraphs


@dataclass(frozen=True, slots=True)
class Read:
    """A question, what was found for it, what the reader alone says of it.

    Attributes:
        kind: where it was asked: ``large``, ``small``, or ``everyday``.
        accepted: the words of its answers.
        paragraph: the text that answers; "" for an everyday question.
        is_answered: whether the library held an answer.
        hits: the passages read.
        spans: what was found there.
        unnamed: the share of the question's names that no passage holds.
        counts: how much the question counts.
    """

    kind: str
    accepted: tuple[str, ...]
    paragraph: str
    is_answered: bool
    hits: tuple[Hit, ...]
    spans: tuple[Span, ...]
    unnamed: float
    counts: float = 1.0

    def is_right(self, span: Span) -> bool:
        """Whether a span answers: an everyday one by ``says``, others as the reader is fitted."""
        if self.kind == "everyday":
            return self.is_answered and any(says(span.text, gold) for gold in self.accepted)
        return self.is_answered and is_right(span.text, self.accepted, FIT_F1)

    @property
    def right(self) -> np.ndarray:
        """Which spans answer, shape (n,)."""
        return np.array([self.is_right(span) for span in self.spans])


def encyclopaedic(reader: Reader, most: int, n_passages: int, home: Path | None) -> list[Read]:
    """Up to so many questions of each set, in a large library and in small ones.

    Args:
        reader: reads.
        most: questions of each set.
        n_passages: read for a question.
        home: keeps the library for a second run; None for a passing one.
    """
    asked, paragraphs = held_out(most)
    dice = np.random.default_rng(3)
    there = dice.random(len(asked)) >= UNANSWERED
    few = list(small(asked, paragraphs, seed=3))
    with tempfile.TemporaryDirectory() as scratch:
        library, names = open_with(paragraphs, home or Path(scratch))
        with library:
            ids = {document.name: document.id for document in library.documents()}
            own = [ids[names[paragraph]] for paragraph in paragraphs]
            found = [
                _read(library, reader, Asked("large", example, bool(answered)), n_passages)
                for example, answered in tqdm(
                    list(zip(asked, there, strict=True)), desc="large", disable=None
                )
            ]
            found += [
                _read(library, reader, one.asked, n_passages, one.within(own))
                for one in tqdm(few, desc="small", disable=None)
            ]
    return found


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


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, where it is asked, whether an answer is to be there, how much it counts."""

    kind: str
    example: Example
    answered: bool
    counts: float = 1.0


@dataclass(frozen=True, slots=True)
class Small:
    """A question asked of few paragraphs, and which ones."""

    asked: Asked
    paragraphs: tuple[int, ...]

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
        those = (*near[: n - 1], own) if answered else (*near[:n],)
        yield Small(Asked("small", example, answered), those)
        away = (own + int(dice.integers(200, len(paragraphs) - 200))) % len(paragraphs)
        strange = tuple((away + i) % len(paragraphs) for i in range(n))
        yield Small(Asked("small", example, False, STRANGE), strange)


def _read(
    library: Library, reader: Reader, asked: Asked, n: int, where: Filter | None = None
) -> Read:
    """What the chat would read for a question, without what answers it if it is not to be."""
    example = asked.example
    found = library.search(example.question, 3 * n, where=where)
    if not asked.answered:
        found = [h for h in found if not holds_answer(h.passage.text, example.answers)]
    hits = tuple(found[:n])
    accepted = tuple(answer.text for answer in example.answers)
    spans = tuple(read_hits(reader, example.question, hits))
    return Read(
        kind=asked.kind,
        accepted=accepted,
        paragraph=example.context,
        is_answered=asked.answered,
        hits=hits,
        spans=spans,
        unnamed=share_unnamed(example.question, hits),
        counts=asked.counts,
    )


def everyday(reader: Reader, n_passages: int) -> list[Read]:
    """The held-out everyday documents in one library; a quarter of the questions without theirs."""
    dice = np.random.default_rng(3)
    found: list[Read] = []
    with open_everyday() as (library, every):
        for document, others in tqdm(every, desc="everyday", disable=None):
            for one in document.asked:
                there = bool(dice.random() >= UNANSWERED)
                where = None if there else others
                hits = tuple(library.search(one.question, n_passages, where=where))
                accepted = tuple(document.text[start:end] for start, end in one.answers)
                spans = tuple(read_hits(reader, one.question, hits))
                is_answered = there and bool(accepted)
                found.append(
                    Read(
                        kind="everyday",
                        accepted=accepted,
                        paragraph="",
                        is_answered=is_answered,
                        hits=hits,
                        spans=spans,
                        unnamed=share_unnamed(one.question, hits),
                    )
                )
    return found
