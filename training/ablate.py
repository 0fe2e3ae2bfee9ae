"""What each method gives: one small run a switch, ``python -m training.ablate [SPEC.toml]``.

A spec names a base recipe and variants of it. All see the same questions, are scored on
articles that none has seen, and land as lines in RUNS/results.jsonl; a finished one is not
run again. ``--table`` prints them as Markdown, with their differences from the baseline.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
import time
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from reader.artefact import CONFIG, TOKENIZER, WEIGHTS
from reader.runtime import load_torch_model
from reader.windows import load_tokenizer, token_id
from training import attention
from training.base import base_folder, leave_base
from training.batches import Group
from training.checkpoint import CHECKPOINT
from training.cli import Parser
from training.data import text_key
from training.groups import QuestionGroup, label_groups, question_groups
from training.held_out import Asked, HeldOut, ask, contexts_of, f1_of, lot, read
from training.recipe import RECIPES, Recipe, recipe_of, record_of
from training.train_reader import DATA_ROOT, RUNS, build_model, build_objective
from training.trainer import Run, Vocabulary, train

SPEC = RECIPES / "ablations.toml"
RESULTS = "results.jsonl"
MODEL = "model"
MADE = ("-near", "-hard", "-swapped")  # what ends the id of a question made from another


@dataclass(frozen=True, slots=True)
class Variant:
    """One row of the table.

    Attributes:
        name: a few words; names its folder too.
        switch: the setting that it changes, as a recipe says it.
        paper: where the method was proposed.
        seeds: a run of each; the first variant's runs give the noise.
        weights: ``NAME.SEED`` of a run whose weights it reads with, untrained itself.
        recipe: tables that replace those of the base, key by key.
    """

    name: str
    switch: str = ""
    paper: str = ""
    seeds: tuple[int, ...] = (29,)
    weights: str = ""
    recipe: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Spec:
    """A base recipe, what is varied, how many questions are trained on, what measures it."""

    questions: int
    base: Mapping[str, Any]
    held_out: tuple[HeldOut, ...]
    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """One run: F1 of each question of each set, in percent, and what the run cost."""

    name: str
    seed: int
    f1: dict[str, list[float]]
    windows: int = 0
    tokens: int = 0
    wall_s: float = 0.0
    cpu_s: float = 0.0

    def mean(self, held_out: str) -> float:
        """Mean F1 over a set."""
        return statistics.fmean(self.f1[held_out])


def load_spec(path: Path) -> Spec:
    """Read a spec; ValueError for a key that none has, or variants of one name."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    origin = str(path)
    parts = {
        "held_out": [record_of(HeldOut, row, origin) for row in table.get("held_out", ())],
        "variants": [record_of(Variant, row, origin) for row in table.pop("variant", ())],
    }
    spec = record_of(Spec, {**table, **parts}, origin)
    names = [variant.name for variant in spec.variants]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{path}: variants need names of their own, twice came {twice}")
    return spec


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """``base`` with ``changes`` laid over it, table by table; lists are replaced whole."""
    both = dict(base)
    for key, value in changes.items():
        inner = both.get(key)
        tables = isinstance(value, Mapping) and isinstance(inner, Mapping)
        both[key] = merged(inner, value) if tables else value  # type: ignore[arg-type]
    return both


def recipe_for(spec: Spec, variant: Variant, seed: int, runs: Path) -> Recipe:
    """A variant's whole recipe; a teacher is named ``NAME.SEED`` of an earlier run."""
    table = merged(spec.base, variant.recipe)
    table = merged(table, {"name": variant.name, "trainer": {"seed": seed}})
    objective = dict(table.get("objective", {}))
    if teachers := objective.get("teachers"):
        objective["teachers"] = [str(runs / name / MODEL) for name in teachers]
    return recipe_of({**table, "objective": objective}, variant.name)


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
    return [QuestionGroup(g.examples, 1.0) for g in groups if _root(g) in chosen]


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
        mined = any(s.hard_negatives or s.swapped_questions or s.neighbour_negatives
                    for s in recipe.data)  # fmt: skip
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


def table(spec: Spec, results: Sequence[Result]) -> str:
    """Markdown: F1 of the baseline, and how far each variant is from it."""
    of = {v.name: [r for r in results if r.name == v.name] for v in spec.variants}
    baseline = of[spec.variants[0].name]
    if not baseline:
        raise ValueError(f"{spec.variants[0].name} is not measured yet; run the command first")
    sets = [held_out.name for held_out in spec.held_out]
    each = [_figures([run], sets) for run in baseline]
    noise = [noise_of(values) for values in zip(*each, strict=True)]
    columns = ["variant", "switch", "paper", *sets, "mean", "CPU", "verdict"]
    rows = [_line(columns), _line(["---"] * len(columns))]
    for variant in spec.variants:
        cells = _cells(of[variant.name], baseline, sets, noise[-1])
        rows.append(_line([variant.name, variant.switch, variant.paper, *cells]))
    return "\n".join([*rows, _line(["*noise*", "", "", *(f"{n:.2f}" for n in noise), "", ""])])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _figures(runs: Sequence[Result], sets: Sequence[str]) -> list[float]:
    """Mean F1 over the runs on each set, and the mean of those."""
    means = [statistics.fmean(run.mean(name) for run in runs) for name in sets]
    return [*means, statistics.fmean(means)]


def _cells(
    runs: Sequence[Result], baseline: Sequence[Result], sets: Sequence[str], noise: float
) -> list[str]:
    """Differences (of the baseline the figures), CPU time as a multiple of its, verdict."""
    if not runs:
        return [*[""] * (len(sets) + 2), "not measured"]
    own, reference = _figures(runs, sets), _figures(baseline, sets)
    cost = statistics.fmean(r.cpu_s for r in runs) / statistics.fmean(r.cpu_s for r in baseline)
    if runs[0].name == baseline[0].name:
        return [*(f"{figure:.2f}" for figure in own), f"{cost:.2f}", "baseline"]
    gaps = [o - r for o, r in zip(own, reference, strict=True)]
    error = 2 * paired_error(runs, baseline, sets)
    cells = [*(f"{gap:+.2f}" for gap in gaps[:-1]), f"{gaps[-1]:+.2f} ± {error:.1f}"]
    cells += [f"{cost:.2f}" if runs[0].tokens else ""]
    return [*cells, verdict(gaps[-1], max(noise, error))]


def paired_error(runs: Sequence[Result], baseline: Sequence[Result], sets: Sequence[str]) -> float:
    """Standard error of the mean difference over the sets, each question with itself.

    Says how far other questions of the same kind would move it; the noise, how far other
    seeds would.
    """
    squares = 0.0
    for name in sets:
        ours, theirs = (
            [statistics.fmean(row) for row in zip(*(run.f1[name] for run in group), strict=True)]
            for group in (runs, baseline)
        )  # (n_questions,) each
        gaps = [a - b for a, b in zip(ours, theirs, strict=True)]
        squares += statistics.variance(gaps) / len(gaps)
    return math.sqrt(squares) / len(sets)


def verdict(gap: float, noise: float) -> str:
    """In words: a difference within the noise is none."""
    if abs(gap) <= noise:
        return "no difference"
    return "better" if gap > 0 else "worse"


def noise_of(repeats: Sequence[float]) -> float:
    """Two standard deviations of one run less the mean of the repeats; 0 for fewer than 2."""
    if len(repeats) < 2:
        return 0.0
    return 2 * statistics.stdev(repeats) * math.sqrt(1 + 1 / len(repeats))


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
