"""What each method gives: one small run a switch, ``python -m training.ablate [SPEC.toml]``.

A spec names a base recipe and variants of it. All see the same questions, are scored on
articles that none has seen, and land as lines in RUNS/results.jsonl; a finished one is not
run again. ``--table`` prints them as Markdown, with their differences from the baseline.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import torch
from torch import nn

from reader.artefact import CONFIG, TOKENIZER, WEIGHTS
from reader.runtime import load_torch_model
from reader.windows import load_tokenizer, token_id
from training import attention
from training.ablation import MODEL, Result, Spec, Variant, load_spec, recipe_for, table
from training.base import base_folder, leave_base
from training.batches import Group
from training.checkpoint import CHECKPOINT
from training.cli import Parser
from training.data import text_key
from training.groups import QuestionGroup, label_groups, question_groups
from training.held_out import Asked, ask, contexts_of, f1_of, lot, read
from training.recipe import NEGATIVES, Recipe, recipe_of
from training.train_reader import DATA_ROOT, RUNS, build_model, build_objective
from training.trainer import Run, Vocabulary, train

SPEC = Path(__file__).parent / "specs" / "ablations.toml"
RESULTS = "results.jsonl"
MADE = ("-near", "-hard", "-foreign", "-swapped", "-opposite")  # how ids of made questions end


def choose(groups: Sequence[QuestionGroup], n_questions: int) -> list[QuestionGroup]:
    """``n_questions`` drawn by the groups' weights, with the questions made from them.

    Draws without replacement by exponential keys (Efraimidis and Spirakis 2006), which
    follow from the question's id alone, so that every variant sees the same questions.
    """
    keys = {
        _root(group): -math.log(lot(_root(group))) / group.weight
        for group in groups
        if not group.examples[0].id.endswith(MADE)
    }
    chosen = set(sorted(keys, key=keys.__getitem__)[:n_questions])
    return [replace(group, weight=1.0) for group in groups if _root(group) in chosen]


def _root(group: QuestionGroup) -> str:
    name = group.examples[0].id
    return next((name.removesuffix(end) for end in MADE if name.endswith(end)), name)


class Bench:
    """Runs variants one after another; keeps what they share."""

    def __init__(self, spec: Spec, data_root: Path, runs: Path, device: torch.device) -> None:
        self._spec, self._data_root, self._runs, self._device = spec, data_root, runs, device
        self._asked: dict[str, list[Asked]] = {}
        self._kept: dict[str, list[QuestionGroup]] = {}

    def run(self, variant: Variant, seed: int) -> Result:
        """Train (unless its weights are another's), read, score.

        Raises:
            OSError, ValueError: if data, base, teachers or weights are missing or wrong.
        """
        recipe = recipe_for(self._spec, variant, seed, self._runs)
        folder = self._runs / (variant.weights or f"{variant.name}.{seed}")
        wall, cpu = time.perf_counter(), time.process_time()
        groups: list[Group] = []
        if not variant.weights:
            groups = self._groups(recipe)
            wall, cpu = time.perf_counter(), time.process_time()
            self._train(recipe, groups, folder)
        spent = (time.perf_counter() - wall, time.process_time() - cpu)
        return Result(
            name=variant.name,
            seed=seed,
            f1=self._scores(folder / MODEL, recipe),
            windows=sum(len(group.windows) for group in groups) * recipe.trainer.epochs,
            tokens=_tokens(groups, recipe),
            wall_s=round(spent[0], 3),
            cpu_s=round(spent[1], 3),
        )

    def _groups(self, recipe: Recipe) -> list[Group]:
        """The chosen questions as windows; what variants have in common is mined once."""
        mined = any(getattr(source, kind) for source in recipe.data for kind in NEGATIVES)
        key = repr((recipe.data, recipe.evaluated, recipe.trainer.seed if mined else 0))
        if key not in self._kept:
            all_asked = self._questions().values()
            asked = contexts_of(one for questions in all_asked for one in questions)
            groups = question_groups(recipe, self._data_root)
            used = {e.context for group in groups for e in group.examples}
            secret = {context for context in used if text_key(context) in asked}
            clean = [g for g in groups if not secret & {e.context for e in g.examples}]
            self._kept[key] = choose(clean, self._spec.questions)
        tokenizer = load_tokenizer(base_folder(recipe.base) / TOKENIZER)
        return label_groups(self._kept[key], recipe, tokenizer)

    def _questions(self) -> dict[str, list[Asked]]:
        if not self._asked:
            evaluated = recipe_of({**self._spec.base, "name": "base"}, "base").evaluated
            self._asked = {s.name: ask(s, evaluated, self._data_root) for s in self._spec.held_out}
        return self._asked

    def _train(self, recipe: Recipe, groups: list[Group], folder: Path) -> None:
        base = base_folder(recipe.base)
        tokenizer = load_tokenizer(base / TOKENIZER)
        folder.mkdir(parents=True, exist_ok=True)
        run = Run(
            loss=build_objective(recipe, self._device),
            vocabulary=Vocabulary(token_id(tokenizer, "[PAD]"), token_id(tokenizer, "[MASK]")),
            folder=folder,
            device=self._device,
            trainer=recipe.trainer,
            optimizer=recipe.optimizer,
            augment=recipe.augment,
        )
        model = build_model(recipe, base)
        train(model, groups, run)
        leave_base(model, base, folder / MODEL)
        (folder / CHECKPOINT).unlink()

    def _scores(self, folder: Path, recipe: Recipe) -> dict[str, list[float]]:
        model: nn.Module = load_torch_model(folder / CONFIG, folder / WEIGHTS, attention.NAME)
        tokenizer = load_tokenizer(folder / TOKENIZER)
        model.to(self._device)
        return {
            name: f1_of(read(model, tokenizer, asked, recipe.windows, recipe.long_text), asked)
            for name, asked in self._questions().items()
        }


def _tokens(groups: Iterable[Group], recipe: Recipe) -> int:
    """Tokens that all epochs read."""
    lengths = [item.window.length for group in groups for item in group.windows]
    limits = [recipe.augment.crop_at(epoch) for epoch in range(recipe.trainer.epochs)]
    return sum(min(length, limit or length) for limit in limits for length in lengths)


def results_in(runs: Path) -> list[Result]:
    """What was measured so far."""
    path = runs / RESULTS
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [Result(**json.loads(line)) for line in lines]


def run_all(spec: Spec, runs: Path, run: Callable[[Variant, int], Result]) -> bool:
    """Run what is not yet measured; False if a variant could not be run."""
    runs.mkdir(parents=True, exist_ok=True)
    done = {(result.name, result.seed) for result in results_in(runs)}
    complete = True
    for variant in spec.variants:
        for seed in variant.seeds:
            if (variant.name, seed) in done:
                continue
            print(f"{variant.name}, seed {seed}", flush=True)
            try:
                result = run(variant, seed)
            except (OSError, ValueError) as error:
                print(f"ablate: {variant.name}: {error}", file=sys.stderr, flush=True)
                complete = False
                continue
            with (runs / RESULTS).open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(result)) + "\n")
            figures = ", ".join(f"{name} {result.mean(name):.2f}" for name in result.f1)
            print(f"  F1 {figures}; {result.wall_s:.0f} s", flush=True)
    return complete


def main(argv: list[str] | None = None) -> int:
    """Command line. Exit status 0 when all variants are measured, 1 otherwise."""
    parser = Parser(prog="python -m training.ablate", description=__doc__)
    parser.add_argument("spec", nargs="?", type=Path, default=SPEC, help="TOML file of variants")
    parser.add_argument("--data-root", type=Path, default=DATA_ROOT, help="folder of the data sets")
    parser.add_argument("--run-dir", type=Path, default=RUNS / "ablations", help="runs and results")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--table", action="store_true", help="print what is measured; run nothing")
    args = parser.parse_args(argv)
    try:
        spec = load_spec(args.spec)
        if args.table:
            print(table(spec, results_in(args.run_dir)))
            return 0
        bench = Bench(spec, args.data_root, args.run_dir, torch.device(args.device))
        return 0 if run_all(spec, args.run_dir, bench.run) else 1
    except (OSError, ValueError) as error:
        print(f"ablate: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
