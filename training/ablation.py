"""Variants of a recipe, and what their runs gave as a table of differences.

Reads a spec; knows no model, no data and no run.
"""

from __future__ import annotations

import math
import statistics
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training import markdown
from training.held_out import HeldOut
from training.recipe import Recipe, recipe_of, record_of

MODEL = "model"  # the folder that a run leaves within its own


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


def table(spec: Spec, results: Sequence[Result]) -> str:
    """Markdown: F1 of the baseline, and how far each variant is from it.

    A variant that reads with another run's weights is compared with that run.
    """
    of = {v.name: [r for r in results if r.name == v.name] for v in spec.variants}
    baseline = of[spec.variants[0].name]
    if not baseline:
        raise ValueError(f"{spec.variants[0].name} is not measured yet; run the command first")
    sets = [held_out.name for held_out in spec.held_out]
    each = [_figures([run], sets) for run in baseline]
    noise = [noise_of(values) for values in zip(*each, strict=True)]
    columns = ["variant", "switch", "paper", *sets, "mean", "CPU", "verdict"]
    rows: list[list[str]] = []
    for variant in spec.variants:
        own_weights = [r for r in results if f"{r.name}.{r.seed}" == variant.weights]
        # Read with weights that were there already: no dice but the choice of questions.
        beside = (own_weights, 0.0) if own_weights else (baseline, noise[-1])
        cells = _cells(of[variant.name], *beside, sets)
        rows.append([variant.name, variant.switch, variant.paper, *cells])
    rows.append(["*noise*", "", "", *(f"{n:.2f}" for n in noise), "", ""])
    return markdown.table(columns, rows)


def _figures(runs: Sequence[Result], sets: Sequence[str]) -> list[float]:
    """Mean F1 over the runs on each set, and the mean of those."""
    means = [statistics.fmean(run.mean(name) for run in runs) for name in sets]
    return [*means, statistics.fmean(means)]


def _cells(
    runs: Sequence[Result], baseline: Sequence[Result], noise: float, sets: Sequence[str]
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
