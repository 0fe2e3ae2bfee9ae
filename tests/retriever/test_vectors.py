"""FAISS against plain numpy, and its file on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retriever.index.snapshots import Snapshot, load, saved
from retriever.index.vectors import FaissIndex
from retriever.records import ORDINAL_BITS, FloatArray

DIM = 16


def unit_rows(n: int, seed: int = 0) -> FloatArray:
    rows = np.random.default_rng(seed).standard_normal((n, DIM)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def ids_of(document_id: int, n: int) -> list[int]:
    return [(document_id << ORDINAL_BITS) + ordinal for ordinal in range(n)]


def filled(**sizes: int) -> tuple[FaissIndex, dict[int, FloatArray]]:
    index, plain = FaissIndex(DIM), {}
    for seed, (name, n) in enumerate(sizes.items()):
        ids, rows = ids_of(int(name[1:]), n), unit_rows(n, seed)
        index.add(ids, rows)
        plain.update(zip(ids, rows, strict=True))
    return index, plain


@settings(max_examples=40)
@given(st.integers(0, 40), st.integers(0, 50), st.integers(0, 1000))
def test_agrees_with_exact_search(n: int, k: int, seed: int) -> None:
    index, rows = FaissIndex(DIM), unit_rows(n, seed)
    index.add(ids_of(3, n), rows)
    question = unit_rows(1, seed + 1)[0]
    found = index.search(question, k)
    scores = rows @ question
    best = np.sort(scores)[::-1][:k]
    assert len(found) == min(n, k)
    np.testing.assert_allclose([score for _, score in found], best, atol=1e-6)
    for passage_id, score in found:
        assert scores[passage_id - (3 << ORDINAL_BITS)] == pytest.approx(score, abs=1e-6)


@settings(max_examples=40)
@given(st.lists(st.booleans(), min_size=12, max_size=12), st.integers(0, 14))
def test_only_allowed_ids_are_found_and_all_of_them(chosen: list[bool], k: int) -> None:
    index, plain = filled(d1=5, d2=7)
    allowed = np.array([i for i, yes in zip(sorted(plain), chosen, strict=True) if yes], np.int64)
    question = unit_rows(1, 9)[0]
    found = index.search(question, k, allowed)
    exact = sorted(((float(plain[i] @ question), -i) for i in allowed.tolist()), reverse=True)
    assert [i for i, _ in found] == [-i for _, i in exact[:k]]


def test_removing_takes_all_of_a_document_and_no_other() -> None:
    index, plain = filled(d1=5, d2=7, d3=1)
    assert index.remove([2, 9]) == 7
    ids = index.ids()
    [rows] = index.rows([ids])
    assert ids.tolist() == ids_of(1, 5) + ids_of(3, 1)
    np.testing.assert_array_equal(rows, np.stack([plain[i] for i in ids.tolist()]))
    found = index.search(unit_rows(1)[0], 50)
    assert len(found) == 6
    assert {i >> ORDINAL_BITS for i, _ in found} == {1, 3}


def test_equals_go_by_id() -> None:
    index, row = FaissIndex(DIM), unit_rows(1)
    index.add([9], row)
    index.add([4], row)
    assert [i for i, _ in index.search(row[0], 2)] == [4, 9]


def test_wrong_shape_is_named() -> None:
    with pytest.raises(ValueError, match=r"expected \(2, 16\) numbers, got \(3, 16\)"):
        FaissIndex(DIM).add([1, 2], unit_rows(3))


def test_saved_and_loaded_the_same(tmp_path: Path) -> None:
    index, _ = filled(d1=5, d2=7)
    index.save(tmp_path, 41)
    again, sequence = load(tmp_path, DIM)
    assert sequence == 41
    np.testing.assert_array_equal(index.ids(), again.ids())
    [mine], [other] = index.rows([index.ids()]), again.rows([again.ids()])
    np.testing.assert_array_equal(mine, other)
    assert again.remove([1]) == 5  # a loaded index can be changed as well


def test_saving_deletes_older_files(tmp_path: Path) -> None:
    index, _ = filled(d1=2)
    (tmp_path / "vectors-3.faiss.77.part").write_bytes(b"left by a crash")
    index.save(tmp_path, 3)
    index.save(tmp_path, 12)
    assert [path.name for path in tmp_path.iterdir()] == ["vectors-12.faiss"]
    assert saved(tmp_path) == [Snapshot(12, 12, tmp_path / "vectors-12.faiss")]


@pytest.mark.parametrize("content", [b"", b"nonsense", b"IxM2" + bytes(40)])
def test_a_damaged_file_is_an_empty_index(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "vectors-8.faiss").write_bytes(content)
    index, sequence = load(tmp_path, DIM)
    assert (len(index), sequence) == (0, 0)


def test_a_file_of_another_dimension_is_left_alone(tmp_path: Path) -> None:
    index, _ = filled(d1=2)
    index.save(tmp_path, 3)
    assert load(tmp_path, DIM * 2)[1] == 0


def test_a_cut_file_is_an_empty_index(tmp_path: Path) -> None:
    index, _ = filled(d1=50)
    index.save(tmp_path, 3)
    path = tmp_path / "vectors-3.faiss"
    path.write_bytes(path.read_bytes()[:-100])
    assert load(tmp_path, DIM)[1] == 0
