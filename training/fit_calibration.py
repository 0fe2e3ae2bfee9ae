"""Fits a model's calibration: ``python -m training.fit_calibration DIR``.

The questions are those of the recipe's held-out contexts: alone with their context, with
questions it does not answer among them, and over several passages at once as the chat asks
(without their titles), a quarter of the time without the one that answers. Knows no formula.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from tqdm import tqdm

from reader import Reader
from reader.artefact import SHIPPED, Artefact, write_manifest
from reader.decode import Found
from reader.runtime import RuntimeName
from reader.squad import Example
from training.calibration import Read, cross_fitted, fit
from training.cli import Parser
from training.data import file_of, is_invented, split_sources
from training.recipe import DataSource
from training.regimes import Asked, Sizes, chunks, regimes_of

ITSELF: tuple[RuntimeName, ...] = ("bf16", "onnx", "torch")  # scores that are the model's alone


def read_all(reader: Reader, regimes: Mapping[str, Sequence[Asked]]) -> list[Read]:
    """Read every question's texts once; questions without any span are left out."""
    reads: list[Read] = []
    for regime, asked in regimes.items():
        with tqdm(total=len(asked), desc=regime, disable=None) as progress:
            for chunk in chunks(asked):
                found = reader.find(chunk.questions, chunk.texts, chunk.pairs)
                reads += [
                    _read(one, regime, chunk.texts, of_question)
                    for one, of_question in zip(chunk.asked, found, strict=True)
                    if of_question.candidates
                ]
                progress.update(len(chunk.asked))
    return reads


def _read(asked: Asked, regime: str, texts: tuple[str, ...], found: Found) -> Read:
    own = texts.index(asked.example.context) if asked.answerable else -1
    accepted = tuple(answer.text for answer in asked.example.answers)
    return Read(asked.example.question, regime, texts, found, own, accepted)


def held_out(artefact: Artefact, data_root: Path) -> dict[DataSource, list[Example]]:
    """By source, the questions on contexts that the model's recipe kept from training.

    Without what was invented: nobody asks so of such texts, and how sure to be of them would
    decide how sure to be of real ones.
    """
    recipe = artefact.manifest.recipe
    sources = [
        DataSource(
            row["path"],
            row["licence"],
            row["held_out_fraction"],
            only=row.get("only", "all"),
            findable=row.get("findable", True),
        )
        for row in recipe["data"]
    ]
    parts = split_sources(sources, recipe.get("evaluated", ()), data_root)
    return {
        source: kept
        for source, (_, kept) in zip(sources, parts, strict=True)
        if kept and not is_invented(source.path)
    }


def _name(path: str) -> str:
    """What a source's regimes are called: its file, and the form that it was given."""
    kind, _, rest = path.partition(":")
    file, _, part = rest.partition("#")
    return (
        Path(path).stem if file_of(path) == path else f"{Path(file).stem} as {kind} {part}".strip()
    )


def calibrate(
    folder: Path, data_root: Path, runtime: RuntimeName = "onnx", sizes: Sizes | None = None
) -> dict[str, dict[str, float]]:
    """Fit a model folder's calibration and write it into the manifest.

    Not with ``confirmed``, whose scores depend on the calibration before.

    Returns:
        Figures by regime, as ``cross_fitted`` gives them; they go into the manifest too.

    Raises:
        OSError, ValueError, KeyError: if a data set or the recipe is missing or wrong.
    """
    reader, artefact = Reader.load(folder, runtime), Artefact.load(folder)
    regimes = {
        regime: asked
        for source, kept in held_out(artefact, data_root).items()
        for regime, asked in regimes_of(
            _name(source.path), kept, source.findable, sizes or Sizes()
        ).items()
    }
    reads = read_all(reader, regimes)
    calibration, figures = fit(reads), cross_fitted(reads)
    manifest = Artefact.load(folder).manifest  # others may have written into it meanwhile
    scores = {**manifest.scores, "calibration, held-out questions": figures}
    write_manifest(folder, replace(manifest, calibration=calibration, scores=scores))
    return figures


def main(argv: list[str] | None = None) -> int:
    """Command line. Exit status 0 on success, 1 on failure."""
    parser = Parser(prog="python -m training.fit_calibration", description=__doc__)
    parser.add_argument("model", type=Path, nargs="?", default=SHIPPED, help="model folder")
    parser.add_argument("--data-root", type=Path, default=Path("../shared/data"))
    parser.add_argument("--runtime", choices=ITSELF, default="onnx")
    args = parser.parse_args(argv)
    try:
        figures = calibrate(args.model, args.data_root, args.runtime)
    except (OSError, ValueError, KeyError) as error:
        print(f"fit_calibration: {error}", file=sys.stderr)
        return 1
    print(asdict(Artefact.load(args.model).manifest.calibration))
    for name, row in figures.items():
        print(name, {key: round(value, 3) for key, value in row.items()})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
