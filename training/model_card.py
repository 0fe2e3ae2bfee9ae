"""The model card of a model folder: ``python -m training.model_card [DIR]`` writes DIR/README.md.

Everything in it is said by the manifest, the files beside it and the data sets it names;
what those do not know (what the model is for, and not for) stands in the sentences here.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from huggingface_hub import EvalResult, ModelCardData
from safetensors import safe_open

from reader.artefact import CONFIG, SHIPPED, WEIGHTS, Artefact
from reader.calibrate import Calibration
from training.cli import Parser
from training.evaluate import Evaluation
from training.lineage import CARD, Base, Counts, base_of, count, sources, stages
from training.markdown import attributes, figures, flatten, settings, table, unusual, words
from training.recipe import DataSource, Recipe

DATA_ROOT = Path("../shared/data")
LICENCE = "apache-2.0"  # of this project and all that it makes
REPOSITORY = Path(__file__).resolve().parents[1]
CALIBRATION = "calibration"  # what the names of its figures begin with
# Told in other places.
ASIDE = ("name", "base", "base_recipe", "commit", "data", "data_sha256", "evaluated")


# Front matter


def front_matter(artefact: Artefact, base: Base) -> str:
    """What a hub reads: YAML of licence, language, data sets, base and figures."""
    manifest = artefact.manifest
    data = ModelCardData(
        model_name=manifest.name,
        language=list(base.languages) or None,
        license=LICENCE,
        library_name="transformers",
        pipeline_tag="question-answering",
        base_model=base.hub_name,
        datasets=list(dict.fromkeys(map(_short, sources(manifest.recipe)))),
        eval_results=list(_results(manifest.scores)) or None,
        tags=["extractive-question-answering", "onnx", "safetensors"],
    )
    return f"---\n{data.to_yaml()}\n---"


def _results(scores: Mapping[str, Any]) -> Iterator[EvalResult]:
    """Every figure of a data set but counts and the points of its curves."""
    for name, row in scores.items():
        for path, value in flatten(row):
            if not name.startswith(CALIBRATION) and isinstance(value, float) and len(path) < 3:
                yield EvalResult(
                    task_type="question-answering",
                    dataset_type=name.split()[0],
                    dataset_config=name.partition(" ")[2] or None,
                    dataset_name=name,
                    metric_type=path[-1],
                    metric_name=words(*path),
                    metric_value=round(value, 4),
                )


def _short(path: str) -> str:
    return path.split(":")[1] if path.startswith("hub:") else Path(path).stem


# Sections


def card(artefact: Artefact, counts: Mapping[str, Counts]) -> str:
    """The whole card, front matter first.

    Raises:
        ValueError: if the manifest does not say how the model was trained.
    """
    manifest = artefact.manifest
    if not manifest.recipe.get("base"):
        raise ValueError(
            f"the manifest of {artefact.folder} holds no recipe, so there is nothing to tell; "
            "make the folder with  python -m training.export RUN"
        )
    base = base_of(manifest.recipe)
    of_data = {k: v for k, v in manifest.scores.items() if not k.startswith(CALIBRATION)}
    parts = [
        front_matter(artefact, base),
        f"# {manifest.name}",
        INTRODUCTION.format(size=_size(artefact), limit=manifest.max_answer_tokens),
        "## Use",
        USE.format(folder=_place(artefact.folder)),
        "## Training",
        *_training(manifest.recipe, base),
        "## Data",
        *_data(manifest.recipe, counts),
        "## Figures",
        figures(of_data, attributes(Evaluation))
        or "None recorded yet: `python -m training.evaluate --record`.",
        "## Confidence",
        *_confidence(artefact),
        "## Meant for, and not meant for",
        LIMITS.format(
            windows=settings(asdict(manifest.windows)),
            languages=", ".join(base.languages) or "that of the data sets",
        ),
        "## Reproduce",
        _reproduce(manifest.recipe),
        "## Licence and files",
        f"Weights and card: {LICENCE}. Base: {base.licence}. Data sets: each as stated above.",
        _files(artefact),
    ]
    return "\n\n".join(parts) + "\n"


INTRODUCTION = """\
An extractive reader: it quotes the answer to a question out of the texts it is given, with a \
calibrated probability that the quotation is right, and says when none answers. {size} An answer \
is one stretch of at most {limit} tokens. It runs on a CPU through ONNX Runtime (int8) or on a \
GPU through torch."""

USE = """\
```sh
python -m reader ask "When was the tower completed?" notes.txt --model {folder} --json
```

```python
from pathlib import Path
from reader import Reader

reader = Reader.load(Path("{folder}"))
for span in reader.read("When was it completed?", ["It was completed on 31 March 1889."]):
    print(span.text, span.char_start, span.char_end, round(span.probability, 2))
```

The safetensors load in transformers as well (`AutoModelForQuestionAnswering`, \
`AutoTokenizer`), without the windows, the span search and the calibration of the reader."""

LIMITS = """\
Meant for quoting from prose that the asker can check: search over one's own documents, notes, \
manuals, encyclopaedia articles.

