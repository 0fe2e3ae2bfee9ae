"""The training loop: batches in, a trained model and a log out; stoppable at any step.

Knows nothing of questions, spans or data sets: only tensors, an optimiser and a run folder.
The batch order follows from the seed alone and the rest from the checkpoint, so a run that
was stopped goes on to the same numbers.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from tqdm import tqdm

from training.batches import Batch, LabelledWindow, collate, plan_epoch
from training.checkpoint import resume, save

LOG = "log.jsonl"


@dataclass(frozen=True, slots=True)
class TrainerConfig:
    """One optimisation run.

    Attributes:
        epochs: passes over the data.
        batch_size: windows a step; split into ``accumulation_steps`` parts to save memory.
        learning_rate: the highest one, reached at the end of the warm-up.
        warmup_fraction: share of all steps over which the rate rises from zero; it then
            falls to zero in a straight line (Devlin et al. 2019, appendix A.2).
        weight_decay: decoupled (AdamW, Loshchilov and Hutter 2019); none on biases and norms.
        max_grad_norm: gradients are scaled down to this length.
        bf16: run the forward pass under bfloat16 autocast.
        gradient_checkpointing: recompute activations in the backward pass to save memory.
        frozen: parameters whose name starts so are not trained.
        checkpoint_every: steps between checkpoints.
        seed: fixes batch order and dropout.
    """

    epochs: int = 1
    batch_size: int = 16
    accumulation_steps: int = 1
    learning_rate: float = 2e-4
    warmup_fraction: float = 0.06
    weight_decay: float = 0.01
    max_grad_norm: float = 1.0
    bf16: bool = True
    gradient_checkpointing: bool = False
    frozen: tuple[str, ...] = ()
    checkpoint_every: int = 200
    seed: int = 13

    def __post_init__(self) -> None:
        if self.batch_size % self.accumulation_steps:
            raise ValueError(
                f"batch_size {self.batch_size} must be a multiple of "
                f"accumulation_steps {self.accumulation_steps}"
            )
        if self.epochs < 1 or self.checkpoint_every < 1 or not 0 <= self.warmup_fraction < 1:
            raise ValueError(f"epochs and checkpoint_every count from 1, got {self}")


Loss = Callable[[nn.Module, Batch], Tensor]


def learning_rate_at(step: int, total_steps: int, config: TrainerConfig) -> float:
    """The rate for ``step`` (from 0): linear warm-up, then linear decay to zero."""
    warmup_steps = round(total_steps * config.warmup_fraction)
    if step < warmup_steps:
        return config.learning_rate * (step + 1) / warmup_steps
    return config.learning_rate * (total_steps - step) / max(1, total_steps - warmup_steps)


def train(
    model: nn.Module,
    items: Sequence[LabelledWindow],
    loss: Loss,
    pad_id: int,
    config: TrainerConfig,
    run_dir: Path,
    device: torch.device,
) -> None:
    """Train ``model`` in place, resuming from ``run_dir`` where a checkpoint lies there."""
    torch.manual_seed(config.seed)
    _prepare(model, config)
    model.to(device).train()
    optimizer = _optimizer(model, config)
    lengths = [item.window.length for item in items]
    steps_per_epoch = len(plan_epoch(lengths, config.batch_size, config.seed))
    total_steps = steps_per_epoch * config.epochs
    step = resume(model, optimizer, run_dir, total_steps)
    log = _Log(run_dir / LOG)
    progress = tqdm(total=total_steps, initial=step, unit="step", mininterval=2.0)
    while step < total_steps:
        epoch, first = divmod(step, steps_per_epoch)
        plan = plan_epoch(lengths, config.batch_size, config.seed + epoch)
        for indices in plan[first:]:
            rate = learning_rate_at(step, total_steps, config)
            picked = [items[index] for index in indices]
            value = _step(model, optimizer, loss, picked, pad_id, rate, config, device)
            step += 1
            log.add(step, value, rate, sum(item.window.length for item in picked))
            progress.update()
            if step % config.checkpoint_every == 0 or step == total_steps:
                save(model, optimizer, run_dir, step, total_steps)
                progress.set_postfix(log.flush(), refresh=False)
    progress.close()


def _prepare(model: nn.Module, config: TrainerConfig) -> None:
    for name, parameter in model.named_parameters():
        parameter.requires_grad = not name.startswith(config.frozen) if config.frozen else True
    if config.gradient_checkpointing:
        model.activation_checkpointing_enable()  # type: ignore[operator]


def _optimizer(model: nn.Module, config: TrainerConfig) -> torch.optim.AdamW:
    """AdamW with bias correction (Mosbach et al. 2021 show why BERT needs it)."""
    trained = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    groups = [
        {"params": [p for _, p in trained if p.ndim > 1], "weight_decay": config.weight_decay},
        {"params": [p for _, p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.learning_rate, fused=True)


def _step(
    model: nn.Module,
    optimizer: torch.optim.AdamW,
    loss: Loss,
    items: Sequence[LabelledWindow],
    pad_id: int,
    rate: float,
    config: TrainerConfig,
    device: torch.device,
) -> float:
    for group in optimizer.param_groups:
        group["lr"] = rate
    part = max(1, config.batch_size // config.accumulation_steps)
    total = 0.0
    for begin in range(0, len(items), part):
        micro = items[begin : begin + part]
        batch = to_device(collate(micro, pad_id), device)
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=config.bf16):
            value = loss(model, batch) * (len(micro) / len(items))
        torch.autograd.backward(value)
        total += float(value.detach())
    trained = [p for group in optimizer.param_groups for p in group["params"]]
    nn.utils.clip_grad_norm_(trained, config.max_grad_norm)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return total


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
