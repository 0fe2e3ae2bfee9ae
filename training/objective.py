"""What a reader is trained to do: the losses put together. Knows models and batches, no files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from training.batches import Batch
from training.losses import agreement_loss, distillation_loss, shared_norm_loss, span_loss

Logits = tuple[Tensor, Tensor]  # start and end, (n, L) each


@dataclass(frozen=True, slots=True)
class ObjectiveConfig:
    """Weights of the parts of the loss; the span loss itself counts 1 - ``distillation``.

    Attributes:
        label_smoothing: share of each target spread over all positions.
        shared_norm: weight of the loss over all passages of a question.
        agreement: weight of R-Drop; needs dropout, and a second forward pass.
        distillation: weight of the teachers' mean distribution.
        temperature: of the distillation.
        teachers: model folders; one is self-distillation (Furlanello et al. 2018), several
            an ensemble (Hinton et al. 2015).
    """

    label_smoothing: float = 0.0
    shared_norm: float = 0.0
    agreement: float = 0.0
    distillation: float = 0.0
    temperature: float = 2.0
    teachers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if bool(self.distillation) != bool(self.teachers):
            raise ValueError(
                "distillation needs a weight and teachers, both or neither; got weight "
                f"{self.distillation} and {len(self.teachers)} teachers"
            )
        if not 0 <= self.label_smoothing < 1 or not 0 <= self.distillation <= 1:
            raise ValueError(f"label_smoothing and distillation are shares, got {self}")
        if min(self.shared_norm, self.agreement) < 0 or self.temperature <= 0:
            raise ValueError(f"weights count from 0, temperature is above it; got {self}")


class ReaderObjective:
    """The loss of one batch under a model."""

    def __init__(self, config: ObjectiveConfig, teachers: Sequence[nn.Module] = ()) -> None:
        self._config, self._teachers = config, teachers

    def __call__(self, model: nn.Module, batch: Batch) -> Tensor:
        """The loss to minimise, a scalar."""
        config = self._config
        start, end = logits_of(model, batch)
        targets = (batch.starts, batch.ends, batch.allowed)
        loss = span_loss(start, end, *targets, config.label_smoothing)
        if config.distillation:
            taught = self._distilled((start, end), batch)
            loss = (1 - config.distillation) * loss + config.distillation * taught
        if config.shared_norm:
            loss = loss + config.shared_norm * shared_norm_loss(start, end, *targets, batch.groups)
        if config.agreement:
            again = logits_of(model, batch)
            loss = (loss + span_loss(*again, *targets, config.label_smoothing)) / 2
            pairs = zip((start, end), again, strict=True)
            loss = loss + config.agreement * sum(
                (agreement_loss(a, b, batch.allowed) for a, b in pairs), start=loss.new_zeros(())
            )
        return loss

    def _distilled(self, student: Logits, batch: Batch) -> Tensor:
        with torch.no_grad():
            told = [logits_of(teacher, batch) for teacher in self._teachers]
        total = student[0].new_zeros((), dtype=torch.float32)
        for side, logits in enumerate(student):
            mean = torch.stack([t[side].float() for t in told]).mean(dim=0)  # (n, L)
            total = total + distillation_loss(logits, mean, batch.allowed, self._config.temperature)
        return total / 2


def logits_of(model: nn.Module, batch: Batch) -> Logits:
    """Start and end logits of a batch."""
    output = model(
        input_ids=batch.input_ids,
        token_type_ids=batch.token_type_ids,
        attention_mask=batch.attention_mask,
    )
    return output.start_logits, output.end_logits
