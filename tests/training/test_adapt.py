"""A reader taught by corrections is installed if it is better, and only then; nothing is left over.

A BERT of two small layers learns to quote colours: seconds, not minutes.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import BertConfig, BertForQuestionAnswering

from reader import Reader
from reader.artefact import MANIFEST, SHIPPED, WEIGHTS, Artefact
from reader.installed import READERS, install, installed
from reader.squad import load_squad
from training.adapt import HELD_OUT, LICENCE, Adapting, adapt, held_out_of, main, scratch_in
from training.base import leave_base
from training.checkpoint import CHECKPOINT, model_weights
from training.export import export
from training.groups import question_groups
from training.optim import OptimizerConfig
from training.recipe import DataSource, Recipe
from training.train_reader import train_by
from training.trainer import TrainerConfig

NOUNS = "house river apple stone cloud table horse window garden letter winter market".split()
COLOURS = "red blue green yellow brown black".split()


def squad(n: int, seed: int, unanswered: float = 0.3) -> dict[str, Any]:
    """Contexts of nouns, most with one colour among them, each with a question."""
    random = Random(seed)
    paragraphs = []
    for number in range(n):
        nouns = [random.choice(NOUNS) for _ in range(10)]
        there = random.random() >= unanswered
        place, colour = random.randrange(10), random.choice(COLOURS)
        words = [*nouns[:place], colour, *nouns[place:]] if there else nouns
        context = f"{' '.join(words)} {number} {seed}"
        start = context.index(colour) if there else 0
        answers = [{"text": colour, "answer_start": start}] if there else []
        name = f"{seed}-{number}"
        question = {"id": name, "question": f"Which colour has {name}?", "answers": answers}
        question["is_impossible"] = not there
        paragraphs.append({"context": context, "qas": [question]})
    return {"version": "made", "data": [{"title": "made", "paragraphs": paragraphs}]}


def written(path: Path, n: int, seed: int) -> Path:
    path.write_text(json.dumps(squad(n, seed)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def data_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    written(folder / "base.json", 120, 1)
    written(folder / "dev.json", 60, 2)
    return folder


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    """Trains a tiny reader from nothing."""
    torch.manual_seed(3)
    config = BertConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        vocab_size=json.loads((SHIPPED / "config.json").read_text())["vocab_size"],
    )  # fmt: skip
    base = tmp_path_factory.mktemp("base")
    leave_base(BertForQuestionAnswering(config), SHIPPED, base)
    return Recipe(
        name="tiny",
        base=str(base),
        data=(DataSource("base.json", "made", held_out_fraction=0.5, findable=False),),
        evaluated=("dev.json",),
        trainer=TrainerConfig(epochs=12, bf16=False, checkpoint_every=1000),
        optimizer=OptimizerConfig(learning_rate=1e-2),
    )


def untaught(recipe: Recipe) -> Recipe:
    """The same, but nothing is learned."""
    return replace(recipe, optimizer=OptimizerConfig(learning_rate=1e-12))


def a_home(folder: Path, recipe: Recipe, data_root: Path) -> Path:
    """A home whose reader knows nothing."""
    with scratch_in(folder) as scratch:
        run = train_by(untaught(recipe), data_root, scratch / "run", torch.device("cpu"))
        install(export(run, scratch / "model")[0].folder, folder)
    return folder


def readers_in(home: Path) -> set[str]:
    return {path.name for path in (home / READERS).iterdir()}


def test_what_is_better_is_installed_and_taken_back(
    tmp_path: Path, recipe: Recipe, data_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = a_home(tmp_path / "home", recipe, data_root)
    before = installed(home)
    corrections = written(tmp_path / "corrections.json", 80, 3)
    with scratch_in(home) as scratch:
        gate, place = adapt(Adapting(home, corrections, recipe, data_root), scratch)
    assert gate.passed
    assert gate.corrections.after > 90
    kept = [one for one in load_squad(corrections)[-16:] if one.answers]
    assert gate.corrections.n == len(kept)
    assert place == installed(home)
    assert Reader.load(place).read("Which colour?", ["stone horse blue letter"])[0].text == "blue"

    manifest = Artefact.load(place).manifest
    assert manifest.scores["gate"]["corrections"]["after"] == gate.corrections.after
    text = (place / MANIFEST).read_text(encoding="utf-8")
    assert str(corrections) not in text
    assert str(home) not in text
    assert manifest.recipe["data"][0]["path"] == "corrections.json"
    assert "corrections.json" in manifest.recipe["data_sha256"]
    assert readers_in(home) == {"current.json", before.name, place.name}  # and no text

    assert main(["--home", str(home), "--back"]) == 0
    assert installed(home) == before
    assert before.name in capsys.readouterr().out


def test_what_is_not_better_is_not_installed(
    tmp_path: Path, recipe: Recipe, data_root: Path
) -> None:
    home = tmp_path / "home"
    corrections = written(tmp_path / "corrections.json", 80, 3)
    with scratch_in(home) as scratch:
        work = Adapting(home, corrections, untaught(recipe), data_root)
        gate, place = adapt(work, scratch)
    assert not gate.passed
    assert gate.verdict == "not better on the corrections held out"
    assert place is None
    assert installed(home) is None
    assert readers_in(home) == set()


def test_what_is_exported_went_a_share_of_the_way(
    tmp_path: Path, recipe: Recipe, data_root: Path
) -> None:
    run = train_by(replace(recipe, share=0.5), data_root, tmp_path / "run", torch.device("cpu"))
    name = "bert.encoder.layer.0.output.dense.weight"
    base = load_file(Path(recipe.base) / WEIGHTS)[name].float()
    whole = model_weights(run / CHECKPOINT)[name]
    half = load_file(export(run, tmp_path / "model")[0].path(WEIGHTS))[name].float()
    assert not torch.allclose(whole, base, atol=1e-2)
    torch.testing.assert_close(half, (base + whole) / 2, atol=1e-3, rtol=1e-2)


def corrections_of(path: Path) -> DataSource:
    return DataSource(str(path), LICENCE, HELD_OUT, findable=False)


def test_too_few_corrections_are_refused(tmp_path: Path, data_root: Path) -> None:
    few = corrections_of(written(tmp_path / "few.json", 12, 4))
    with pytest.raises(ValueError, match=r"at least 10 .* got \d \(12 corrections in all\)"):
        held_out_of(few, ["dev.json"], data_root)


def test_the_gate_asks_what_is_not_trained_on(tmp_path: Path, recipe: Recipe) -> None:
    """Corrections that are evaluated on are left out before the last fifth is taken."""
    rows = squad(120, 3, unanswered=0.0)
    (tmp_path / "corrections.json").write_text(json.dumps(rows))
    rows["data"][0]["paragraphs"] = rows["data"][0]["paragraphs"][:60]
    (tmp_path / "dev.json").write_text(json.dumps(rows))
    source = corrections_of(tmp_path / "corrections.json")
    trained = question_groups(replace(recipe, data=(source,)), tmp_path)
    asked = held_out_of(source, recipe.evaluated, tmp_path)
    assert [one.id for one in asked] == [f"3-{number}" for number in range(108, 120)]
    assert {one.id for one in asked}.isdisjoint(g.examples[0].id for g in trained)


def test_a_gate_that_would_ask_nothing_is_refused(tmp_path: Path, recipe: Recipe) -> None:
    work = Adapting(tmp_path, tmp_path / "corrections.json", recipe, tmp_path)
    with pytest.raises(ValueError, match="tiny names no evaluated set"):
        replace(work, recipe=replace(recipe, evaluated=()))
    with pytest.raises(ValueError, match="base_questions count from 1, got 0"):
        replace(work, base_questions=0)


def test_what_a_killed_run_left_is_swept(tmp_path: Path) -> None:
    old, young = tmp_path / READERS / ".adapting-old", tmp_path / READERS / ".adapting-young"
    for folder in (old, young):
        folder.mkdir(parents=True)
        (folder / "corrections.json").write_text("{}", encoding="utf-8")
    os.utime(old, (0, 0))
    with scratch_in(tmp_path) as scratch:
        assert scratch.is_dir()
        assert not old.exists()
        assert young.exists()
    assert not scratch.exists()


def test_misuse_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--home", str(tmp_path), "--back"]) == 1
    assert "uses the shipped reader" in capsys.readouterr().err
    few = written(tmp_path / "few.json", 12, 4)
    assert main(["--home", str(tmp_path), "--examples", str(few), "--data-root", "nowhere"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("adapt: ")
    assert len(error.splitlines()) == 1
    assert readers_in(tmp_path) == set()
