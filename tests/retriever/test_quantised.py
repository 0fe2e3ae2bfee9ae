"""Every kind of vector index through one table of cases, against plain numpy; and its file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from retriever.index import quantised
from retriever.index.quantised import QuantisedIndex
from retriever.index.snapshots import VectorIndex, load
from retriever.index.vectors import FaissIndex, faiss_module
from retriever.records import ORDINAL_BITS, FloatArray

DIM, N = 24, 600
Make = Callable[[Path, list[int], FloatArray], VectorIndex]


def clustered(n: int, seed: int = 0) -> FloatArray:
    """Unit rows in groups, as texts lie."""
    chance = np.random.default_rng(seed)
    centres = np.random.default_rng(99).standard_normal((12, DIM))
    rows = centres[chance.integers(0, 12, n)] + 0.5 * chance.standard_normal((n, DIM))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def ids_of(n: int) -> list[int]:
    """Documents 1, 2, ... of ten passages each."""
    return [((1 + i // 10) << ORDINAL_BITS) + i % 10 for i in range(n)]


def flat(_folder: Path, ids: list[int], rows: FloatArray) -> VectorIndex:
    index = FaissIndex(DIM)
    index.add(ids, rows)
    return index


def in_memory(folder: Path, ids: list[int], rows: FloatArray) -> VectorIndex:
    index = QuantisedIndex.train(rows, 8, folder)
    index.add(ids, rows)
    return index


def mapped(folder: Path, ids: list[int], rows: FloatArray) -> VectorIndex:
    in_memory(folder, ids, rows).write(folder / "vectors-1-1.lists")  # type: ignore[union-attr]
    return QuantisedIndex.open(folder / "vectors-1-1.lists")


def half_mapped(folder: Path, ids: list[int], rows: FloatArray) -> VectorIndex:
    half = len(ids) // 20 * 10
    made = QuantisedIndex.train(rows, 8, folder)
    made.add(ids[:half], rows[:half])
    made.write(folder / "vectors-1-1.lists")
    index = QuantisedIndex.open(folder / "vectors-1-1.lists")
    index.add(ids[half:], rows[half:])
    return index


def spilled(folder: Path, ids: list[int], rows: FloatArray) -> VectorIndex:
    """Of a file with a name, files without one, and a rest in memory."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quantised, "HELD_ROWS", 70)
        index = half_mapped(folder, ids[:220], rows[:220])
        for start in range(220, len(ids), 40):
            index.add(ids[start : start + 40], rows[start : start + 40])
    assert isinstance(index, QuantisedIndex)
    assert (index.mapped, len(index._spilled), index.n_held) == (True, 2, 60)
    assert [path.name for path in folder.iterdir()] == ["vectors-1-1.lists"]
    return index


KINDS = pytest.mark.parametrize("make", [flat, in_memory, mapped, half_mapped, spilled])


@KINDS
def test_finds_what_is_near_and_never_less_than_asked(make: Make, tmp_path: Path) -> None:
    ids, rows = ids_of(N), clustered(N)
    index = make(tmp_path, ids, rows)
    assert len(index) == N
    for question in clustered(20, 1):
        found = index.search(question, 10)
        exact = np.sort(rows @ question)[::-1][:10]
        assert len(found) == 10
        assert [score for _, score in found] == sorted((s for _, s in found), reverse=True)
        assert found[0][1] == pytest.approx(exact[0], abs=0.02)
    assert len({i for i, _ in index.search(rows[0], N + 5)}) == N
    assert index.search(rows[0], 0) == []


@KINDS
def test_allowed_ids_alone_are_found_and_all_of_them(make: Make, tmp_path: Path) -> None:
    ids, rows = ids_of(N), clustered(N)
    index = make(tmp_path, ids, rows)
    for n in (1, 7, 300):
        allowed = np.sort(np.random.default_rng(n).choice(ids, n, replace=False))
        found = [i for i, _ in index.search(rows[0], 40, allowed)]
        assert len(set(found)) == len(found) == min(40, n)
        assert set(found) <= set(allowed.tolist())
    assert index.search(rows[0], 5, np.zeros(0, dtype=np.int64)) == []


@KINDS
def test_removed_documents_are_gone_and_others_stay(make: Make, tmp_path: Path) -> None:
    ids, rows = ids_of(N), clustered(N)
    index = make(tmp_path, ids, rows)
    assert index.remove([3, 50, 999]) == 20
    assert index.remove([3]) == 0
    kept = [i for i in ids if i >> ORDINAL_BITS not in (3, 50)]
    assert len(index) == N - 20
    assert index.ids().tolist() == kept
    assert {i for i, _ in index.search(rows[25], N)} == set(kept)
    index.add([3 << ORDINAL_BITS], rows[20:21])  # the place can be taken again
    assert index.search(rows[20], 1)[0][0] == 3 << ORDINAL_BITS


