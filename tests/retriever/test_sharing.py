"""Several processes share one home: nothing fails, nothing is lost, what is added is found."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from retriever import Library
from retriever.index import snapshots
from retriever.index.sizing import Sizing
from tests.retriever.hash_encoder import hash_encoder
from tests.retriever.sharing import faults, share

SECONDS = 5.0

WriteFile = Callable[[str, str], Path]


def test_two_writers_and_a_searcher(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    told = share(tmp_path / "home", tmp_path / "documents", SECONDS)
    assert faults(tmp_path / "home", told) == []
    acts = {one.role: one.acts for one in told}
    assert acts["searcher"]["searched"] > 1
    for writer in ("writer 1", "writer 2"):
        assert acts[writer]["added"] > acts[writer]["removed"] > 0


@pytest.mark.parametrize("sizing", [Sizing(), Sizing(exact_up_to=4)])
def test_a_half_written_index_may_be_deleted_by_another_process(
    tmp_path: Path, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch, sizing: Sizing
) -> None:
    """As another process does that sees a removal at this very moment."""
    real, deleted = os.replace, 0

    def replace(source: Path, target: Path) -> None:
        nonlocal deleted
        if Path(source).name.startswith("vectors-"):
            snapshots.keep_only(Path(source).parent, None)
            deleted += 1
        real(source, target)

    with Library.open(tmp_path / "home", encoder=hash_encoder(), sizing=sizing) as library:
        for number in range(60):
            library.add(write_file(f"{number}.txt", f"Document number{number} is here."))
        monkeypatch.setattr(os, "replace", replace)
        library.search("number1")
        library.remove([library.documents()[0].id])
        assert library.search("number7", 1)[0].passage.document_name == "7.txt"
        library.rebuild()
        assert library.verify() == []
        assert deleted
        monkeypatch.undo()
    with Library.open(tmp_path / "home", encoder=hash_encoder(), sizing=sizing) as library:
        assert library.search("number7", 1)[0].passage.document_name == "7.txt"
        assert library.verify() == []
