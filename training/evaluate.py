"""Exact match, F1, calibration and risk-coverage of a model folder on SQuAD-form data.

``python -m training.evaluate --model DIR --data SQUAD.json``. Answers come through the
reader's own door, so the figures are those a user gets who hands over texts without titles.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from reader import Reader
from reader.artefact import SHIPPED, Artefact, write_manifest
from reader.runtime import RUNTIMES
from reader.squad import load_squad
from reader.types import Span
from training.cli import Parser, from_one
from training.metrics import (
    RIGHT_F1,
    RiskCoverage,
    Score,
    best_abstaining,
    calibration_error_by_chance,
    exact_match,
    expected_calibration_error,
    f1,
    risk_coverage,
    selective_errors,
)
from training.mined import TOP
from training.picture import Curve, draw
from training.regimes import Asked, alone, among, chunks, nearest_contexts, sampled

SEED = 13


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures of one model, one engine, one data set.

    Attributes:
        data: name of the file; `` x10`` after it where each question was asked of ten texts.
        answerable: over the questions that have an answer, answering always; percent.
        abstaining: over all questions, "" where the probability is below the threshold;
            the SQuAD v2.0 measure; percent.
        best_exact, best_f1: the same at the threshold that is best for these very questions,
            as the official SQuAD v2.0 script gives it; percent.
        coverage: share of all questions that were answered; percent.
        ece: expected calibration error over all questions, in [0, 1]; a question without
            an answer is never answered right.
        ece_by_chance: what ``ece`` would be on so many questions if every probability were
            exactly true.
        risk: over all questions; a wrong answer has F1 below 0.8, and any answer to a
            question without one is wrong.
        risk_beside: the same, but only an answer that shares no word with an accepted one is
            wrong: it lies beside the point, not at its border.
        risk_answerable: as ``risk``, over the questions that have an answer.
    """

    data: str
    runtime: str
    answerable: Score
    abstaining: Score
    best_exact: float
    best_f1: float
    coverage: float
    ece: float
    ece_by_chance: float
    risk: RiskCoverage
    risk_beside: RiskCoverage
    risk_answerable: RiskCoverage


@dataclass(frozen=True, slots=True)
class Judged:
    """What was answered to n questions and how good it was; arrays of shape (n,).

    ``probabilities`` holds 0 where no span was found; ``exact`` and ``f1`` are those of the
    answer if it is given, 0 for every answer to a question without one.
    """

    probabilities: NDArray[np.float64]
    exact: NDArray[np.float64]
    f1: NDArray[np.float64]
    answerable: NDArray[np.bool_]

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether each answer counts as right when its probability is judged."""
        return self.f1 >= RIGHT_F1


def judge(reader: Reader, asked: Sequence[Asked], name: str) -> Judged:
    """Read every question's texts and compare the best span with the accepted answers."""
    rows: list[tuple[float, float, float, bool]] = []
    with tqdm(total=len(asked), desc=name, disable=None) as progress:
        for chunk in chunks(asked):
            best = reader.read_many(chunk.questions, chunk.texts, chunk.pairs, k=1)
            rows += [
                _judge(a, spans, chunk.texts) for a, spans in zip(chunk.asked, best, strict=True)
            ]
            progress.update(len(chunk.asked))
    if not rows:
        raise ValueError(f"expected at least one question to score, got none in {name}")
    probabilities, exact, f1s, answerable = zip(*rows, strict=True)
    return Judged(np.array(probabilities), np.array(exact), np.array(f1s), np.array(answerable))


def _judge(
    asked: Asked, spans: Sequence[Span], texts: Sequence[str]
) -> tuple[float, float, float, bool]:
    if not spans:
        return 0.0, 0.0, 0.0, asked.answerable
    span, accepted = spans[0], [answer.text for answer in asked.example.answers]
    if not asked.answerable or texts[span.text_index] != asked.example.context:
        return span.probability, 0.0, 0.0, asked.answerable
    return span.probability, exact_match(span.text, accepted), f1(span.text, accepted), True


def evaluation(judged: Judged, threshold: float, name: str, runtime: str) -> Evaluation:
    """All figures of one data set; ValueError if no question has an answer."""
    there = judged.answerable
    sure = judged.probabilities >= threshold
    silence = ~there & ~sure  # rightly silent
    return Evaluation(
        data=name,
        runtime=runtime,
        answerable=_score(judged.exact[there], judged.f1[there]),
        abstaining=_score(judged.exact * sure + silence, judged.f1 * sure + silence),
        best_exact=best_abstaining(judged.probabilities, judged.exact, there),
        best_f1=best_abstaining(judged.probabilities, judged.f1, there),
        coverage=100 * float(sure.mean()),
        ece=expected_calibration_error(judged.probabilities, judged.right),
        ece_by_chance=calibration_error_by_chance(judged.probabilities),
        risk=risk_coverage(judged.probabilities, judged.right),
        risk_beside=risk_coverage(judged.probabilities, judged.f1 > 0),
        risk_answerable=risk_coverage(judged.probabilities[there], judged.right[there]),
    )


