"""Several ranked lists become one ranking: reciprocal rank fusion.

Pure; knows neither what was ranked nor by whom.
"""

from __future__ import annotations

from collections.abc import Sequence

RRF_K = 60  # Cormack, Clarke, Büttcher 2009, section 3


def fuse(
    rankings: Sequence[Sequence[int]], limit: int | None = None, *, k: int = RRF_K
) -> list[tuple[int, float]]:
    """Reciprocal rank fusion: ``score(d) = sum over lists of 1 / (k + rank of d)``.

    Cormack, Clarke, Büttcher: "Reciprocal Rank Fusion outperforms Condorcet and individual
    Rank Learning Methods", SIGIR 2009. Ranks count from 1; an id that a list repeats counts
    at its first place only.

    Args:
        rankings: lists of ids, each best first.
        limit: how many to return; None for all.
        k: damps the weight of the first ranks; must be positive.

    Returns:
        (id, score), best first. Equal scores go by best single rank, then by smaller id, so
        that the order never depends on the order of the lists.

    Raises:
        ValueError: ``k`` is not positive.
    """
    if k <= 0:
        raise ValueError(f"k must be positive, got {k}")
    ranks: dict[int, list[int]] = {}
    for ranking in rankings:
        for rank, item in enumerate(dict.fromkeys(ranking), start=1):
            ranks.setdefault(item, []).append(rank)
    # Sorted before adding: floating-point sums depend on their order.
    scores = {item: sum(1.0 / (k + rank) for rank in sorted(own)) for item, own in ranks.items()}
    order = sorted(scores, key=lambda item: (-scores[item], min(ranks[item]), item))
    return [(item, scores[item]) for item in order[:limit]]
