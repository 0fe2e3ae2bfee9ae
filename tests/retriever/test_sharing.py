"""Several processes share one home: nothing fails, nothing is lost, what is added is found."""

from __future__ import annotations

from pathlib import Path

from tests.retriever.sharing import faults, share

SECONDS = 5.0


def test_two_writers_and_a_searcher(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    told = share(tmp_path / "home", tmp_path / "documents", SECONDS)
    assert faults(tmp_path / "home", told) == []
    acts = {one.role: one.acts for one in told}
    assert acts["searcher"]["searched"] > 1
    for writer in ("writer 1", "writer 2"):
        assert acts[writer]["added"] > acts[writer]["removed"] > 0