def _score(exact: NDArray[np.float64], f1s: NDArray[np.float64]) -> Score:
    if not len(exact):
        raise ValueError("expected questions that have an answer, got none")
    return Score(100 * float(exact.mean()), 100 * float(f1s.mean()), len(exact))


def record(folder: Path, evaluations: Iterable[Evaluation]) -> None:
    """Write figures into the model's manifest, under data set and engine."""
    manifest = Artefact.load(folder).manifest
    for one in evaluations:
        row = asdict(one)
        manifest.scores[f"{row.pop('data')} {row.pop('runtime')}"] = row
    write_manifest(folder, manifest)


def table(evaluations: Iterable[Evaluation]) -> str:
    """The figures as a Markdown table; errors in percent of the answers given."""
    rows = [
        "| data | runtime | n | EM | F1 | v2 EM | v2 F1 | best v2 F1 | answered % "
        "| ECE (by chance) | wrong at 100 % | at 80 % | at 50 % | AURC |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for e in evaluations:
        always, v2 = e.answerable, e.abstaining
        errors = " | ".join(f"{100 * e.risk.error_at[c]:.1f}" for c in ("100", "80", "50"))
        rows.append(
            f"| {e.data} | {e.runtime} | {v2.n} | {always.exact_match:.2f} | {always.f1:.2f} "
            f"| {v2.exact_match:.2f} | {v2.f1:.2f} | {e.best_f1:.2f} | {e.coverage:.1f} "
            f"| {e.ece:.3f} ({e.ece_by_chance:.3f}) | {errors} | {e.risk.aurc:.3f} |"
        )
    return "\n".join(rows)


def asked_of(path: Path, n_texts: int, most: int | None) -> tuple[str, list[Asked]]:
    """A data set's name and questions, each with its own context or among ``n_texts``.

    The name of a sample tells its size, so that its figures never stand for the whole set's.
    """
    examples = load_squad(path)
    drawn = f", {most} drawn" if most and most < len(examples) else ""
    if n_texts == 1:
        return path.stem + drawn, sampled(alone(examples), most or len(examples), SEED)
    answerable = sampled([e for e in examples if e.answers], most or len(examples), SEED)
    near = nearest_contexts(answerable, examples, max(TOP, n_texts))
    return f"{path.stem} x{n_texts}{drawn}", among(answerable, near, SEED, n_texts)


def main(argv: list[str] | None = None) -> int:
    """Command line. Exit status 0 on success, 1 on failure."""
    parser = Parser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("--model", type=Path, default=SHIPPED, help="model folder")
    parser.add_argument("--data", type=Path, nargs="+", required=True, metavar="SQUAD.json")
    parser.add_argument("--runtime", choices=RUNTIMES, nargs="+", default=["auto"])
    parser.add_argument("--json", action="store_true", help="one JSON object a data set")
    parser.add_argument("--record", action="store_true", help="write the figures into the manifest")
    parser.add_argument(
        "--texts", type=from_one, default=1, metavar="N",
        help="ask each question of the N nearest contexts, a quarter of the time without its own",
    )  # fmt: skip
    parser.add_argument("--most", type=from_one, metavar="N", help="a fixed sample of N questions")
    parser.add_argument("--picture", type=Path, metavar="FILE.svg", help="draw the curves of error")
    args = parser.parse_args(argv)
    evaluations: list[Evaluation] = []
    curves: list[Curve] = []
    try:
        for runtime in args.runtime:
            reader = Reader.load(args.model, runtime)
            for path in args.data:
                name, asked = asked_of(path, args.texts, args.most)
                judged = judge(reader, asked, name)
                threshold = reader.manifest.calibration.threshold
                evaluations.append(evaluation(judged, threshold, name, reader.runtime.name))
                curves.append(Curve(name, selective_errors(judged.probabilities, judged.right)))
        if args.record:
            record(args.model, evaluations)
        if args.picture:
            args.picture.write_text(draw(curves), encoding="utf-8")
    except (OSError, ValueError) as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return 1
    if args.json:
        for one in evaluations:
            print(json.dumps(asdict(one)))
    else:
        print(table(evaluations))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
