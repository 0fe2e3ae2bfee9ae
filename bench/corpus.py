"""What the benchmarks share: paragraphs of data sets as a library, and where data lies."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from reader.squad import Example, load_squad
from retriever import Library
from retriever.types import Filter
from training.everyday import FOLDER, Document, documents

REPO = Path(__file__).resolve().parents[1]
DATA = REPO.parent / "shared" / "data"
SQUAD_DEV = DATA / "en" / "squad-dev-v1.1.json"
# Whole paragraphs in English; reviews (each answers every question about a hotel) and single
# sentences are not among them. Asked are the sets that no reader or encoder is trained on.
ENGLISH = (
    "squad-dev-v1.1", "nq-qed-dev", "fairytaleqa-extractive-valid", "policyqa-dev",
    "squad-train-v1.1-partial", "nq-qed-train-partial", "fairytaleqa-extractive-train",
)  # fmt: skip
N_ASKED = 4  # of them, the first


def dev_examples() -> list[Example]:
    """All questions of SQuAD v1.1 dev; exits with a plain line where the data is absent."""
    if not SQUAD_DEV.is_file():
        sys.exit(f"this benchmark reads {SQUAD_DEV.relative_to(REPO.parent)}, which is not here")
    return load_squad(SQUAD_DEV)


def english_examples() -> tuple[list[Example], list[str]]:
    """The questions of the dev sets, and all English paragraphs, about 21,600, theirs first."""
    paths = [DATA / "en" / f"{name}.json" for name in ENGLISH]
    if missing := [path.name for path in paths if not path.is_file()]:
        sys.exit(f"this benchmark reads {', '.join(missing)} in ../shared/data/en: not here")
    sets = [load_squad(path) for path in paths]
    asked = [example for examples in sets[:N_ASKED] for example in examples]
    return asked, list(dict.fromkeys(e.context for examples in sets for e in examples))


@contextmanager
def open_everyday() -> Iterator[tuple[Library, list[tuple[Document, Filter]]]]:
    """A library of the held-out everyday documents, and each with a filter for all others."""
    folder = FOLDER / "held_out"
    with tempfile.TemporaryDirectory() as home, Library.open(Path(home)) as library:
        for path in sorted(folder.glob("*.md")):
            library.add(path)
        ids = {document.name: document.id for document in library.documents()}
        every = frozenset(ids.values())
        yield (
            library,
            [(one, Filter(document_ids=every - {ids[one.name]})) for one in documents(folder)],
        )


def write_paragraphs(paragraphs: Sequence[str], folder: Path) -> dict[str, str]:
    """One text file a paragraph; returns paragraph -> file name, which is its place."""
    names: dict[str, str] = {}
    for paragraph in dict.fromkeys(paragraphs):
        name = f"{len(names):05d}.txt"
        (folder / name).write_text(paragraph, encoding="utf-8")
        names[paragraph] = name
    return names


def open_with_paragraphs(home: Path, examples: Sequence[Example]) -> tuple[Library, dict[str, str]]:
    """A library of those paragraphs, and paragraph -> document name."""
    return open_with([example.context for example in examples], home)


def open_with(paragraphs: Sequence[str], home: Path) -> tuple[Library, dict[str, str]]:
    """As ``open_with_paragraphs``, of any paragraphs; what ``home`` has is not added anew."""
    folder = home / "paragraphs"
    folder.mkdir(parents=True, exist_ok=True)
    names = write_paragraphs(paragraphs, folder)
    library = Library.open(home / "library")
    known = {document.name for document in library.documents()}
    library.add_all([folder / name for name in names.values() if name not in known])
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
