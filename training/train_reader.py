"""Train a reader: ``python -m training.train_reader RECIPE``.

Reads a recipe and its data, cuts windows as the reader will, trains, and leaves a
checkpoint folder that ``training.export`` turns into a model folder. Stop it and start it
again at will: it goes on from the last checkpoint.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import torch
import transformers
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForQuestionAnswering

from reader.artefact import sha256_of
from reader.squad import Example
from reader.windows import load_tokenizer, make_windows, token_id
from training.base import base_folder
from training.batches import Batch, LabelledWindow
from training.cli import Parser
from training.data import load_examples, split_by_order, unanswerable_copies
from training.labels import token_span
from training.losses import span_loss
from training.recipe import Recipe, load_recipe
from training.trainer import train

DATA_ROOT = Path("../shared/data")
RUNS = Path("runs")
CHUNK = 4096  # questions tokenised at a time


def training_examples(recipe: Recipe, data_root: Path) -> list[Example]:
    """All examples a recipe trains on: held-out contexts left out, null questions added."""
    examples: list[Example] = []
    for source in recipe.data:
        location = source.path if source.path.startswith("hub:") else data_root / source.path
        kept, _ = split_by_order(load_examples(location), source.held_out_fraction)
        examples += kept
        answered = [example for example in kept if example.answers]
        examples += unanswerable_copies(answered, source.null_fraction, recipe.trainer.seed)
    return examples


def label_windows(
    examples: list[Example], recipe: Recipe, tokenizer_path: Path
) -> list[LabelledWindow]:
    """Windows of every example with the tokens of its first answer."""
    tokenizer = load_tokenizer(tokenizer_path)
    items: list[LabelledWindow] = []
    for begin in range(0, len(examples), CHUNK):
        chunk = examples[begin : begin + CHUNK]
        pairs = [(index, index) for index in range(len(chunk))]
        questions = [example.question for example in chunk]
        contexts = [example.context for example in chunk]
        for window in make_windows(questions, contexts, pairs, tokenizer, recipe.windows):
            start = end = 0
            if answers := chunk[window.text_index].answers:
                answer = answers[0]
                start, end = token_span(
                    window, answer.char_start, answer.char_start + len(answer.text)
                )
            items.append(LabelledWindow(window, start, end))
    return items


def build_model(recipe: Recipe, folder: Path) -> nn.Module:
    """The base encoder with a fresh span head, seeded."""
    transformers.logging.set_verbosity_error()  # that a fresh head is fresh is no news
    transformers.logging.disable_progress_bar()
    torch.manual_seed(recipe.trainer.seed)
    config = AutoConfig.from_pretrained(folder)
    config.hidden_dropout_prob = recipe.dropout
    config.attention_probs_dropout_prob = recipe.attention_dropout
    model: nn.Module = AutoModelForQuestionAnswering.from_pretrained(
        folder, config=config, dtype=torch.float32
    )
    return model


def reader_loss(model: nn.Module, batch: Batch) -> Tensor:
    """Span loss of one batch."""
    output = model(
        input_ids=batch.input_ids,
        token_type_ids=batch.token_type_ids,
        attention_mask=batch.attention_mask,
    )
    return span_loss(
        output.start_logits, output.end_logits, batch.starts, batch.ends, batch.allowed
    )


def describe(recipe: Recipe, data_root: Path) -> dict[str, object]:
    """The recipe, the commit and the hash of every data file: it goes into the manifest."""
    row: dict[str, object] = asdict(recipe)
    local = [source for source in recipe.data if not source.path.startswith("hub:")]
    row["commit"] = _commit()
    row["data_sha256"] = {source.path: sha256_of(data_root / source.path) for source in local}
    return row


def _commit() -> str:
    """The commit this code is at; empty outside a checkout."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def main(argv: list[str] | None = None) -> int:
    """Command line. Exit status 0 on success, 1 when data or recipe are missing or wrong."""
    parser = Parser(prog="python -m training.train_reader", description=__doc__)
    parser.add_argument("recipe", help="TOML file, or the name of one in training/recipes")
    parser.add_argument("--data-root", type=Path, default=DATA_ROOT, help="folder of the data sets")
    parser.add_argument("--run-dir", type=Path, help="checkpoints and log (default: runs/NAME)")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = parser.parse_args(argv)
    try:
        run(load_recipe(args.recipe), args.data_root, args.run_dir, torch.device(args.device))
    except (OSError, ValueError) as error:
        print(f"train_reader: {error}", file=sys.stderr)
        return 1
    return 0


def run(recipe: Recipe, data_root: Path, run_dir: Path | None, device: torch.device) -> Path:
    """Train by a recipe; return the run folder."""
    run_dir = run_dir or RUNS / recipe.name
    run_dir.mkdir(parents=True, exist_ok=True)
    folder = base_folder(recipe.base)
    (run_dir / "recipe.json").write_text(json.dumps(describe(recipe, data_root), indent=2))
    items = label_windows(training_examples(recipe, data_root), recipe, folder / "tokenizer.json")
    tokens = sum(item.window.length for item in items)
    print(f"{recipe.name}: {len(items)} windows, {tokens} tokens an epoch, on {device}", flush=True)
    model = build_model(recipe, folder)
    pad_id = token_id(load_tokenizer(folder / "tokenizer.json"), "[PAD]")
    train(model, items, reader_loss, pad_id, recipe.trainer, run_dir, device)
    print(f"trained: export with  python -m training.export {run_dir}")
    return run_dir


if __name__ == "__main__":
    raise SystemExit(main())
