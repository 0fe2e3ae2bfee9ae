"""Score -> probability, fitted on held-out questions; and the threshold to answer at all.

``python -m training.fit_calibration DIR``. The questions are those of the recipe's
held-out contexts, each asked of several passages at once as the chat does: half of them
with the passage that holds the answer among its neighbours, half without it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from reader import Reader
from reader.artefact import MANIFEST, SHIPPED, Artefact, manifest_to_json
from reader.calibrate import Calibration
from reader.squad import Example
from training.data import holds_answer, load_examples, split_by_order
from training.metrics import expected_calibration_error, is_right

N_PASSAGES = 5
SEED = 13


def asked_sets(examples: Sequence[Example], seed: int) -> list[tuple[Example, list[str], bool]]:
    """Each question with passages to read and whether the passage that answers is there.

    The other passages are the nearest in the data set: the same article, the same topic.
    """
    random = Random(seed)
    contexts = [c for _, c in sorted({e.order: e.context for e in examples}.items())]
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


def fit_platt(scores: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and intercept of logistic regression by Newton's method (Platt 1999).

    Targets are smoothed as Platt does, so that separable data has a finite answer.

    Args:
        scores: shape (n,).
        right: shape (n,).

    Raises:
        ValueError: if all are right or all wrong, or higher scores are less often right.
    """
    n_right, n = int(right.sum()), len(right)
    if n_right in (0, n):
        raise ValueError(f"expected some right and some wrong answers, got {n_right} of {n} right")
    targets = np.where(right, (n_right + 1) / (n_right + 2), 1 / (n - n_right + 2))
    features = np.stack([scores, np.ones(n)], axis=1)  # (n, 2)
    weights = np.zeros(2)
    for _ in range(100):
        predicted = 1 / (1 + np.exp(-np.clip(features @ weights, -500, 500)))
        gradient = features.T @ (predicted - targets)
        curvature = (features.T * (predicted * (1 - predicted))) @ features
        step = np.linalg.solve(curvature + 1e-9 * np.eye(2), gradient)
        weights = weights - step
        if np.abs(step).max() < 1e-9:
            break
    if weights[0] <= 0:
        raise ValueError(f"higher scores are not more often right: slope {weights[0]:.4f}")
    return float(weights[0]), float(weights[1])


def best_threshold(probabilities: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """The threshold at which answering gains most, a wrong answer costing what a right one earns.

    Every observed probability is tried: answering from there up earns one for each right
    answer and costs one for each wrong one. On the halves used here, that is the balance
    between staying silent too often and quoting beside the point.
    """
    order = np.argsort(-probabilities)
    gain = np.cumsum(np.where(right[order], 1.0, -1.0))  # (n,) answering the i + 1 surest
    return float(probabilities[order][int(np.argmax(gain))])


def fit(reader: Reader, examples: Sequence[Example]) -> tuple[Calibration, dict[str, float]]:
    """A calibration for ``reader``, and what it measured: ECE, coverage, accuracy answered."""
    scores: list[float] = []
    right: list[bool] = []
    sets = asked_sets(examples, SEED)
    for example, passages, present in tqdm(sets, desc="calibrating", disable=None):
        spans = reader.read(example.question, passages, k=1)
        if spans:
            accepted = [answer.text for answer in example.answers]
            scores.append(spans[0].score)
            right.append(present and is_right(spans[0].text, accepted))
    x, y = np.array(scores), np.array(right, dtype=bool)
    half = np.arange(len(x)) % 2 == 0  # fitted on one half, reported on the other
    slope, intercept = fit_platt(x[half], y[half])
    plain = Calibration(slope, intercept, 0.5)
    probabilities = np.array([plain.probability(value) for value in x])
    threshold = round(best_threshold(probabilities[half], y[half]), 4)
    return replace(plain, threshold=threshold), report(probabilities[~half], y[~half], threshold)


def report(
    probabilities: NDArray[np.float64], right: NDArray[np.bool_], threshold: float
) -> dict[str, float]:
    """Calibration figures of one set of answers: shares in [0, 1], ``n`` a count."""
    answered = probabilities >= threshold
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
    parser = argparse.ArgumentParser(prog="python -m training.fit_calibration", description=__doc__)
    parser.add_argument("model", type=Path, nargs="?", default=SHIPPED, help="model folder")
    parser.add_argument("--data-root", type=Path, default=Path("../shared/data"))
    parser.add_argument("--runtime", choices=["auto", "onnx", "torch"], default="auto")
    args = parser.parse_args(argv)
    try:
        reader = Reader.load(args.model, args.runtime)
        artefact = Artefact.load(args.model)
        calibration, figures = fit(reader, held_out(artefact, args.data_root))
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
