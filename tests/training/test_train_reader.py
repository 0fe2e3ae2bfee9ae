"""A run goes on by the recipe that it was begun with, or not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from reader.artefact import SHIPPED, Artefact
from training.base import base_folder
from training.checkpoint import CHECKPOINT
from training.objective import ObjectiveConfig
from training.optim import OptimizerConfig
from training.recipe import DataSource, Recipe
from training.train_reader import describe, keep_recipe, train_by


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    (tmp_path / "data.json").write_text("{}")
    (tmp_path / "base").mkdir()
    return Recipe("r", str(tmp_path / "base"), (DataSource("data.json", "none"),))


def begun(recipe: Recipe, data_root: Path) -> Path:
    """The folder of a run that was stopped after its first checkpoint."""
    run = data_root / "run"
    keep_recipe(describe(recipe, Path(recipe.base), data_root), run)
    (run / CHECKPOINT).touch()
    return run


def test_another_recipe_or_other_data_do_not_go_on(recipe: Recipe, tmp_path: Path) -> None:
    run = begun(recipe, tmp_path)
    before = (run / "recipe.json").read_bytes()
    other = replace(recipe, optimizer=OptimizerConfig(learning_rate=1e-3), share=0.5)
    with pytest.raises(ValueError, match=r"they differ in optimizer\.learning_rate, share: rest"):
        train_by(other, tmp_path, run, torch.device("cpu"))
    (tmp_path / "data.json").write_text("{ }")
    with pytest.raises(ValueError, match=r"they differ in data_sha256\.data\.json: restore"):
        train_by(recipe, tmp_path, run, torch.device("cpu"))
    assert (run / "recipe.json").read_bytes() == before


def test_the_same_recipe_goes_on_by_another_commit(recipe: Recipe, tmp_path: Path) -> None:
    recipe = replace(recipe, objective=ObjectiveConfig(distillation=0.5, teachers=("a", "b")))
    run = begun(recipe, tmp_path)
    row = describe(recipe, Path(recipe.base), tmp_path)
    keep_recipe({**row, "commit": "another", "base_recipe": {"name": "b"}}, run)
    assert json.loads((run / "recipe.json").read_text())["commit"] == "another"
    assert {path.name for path in run.iterdir()} == {"recipe.json", CHECKPOINT}


def test_a_run_goes_on_that_was_begun_when_data_sets_had_fewer_switches(
    recipe: Recipe, tmp_path: Path
) -> None:
    run = begun(recipe, tmp_path)
    row = json.loads((run / "recipe.json").read_text())
    older = [{k: v for k, v in source.items() if k != "above"} for source in row["data"]]
    (run / "recipe.json").write_text(json.dumps({**row, "data": older}))
    keep_recipe(describe(recipe, Path(recipe.base), tmp_path), run)
    assert json.loads((run / "recipe.json").read_text()) == row


def test_without_a_checkpoint_a_recipe_may_change(recipe: Recipe, tmp_path: Path) -> None:
    run = begun(recipe, tmp_path)
    (run / CHECKPOINT).unlink()
    keep_recipe(describe(replace(recipe, share=0.5), Path(recipe.base), tmp_path), run)
    assert json.loads((run / "recipe.json").read_text())["share"] == 0.5


def test_what_made_the_base_is_told_from_every_folder(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    row = describe(replace(recipe, base="reader/model"), base_folder("reader/model"), tmp_path)
    assert row["base_recipe"] == Artefact.load(SHIPPED).manifest.recipe
