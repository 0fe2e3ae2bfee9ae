"""What an index will take: near what was measured, and refused with figures where it cannot be."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from retriever import Library
from retriever.index.estimate import TooLarge, estimate, free_bytes, refuse_unless_fits, said
from retriever.index.sizing import Sizing
from tests.retriever.hash_encoder import DIMENSION, hash_encoder

KIB = 1024


def test_a_million_passages_take_less_than_a_kibibyte_each() -> None:
    needed = estimate(1_000_000, 384)
    # bench/RESULTS.md: 465 bytes a passage in files, 400 of them vectors
    assert 440 < needed.disk_bytes / 1_000_000 < 520
    assert needed.resident_bytes < 1_000_000 * KIB
    assert 60 < needed.build_s < 600


def test_building_takes_files_and_hardly_more_memory() -> None:
    small, large = estimate(100_000, 384), estimate(3_000_000, 384)
    assert large.building_bytes < 1.3 * small.building_bytes
    assert large.building_disk_bytes > 20 * small.building_disk_bytes
    assert large.disk_bytes < large.building_disk_bytes < 2 * large.disk_bytes


def test_more_passages_take_more() -> None:
    grown = [estimate(n, 384) for n in (0, 10, 10_000, 60_000, 1_000_000, 30_000_000)]
    for smaller, larger in pairwise(grown):
        assert smaller.building_bytes <= larger.building_bytes
        assert smaller.build_s < larger.build_s
    assert estimate(10_000, 384).disk_bytes > 10_000 * 4 * 384  # exact: the rows as they are


def test_small_files_are_told_as_large_as_they_are(tmp_path: Path) -> None:
    text = " ".join(f"Sentence {n} says what stands in it and no more." for n in range(4000))
    (tmp_path / "a.txt").write_text(text)
    sizing = Sizing(exact_up_to=100)
    with Library.open(tmp_path / "home", encoder=hash_encoder(), sizing=sizing) as library:
        n = library.add(tmp_path / "a.txt").n_passages
        library.search("sentence", 1)
    [path] = tmp_path.rglob("vectors-*")
    told = estimate(n, DIMENSION, sizing).disk_bytes
    assert told * 0.5 < path.stat().st_size < told * 1.2


def test_what_cannot_fit_is_refused_with_figures() -> None:
    needed = estimate(50_000_000, 384)
    with pytest.raises(TooLarge, match=r"50,000,000 passages takes about .* of memory, 100 MB"):
        refuse_unless_fits(needed, 100_000_000, 10**13)
    with pytest.raises(TooLarge, match=r"GB of disk, 5.0 GB are free: free some, or split"):
        refuse_unless_fits(needed, None, 5_000_000_000)
    refuse_unless_fits(needed, 10**12, 10**12)


def test_a_refused_index_leaves_the_old_one_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retriever.index.vector_follower.free_bytes", lambda _: (1000, 1000))
    (tmp_path / "a.txt").write_text(" ".join(f"Sentence {n} is told." for n in range(900)))
    sizing = Sizing(exact_up_to=10, unsaved=1)
    with Library.open(tmp_path / "home", encoder=hash_encoder(), sizing=sizing) as library:
        library.add(tmp_path / "a.txt")
        with pytest.raises(TooLarge, match="free"):
            library.rebuild()


def test_this_machine_tells_what_is_free(tmp_path: Path) -> None:
    memory, disk = free_bytes(tmp_path / "not" / "there")
    assert disk > 0
    assert memory is None or memory > 0
    assert "1,000 passages" in said(estimate(1000, 384))
