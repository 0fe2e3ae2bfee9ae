"""Where a model comes from: its recipes first to last, the encoder under them, what data held.

Knows what a manifest says of training, and neither the model nor how a card tells it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from huggingface_hub import ModelCard, ModelCardData

from reader.artefact import sha256_of
from training.base import base_folder
from training.data import file_of, is_invented, load_examples

CARD = "README.md"


@dataclass(frozen=True, slots=True)
class Base:
    """The encoder that training started from, as far as its own card says."""

    name: str
    hub_name: str
    licence: str
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """What a data set holds."""

    contexts: int
    questions: int
    answerable: int


def stages(recipe: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The recipes that made a model, first to last: a base may be a trained reader itself."""
    before = recipe.get("base_recipe")
    return [*(stages(before) if before else ()), recipe]


def base_of(recipe: Mapping[str, Any]) -> Base:
    """The encoder under all stages."""
    name = str(stages(recipe)[0].get("base", ""))
    try:
        card = ModelCard.load(base_folder(name) / CARD).data
    except (OSError, ValueError):
        card = ModelCardData()
    languages = card.language or ()
    return Base(
        name,
        _hub_name(name),
        card.license or "not stated",
        (languages,) if isinstance(languages, str) else tuple(languages),
    )


def _hub_name(name: str) -> str:
    """``owner/name`` of a base; an installed weights package says in its summary whose it is."""
    try:
        found = re.search(r"[\w-]+/[\w.-]+", metadata.metadata(name)["Summary"] or "")
    except (metadata.PackageNotFoundError, ValueError):
        return name
    return found.group() if found else name


def sources(recipe: Mapping[str, Any]) -> dict[str, dict[int, Mapping[str, Any]]]:
    """Path of a data set -> how each stage, counted from 0, that learned from it took it."""
    found: dict[str, dict[int, Mapping[str, Any]]] = {}
    for number, stage in enumerate(stages(recipe)):
        for row in stage.get("data", ()):
            found.setdefault(row["path"], {})[number] = row
    return found


def count(recipe: Mapping[str, Any], data_root: Path) -> dict[str, Counts]:
    """What each data set holds, of those that are made or lie in ``data_root`` as in the recipe."""
    expected = {k: v for stage in stages(recipe) for k, v in stage.get("data_sha256", {}).items()}
    found: dict[str, Counts] = {}
    for path in sources(recipe):
        name = file_of(path)
        file = data_root / name if name else None
        if is_invented(path) or (
            file and file.is_file() and sha256_of(file) == expected.get(str(name))
        ):
            examples = load_examples(path, data_root)
            answerable = sum(bool(example.answers) for example in examples)
            contexts = len({example.context for example in examples})
            found[path] = Counts(contexts, len(examples), answerable)
    return found
