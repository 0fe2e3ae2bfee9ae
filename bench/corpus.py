"""What the benchmarks share: the SQuAD dev paragraphs as a library, and where data lies."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from reader.squad import Example, load_squad
from retriever import Library

REPO = Path(__file__).resolve().parents[1]
DATA = REPO.parent / "shared" / "data"
SQUAD_DEV = DATA / "en" / "squad-dev-v1.1.json"


def dev_examples() -> list[Example]:
    """All questions of SQuAD v1.1 dev; exits with a plain line where the data is absent."""
    if not SQUAD_DEV.is_file():
        sys.exit(f"this benchmark reads {SQUAD_DEV.relative_to(REPO.parent)}, which is not here")
    return load_squad(SQUAD_DEV)


def write_paragraphs(examples: Sequence[Example], folder: Path) -> dict[str, str]:
    """One text file a paragraph; returns paragraph -> file name."""
    names: dict[str, str] = {}
    for example in examples:
        if example.context not in names:
            name = f"{len(names):05d}.txt"
            (folder / name).write_text(example.context, encoding="utf-8")
            names[example.context] = name
    return names


def open_with_paragraphs(home: Path, examples: Sequence[Example]) -> tuple[Library, dict[str, str]]:
    """A library of those paragraphs, and paragraph -> document name."""
    folder = home / "paragraphs"
    folder.mkdir(parents=True, exist_ok=True)
    names = write_paragraphs(examples, folder)
    library = Library.open(home / "library")
    library.add_all([folder / name for name in names.values()])
    return library, names


def sample(examples: Sequence[Example], n: int, seed: int = 13) -> list[Example]:
    """N questions drawn without return, the same ones for the same seed."""
    chosen = np.random.default_rng(seed).permutation(len(examples))[:n]
    return [examples[index] for index in sorted(chosen)]


def percentile_ms(seconds: Sequence[float], percent: float) -> float:
    """A percentile of durations, in milliseconds."""
    return 1000 * float(np.percentile(seconds, percent))


def where() -> str:
    """Commit and processor, for the results log."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        capture_output=True,
        text=True,
        cwd=REPO,
        check=False,
    ).stdout.strip()
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.split(":")[1].strip() for line in lines if "model name" in line), "unknown")
    return f"commit {commit or 'unknown'}, {sum('processor' in x for x in lines)} x {model}"