- It does not count, compare, sum up, reason over several places or answer with yes or no.
- It knows nothing but the texts it is given, and believes them.
- The probability was fitted on questions of the data sets above; on other kinds of text it is \
a guide. Do not let it decide about people.
- It learned one language or few ({languages}); it does not translate.
- Long texts are read in windows ({windows}); what needs more context than one is not seen.
- The mistakes and leanings of those who wrote the data sets are learned too."""


def _size(artefact: Artefact) -> str:
    config = json.loads(artefact.path(CONFIG).read_text(encoding="utf-8"))
    kind, layers = config["model_type"].upper(), config["num_hidden_layers"]
    with safe_open(artefact.path(WEIGHTS), framework="numpy") as weights:
        shapes = [weights.get_slice(name).get_shape() for name in weights.keys()]
    millions = sum(map(math.prod, shapes)) / 1e6
    return f"A {kind} of {layers} layers: {millions:.1f} million parameters."


def _place(folder: Path) -> str:
    """The folder as somebody in a checkout would name it; elsewhere, its name alone."""
    whole = folder.resolve()
    inside = whole.is_relative_to(REPOSITORY)
    return whole.relative_to(REPOSITORY).as_posix() if inside else whole.name


def _training(recipe: Mapping[str, Any], base: Base) -> Iterator[str]:
    yield f"Base: {base.hub_name} ({base.licence}), installed as `{base.name}`."
    made_by = stages(recipe)
    yield "\n".join(
        f"{number}. `{stage.get('name', '')}`, from `{stage.get('base', '')}`"
        for number, stage in enumerate(made_by, start=1)
    )
    if kept_out := recipe.get("evaluated"):
        yield f"Kept out of what the last step learned, for figures: {', '.join(kept_out)}."
    yield "What differs from the defaults of `training/recipe.py` in any of the steps:"
    told = [{k: v for k, v in stage.items() if k not in ASIDE} for stage in made_by]
    usual = asdict(Recipe(name="", base="", data=()))
    yield table(["step", *map(str, range(1, len(told) + 1))], unusual(told, usual))


def _data(recipe: Mapping[str, Any], counts: Mapping[str, Counts]) -> Iterator[str]:
    held, taken = [], []
    n_steps = len(stages(recipe))
    usual = {f.name: f.default for f in fields(DataSource) if f.name != "weight"}
    for path, uses in sources(recipe).items():
        known = counts.get(path)
        licences = ", ".join(dict.fromkeys(str(use.get("licence", "")) for use in uses.values()))
        numbers = [known.contexts, known.questions, known.answerable] if known else ["–"] * 3
        held.append([path, licences, *numbers])
        columns = [_taken(uses.get(number)) for number in range(n_steps)]
        taken += [[path, *row] for row in unusual(columns, usual)]
    yield table(["data set", "licence", "contexts", "questions", "answerable"], held)
    yield (
        "How each was taken in each step (weight: how often its questions are seen an epoch; the "
        "rest as in `training/recipe.py`):"
    )
    steps = map(str, range(1, n_steps + 1))
    yield table(["data set", "setting", *steps], taken)


def _taken(use: Mapping[str, Any] | None) -> dict[str, Any]:
    """How a step took a data set, without what is told elsewhere."""
    if use is None:
        return {}
    return {"weight": 1.0, **{k: v for k, v in use.items() if k not in ("path", "licence")}}


def _confidence(artefact: Artefact) -> Iterator[str]:
    calibration, meaning = artefact.manifest.calibration, attributes(Calibration)
    yield "Fitted on held-out parts of the training data (see `held out fraction` above):"
    rows = [[words(*p), v, meaning.get(p[0], "")] for p, v in flatten(asdict(calibration))]
    yield table(["parameter", "value", "meaning"], rows)
    scores = artefact.manifest.scores
    if found := figures({k: v for k, v in scores.items() if k.startswith(CALIBRATION)}, {}):
        yield found


def _reproduce(recipe: Mapping[str, Any]) -> str:
    lines: list[str] = []
    for stage in stages(recipe):
        name = stage.get("name", "")
        lines += [
            f"# code of commit {stage.get('commit', '')}",
            f"python -m training.train_reader {name}",
            f"python -m training.export runs/{name}",
        ]
    folder = f"runs/{recipe.get('name', '')}/model"
    lines.append(f"python -m training.fit_calibration {folder}")
    if evaluated := [f"{DATA_ROOT}/{path}" for path in recipe.get("evaluated", ())]:
        files = " ".join(evaluated)
        lines.append(f"python -m training.evaluate --model {folder} --data {files} --record")
    lines.append(f"python -m training.model_card {folder}")
    hashes = {k: v for s in stages(recipe) for k, v in s.get("data_sha256", {}).items()}
    shell = "\n".join(lines)
    sums = "\n".join(f"{sha256}  {path}" for path, sha256 in hashes.items())
    return f"```sh\n{shell}\n```\n\nThe data sets, as `sha256sum` knows them:\n\n```\n{sums}\n```"


def _files(artefact: Artefact) -> str:
    rows = [
        [name, (artefact.folder / name).stat().st_size, sha256]
        for name, sha256 in sorted(artefact.manifest.sha256.items())
    ]
    return table(["file", "bytes", "SHA-256"], rows)


def main(argv: list[str] | None = None) -> int:
    """Command line. Exit status 0 on success, 1 on failure."""
    parser = Parser(prog="python -m training.model_card", description=__doc__)
    parser.add_argument("model", type=Path, nargs="?", default=SHIPPED, metavar="DIR")
    parser.add_argument("--data-root", type=Path, default=DATA_ROOT, help="folder of the data sets")
    args = parser.parse_args(argv)
    try:
        artefact = Artefact.load(args.model)
        counts = count(artefact.manifest.recipe, args.data_root)
        (args.model / CARD).write_text(card(artefact, counts), encoding="utf-8")
    except (OSError, ValueError) as error:
        print(f"model_card: {error}", file=sys.stderr)
        return 1
    for path in sorted(set(sources(artefact.manifest.recipe)) - set(counts)):
        print(
            f"model_card: {path} is not in {args.data_root} as trained on; not counted",
            file=sys.stderr,
        )
    print(f"written: {args.model / CARD}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
