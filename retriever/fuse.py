"""Several ranked lists become one ranking: reciprocal rank fusion.

Pure; knows neither what was ranked nor by whom.
"""

from __future__ import annotations

from collections.abc import Sequence

RRF_K = 60  # Cormack, Clarke, Büttcher 2009, section 3


def fuse(
    rankings: Sequence[Sequence[int]],
    limit: int | None = None,
    *,
    k: int = RRF_K,
    weights: Sequence[float] | None = None,
) -> list[tuple[int, float]]:
    """Reciprocal rank fusion: ``score(d) = sum over lists of weight / (k + rank of d)``.

    Cormack, Clarke, Büttcher: "Reciprocal Rank Fusion outperforms Condorcet and individual
    Rank Learning Methods", SIGIR 2009; there all weights are 1. Ranks count from 1; an id that
    a list repeats counts at its first place only.

    Args:
        rankings: lists of ids, each best first.
        limit: how many to return; None for all.
        k: damps the weight of the first ranks; must be positive.
        weights: how much each list counts; all 1 if None.

    Returns:
        (id, score), best first. Equal scores go by best single rank, then by smaller id, so
        that the order never depends on the order of the lists.

    Raises:
        ValueError: ``k`` is not positive, or there are not as many weights as lists.
    """
    if k <= 0:
        raise ValueError(f"k must be positive, got {k}")
    weights = [1.0] * len(rankings) if weights is None else weights
    if len(weights) != len(rankings):
        raise ValueError(f"expected a weight for each of {len(rankings)} lists, got {len(weights)}")
    places: dict[int, list[tuple[int, float]]] = {}  # id: (rank, weight) in each list
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, item in enumerate(dict.fromkeys(ranking), start=1):
            places.setdefault(item, []).append((rank, weight))
    # Sorted before adding: floating-point sums depend on their order.
    scores = {item: sum(w / (k + rank) for rank, w in sorted(own)) for item, own in places.items()}
    order = sorted(scores, key=lambda item: (-scores[item], min(places[item])[0], item))
    return [(item, scores[item]) for item in order[:limit]]
