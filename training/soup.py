"""A trained encoder mixed with its base, each mixture measured: what it finds, what it forgets.

Knows weights and rankings; nothing of how they were trained.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor

from reader.squad import Example
from training.average import mixed
from training.hybrid import rank, recall

Weights = Mapping[str, Tensor]


@dataclass(frozen=True, slots=True)
class Pool:
    """Questions over the passages of one set.

    ``wanted[i]`` is the place of question i's own passage. ``decides`` tells the sets by which
    a mixture is chosen from those that only show what is lost.
    """

    name: str
    questions: tuple[str, ...]
    passages: tuple[str, ...]
    wanted: tuple[int, ...]
    decides: bool


@dataclass(frozen=True, slots=True)
class Found:
    """Recall in percent of one encoder over one pool: nearest vectors alone, and fused."""

    dense_at_1: float
    dense_at_5: float
    hybrid_at_1: float
    hybrid_at_5: float


def pool_of(
    name: str, asked: Sequence[Example], every: Sequence[Example], most: int, decides: bool
) -> Pool:
    """The asked questions over their own contexts and others of ``every``, at most ``most``."""
    own = dict.fromkeys(example.context for example in asked)
    others = dict.fromkeys(example.context for example in every)
    passages = tuple(own | others)[: max(most, len(own))]
    place = {passage: index for index, passage in enumerate(passages)}
    questions = tuple(example.question for example in asked)
    wanted = tuple(place[example.context] for example in asked)
    return Pool(name, questions, passages, wanted, decides)


def measure(folder: Path, pools: Sequence[Pool]) -> list[Found]:
    """What the encoder in ``folder`` finds in every pool."""
    from retriever.encoding.embed import Encoder

    encoder, found = Encoder.load(folder), []
    for pool in pools:
        rankings = rank(pool.questions, pool.passages, encoder)
        figures = (recall(ranking, pool.wanted, k) for ranking in rankings for k in (1, 5))
        found.append(Found(*figures))
    return found


def choose(
    base: Path, tuned: Weights, mixes: Sequence[float], pools: Sequence[Pool], out: Path
) -> Path:
    """Writes every mixture below ``out``, prints what it finds, returns the best one's folder.

    Best is the greatest mean of the fused recall at 1 and 5 over the pools that decide.
    """
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(base))
    start = {name: value.clone() for name, value in model.state_dict().items()}
    print_head(pools)
    print_row("base", measure(base, pools))
    best, most = out, -1.0
    for share in mixes:
        folder = out / f"{share:.2f}"
        model.load_state_dict(mixed(start, tuned, share))
        shutil.rmtree(folder, ignore_errors=True)
        model.save(str(folder), create_model_card=False)
        found = measure(folder, pools)
        print_row(f"{share:.2f} trained", found)
        mean = np.mean(
            [f.hybrid_at_1 + f.hybrid_at_5 for f, p in zip(found, pools, strict=True) if p.decides]
        )
        if mean > most:
            best, most = folder, float(mean)
    return best


def print_head(pools: Sequence[Pool]) -> None:
    """The pools, and the head of the table."""
    for pool in pools:
        kind = "held out" if pool.decides else "elsewhere"
        sizes = f"{len(pool.questions)} questions, {len(pool.passages)} passages"
        print(f"{pool.name} ({kind}): {sizes}")
    print("\nrecall@1 / @5 of dense; of the hybrid")
    print("| encoder | " + " | ".join(pool.name for pool in pools) + " |", flush=True)


def print_row(name: str, found: Sequence[Found]) -> None:
    """One encoder's figures."""
    cells = (
        f"{f.dense_at_1:.1f} / {f.dense_at_5:.1f}; {f.hybrid_at_1:.1f} / {f.hybrid_at_5:.1f}"
        for f in found
    )
    print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
