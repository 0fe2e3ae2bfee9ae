"""Score -> probability, fitted on held-out questions; and the threshold to answer at all.

``python -m training.fit_calibration DIR``. The questions are those of the recipe's
held-out contexts, each asked of several passages at once as the chat does: half of them
with the passage that holds the answer among its neighbours, half without it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from reader import Reader
from reader.artefact import MANIFEST, SHIPPED, Artefact, manifest_to_json
from reader.calibrate import Calibration
from reader.squad import Example
from training.cli import Parser
from training.data import holds_answer, load_examples, split_by_order
from training.metrics import expected_calibration_error, is_right

N_PASSAGES = 10  # as many as the chat reads
SEED = 13


def asked_sets(examples: Sequence[Example], seed: int) -> list[tuple[Example, list[str], bool]]:
    """Each question with passages to read and whether the passage that answers is there.

    The other passages are the nearest in the data set: the same article, the same topic.
    """
    random = Random(seed)
    contexts = list(dict.fromkeys(e.context for e in sorted(examples, key=lambda e: e.order)))
    place = {context: index for index, context in enumerate(contexts)}
    sets: list[tuple[Example, list[str], bool]] = []
    for example in examples:
        centre = place[example.context]
        near = contexts[max(0, centre - N_PASSAGES) : centre + N_PASSAGES + 1]
        others = [c for c in near if c != example.context and not holds_answer(c, example.answers)]
        random.shuffle(others)
        present = random.random() < 0.5
        passages = others[: N_PASSAGES - present] + [example.context] * present
        random.shuffle(passages)
        if passages:
            sets.append((example, passages, present))
    return sets


def fit_logistic(features: NDArray[np.float64], right: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Weights and intercept of logistic regression by Newton's method.

    Targets are smoothed as in Platt 1999, so that separable data has a finite answer.

    Args:
        features: shape (n, d).
        right: shape (n,).

    Returns:
        d weights, then the intercept.

    Raises:
        ValueError: if all are right or all wrong.
    """
    n_right, n = int(right.sum()), len(right)
    if n_right in (0, n):
        raise ValueError(f"expected some right and some wrong answers, got {n_right} of {n} right")
    targets = np.where(right, (n_right + 1) / (n_right + 2), 1 / (n - n_right + 2))
    inputs = np.column_stack([features, np.ones(n)])  # (n, d + 1)
    weights = np.zeros(inputs.shape[1])
    for _ in range(100):
        predicted = 1 / (1 + np.exp(-np.clip(inputs @ weights, -500, 500)))
        gradient = inputs.T @ (predicted - targets)
        curvature = (inputs.T * (predicted * (1 - predicted))) @ inputs
        step = np.linalg.solve(curvature + 1e-9 * np.eye(len(weights)), gradient)
        weights = weights - step
        if np.abs(step).max() < 1e-9:
            break
    return weights


