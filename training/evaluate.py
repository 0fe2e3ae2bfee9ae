"""Exact match, F1 and calibration of a model folder on SQuAD-form data.

``python -m training.evaluate --model DIR --data SQUAD.json``. Answers come through the
same door as everywhere else (``reader.predict``), so the figures are those a user gets.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from reader import Reader
from reader.artefact import MANIFEST, SHIPPED, Artefact, manifest_to_json
from reader.predict import best_spans
from reader.squad import Example, load_squad
from reader.types import Span
from training.cli import Parser
from training.metrics import Score, expected_calibration_error, is_right, score


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures of one model, one engine, one data set; all in percent but ``ece``.

    Attributes:
        answerable: over the questions that have an answer, answering always.
        abstaining: over all questions, "" where the probability is below the threshold;
            the SQuAD v2.0 measure.
        coverage: share of all questions that were answered.
        ece: expected calibration error over all questions, in [0, 1]; a question without
            an answer is never answered right.
    """

    data: str
    runtime: str
    answerable: Score
    abstaining: Score
    coverage: float
    ece: float


def evaluate(reader: Reader, examples: Sequence[Example], name: str) -> Evaluation:
    """Score a reader on one data set; ValueError if no question has an answer."""
    read = list(tqdm(best_spans(reader, examples), total=len(examples), desc=name, disable=None))
    threshold = reader.manifest.calibration.threshold
    sure = [span is not None and span.probability >= threshold for _, span in read]
    always = [(_text(span), _accepted(e)) for e, span in read if e.answers]
    abstaining = [
        (_text(span) if answered else "", _accepted(e))
        for (e, span), answered in zip(read, sure, strict=True)
    ]
    return Evaluation(
        data=name,
        runtime=reader.runtime.name,
        answerable=score(always),
        abstaining=score(abstaining),
        coverage=100 * sum(sure) / len(sure),
        ece=_calibration_error(read),
    )


def _calibration_error(read: Iterable[tuple[Example, Span | None]]) -> float:
    rows = [(s.probability, is_right(s.text, _accepted(e))) for e, s in read if s is not None]
    probabilities, right = zip(*rows, strict=True)
    return expected_calibration_error(np.array(probabilities), np.array(right, dtype=bool))


def _accepted(example: Example) -> list[str]:
    return [answer.text for answer in example.answers]


def _text(span: Span | None) -> str:
    return span.text if span else ""


def record(folder: Path, evaluations: Iterable[Evaluation]) -> None:
    """Write figures into the model's manifest, under data set and engine."""
    manifest = Artefact.load(folder).manifest
    for evaluation in evaluations:
        row = asdict(evaluation)
        manifest.scores[f"{row.pop('data')} {row.pop('runtime')}"] = row
    (folder / MANIFEST).write_text(manifest_to_json(manifest), encoding="utf-8")


def table(evaluations: Iterable[Evaluation]) -> str:
    """The figures as a Markdown table."""
    rows = [
        "| data | runtime | n | EM | F1 | v2 EM | v2 F1 | answered % | ECE |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for e in evaluations:
        always, v2 = e.answerable, e.abstaining
        rows.append(
            f"| {e.data} | {e.runtime} | {v2.n} | {always.exact_match:.2f} | {always.f1:.2f} "
            f"| {v2.exact_match:.2f} | {v2.f1:.2f} | {e.coverage:.1f} | {e.ece:.3f} |"
        )
    return "\n".join(rows)


def main(argv: list[str] | None = None) -> int:
    """Command line. Exit status 0 on success, 1 on failure."""
    parser = Parser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("--model", type=Path, default=SHIPPED, help="model folder")
    parser.add_argument("--data", type=Path, nargs="+", required=True, metavar="SQUAD.json")
    parser.add_argument("--runtime", choices=["auto", "onnx", "torch"], nargs="+", default=["auto"])
    parser.add_argument("--json", action="store_true", help="one JSON object a data set")
    parser.add_argument("--record", action="store_true", help="write the figures into the manifest")
    args = parser.parse_args(argv)
    try:
        evaluations = [
            evaluate(Reader.load(args.model, runtime), load_squad(path), path.stem)
            for runtime in args.runtime
            for path in args.data
        ]
        if args.record:
            record(args.model, evaluations)
    except (OSError, ValueError) as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return 1
    if args.json:
        for evaluation in evaluations:
            print(json.dumps(asdict(evaluation)))
    else:
        print(table(evaluations))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
