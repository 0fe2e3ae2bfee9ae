"""Several processes that train one model together, as ``torchrun`` starts them.

Each takes a share of every step's windows; gradients are added up, so that all of them
move to the same weights. Knows tensors and processes; no data and no loss.
"""

from __future__ import annotations

import atexit
import os

import torch
from torch import distributed, nn


def join() -> None:
    """Meet the other processes, where ``torchrun`` started several; alone, do nothing.

    They part at the end of the process: threads still connected when it is torn down abort it.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) > 1 and not distributed.is_initialized():
        distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
        atexit.register(distributed.destroy_process_group)
        if torch.cuda.is_available():
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))


def count() -> int:
    """How many processes train together, this one included."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def rank() -> int:
    """Which of them this one is, from 0; the first keeps log and checkpoints."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def add_up_gradients(model: nn.Module) -> None:
    """Replace each gradient by its sum over all processes."""
    if count() == 1:
        return
    trained = [p for p in model.parameters() if p.requires_grad]
    flat = torch.cat([_gradient(p).reshape(-1) for p in trained])  # one message, not hundreds
    distributed.all_reduce(flat)
    begin = 0
    for parameter in trained:
        end = begin + parameter.numel()
        parameter.grad = flat[begin:end].view_as(parameter)
        begin = end


def _gradient(parameter: nn.Parameter) -> torch.Tensor:
    return torch.zeros_like(parameter) if parameter.grad is None else parameter.grad


def add_up(value: float) -> float:
    """The sum of a number over all processes."""
    if count() == 1:
        return value
    total = torch.tensor(value, dtype=torch.float64)
    total = total.cuda() if torch.cuda.is_available() else total
    distributed.all_reduce(total)
    return float(total)
