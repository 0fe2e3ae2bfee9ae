"""The training loop: groups of windows in, trained weights and a log out; stoppable at any step.

Knows nothing of questions, spans or data sets: only tensors, an optimiser and a run folder.
The batch order follows from the seed alone and the rest from the checkpoint, so a run that
was stopped goes on to the same numbers.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import torch
from torch import Tensor, nn
from tqdm import tqdm

from reader.processor import bf16_pays
from training import workers
from training.augment import AugmentConfig, crop, mask
from training.average import WeightAverage
from training.batches import Batch, Group, LabelledWindow, collate, plan_epoch
from training.checkpoint import RunState, resume, save
from training.optim import Optimizer, OptimizerConfig

LOG = "log.jsonl"


@dataclass(frozen=True, slots=True)
class TrainerConfig:
    """One run over the data.

    Attributes:
        epochs: passes over the data.
        batch_size: windows a step; split into ``accumulation_steps`` parts to save memory.
        bf16: run the forward pass under bfloat16 autocast, where that is quicker than float32: a
            processor without it would emulate it, many times slower.
        gradient_checkpointing: recompute activations in the backward pass to save memory.
        average_decay: of the moving average of the weights that the run leaves behind; 0
            leaves the weights themselves.
        checkpoint_every: steps between checkpoints.
        seed: fixes batch order, augmentation and dropout.
    """

    epochs: int = 1
    batch_size: int = 16
    accumulation_steps: int = 1
    bf16: bool = True
    gradient_checkpointing: bool = False
    average_decay: float = 0.0
    checkpoint_every: int = 200
    seed: int = 13

    def __post_init__(self) -> None:
        if min(self.epochs, self.batch_size, self.accumulation_steps, self.checkpoint_every) < 1:
            raise ValueError(f"epochs, batches, parts and steps count from 1, got {self}")
        if self.batch_size % self.accumulation_steps:
            raise ValueError(
                f"batch_size {self.batch_size} must be a multiple of "
                f"accumulation_steps {self.accumulation_steps}"
            )
        if not 0 <= self.average_decay < 1:
            raise ValueError(f"average_decay is a share in [0, 1), got {self.average_decay}")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The two token ids that the loop needs."""

    pad_id: int
    mask_id: int


Loss = Callable[[nn.Module, Batch], Tensor]


@dataclass(frozen=True, slots=True)
class Run:
    """All that decides a run but its data and its model."""

    loss: Loss
    vocabulary: Vocabulary
    folder: Path
    device: torch.device
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)


def train(model: nn.Module, groups: Sequence[Group], run: Run) -> None:
    """Train ``model`` in place, resuming from the run's folder where a checkpoint lies there.

    In the end the model holds the weights that the run is for: their average if it keeps one.

    Raises:
        ValueError: if there is nothing to train on, or a checkpoint of another run lies there.
    """
    config = run.trainer
    torch.manual_seed(config.seed)
    if config.gradient_checkpointing:
        model.activation_checkpointing_enable()  # type: ignore[operator]
    model.to(run.device).train()
    plan = [_plan(groups, run, epoch) for epoch in range(config.epochs)]
    total = sum(map(len, plan))
    if not total:
        raise ValueError("expected windows to train on, the data gave none")
    optimizer = Optimizer(model, run.optimizer, total)
    state = RunState(model, optimizer.adamw, WeightAverage(model, config.average_decay))
    step = resume(state, run.folder, total)
    log = _Log(run.folder / LOG)
    progress = tqdm(
        total=total, initial=step, unit="step", mininterval=2.0, disable=workers.rank() > 0
    )
    for epoch, indices in _remaining(plan, step):
        rate = optimizer.before(step)
        random = Random(f"{run.trainer.seed}:{step}")
        picked = [_altered(groups[index], run, epoch, random) for index in indices]
        value = _accumulate(model, picked, run)
        optimizer.step()
        state.average.update(model, step)
        step += 1
        log.add(step, value, rate, sum(item.window.length for group in picked for item in group))
        progress.update()
        if workers.rank():
            continue
        if step % config.checkpoint_every == 0 or step == total:
            save(state, run.folder, step, total)
            progress.set_postfix(log.flush(), refresh=False)
    progress.close()
    model.load_state_dict(state.average.tensors, strict=False)


def _plan(groups: Sequence[Group], run: Run, epoch: int) -> list[list[int]]:
    config = run.trainer
    return plan_epoch(groups, config.batch_size, config.seed + epoch, run.augment.crop_at(epoch))


def _remaining(plan: Sequence[list[list[int]]], step: int) -> Iterator[tuple[int, list[int]]]:
    steps = [(epoch, indices) for epoch, batches in enumerate(plan) for indices in batches]
    yield from steps[step:]


def _altered(group: Group, run: Run, epoch: int, random: Random) -> list[LabelledWindow]:
    """The group's windows as this step sees them, by the step's own dice."""
    augment = run.augment
    items = [crop(item, augment.crop_at(epoch), random) for item in group.windows]
    if not augment.mask_fraction:
        return items
    masking = (augment.mask_fraction, augment.mask_length, run.vocabulary.mask_id)
    return [mask(item, *masking, random) for item in items]


def _accumulate(model: nn.Module, groups: Sequence[list[LabelledWindow]], run: Run) -> float:
    """Gradients of one step, in parts of whole groups; the mean loss."""
    n_parts = min(max(run.trainer.accumulation_steps, workers.count()), len(groups))
    size = -(-len(groups) // n_parts)
    total = 0.0
    for begin in range(size * workers.rank(), len(groups), size * workers.count()):
        part = groups[begin : begin + size]
        share = sum(map(len, part)) / sum(map(len, groups))
        batch = to_device(collate(part, run.vocabulary.pad_id), run.device)
        with autocast(run.device, run.trainer.bf16):
            value = run.loss(model, batch) * share
        torch.autograd.backward(value)
        total += float(value.detach())
    workers.add_up_gradients(model)
    return workers.add_up(total)


def autocast(device: torch.device, wanted: bool = True) -> torch.autocast:
    """bfloat16 where it is wanted and quicker than float32."""
    there = device.type != "cpu" or bf16_pays()
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=wanted and there)


def to_device(batch: Batch, device: torch.device) -> Batch:
    """The same batch with its tensors on ``device``."""
    return Batch(*(getattr(batch, name).to(device) for name in Batch.__dataclass_fields__))


class _Log:
    """Means over the steps since the last flush, appended as one JSON line each."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reset()

    def _reset(self) -> None:
        self._losses: list[float] = []
        self._tokens = 0
        self._since = time.perf_counter()

    def add(self, step: int, loss: float, rate: float, tokens: int) -> None:
        self._step, self._rate = step, rate
        self._losses.append(loss)
        self._tokens += tokens

    def flush(self) -> dict[str, float]:
        row = {
            "step": self._step,
            "loss": round(sum(self._losses) / len(self._losses), 4),
            "learning_rate": self._rate,
            "tokens_per_s": round(self._tokens / (time.perf_counter() - self._since)),
        }
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        self._reset()
        return {"loss": row["loss"], "tokens_per_s": row["tokens_per_s"]}
