"""A value that a recipe cannot take is named where it is read, with the file that holds it."""

from __future__ import annotations

from typing import Any

import pytest

from training.recipe import RECIPES, load_recipe, recipe_of

SOURCE = {"path": "a.json", "licence": "none"}


@pytest.mark.parametrize("name", sorted(path.stem for path in RECIPES.glob("*.toml")))
def test_the_recipes_that_ship_are_read(name: str) -> None:
    assert load_recipe(name).data


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"trainer": {"accumulation_steps": 0}}, "TrainerConfig: .* count from 1"),
        ({"trainer": {"batch_size": -4}}, "TrainerConfig: .* count from 1"),
        ({"trainer": {"batch_size": "16"}}, "TrainerConfig: .*'str'"),
        ({"trainer": 3}, "expected a table for TrainerConfig, got 3"),
        ({"objective": {"temperature": 0.0}}, "ObjectiveConfig: .* temperature is above it"),
        ({"objective": {"shared_norm": -0.5}}, "ObjectiveConfig: weights count from 0"),
        ({"optimizer": {"learning_rate": 0.0}}, "OptimizerConfig: learning_rate"),
        ({"optimizer": {"reinitialised_layers": -1}}, "OptimizerConfig: weight_decay and rein"),
        ({"data": [{**SOURCE, "hard_negatives": 1.5}]}, "hard_negatives is a share .* got 1.5"),
        ({"data": [{**SOURCE, "neighbour_negatives": 2}]}, "neighbour_negatives is a share"),
        ({"data": [{**SOURCE, "held_out_fraction": 1.0}]}, "held_out_fraction is in"),
        ({"data": [{**SOURCE, "each_answer": -1}]}, "each_answer counts from 0"),
        ({"dropout": 1.0}, "Recipe: dropout and attention_dropout are shares"),
        ({"dropout": "0.1"}, "Recipe: .*'str'"),
        ({"windows_per_text": -1}, "Recipe: windows_per_text counts from 0"),
    ],
)
def test_a_wrong_value_is_named(table: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=rf"^r\.toml: .*{said}"):
        recipe_of({"name": "r", "base": "b", "data": [], **table}, "r.toml")
