"""Rates, schedules and thawing follow their papers; renewed layers are renewed."""

from __future__ import annotations

import pytest
import torch
from transformers import BertConfig, BertForQuestionAnswering

from training.optim import Optimizer, OptimizerConfig, depths, learning_rate_at, reinitialise


def tiny_model() -> BertForQuestionAnswering:
    torch.manual_seed(0)
    return BertForQuestionAnswering(
        BertConfig(
            vocab_size=20, hidden_size=8, num_hidden_layers=3, num_attention_heads=2,
            intermediate_size=16, max_position_embeddings=16,
        )
    )  # fmt: skip


def test_the_linear_schedule_rises_then_falls_in_straight_lines() -> None:
    config = OptimizerConfig(learning_rate=1.0, warmup_fraction=0.1)
    rates = [learning_rate_at(step, 100, config) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[9] == max(rates) == 1.0
    assert rates[10] == pytest.approx(1.0)
    assert rates[55] == pytest.approx(0.5)
    assert rates[99] == pytest.approx(1 / 90)


def test_the_slanted_triangle_never_falls_below_its_ratio() -> None:
    config = OptimizerConfig(learning_rate=1.0, warmup_fraction=0.1, schedule="slanted")
    rates = [learning_rate_at(step, 100, config) for step in range(100)]
    assert max(rates) == pytest.approx(1.0)
    assert 1 / 32 < rates[-1] < 1 / 32 + 0.02


def test_cosine_and_constant() -> None:
    cosine = OptimizerConfig(learning_rate=1.0, warmup_fraction=0.0, schedule="cosine")
    assert learning_rate_at(50, 100, cosine) == pytest.approx(0.5)
    constant = OptimizerConfig(learning_rate=1.0, warmup_fraction=0.0, schedule="constant")
    assert learning_rate_at(99, 100, constant) == 1.0


def test_each_layer_has_its_share_of_the_rate() -> None:
    model = tiny_model()
    optimizer = Optimizer(model, OptimizerConfig(1.0, warmup_fraction=0.0, layer_decay=0.5), 10)
    optimizer.before(0)
    by_id = {id(p): g["lr"] for g in optimizer.adamw.param_groups for p in g["params"]}
    rates = {depths(model)[name]: by_id[id(p)] for name, p in model.named_parameters()}
    assert rates == {4: 1.0, 3: 0.5, 2: 0.25, 1: 0.125, 0: 0.0625}


def test_layers_thaw_from_the_top() -> None:
    model = tiny_model()
    optimizer = Optimizer(model, OptimizerConfig(unfreeze_fraction=0.5), 20)
    of = depths(model)

    def trained(step: int) -> set[int]:
        optimizer.before(step)
        return {of[name] for name, p in model.named_parameters() if p.requires_grad}

    assert trained(0) == {4}
    assert trained(2) == {3, 4}
    assert trained(5) == {2, 3, 4}
    assert trained(10) == trained(19) == {0, 1, 2, 3, 4}


def test_without_bias_correction_the_first_step_is_longer() -> None:
    def moved(bias_correction: bool) -> float:
        model = tiny_model()
        config = OptimizerConfig(
            1e-3, warmup_fraction=0.0, weight_decay=0.0, bias_correction=bias_correction
        )
        optimizer = Optimizer(model, config, 10)
        weight = model.qa_outputs.weight
        before = weight.detach().clone()
        optimizer.before(0)
        weight.grad = torch.full_like(weight, 0.01)
        optimizer.step()
        return float((weight.detach() - before).abs().mean())

    # Adam's first step has the length of the rate; (1 - b1) / sqrt(1 - b2) times that without
    assert moved(True) == pytest.approx(1e-3, rel=1e-3)
    assert moved(False) == pytest.approx(1e-3 * 0.1 / 0.001**0.5, rel=1e-3)


def test_only_the_top_layers_are_renewed() -> None:
    model = tiny_model()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    reinitialise(model, 1)
    changed = {n for n, v in model.state_dict().items() if not torch.equal(v, before[n])}
    assert changed
    assert all(name.startswith("bert.encoder.layer.2.") for name in changed)
    with pytest.raises(ValueError, match="has 3 layers, cannot renew 4"):
        reinitialise(model, 4)


def test_settings_that_mean_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="expected a schedule of linear, slanted"):
        OptimizerConfig(schedule="zigzag")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"layer_decay is a share in \(0, 1\]"):
        OptimizerConfig(layer_decay=0.0)
