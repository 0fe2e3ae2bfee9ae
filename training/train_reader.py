"""Train a reader: ``python -m training.train_reader RECIPE``.

Reads a recipe and its data, cuts windows as the reader will, trains, and leaves a
checkpoint folder that ``training.export`` turns into a model folder. Stop it and start it
again at will: it goes on from the last checkpoint.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import nn
from transformers import AutoConfig, AutoModelForQuestionAnswering

from reader.artefact import CONFIG, MANIFEST, WEIGHTS, Artefact, sha256_of
from reader.runtime import load_torch_model
from reader.windows import load_tokenizer, token_id
from training import attention, workers
from training.base import base_folder
from training.batches import Group
from training.checkpoint import CHECKPOINT
from training.cli import Parser
from training.data import file_of
from training.groups import label_groups, question_groups
from training.kept import replacing
from training.objective import ReaderObjective
from training.optim import reinitialise
from training.recipe import DataSource, Recipe, load_recipe
from training.trainer import Run, Vocabulary, train

DATA_ROOT = Path("../shared/data")
RUNS = Path("runs")
TOLD_ALONE = ("commit", "base_recipe")  # a run goes on by another commit too


def build_model(recipe: Recipe, folder: Path) -> nn.Module:
    """The base encoder with its span head, a fresh one (seeded) where it has none."""
    transformers.logging.set_verbosity_error()  # that a fresh head is fresh is no news
    transformers.logging.disable_progress_bar()
    torch.manual_seed(recipe.trainer.seed)
    config = AutoConfig.from_pretrained(folder)
    config.hidden_dropout_prob = recipe.dropout
    config.attention_probs_dropout_prob = recipe.attention_dropout
    model: nn.Module = AutoModelForQuestionAnswering.from_pretrained(
        folder, config=config, dtype=torch.float32, attn_implementation=attention.NAME
    )
    reinitialise(model, recipe.optimizer.reinitialised_layers)
    return model


def build_objective(recipe: Recipe, device: torch.device) -> ReaderObjective:
    """The recipe's loss, with its teachers loaded."""
    teachers = [
        load_torch_model(folder / CONFIG, folder / WEIGHTS, attention.NAME).to(device)
        for folder in map(base_folder, recipe.objective.teachers)
    ]
    return ReaderObjective(recipe.objective, teachers)


def describe(recipe: Recipe, base: Path, data_root: Path) -> dict[str, Any]:
    """What goes into the manifest: the recipe, the commit, the hashes of the data sets' files.

    What this repository itself holds to learn from is that of the commit.

    Where the base is itself a trained reader, what made that one stands under ``base_recipe``.
    """
    row: dict[str, Any] = asdict(recipe)
    files = [name for source in recipe.data if (name := file_of(source.path))]
    row["commit"] = _commit()
    row["data_sha256"] = {name: sha256_of(data_root / name) for name in files}
    if (base / MANIFEST).exists():
        row["base_recipe"] = Artefact.load(base).manifest.recipe
    return row


def _commit() -> str:
    """The commit this code is at; empty outside a checkout."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def keep_recipe(row: Mapping[str, Any], run_dir: Path) -> None:
    """Write what a run is trained by into its folder.

    Raises:
        ValueError: if a checkpoint lies there that was trained by another recipe.
    """
    run_dir.mkdir(parents=True, exist_ok=True)
    path, text = run_dir / "recipe.json", json.dumps(row, indent=2)
    if (run_dir / CHECKPOINT).exists():
        kept = completed(json.loads(path.read_text(encoding="utf-8")))
        if apart := differing(kept, json.loads(text)):
            raise ValueError(
                f"{run_dir / CHECKPOINT} was trained by another recipe than this one, they differ "
                f"in {', '.join(apart)}: restore what {path} says, or name a fresh --run-dir"
            )
    with replacing(path) as new:
        new.write_text(text, encoding="utf-8")


def completed(row: dict[str, Any]) -> dict[str, Any]:
    """A kept recipe with what its data sets did not name yet when it was written."""
    new = {field.name: field.default for field in fields(DataSource) if field.default != MISSING}
    return {**row, "data": [{**new, **source} for source in row["data"]]}


def differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """The settings that two recipes do not share, with a dot where one stands in a table."""
    found: list[str] = []
    for key in sorted((one.keys() | other.keys()) - set(TOLD_ALONE)):
        first, second = one.get(key), other.get(key)
        if isinstance(first, dict) and isinstance(second, dict):
            found += [f"{key}.{inner}" for inner in differing(first, second)]
        elif first != second:
            found.append(key)
    return found


def main(argv: list[str] | None = None) -> int:
    """Command line. Exit status 0 on success, 1 when data or recipe are missing or wrong."""
    parser = Parser(prog="python -m training.train_reader", description=__doc__)
    parser.add_argument("recipe", help="TOML file, or the name of one in training/recipes")
    parser.add_argument("--data-root", type=Path, default=DATA_ROOT, help="folder of the data sets")
    parser.add_argument("--run-dir", type=Path, help="checkpoints and log (default: runs/NAME)")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = parser.parse_args(argv)
    workers.join()
    try:
        train_by(load_recipe(args.recipe), args.data_root, args.run_dir, torch.device(args.device))
    except (OSError, ValueError) as error:
        print(f"train_reader: {error}", file=sys.stderr)
        return 1
    return 0


def train_by(recipe: Recipe, data_root: Path, run_dir: Path | None, device: torch.device) -> Path:
    """Train by a recipe; return the run folder."""
    run_dir = run_dir or RUNS / recipe.name
    folder = base_folder(recipe.base)
    keep_recipe(describe(recipe, folder, data_root), run_dir)
    tokenizer = load_tokenizer(folder / "tokenizer.json")
    groups = label_groups(question_groups(recipe, data_root, run_dir), recipe, tokenizer)
    _announce(recipe, groups, device)
    run = Run(
        loss=build_objective(recipe, device),
        vocabulary=Vocabulary(token_id(tokenizer, "[PAD]"), token_id(tokenizer, "[MASK]")),
        folder=run_dir,
        device=device,
        trainer=recipe.trainer,
        optimizer=recipe.optimizer,
        augment=recipe.augment,
    )
    train(build_model(recipe, folder), groups, run)
    print(f"trained: export with  python -m training.export {run_dir}")
    return run_dir


def _announce(recipe: Recipe, groups: list[Group], device: torch.device) -> None:
    windows = sum(len(group.windows) for group in groups)
    tokens = sum(group.weight * w.window.length for group in groups for w in group.windows)
    print(
        f"{recipe.name}: {len(groups)} questions, {windows} windows, "
        f"{tokens:.0f} tokens in a whole epoch, on {device}",
        flush=True,
    )


if __name__ == "__main__":
    raise SystemExit(main())
