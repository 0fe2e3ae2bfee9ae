"""Means of weights: over the steps of a run, or of its end and its base. Knows no optimiser."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn


class WeightAverage:
    """Exponential moving average of the trained weights (Polyak and Juditsky 1992).

    ``decay`` 0 keeps no average: the weights themselves are the result. The first steps
    count more, by the warm-up ``min(decay, (1 + t) / (10 + t))``.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self._decay = decay
        self.tensors: dict[str, Tensor] = {}
        if decay:
            self.tensors = {
                name: parameter.detach().clone()
                for name, parameter in model.named_parameters()
                if parameter.requires_grad
            }

    def update(self, model: nn.Module, step: int) -> None:
        """Move towards the weights after ``step`` (from 0)."""
        if not self._decay:
            return
        decay = min(self._decay, (1 + step) / (10 + step))
        named = dict(model.named_parameters())
        with torch.no_grad():
            averages = list(self.tensors.values())
            torch._foreach_lerp_(averages, [named[n] for n in self.tensors], 1 - decay)


def mixed(
    base: Mapping[str, Tensor], tuned: Mapping[str, Tensor], share: float
) -> dict[str, Tensor]:
    """``(1 - share) * base + share * tuned``, weight by weight, of the base's type.

    What ``tuned`` alone holds, such as a fresh head, stays as it is.

    Raises:
        ValueError: if the two have no weight in common.
    """
    if not base.keys() & tuned.keys():
        raise ValueError(
            f"the base has none of the trained weights, such as {min(tuned)}: only a share of 1 "
            "can be taken where the base is a bare encoder, a smaller one needs a trained reader"
        )
    together = {
        name: ((1 - share) * base[name].float() + share * value.float()).to(base[name].dtype)
        for name, value in tuned.items()
        if name in base
    }
    return {**tuned, **together}
