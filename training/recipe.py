"""A recipe: everything that decides a training run, read from one TOML file.

Checked when built. Knows no data, no model and no device.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from reader.windows import WindowConfig
from training.trainer import TrainerConfig

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_Record = TypeVar("_Record", bound="DataclassInstance")
RECIPES = Path(__file__).parent / "recipes"


@dataclass(frozen=True, slots=True)
class DataSource:
    """One data set of a recipe.

    Attributes:
        path: SQuAD-form JSON below the data folder, or ``hub:NAME:SPLIT``.
        licence: as its publisher states it; it goes into the model card.
        held_out_fraction: share of contexts (the last ones) kept from training.
        null_fraction: unanswerable questions to make, as a share of the answerable ones.
    """

    path: str
    licence: str
    held_out_fraction: float = 0.0
    null_fraction: float = 0.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to train from, on what, and how.

    ``base`` names the encoder: an installed package that carries one, a folder, or a hub
    name. ``dropout`` and ``attention_dropout`` replace the base's own rates.
    """

    name: str
    base: str
    data: tuple[DataSource, ...]
    windows: WindowConfig = field(default_factory=WindowConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    dropout: float = 0.1
    attention_dropout: float = 0.1


def load_recipe(name_or_path: str) -> Recipe:
    """Read a recipe by file, or by the name of one in ``training/recipes``.

    Raises:
        FileNotFoundError: naming the recipes that do exist.
        ValueError: for a key that no recipe has.
    """
    path = Path(name_or_path)
    if not path.exists():
        path = RECIPES / f"{name_or_path}.toml"
    if not path.exists():
        known = ", ".join(sorted(p.stem for p in RECIPES.glob("*.toml")))
        raise FileNotFoundError(f"no recipe {name_or_path!r}: give a TOML file or one of {known}")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    trainer = table.pop("trainer", {})
    trainer["frozen"] = tuple(trainer.get("frozen", ()))
    sources = tuple(_build(DataSource, row, path) for row in table.pop("data", ()))
    parts = {
        "data": sources,
        "windows": _build(WindowConfig, table.pop("windows", {}), path),
        "trainer": _build(TrainerConfig, trainer, path),
    }
    return _build(Recipe, {**table, **parts}, path)


def _build(kind: type[_Record], table: dict[str, Any], path: Path) -> _Record:
    known = {f.name for f in fields(kind)}
    if unknown := sorted(set(table) - known):
        raise ValueError(
            f"{path}: {kind.__name__} has no {', '.join(unknown)}; "
            f"it takes {', '.join(sorted(known))}"
        )
    return kind(**table)
