"""Checkpoints of a training run: weights, average, optimiser moments, random state, step.

Safetensors only, so that loading one can run no code. Knows no data and no loop.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from training.average import WeightAverage

CHECKPOINT = "checkpoint.safetensors"


@dataclass(frozen=True, slots=True)
class RunState:
    """What changes while a run goes on."""

    model: nn.Module
    adamw: torch.optim.AdamW
    average: WeightAverage


def save(state: RunState, run_dir: Path, step: int, total_steps: int) -> None:
    """Write the run's state in one step: an earlier checkpoint is replaced or kept whole."""
    tensors = {f"model.{name}": value for name, value in state.model.state_dict().items()}
    tensors |= {f"average.{name}": value for name, value in state.average.tensors.items()}
    for index, moments in state.adamw.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{key}": value for key, value in moments.items()}
    tensors["random_state"] = torch.get_rng_state()
    if torch.cuda.is_available():
        tensors["random_state_cuda"] = torch.cuda.get_rng_state()
    new = run_dir / f"{CHECKPOINT}.new"
    metadata = {"step": str(step), "total_steps": str(total_steps)}
    save_file({k: v.detach().cpu().contiguous().clone() for k, v in tensors.items()}, new, metadata)
    os.replace(new, run_dir / CHECKPOINT)


def resume(state: RunState, run_dir: Path, total_steps: int) -> int:
    """Load what ``run_dir`` holds into ``state``; return the step, 0 for a new run.

    Raises:
        ValueError: if the checkpoint belongs to a run of another length.
    """
    path = run_dir / CHECKPOINT
    if not path.exists():
        return 0
    metadata = _metadata(path)
    if int(metadata["total_steps"]) != total_steps:
        raise ValueError(
            f"{path} belongs to a run of {metadata['total_steps']} steps, this one has "
            f"{total_steps}: name a fresh run folder or restore the recipe"
        )
    tensors = load_file(path)
    state.model.load_state_dict(_under("model.", tensors))
    for name, value in _under("average.", tensors).items():
        state.average.tensors[name].copy_(value)
    moments = state.adamw.state_dict()
    for key, value in _under("optimizer.", tensors).items():
        index, name = key.split(".", 1)
        moments["state"].setdefault(int(index), {})[name] = value
    state.adamw.load_state_dict(moments)
    torch.set_rng_state(tensors["random_state"])
    if "random_state_cuda" in tensors and torch.cuda.is_available():
        torch.cuda.set_rng_state(tensors["random_state_cuda"])
    return int(metadata["step"])


def _metadata(path: Path) -> dict[str, str]:
    """``step`` and ``total_steps`` of a checkpoint, without loading its tensors."""
    with safe_open(path, framework="pt") as file:
        return dict(file.metadata())


def model_weights(path: Path) -> dict[str, Tensor]:
    """The weights a run is for: their average where it keeps one."""
    tensors = load_file(path)
    return _under("model.", tensors) | _under("average.", tensors)


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
