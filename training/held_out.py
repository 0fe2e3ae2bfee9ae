"""Questions about held-out articles, read by a model in training: the figures of an ablation.

Reads with the reader's own windows and decoding. Knows no recipe and no optimiser.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import nn

from reader.batching import BatchConfig, pad, plan_batches
from reader.decode import best_token_spans, null_scores, to_candidates
from reader.squad import Example
from reader.types import Window
from reader.windows import WindowConfig, make_windows, token_id
from training.base import base_folder
from training.data import holds_answer, split_sources, text_key
from training.groups import RANKER, kept_parts
from training.metrics import f1
from training.mined import TOP, rank_contexts
from training.recipe import DataSource, LongText
from training.trainer import autocast

NULL_WEIGHT = 0.5  # of the null score when passages compete (docs/design-log.md)
MAX_ANSWER_TOKENS = 30
BATCHES = BatchConfig(max_windows=32, max_tokens=6144, max_padding=0.1)


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A set of questions to measure by.

    Attributes:
        name: heads its column.
        path: SQuAD-form training data below the data folder.
        fraction: share of its contexts (the last ones) that is held out.
        questions: how many are asked.
        passages: read for each question: its own, and the best ranked of the other held-out
            ones that do not hold the answer.
    """

    name: str
    path: str
    fraction: float
    questions: int
    passages: int = 1

    def __post_init__(self) -> None:
        if self.questions < 1 or self.passages < 1:
            raise ValueError(f"questions and passages count from 1, got {self}")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the passages it is read over, and the accepted answers."""

    question: str
    passages: tuple[str, ...]
    accepted: tuple[str, ...]


def ask(held_out: HeldOut, evaluated: Sequence[str], data_root: Path) -> list[Asked]:
    """The questions of a set, always the same ones.

    Raises:
        OSError, ValueError: if a data set is missing, not in SQuAD form, or too small.
    """
    source = DataSource(held_out.path, "", held_out_fraction=held_out.fraction)
    ((_, examples),) = split_sources([source], evaluated, data_root)
    answerable = sorted((e for e in examples if e.answers), key=lambda e: lot(e.id))
    if len(answerable) < held_out.questions:
        raise ValueError(
            f"{held_out.name}: expected {held_out.questions} held-out questions, "
            f"{held_out.path} gives {len(answerable)}; raise its fraction"
        )
    picked = answerable[: held_out.questions]
    contexts = list(dict.fromkeys(example.context for example in examples))
    others = _others(picked, contexts, held_out.passages - 1)
    return [
        Asked(e.question, (e.context, *near), tuple(a.text for a in e.answers))
        for e, near in zip(picked, others, strict=True)
    ]


def lot(key: str) -> float:
    """A number in (0, 1) that looks drawn by lot, always the same for the same key."""
    return (int.from_bytes(sha256(key.encode()).digest()[:6]) + 1) / (2**48 + 1)


def _others(examples: Sequence[Example], contexts: Sequence[str], wanted: int) -> list[list[str]]:
    """The best ranked other contexts without the answer, at most ``wanted`` of each."""
    if not wanted:
        return [[] for _ in examples]
    questions, depth = [e.question for e in examples], max(TOP, wanted + 1)
    ranked = rank_contexts(questions, contexts, base_folder(RANKER), depth)
    near = [[contexts[place] for place in row] for row in ranked]
    return [
        [c for c in row if c != e.context and not holds_answer(c, e.answers)][:wanted]
        for e, row in zip(examples, near, strict=True)
    ]


def contexts_of(asked: Iterable[Asked]) -> set[str]:
    """Keys of all passages read: none of them may be trained on."""
    return {text_key(passage) for one in asked for passage in one.passages}


def f1_of(answers: Sequence[str], asked: Sequence[Asked]) -> list[float]:
    """F1 of each answer, in percent."""
    return [100 * f1(a, one.accepted) for a, one in zip(answers, asked, strict=True)]


@torch.no_grad()
def read(
    model: nn.Module,
    tokenizer: Tokenizer,
    asked: Sequence[Asked],
    config: WindowConfig,
    long_text: LongText = "sliding",
) -> list[str]:
    """The best span of each question over all its passages; "" where there is none."""
    model.eval()
    best = [(float("-inf"), "")] * len(asked)
    windows = _windows(asked, tokenizer, config, long_text)
    pad_id = token_id(tokenizer, "[PAD]")
    passages = [passage for one in asked for passage in one.passages]
    for indices in plan_batches([window.length for window in windows], BATCHES):
        members = [windows[index] for index in indices]
        for window, found in zip(members, _best_spans(model, members, pad_id), strict=True):
            score, start, end = found
            if score > best[window.question_index][0]:
                best[window.question_index] = (score, passages[window.text_index][start:end])
    return [text for _, text in best]


def _windows(
    asked: Sequence[Asked], tokenizer: Tokenizer, config: WindowConfig, long_text: LongText
) -> list[Window]:
    texts = [passage for one in asked for passage in one.passages]
    owners = [place for place, one in enumerate(asked) for _ in one.passages]
    pairs = [(owner, index) for index, owner in enumerate(owners)]
    of_text: list[list[Window]] = [[] for _ in texts]
    for window in make_windows([o.question for o in asked], texts, pairs, tokenizer, config):
        of_text[window.text_index].append(window)
    return [window for cut in of_text for window in kept_parts(cut, long_text)]


def _best_spans(
    model: nn.Module, windows: Sequence[Window], pad_id: int
) -> list[tuple[float, int, int]]:
    """Score against the null score, first and last character of each window's best span."""
    batch = pad(windows, pad_id)
    device = next(model.parameters()).device
    with autocast(device):
        output = model(
            **{
                name: torch.from_numpy(getattr(batch, name)).to(device)
                for name in ("input_ids", "token_type_ids", "attention_mask")
            }
        )
    start, end = (t.float().cpu().numpy() for t in (output.start_logits, output.end_logits))
    starts, ends = ([getattr(w, f"context_{s}") for w in windows] for s in ("start", "end"))
    spans = best_token_spans(start, end, starts, ends, 1, MAX_ANSWER_TOKENS)
    nulls = null_scores(start, end)  # (n,)
    found: list[tuple[float, int, int]] = []
    for row, window in enumerate(windows):
        candidates = to_candidates(spans, row, window)
        score = candidates[0].logit - NULL_WEIGHT * float(nulls[row]) if candidates else -1e30
        place = (candidates[0].char_start, candidates[0].char_end) if candidates else (0, 0)
        found.append((score, *place))
    return found
