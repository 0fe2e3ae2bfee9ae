"""Teach the reader by a home's corrections: ``python -m training.adapt --home DIR``.

Trains on four fifths of the corrections beside a little of the base data, and installs the
result only if it is better on the last fifth and not worse on SQuAD dev. A running server
takes it up when it is started again. Nothing of the corrections' text is kept.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from reader import Reader
from reader.artefact import MANIFEST, Artefact, write_manifest
from reader.installed import READERS, go_back, install, installed
from reader.squad import Example, load_squad
from training.base import base_folder
from training.cli import Parser, from_one
from training.data import split_sources
from training.evaluate import judge
from training.export import ParityError, export
from training.fit_calibration import calibrate
from training.gate import Difference, Gate, difference
from training.recipe import DataSource, Recipe, load_recipe
from training.regimes import Sizes, alone, sampled
from training.train_reader import DATA_ROOT, train_by

HELD_OUT = 0.2  # share of the corrected passages, the newest, that is kept from training
LEAST_HELD_OUT = 10  # corrections with an answer; fewer would say nothing
BASE_QUESTIONS = 2000  # of the base data that both readers answer
CALIBRATED_ON = Sizes(alone=400, among=60)  # questions of each data set
CORRECTIONS = "corrections.json"
LICENCE = "the home's own"
SCRATCH = ".adapting-"
STRAY_S = 24 * 3600  # no adaptation takes a day
SEED = 13


@dataclass(frozen=True, slots=True)
class Adapting:
    """What an adaptation works with.

    Attributes:
        home: where the result is installed.
        corrections: SQuAD-form file, the newest last.
        recipe: what is shown again of the base data, and how to train.
        data_root: folder of the base data.
        base_questions: how many of the recipe's first evaluated set both readers answer.
        device: where to train.
    """

    home: Path
    corrections: Path
    recipe: Recipe
    data_root: Path
    base_questions: int = BASE_QUESTIONS
    device: str = "cpu"

    def __post_init__(self) -> None:
        if not self.recipe.evaluated:
            raise ValueError(
                f"recipe {self.recipe.name} names no evaluated set: the gate asks the first one"
            )
        if self.base_questions < 1:
            raise ValueError(f"base_questions count from 1, got {self.base_questions}")


def adapt(work: Adapting, scratch: Path) -> tuple[Gate, Path | None]:
    """Train, measure, and install what passes the gate.

    Args:
        work: what to work with.
        scratch: an empty folder on the home's disk.

    Returns:
        What the gate found, and where the new reader lies; None when it did not pass.

    Raises:
        OSError, ValueError: if data are missing, wrong or too few.
        ParityError: if the int8 graph strays from what was trained.
    """
    source = DataSource(str(work.corrections.resolve()), LICENCE, HELD_OUT, findable=False)
    kept = held_out_of(source, work.recipe.evaluated, work.data_root)
    base_file = work.data_root / work.recipe.evaluated[0]
    base = sampled([e for e in load_squad(base_file) if e.answers], work.base_questions, SEED)
    recipe = replace(work.recipe, data=(source, *work.recipe.data))
    run = train_by(recipe, work.data_root, scratch / "run", torch.device(work.device))
    model = export(run, scratch / "model")[0].folder
    before, after = Reader.load(installed(work.home)), Reader.load(model)
    gate = Gate(
        corrections=compared(before, after, [e for e in kept if e.answers], "corrections"),
        base=compared(before, after, base, base_file.stem),
    )
    print(f"F1 on corrections held out: {gate.corrections}")
    print(f"F1 on base data: {gate.base}", flush=True)
    if not gate.passed:
        return gate, None
    for regime, row in calibrate(model, work.data_root, sizes=CALIBRATED_ON).items():
        print(f"calibration error, {regime}: {row['ece']:.3f} (n = {row['n']:.0f})")
    _sign(model, gate)
    return gate, install(model, work.home)


def held_out_of(source: DataSource, evaluated: Sequence[str], data_root: Path) -> list[Example]:
    """The corrections that training does not see: those of the newest passages.

    Raises:
        OSError, ValueError: if a file is missing or wrong, or too few of them have an answer.
    """
    ((trained, kept),) = split_sources([source], evaluated, data_root)
    n_answered = sum(bool(example.answers) for example in kept)
    if n_answered < LEAST_HELD_OUT:
        raise ValueError(
            f"expected at least {LEAST_HELD_OUT} corrections with an answer in the last fifth "
            f"of the passages, got {n_answered} ({len(trained) + len(kept)} corrections in all); "
            "correct some more answers first"
        )
    return kept


def compared(before: Reader, after: Reader, examples: list[Example], name: str) -> Difference:
    """F1 of two readers over the same questions, each with its own context."""
    return difference(_f1(before, examples, name), _f1(after, examples, name))


def _f1(reader: Reader, examples: list[Example], name: str) -> NDArray[np.float64]:
    return judge(reader, alone(examples), name).f1


def _sign(model: Path, gate: Gate) -> None:
    """Write what the gate found into the manifest, and no path of this machine."""
    manifest = Artefact.load(model).manifest
    base = base_folder(manifest.recipe["base"])
    known = Artefact.load(base).manifest.licences if (base / MANIFEST).is_file() else {}
    sources = [{**row, "path": _name(row["path"])} for row in manifest.recipe["data"]]
    hashes = manifest.recipe["data_sha256"]
    signed = replace(
        manifest,
        recipe={
            **manifest.recipe,
            "data": sources,
            "data_sha256": {_name(path): found for path, found in hashes.items()},
        },
        licences={**known, **{source["path"]: source["licence"] for source in sources}},
        scores={**manifest.scores, "gate": asdict(gate)},
    )
    write_manifest(model, signed)


def _name(path: str) -> str:
    return CORRECTIONS if Path(path).is_absolute() else path


def export_corrections(home: Path, out: Path) -> None:
    """Ask the chatbot's own door for a home's corrections in SQuAD form.

    Raises:
        ValueError: if it gives none, with what it said.
    """
    command = [sys.executable, "-m", "chatbot", "corrections", "--home", str(home)]
    done = subprocess.run(
        [*command, "--out", str(out)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ValueError(done.stderr.strip() or f"{' '.join(command)} failed")


@contextmanager
def scratch_in(home: Path) -> Iterator[Path]:
    """A folder beside the readers that is gone in the end, whatever happens."""
    (home / READERS).mkdir(mode=0o700, parents=True, exist_ok=True)
    for stray in (home / READERS).glob(f"{SCRATCH}*"):  # of a run that was killed
        if time.time() - stray.stat().st_mtime > STRAY_S:
            shutil.rmtree(stray, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=SCRATCH, dir=home / READERS))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(argv: list[str] | None = None) -> int:
    """Command line. Exit status 0 if a reader was installed, 3 if the gate held it back, 1 else."""
    parser = Parser(prog="python -m training.adapt", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, metavar="DIR", help="the library")
    parser.add_argument(
        "--examples", type=Path, metavar="FILE.json",
        help="corrections in SQuAD form, the newest last (default: those of the home)",
    )  # fmt: skip
    parser.add_argument("--recipe", default="adapt", help="TOML file, or one of training/recipes")
    parser.add_argument("--data-root", type=Path, default=DATA_ROOT, help="folder of the data sets")
    parser.add_argument(
        "--most", type=from_one, default=BASE_QUESTIONS, metavar="N",
        help=f"questions of the base data that the gate asks (default: {BASE_QUESTIONS})",
    )  # fmt: skip
    parser.add_argument(
        "--share", type=float,
        help="how far the weights go towards what was learned (default: the recipe's)",
    )  # fmt: skip
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--back", action="store_true", help="use the reader before the last again")
    args = parser.parse_args(argv)
    try:
        if args.back:
            print(f"in use from the next start on: {go_back(args.home) or 'the shipped reader'}")
            return 0
        with scratch_in(args.home) as scratch:
            corrections = args.examples or scratch / CORRECTIONS
            if args.examples is None:
                export_corrections(args.home, corrections)
            recipe = load_recipe(args.recipe)
            if args.share is not None:
                recipe = replace(recipe, share=args.share)
            work = Adapting(args.home, corrections, recipe, args.data_root, args.most, args.device)
            gate, place = adapt(work, scratch)
    except (OSError, ValueError, ParityError) as error:
        print(f"adapt: {error}", file=sys.stderr)
        return 1
    if place is None:
        print(f"not installed: {gate.verdict}")
        return 3
    print(f"installed: {gate.verdict}; start the server again to use it, --back undoes it")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
