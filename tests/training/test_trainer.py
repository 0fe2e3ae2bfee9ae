"""Training: the loss is the formula, a stopped run goes on to the same weights."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from transformers import BertConfig, BertForQuestionAnswering

from reader.types import Window
from training.batches import Batch, LabelledWindow, collate, plan_epoch
from training.checkpoint import CHECKPOINT
from training.losses import span_loss
from training.train_reader import reader_loss
from training.trainer import LOG, TrainerConfig, learning_rate_at, train

CPU = torch.device("cpu")
CONFIG = TrainerConfig(batch_size=4, learning_rate=1e-3, bf16=False, checkpoint_every=3, epochs=2)


def tiny_model() -> BertForQuestionAnswering:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=32,
    )  # fmt: skip
    return BertForQuestionAnswering(config)


def items(n: int = 22) -> list[LabelledWindow]:
    """Windows whose answer is the token 7, so that there is something to learn."""
    random = np.random.default_rng(0)
    made = []
    for _ in range(n):
        length = int(random.integers(8, 20))
        tokens = random.integers(10, 50, length).astype(np.int32)
        place = int(random.integers(3, length - 1))
        tokens[place] = 7
        offsets = np.stack([np.arange(length - 4), np.arange(1, length - 3)], 1).astype(np.int32)
        made.append(LabelledWindow(Window(0, 0, tokens, 3, offsets), place, place))
    return made


def weights_after(run_dir: Path, config: TrainerConfig, n_windows: int = 22) -> dict[str, Tensor]:
    run_dir.mkdir(exist_ok=True)
    model = tiny_model()
    train(model, items(n_windows), reader_loss, 0, config, run_dir, CPU)
    return {name: value.clone() for name, value in model.state_dict().items()}


class Stop(Exception):
    """Raised inside a training step, as a kill would end it."""


def test_a_stopped_run_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    whole = weights_after(tmp_path / "whole", CONFIG)
    stopped = tmp_path / "stopped"
    stopped.mkdir()
    calls = 0

    def stopping_loss(model: nn.Module, batch: Batch) -> Tensor:
        nonlocal calls
        calls += 1
        if calls == 8:  # between the checkpoints of steps 6 and 9
            raise Stop
        return reader_loss(model, batch)

    with pytest.raises(Stop):
        train(tiny_model(), items(), stopping_loss, 0, CONFIG, stopped, CPU)
    resumed = weights_after(stopped, CONFIG)
    assert whole.keys() == resumed.keys()
    for name, value in whole.items():
        assert torch.equal(value, resumed[name]), name
    steps = [json.loads(line)["step"] for line in (stopped / LOG).read_text().splitlines()]
    assert steps == [3, 6, 9, 12]


def test_another_recipe_does_not_resume(tmp_path: Path) -> None:
    weights_after(tmp_path, replace(CONFIG, epochs=1))
    with pytest.raises(ValueError, match=r"belongs to a run of 6 steps, this one has 12"):
        weights_after(tmp_path, CONFIG)


def test_checkpoints_hold_no_pickle(tmp_path: Path) -> None:
    weights_after(tmp_path, replace(CONFIG, epochs=1))
    raw = (tmp_path / CHECKPOINT).read_bytes()
    header_size = int.from_bytes(raw[:8], "little")
    assert json.loads(raw[8 : 8 + header_size])["__metadata__"] == {"step": "6", "total_steps": "6"}


def test_it_learns(tmp_path: Path) -> None:
    weights_after(tmp_path, replace(CONFIG, epochs=40, checkpoint_every=40), 16)
    losses = [json.loads(line)["loss"] for line in (tmp_path / LOG).read_text().splitlines()]
    assert losses[-1] < 0.5 * losses[0]


def test_frozen_parameters_do_not_move(tmp_path: Path) -> None:
    before = tiny_model().state_dict()
    after = weights_after(tmp_path, replace(CONFIG, epochs=1, frozen=("bert.embeddings.",)))
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved
    assert not any(name.startswith("bert.embeddings.") for name in moved)


def test_accumulation_gives_the_gradient_of_the_whole_batch(tmp_path: Path) -> None:
    config = replace(CONFIG, epochs=1, batch_size=8)

    def run(name: str, parts: int) -> dict[str, Tensor]:
        model = tiny_model()
        for module in model.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
        (tmp_path / name).mkdir()
        split = replace(config, accumulation_steps=parts, epochs=1)
        train(model, items(16), reader_loss, 0, split, tmp_path / name, CPU)
        return dict(model.state_dict())

    whole, parts = run("whole", 1), run("parts", 4)
    for name, value in whole.items():
        if value.ndim > 1:  # biases of keys and logits have no gradient but rounding
            torch.testing.assert_close(value, parts[name], rtol=1e-3, atol=2e-4)


def test_checkpointed_activations_give_the_same_gradients(tmp_path: Path) -> None:
    config = replace(CONFIG, epochs=1, frozen=("bert.embeddings.",))  # the inputs need no gradient
    plain = weights_after(tmp_path / "plain", config)
    saving = weights_after(tmp_path / "saving", replace(config, gradient_checkpointing=True))
    for name, value in plain.items():
        torch.testing.assert_close(value, saving[name], rtol=1e-4, atol=1e-5)
    assert not torch.equal(
        plain["bert.encoder.layer.0.attention.self.query.weight"],
        tiny_model().state_dict()["bert.encoder.layer.0.attention.self.query.weight"],
    )


def test_loss_by_hand() -> None:
    start = torch.tensor([[0.0, 1.0, 2.0]])
    end = torch.tensor([[0.0, 5.0, 0.0]])
    allowed = torch.tensor([[True, False, True]])
    loss = span_loss(start, end, torch.tensor([2]), torch.tensor([0]), allowed)
    by_hand = (np.log(1 + np.exp(-2.0)) + np.log(2.0)) / 2
    assert float(loss) == pytest.approx(by_hand, abs=1e-6)


def test_schedule_rises_then_falls_in_straight_lines() -> None:
    config = TrainerConfig(learning_rate=1.0, warmup_fraction=0.1)
    rates = [learning_rate_at(step, 100, config) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[9] == max(rates) == 1.0
    assert rates[10] == pytest.approx(1.0)
    assert rates[55] == pytest.approx(0.5)
    assert rates[99] == pytest.approx(1 / 90)


def test_an_epoch_holds_every_window_once_and_follows_from_its_seed() -> None:
    lengths = [int(x) for x in np.random.default_rng(1).integers(10, 384, 1003)]
    plan = plan_epoch(lengths, 16, seed=5)
    assert sorted(np.concatenate(plan).tolist()) == list(range(1003))
    again = plan_epoch(lengths, 16, seed=5)
    assert all((a == b).all() for a, b in zip(plan, again, strict=True))
    padded = sum(max(lengths[i] for i in batch) * len(batch) for batch in plan)
    assert padded / sum(lengths) < 1.1


def test_padding_and_question_can_be_no_answer() -> None:
    batch = collate(items(5), pad_id=0)
    assert batch.allowed[:, 0].all()
    assert not batch.allowed[:, 1:3].any()
    assert not (batch.allowed & (batch.attention_mask == 0)).any()
