"""Checkpoints of a training run: weights, optimiser moments, random state and the step.

Safetensors only, so that loading one can run no code. Knows no data and no loop.
"""

from __future__ import annotations

import os
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

CHECKPOINT = "checkpoint.safetensors"


def save(
    model: nn.Module, optimizer: torch.optim.AdamW, run_dir: Path, step: int, total_steps: int
) -> None:
    """Write the run's state in one step: an earlier checkpoint is replaced or kept whole."""
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    for index, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{key}": value for key, value in state.items()}
    tensors["random_state"] = torch.get_rng_state()
    if torch.cuda.is_available():
        tensors["random_state_cuda"] = torch.cuda.get_rng_state()
    new = run_dir / f"{CHECKPOINT}.new"
    metadata = {"step": str(step), "total_steps": str(total_steps)}
    save_file({k: v.detach().cpu().contiguous().clone() for k, v in tensors.items()}, new, metadata)
    os.replace(new, run_dir / CHECKPOINT)


def resume(model: nn.Module, optimizer: torch.optim.AdamW, run_dir: Path, total_steps: int) -> int:
    """Load the run's state into ``model`` and ``optimizer``; return the step, 0 for a new run.

    Raises:
        ValueError: if the checkpoint belongs to a run of another length.
    """
    path = run_dir / CHECKPOINT
    if not path.exists():
        return 0
    metadata = checkpoint_metadata(path)
    if int(metadata["total_steps"]) != total_steps:
        raise ValueError(
            f"{path} belongs to a run of {metadata['total_steps']} steps, this one has "
            f"{total_steps}: name a fresh run folder or restore the recipe"
        )
    tensors = load_file(path)
    model.load_state_dict(_under("model.", tensors))
    state = optimizer.state_dict()
    for key, value in _under("optimizer.", tensors).items():
        index, name = key.split(".", 1)
        state["state"].setdefault(int(index), {})[name] = value
    optimizer.load_state_dict(state)
    torch.set_rng_state(tensors["random_state"])
    if "random_state_cuda" in tensors and torch.cuda.is_available():
        torch.cuda.set_rng_state(tensors["random_state_cuda"])
    return int(metadata["step"])


def checkpoint_metadata(path: Path) -> dict[str, str]:
    """``step`` and ``total_steps`` of a checkpoint, without loading its tensors."""
    with safe_open(path, framework="pt") as file:
        return dict(file.metadata())


def model_weights(path: Path) -> dict[str, Tensor]:
    """Only the model's tensors of a checkpoint."""
    return _under("model.", load_file(path))


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
