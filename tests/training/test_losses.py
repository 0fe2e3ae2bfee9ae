"""Each loss is its formula, worked by hand or by a slow and obvious reference."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from training.losses import (
    agreement_loss,
    distillation_loss,
    shared_norm_loss,
    span_loss,
)

START = torch.tensor([[0.0, 1.0, 2.0]])
END = torch.tensor([[0.0, 5.0, 0.0]])
ALLOWED = torch.tensor([[True, False, True]])


def softmax(values: list[float]) -> np.ndarray:
    powers = np.exp(np.array(values))
    return powers / powers.sum()


def test_span_loss_by_hand() -> None:
    loss = span_loss(START, END, torch.tensor([2]), torch.tensor([0]), ALLOWED)
    by_hand = (np.log(1 + np.exp(-2.0)) + np.log(2.0)) / 2
    assert float(loss) == pytest.approx(by_hand, abs=1e-6)


def test_smoothing_spreads_over_allowed_positions_alone() -> None:
    loss = span_loss(START, START, torch.tensor([2]), torch.tensor([2]), ALLOWED, smoothing=0.2)
    p = softmax([0.0, 2.0])
    by_hand = -(0.8 * np.log(p[1]) + 0.2 * np.log(p).mean())
    assert float(loss) == pytest.approx(by_hand, abs=1e-6)


def shared(starts: list[int], groups: list[int], logits: Tensor) -> float:
    allowed = torch.ones_like(logits, dtype=torch.bool)
    places = torch.tensor(starts)
    return float(shared_norm_loss(logits, logits, places, places, allowed, torch.tensor(groups)))


def test_shared_norm_is_one_softmax_over_a_question() -> None:
    logits = torch.tensor([[9.0, 1.0, 2.0], [9.0, 0.5, -1.0], [9.0, 3.0, 4.0]])
    p = softmax([1.0, 2.0, 0.5, -1.0])  # the text tokens of windows 0 and 1; [CLS] counts not
    assert shared([2, 0, 1], [0, 0, 1], logits) == pytest.approx(-np.log(p[1]), abs=1e-6)


def test_shared_norm_has_nothing_to_say_of_one_window_or_no_answer() -> None:
    logits = torch.tensor([[9.0, 1.0, 2.0], [9.0, 0.5, -1.0]])
    assert shared([2, 1], [0, 1], logits) == 0.0
    assert shared([0, 0], [0, 0], logits) == 0.0


@pytest.mark.parametrize("t", [2.0, 0.5])
def test_distillation_is_the_divergence_at_the_temperature(t: float) -> None:
    student, teacher = torch.tensor([[1.0, 7.0, 0.0]]), torch.tensor([[0.0, 3.0, 2.0]])
    p, q = softmax([0.0, 2.0 / t]), softmax([1.0 / t, 0.0])
    by_hand = t**2 * float((p * np.log(p / q)).sum())
    loss = distillation_loss(student, teacher, ALLOWED, temperature=t)
    assert float(loss) == pytest.approx(by_hand, abs=1e-5)
    assert float(distillation_loss(student, student, ALLOWED, 2.0)) == pytest.approx(0.0, abs=1e-6)


def test_agreement_is_symmetric_and_zero_for_equal_passes() -> None:
    ahead, back = agreement_loss(START, END, ALLOWED), agreement_loss(END, START, ALLOWED)
    assert float(ahead) == pytest.approx(float(back))
    assert float(ahead) > 0
    assert float(agreement_loss(START, START, ALLOWED)) == pytest.approx(0.0, abs=1e-6)
