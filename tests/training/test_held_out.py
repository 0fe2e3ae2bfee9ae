"""As many passages are read as a set asks for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from reader.squad import AnswerText, Example
from training import held_out

CONTEXTS = [f"In town {place} the bell rings." for place in range(30)]


@pytest.mark.parametrize("wanted", [3, 19])
def test_ranked_as_deep_as_passages_are_wanted(
    wanted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ranked(
        questions: list[str], contexts: list[str], folder: Path, depth: int
    ) -> NDArray[np.int64]:
        return np.array([range(depth)] * len(questions))

    monkeypatch.setattr(held_out, "rank_contexts", ranked)
    asked = Example("q", "Where?", CONTEXTS[0], (AnswerText("town 0", 3),), 0)
    (near,) = held_out._others([asked], CONTEXTS, wanted)
    assert near == CONTEXTS[1 : wanted + 1]
