"""Ranked lists with scores become one ranking: a weighted sum of scores on one scale.

Pure; knows neither what was ranked nor by whom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ranking:
    """One list of (id, score), best first, ids distinct.

    Attributes:
        hits: scores are from 0 to 1.
        floor: taken for an id that the list lacks: 0 if the list is complete, the score of
            its last hit if it was cut there.
        weight: how much the list counts.
    """

    hits: Sequence[tuple[int, float]]
    floor: float
    weight: float


def fuse(rankings: Sequence[Ranking], limit: int | None = None) -> list[tuple[int, float]]:
    """``score(d) = sum over lists of weight * score of d in the list``.

    The convex combination of Bruch, Gai, Ingber: "An Analysis of Fusion Functions for Hybrid
    Retrieval", ACM TOIS 2023, equation 3. Unlike reciprocal ranks it keeps by how much one
    passage is better than the next.

    Args:
        rankings: the lists.
        limit: how many to return; None for all.

    Returns:
        (id, score), best first, ties by smaller id.
    """
    scores: dict[int, float] = {}
    least = sum(ranking.weight * ranking.floor for ranking in rankings)
    for ranking in rankings:
        for item, score in ranking.hits:
            gain = ranking.weight * (score - ranking.floor)
            scores[item] = scores.get(item, least) + gain
    return sorted(scores.items(), key=lambda hit: (-hit[1], hit[0]))[:limit]
