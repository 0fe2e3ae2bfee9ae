"""Training: the loss is the formula, a stopped run goes on to the same weights."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from transformers import BertConfig, BertForQuestionAnswering

from reader.types import Window
from training.augment import AugmentConfig
from training.batches import STEP, Batch, Group, LabelledWindow, collate, plan_epoch
from training.checkpoint import CHECKPOINT, model_weights
from training.objective import ObjectiveConfig, ReaderObjective
from training.optim import OptimizerConfig
from training.trainer import LOG, Run, TrainerConfig, Vocabulary, train

CONFIG = TrainerConfig(batch_size=4, bf16=False, checkpoint_every=3, epochs=2)
PLAIN = ReaderObjective(ObjectiveConfig())


def tiny_model(dropout: float = 0.1) -> BertForQuestionAnswering:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=32, hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
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


def groups(n: int = 22) -> list[Group]:
    return [Group((item,)) for item in items(n)]


def a_run(folder: Path, config: TrainerConfig = CONFIG, **parts: Any) -> Run:
    folder.mkdir(exist_ok=True)
    parts = {"loss": PLAIN, "optimizer": OptimizerConfig(learning_rate=1e-3)} | parts
    return Run(
        vocabulary=Vocabulary(0, 1), folder=folder, device=torch.device("cpu"), trainer=config,
        **parts,
    )  # fmt: skip


def weights_after(
    folder: Path,
    config: TrainerConfig = CONFIG,
    n_windows: int = 22,
    dropout: float = 0.1,
    **parts: Any,
) -> dict[str, Tensor]:
    model = tiny_model(dropout)
    train(model, groups(n_windows), a_run(folder, config, **parts))
    return {name: value.clone() for name, value in model.state_dict().items()}


class Stop(Exception):
    """Raised inside a training step, as a kill would end it."""


EVERYTHING = {
    "loss": ReaderObjective(ObjectiveConfig(label_smoothing=0.1, agreement=0.5, shared_norm=0.5)),
    "optimizer": OptimizerConfig(1e-3, layer_decay=0.8, unfreeze_fraction=0.9, schedule="slanted"),
    "augment": AugmentConfig(crop_tokens=12, crop_epochs=1, mask_fraction=0.2),
}


@pytest.mark.parametrize("parts", [{}, EVERYTHING], ids=["plain", "every switch"])
def test_a_stopped_run_goes_on_to_the_same_weights(tmp_path: Path, parts: dict[str, Any]) -> None:
    config = replace(CONFIG, average_decay=0.9 if parts else 0.0)
    whole = weights_after(tmp_path / "whole", config, **parts)
    calls = 0

    def stopping_loss(model: nn.Module, batch: Batch) -> Tensor:
        nonlocal calls
        calls += 1
        if calls == 8:  # between the checkpoints of steps 6 and 9
            raise Stop
        loss: Tensor = parts.get("loss", PLAIN)(model, batch)
        return loss

    stopped = tmp_path / "stopped"
    with pytest.raises(Stop):
        train(tiny_model(), groups(), a_run(stopped, config, **{**parts, "loss": stopping_loss}))
    resumed = weights_after(stopped, config, **parts)
    assert whole.keys() == resumed.keys()
    for name, value in whole.items():
        assert torch.equal(value, resumed[name]), name
    steps = [json.loads(line)["step"] for line in (stopped / LOG).read_text().splitlines()]
    assert steps == [3, 6, 9, 12]


def test_a_run_leaves_the_average_of_its_weights(tmp_path: Path) -> None:
    plain = weights_after(tmp_path / "plain", replace(CONFIG, epochs=1))
    averaged = weights_after(tmp_path / "mean", replace(CONFIG, epochs=1, average_decay=0.9))
    name = "qa_outputs.weight"
    start = tiny_model().state_dict()[name]
    assert (averaged[name] - start).norm() < (plain[name] - start).norm()
    saved = model_weights(tmp_path / "mean" / CHECKPOINT)
    assert torch.equal(saved[name], averaged[name])


def test_another_recipe_does_not_resume(tmp_path: Path) -> None:
    weights_after(tmp_path, replace(CONFIG, epochs=1))
    with pytest.raises(ValueError, match=r"belongs to a run of 6 steps, this one has 12"):
        weights_after(tmp_path)


def test_a_run_without_a_step_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="windows to train on, the data gave none"):
        weights_after(tmp_path, n_windows=0)
    assert not (tmp_path / CHECKPOINT).exists()


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
    frozen = OptimizerConfig(frozen=("bert.embeddings.",))
    after = weights_after(tmp_path, replace(CONFIG, epochs=1), optimizer=frozen)
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
        split = replace(config, accumulation_steps=parts)
        train(model, groups(16), a_run(tmp_path / name, split))
        return dict(model.state_dict())

    whole, parts = run("whole", 1), run("parts", 4)
    for name, value in whole.items():
        if value.ndim > 1:  # biases of keys and logits have no gradient but rounding
            torch.testing.assert_close(value, parts[name], rtol=1e-3, atol=2e-4)


def test_checkpointed_activations_give_the_same_gradients(tmp_path: Path) -> None:
    config = replace(CONFIG, epochs=1)
    frozen = OptimizerConfig(frozen=("bert.embeddings.",))  # so the inputs need no gradient
    plain = weights_after(tmp_path / "plain", config, optimizer=frozen)
    config = replace(config, gradient_checkpointing=True)
    saving = weights_after(tmp_path / "saving", config, optimizer=frozen)
    for name, value in plain.items():
        torch.testing.assert_close(value, saving[name], rtol=1e-4, atol=1e-5)
    assert not torch.equal(
        plain["bert.encoder.layer.0.attention.self.query.weight"],
        tiny_model().state_dict()["bert.encoder.layer.0.attention.self.query.weight"],
    )


def group_of(*lengths: int, weight: float = 1.0) -> Group:
    offsets = np.zeros((3, 2), dtype=np.int32)
    windows = [Window(0, 0, np.zeros(n, dtype=np.int32), n - 4, offsets) for n in lengths]
    return Group(tuple(LabelledWindow(window, 0, 0) for window in windows), weight)


def test_an_epoch_holds_every_group_once_and_follows_from_its_seed() -> None:
    lengths = [int(x) for x in np.random.default_rng(1).integers(10, 384, 1003)]
    pairs = [group_of(n, n) if n % 7 == 0 else group_of(n) for n in lengths]
    plan = plan_epoch(pairs, 16, seed=5)
    assert sorted(index for batch in plan for index in batch) == list(range(1003))
    assert plan == plan_epoch(pairs, 16, seed=5)
    assert plan != plan_epoch(pairs, 16, seed=6)
    sizes = [sum(len(pairs[index].windows) for index in batch) for batch in plan]
    assert max(sizes) == 16
    padded = sum(
        max(lengths[i] for i in batch) * size for batch, size in zip(plan, sizes, strict=True)
    )
    assert padded / sum(n * (2 if n % 7 == 0 else 1) for n in lengths) < 1.1


def test_weights_say_how_often_a_group_is_seen() -> None:
    mixed = [group_of(20, weight=2.0)] * 100 + [group_of(20, weight=0.25)] * 400
    seen = np.bincount([i for batch in plan_epoch(mixed, 16, seed=1) for i in batch], minlength=500)
    assert (seen[:100] == 2).all()
    assert set(seen[100:]) == {0, 1}
    assert 70 < seen[100:].sum() < 130
    other = np.bincount([i for b in plan_epoch(mixed, 16, seed=2) for i in b], minlength=500)
    assert (seen[100:] != other[100:]).any()


def test_padding_and_question_can_be_no_answer() -> None:
    batch = collate([(item,) for item in items(5)], pad_id=0)
    assert batch.allowed[:, 0].all()
    assert not batch.allowed[:, 1:3].any()
    assert not (batch.allowed & (batch.attention_mask == 0)).any()
    assert batch.input_ids.shape[1] % STEP == 0
    assert batch.groups.tolist() == [0, 1, 2, 3, 4]
