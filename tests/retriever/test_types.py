"""The records' own rules: what a source is called, and where a file is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever import SourceFile
from retriever.types import given_source, located, stored_source


@given(st.text("\\u05cd8af\udce9\ud800/é"))
def test_a_stored_source_is_text_and_comes_back(source: str) -> None:
    stored = stored_source(source)
    assert stored.encode().decode() == stored
    assert given_source(stored) == source
    assert stored_source(f"{source}/").startswith(stored)  # what lies below is found by it


def test_names_that_are_not_utf8_differ_as_sources_alone() -> None:
    grave, acute = (SourceFile(Path(f"/docs/caf{byte}.txt")) for byte in ("\udce8", "\udce9"))
    assert grave.document_name == acute.document_name == "caf?.txt"
    assert (grave.origin, acute.origin) == (r"/docs/caf\udce8.txt", r"/docs/caf\udce9.txt")
    assert SourceFile(Path(r"/docs/caf\udce9.txt")).origin != acute.origin
    assert SourceFile(Path(r"/docs/a\b é.txt")).origin == r"/docs/a\b é.txt"


def test_a_file_is_the_same_from_wherever_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("docs", "elsewhere/deep"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "docs")
    assert located(Path("../docs/x.txt")) == located(Path("x.txt")) == tmp_path / "docs" / "x.txt"
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere" / "deep")
    assert located(tmp_path / "link" / "x.txt") == tmp_path / "link" / "x.txt"
    there = (tmp_path / "elsewhere" / "x.txt").resolve()
    assert located(tmp_path / "link" / ".." / "x.txt") == there  # not tmp_path / "x.txt"