def best_threshold(probabilities: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """The threshold at which answering gains most, a wrong answer costing what a right one earns.

    Every observed probability is tried: answering from there up earns one for each right
    answer and costs one for each wrong one. On the halves used here, that is the balance
    between staying silent too often and quoting beside the point.
    """
    order = np.argsort(-probabilities)
    gain = np.cumsum(np.where(right[order], 1.0, -1.0))  # (n,) answering the i + 1 surest
    return float(probabilities[order][int(np.argmax(gain))])


@dataclass(frozen=True, slots=True)
class Asked:
    """Logit, null logit and rightness of the best span of each passage that was read."""

    logits: NDArray[np.float64]
    nulls: NDArray[np.float64]
    right: NDArray[np.bool_]


def ask_all(reader: Reader, examples: Sequence[Example]) -> list[Asked]:
    """Read every question's passages; questions without any span are left out."""
    asked: list[Asked] = []
    for example, passages, present in tqdm(asked_sets(examples, SEED), disable=None):
        accepted = [answer.text for answer in example.answers]
        spans = reader.read(example.question, passages, k=N_PASSAGES * 20)
        best = {s.text_index: s for s in reversed(spans)}.values()
        if best:
            right = [
                present and passages[s.text_index] == example.context
                and is_right(s.text, accepted) for s in best
            ]  # fmt: skip
            asked.append(
                Asked(
                    np.array([s.logit for s in best]),
                    np.array([s.null_logit for s in best]),
                    np.array(right, dtype=bool),
                )
            )
    return asked


def fit(asked: Sequence[Asked]) -> Calibration:
    """First the weight of the null score over all passages, then Platt over the best of each.

    Raises:
        ValueError: if higher logits are not more often right.
    """
    features = np.column_stack(
        [np.concatenate([a.logits for a in asked]), np.concatenate([a.nulls for a in asked])]
    )  # (passages, 2)
    of_logit, of_null, _ = fit_logistic(features, np.concatenate([a.right for a in asked]))
    if of_logit <= 0:
        raise ValueError(f"higher logits are not more often right: weight {of_logit:.4f}")
    weighing = Calibration(max(0.0, float(-of_null / of_logit)), 1.0, 0.0, 0.5)
    scores, right = surest(asked, weighing)
    slope, intercept = fit_logistic(scores[:, None], right)
    calibration = Calibration(weighing.null_weight, float(slope), float(intercept), 0.5)
    probabilities = np.array([calibration.probability(score) for score in scores])
    return replace(calibration, threshold=round(best_threshold(probabilities, right), 4))


def surest(
    asked: Sequence[Asked], calibration: Calibration
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Score and rightness of each question's best span over all its passages, (n,) each."""
    picks = [int(np.argmax(a.logits - calibration.null_weight * a.nulls)) for a in asked]
    pairs = list(zip(asked, picks, strict=True))
    scores = [calibration.score(float(a.logits[i]), float(a.nulls[i])) for a, i in pairs]
    return np.array(scores), np.array([a.right[i] for a, i in pairs], dtype=bool)


def report(asked: Sequence[Asked], calibration: Calibration) -> dict[str, float]:
    """Calibration figures over questions: shares in [0, 1], ``n`` a count."""
    scores, right = surest(asked, calibration)
    probabilities = np.array([calibration.probability(score) for score in scores])
    answered = probabilities >= calibration.threshold
    return {
        "n": len(right),
        "ece": expected_calibration_error(probabilities, right),
        "coverage": float(answered.mean()),
        "right_of_all": float(right.mean()),
        "right_of_answered": float(right[answered].mean()) if answered.any() else 0.0,
    }


def held_out(artefact: Artefact, data_root: Path) -> list[Example]:
    """The contexts that the model's recipe kept from training."""
    examples: list[Example] = []
    for source in artefact.manifest.recipe["data"]:
        if source["held_out_fraction"]:
            everything = load_examples(data_root / source["path"])
            examples += split_by_order(everything, source["held_out_fraction"])[1]
    return [example for example in examples if example.answers]


def main(argv: list[str] | None = None) -> int:
    """Command line. Exit status 0 on success, 1 on failure."""
    parser = Parser(prog="python -m training.fit_calibration", description=__doc__)
    parser.add_argument("model", type=Path, nargs="?", default=SHIPPED, help="model folder")
    parser.add_argument("--data-root", type=Path, default=Path("../shared/data"))
    parser.add_argument("--runtime", choices=["auto", "onnx", "torch"], default="auto")
    args = parser.parse_args(argv)
    try:
        reader = Reader.load(args.model, args.runtime)
        artefact = Artefact.load(args.model)
        asked = ask_all(reader, held_out(artefact, args.data_root))
        calibration = fit(asked[::2])  # fitted on one half, reported on the other
        figures = report(asked[1::2], calibration)
        scores = {**artefact.manifest.scores, "calibration, held-out questions": figures}
        manifest = replace(artefact.manifest, calibration=calibration, scores=scores)
        (args.model / MANIFEST).write_text(manifest_to_json(manifest), encoding="utf-8")
    except (OSError, ValueError, KeyError) as error:
        print(f"fit_calibration: {error}", file=sys.stderr)
        return 1
    print(calibration)
    print({name: round(value, 4) for name, value in figures.items()})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
