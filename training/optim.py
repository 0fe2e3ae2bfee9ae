"""The optimiser of a run: rates per layer, schedules, freezing. Knows no batches and no loss."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import nn

Schedule = Literal["linear", "slanted", "cosine", "constant"]
SLANT = 32  # ratio of the highest to the lowest rate (Howard and Ruder 2018, section 3.2)
_LAYER = re.compile(r"\.layer\.(\d+)\.")


@dataclass(frozen=True, slots=True)
class OptimizerConfig:
    """How parameters move. Every switch is off by default; docs/reader.md says what each gave.

    Attributes:
        learning_rate: the highest one, of the topmost layer.
        schedule: ``linear`` warm-up and decay (Devlin et al. 2019, appendix A.2), ``slanted``
            triangular (ULMFiT, Howard and Ruder 2018, equation 3), ``cosine`` (Loshchilov and
            Hutter 2017) or ``constant`` after the warm-up.
        warmup_fraction: share of all steps over which the rate rises.
        weight_decay: decoupled (AdamW, Loshchilov and Hutter 2019); none on biases and norms.
        max_grad_norm: gradients are scaled down to this length.
        layer_decay: each layer's rate as a share of that of the layer above it
            (discriminative rates: ULMFiT, section 3.2; ELECTRA, Clark et al. 2020, appendix A).
        bias_correction: off gives BertAdam (Mosbach et al. 2021, section 5, on why not).
        frozen: parameters whose name starts so are not trained.
        unfreeze_fraction: share of all steps over which layers join the training one by one,
            the topmost first (gradual unfreezing, ULMFiT, section 3.3); 0 trains all at once.
        reinitialised_layers: top encoder layers that start from fresh weights
            (Zhang et al. 2021, section 5).
    """

    learning_rate: float = 2e-4
    schedule: Schedule = "linear"
    warmup_fraction: float = 0.06
    weight_decay: float = 0.01
    max_grad_norm: float = 1.0
    layer_decay: float = 1.0
    bias_correction: bool = True
    frozen: tuple[str, ...] = ()
    unfreeze_fraction: float = 0.0
    reinitialised_layers: int = 0

    def __post_init__(self) -> None:
        if self.schedule not in get_args(Schedule):
            known = ", ".join(get_args(Schedule))
            raise ValueError(f"expected a schedule of {known}, got {self.schedule!r}")
        if not 0 <= self.warmup_fraction < 1 or not 0 <= self.unfreeze_fraction <= 1:
            raise ValueError(f"expected shares of all steps between 0 and 1, got {self}")
        if not 0 < self.layer_decay <= 1:
            raise ValueError(f"layer_decay is a share in (0, 1], got {self.layer_decay}")
        if min(self.learning_rate, self.max_grad_norm) <= 0:
            raise ValueError(f"learning_rate and max_grad_norm are above 0, got {self}")
        if min(self.weight_decay, self.reinitialised_layers) < 0:
            raise ValueError(f"weight_decay and reinitialised_layers count from 0, got {self}")


def depths(model: nn.Module) -> dict[str, int]:
    """Depth of every parameter: 0 for embeddings, 1 to N for layers, N + 1 for the head."""
    names = [name for name, _ in model.named_parameters()]
    layers = [int(found[1]) for name in names if (found := _LAYER.search(name))]
    head = max(layers, default=-1) + 2
    return {name: _depth(name, head) for name in names}


def _depth(name: str, head: int) -> int:
    if found := _LAYER.search(name):
        return int(found[1]) + 1
    return 0 if "embeddings." in name else head


class Optimizer:
    """AdamW over layers of their own rates, told the step before each one.

    ``adamw`` is the torch optimiser whose state a checkpoint keeps.
    """

    def __init__(self, model: nn.Module, config: OptimizerConfig, total_steps: int) -> None:
        self._config, self._total = config, total_steps
        self._depths = depths(model)
        self._named = [
            (name, parameter)
            for name, parameter in model.named_parameters()
            if not (config.frozen and name.startswith(config.frozen))
        ]
        for parameter in model.parameters():
            parameter.requires_grad = False
        for _, parameter in self._named:
            parameter.requires_grad = True
        self.adamw = torch.optim.AdamW(list(self._groups()), lr=config.learning_rate, fused=True)

    def _groups(self) -> Iterable[dict[str, object]]:
        top = max(self._depths.values())
        for depth in sorted({self._depths[name] for name, _ in self._named}):
            here = [p for name, p in self._named if self._depths[name] == depth]
            scale = self._config.layer_decay ** (top - depth)
            for matrices, decay in ((True, self._config.weight_decay), (False, 0.0)):
                parameters = [p for p in here if (p.ndim > 1) == matrices]
                if parameters:
                    yield {"params": parameters, "weight_decay": decay, "scale": scale}

    def before(self, step: int) -> float:
        """Set rates and thaw layers for ``step`` (from 0); return the topmost rate."""
        rate = learning_rate_at(step, self._total, self._config)
        for group in self.adamw.param_groups:
            group["lr"] = rate * group["scale"] * self._correction(step)
        if self._config.unfreeze_fraction:
            lowest = self._lowest_trained(step)
            for name, parameter in self._named:
                parameter.requires_grad = self._depths[name] >= lowest
        return rate

    def _correction(self, step: int) -> float:
        """What undoes Adam's bias correction (Kingma and Ba 2015, section 3), if so wished."""
        if self._config.bias_correction:
            return 1.0
        first, second = self.adamw.defaults["betas"]
        ratio: float = (1 - first ** (step + 1)) / (1 - second ** (step + 1)) ** 0.5
        return ratio

    def _lowest_trained(self, step: int) -> int:
        top = max(self._depths.values())
        progress = step / max(1, self._total * self._config.unfreeze_fraction)
        return max(0, top - int(progress * (top + 1)))

    def step(self) -> None:
        """Clip, move, forget the gradients."""
        nn.utils.clip_grad_norm_([p for _, p in self._named], self._config.max_grad_norm)
        self.adamw.step()
        self.adamw.zero_grad(set_to_none=True)


def learning_rate_at(step: int, total_steps: int, config: OptimizerConfig) -> float:
    """The topmost layer's rate for ``step`` (from 0)."""
    warmup_steps = round(total_steps * config.warmup_fraction)
    if step < warmup_steps:
        part = (step + 1) / warmup_steps
    else:
        part = _decayed((step - warmup_steps) / max(1, total_steps - warmup_steps), config.schedule)
    if config.schedule == "slanted":
        part = (1 + part * (SLANT - 1)) / SLANT
    return config.learning_rate * part


def _decayed(progress: float, schedule: Schedule) -> float:
    if schedule == "constant":
        return 1.0
    if schedule == "cosine":
        return 0.5 * (1 + float(torch.cos(torch.tensor(torch.pi * progress))))
    return 1 - progress


def reinitialise(model: nn.Module, n_layers: int) -> None:
    """Give the top ``n_layers`` encoder layers fresh weights, as the model draws its own."""
    if n_layers == 0:
        return
    layers = [m for name, m in model.named_modules() if re.search(r"\.layer\.\d+$", name)]
    if n_layers > len(layers):
        raise ValueError(f"the model has {len(layers)} layers, cannot renew {n_layers}")
    for layer in layers[-n_layers:]:
        for module in layer.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02, a=-0.04, b=0.04)
                nn.init.zeros_(module.bias)
            elif isinstance(module, nn.LayerNorm):
                nn.init.ones_(module.weight)
                nn.init.zeros_(module.bias)