@KINDS
def test_rows_are_told_again(make: Make, tmp_path: Path) -> None:
    ids, rows = ids_of(N), clustered(N)
    index = make(tmp_path, ids, rows)
    told = np.concatenate(list(index.rows([np.array(ids[:7]), np.array(ids[7:])])))
    cosines = (told * rows).sum(axis=1) / np.linalg.norm(told, axis=1)
    assert cosines.min() > (0.999999 if index.exact else 0.999)
    np.testing.assert_array_equal(told, index.as_held(rows))


@KINDS
def test_wrong_shape_is_named(make: Make, tmp_path: Path) -> None:
    index = make(tmp_path, ids_of(N), clustered(N))
    with pytest.raises(ValueError, match=rf"expected \(2, {DIM}\) numbers, got \(3, {DIM}\)"):
        index.add([1, 2], clustered(3))


def test_mapped_and_fresh_rows_answer_as_one(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    ids, rows = ids_of(N), clustered(N)
    one, other = mapped(tmp_path, ids, rows), half_mapped(tmp_path / "a", ids, rows)
    for question in clustered(20, 1):
        assert one.search(question, 15) == other.search(question, 15)


def test_removing_overwrites_the_file_for_all_who_map_it(tmp_path: Path) -> None:
    ids, rows = ids_of(N), clustered(N)
    one = mapped(tmp_path, ids, rows)
    other = QuantisedIndex.open(tmp_path / "vectors-1-1.lists")
    path = tmp_path / "vectors-1-1.lists"
    names = [i.to_bytes(8, "little") for i in ids[21:30]]  # the first is all but zeros
    before = path.read_bytes()
    assert all(name in before for name in names)
    one.remove([3])
    after = path.read_bytes()
    assert len(after) == len(before)
    assert not any(name in after for name in names)
    assert after.count((-1).to_bytes(8, "little", signed=True)) >= 10
    changed = np.flatnonzero(np.frombuffer(before, np.uint8) != np.frombuffer(after, np.uint8))
    assert len(changed) > 10 * DIM * 0.9  # the codes too
    assert other.remove([3]) == 0
    assert len(other) == len(one) == N - 10
    assert len({i for i, _ in other.search(rows[25], N)}) == N - 10
    again = QuantisedIndex.open(path)
    assert len(again) == N - 10


def test_without_room_for_a_file_rows_stay_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantised, "HELD_ROWS", 50)
    ids, rows = ids_of(N), clustered(N)
    index = QuantisedIndex.train(rows, 8, tmp_path / "later")
    index.add(ids[:400], rows[:400])
    assert index.n_held == len(index) == 400
    with pytest.raises(FileNotFoundError):
        index.so_far()
    (tmp_path / "later").mkdir()
    index.add(ids[400:], rows[400:])
    assert (index.n_held, len(index)) == (0, N)
    assert index.ids().tolist() == ids


def test_it_is_written_while_it_goes_on(tmp_path: Path) -> None:
    ids, rows = ids_of(N), clustered(N)
    index = half_mapped(tmp_path, ids[:400], rows[:400])
    assert isinstance(index, QuantisedIndex)
    so_far = index.so_far()
    index.add(ids[400:], rows[400:])
    index.remove([3, 30])  # of either file
    so_far.write(tmp_path / "written")
    written = QuantisedIndex.open(tmp_path / "written")
    assert (len(so_far), len(written), len(index)) == (380, 380, N - 20)
    assert written.n_gone == 0
    assert [i >> ORDINAL_BITS for i in written.ids() if i >> ORDINAL_BITS in (3, 30)] == []


def test_a_file_is_written_as_faiss_would(tmp_path: Path) -> None:
    index = in_memory(tmp_path, ids_of(N), clustered(N))
    assert isinstance(index, QuantisedIndex)
    index.write(tmp_path / "ours")
    faiss_module().write_index(index._fresh, str(tmp_path / "theirs"))
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()


def test_training_is_the_same_every_time(tmp_path: Path) -> None:
    rows = clustered(N)
    one, other = (QuantisedIndex.train(rows, 8, tmp_path) for _ in range(2))
    for index in (one, other):
        index.add(ids_of(N), rows)
    for question in clustered(10, 1):
        assert one.search(question, 20) == other.search(question, 20)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"IwSQ" + bytes(40)])
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "vectors-8-8.lists"
    path.write_bytes(content)
    with pytest.raises(RuntimeError):
        QuantisedIndex.open(path)


@pytest.mark.parametrize("n_lost", [100, 5000, 20_000])
def test_a_cut_file_is_refused(tmp_path: Path, n_lost: int) -> None:
    mapped(tmp_path, ids_of(N), clustered(N))
    path = tmp_path / "vectors-1-1.lists"
    path.write_bytes(path.read_bytes()[:-n_lost])
    with pytest.raises(RuntimeError):  # before a read beyond its end could kill the process
        QuantisedIndex.open(path)
    assert load(tmp_path, DIM)[1] == 0
