"""Nearest vectors of a large collection: lists of 8-bit codes, in a file that is mapped to memory.

Knows ids and rows, but neither texts nor the database it follows. Scores are near the true
cosines; whoever needs these takes them from the rows.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..records import ORDINAL_BITS
from .sizing import n_probed
from .vectors import faiss_module

if TYPE_CHECKING:
    from ..encoding.embed import FloatArray

GONE = -1  # stands in the file where the id of a removed passage stood
GONE_BYTES = GONE.to_bytes(8, "little", signed=True)
ID_BYTES = 8
ID_LIMIT = (1 << 63) - 1
ROUNDS = 10  # of k-means
SEED = 1234
ROOM = 0.25  # by so much of its range a number may lie outside of what training saw


class QuantisedIndex:
    """An inverted file (Sivic, Zisserman 2003) of 8-bit scalar codes, inner product.

    Most of it lies in a file; what came later lies in memory, in lists around the same
    centroids, so that both together answer as one. A removal overwrites codes and ids in the
    file at once. Not thread-safe: whoever holds it takes turns.
    """

    exact = False

    def __init__(self, fresh: Any) -> None:  # noqa: ANN401 (faiss has no types)
        """Use ``train`` or ``open``; ``fresh`` is a trained faiss index, its lists in memory."""
        self.dimension = int(fresh.d)
        self._fresh = fresh
        self._mapped: Any = None
        self._file: NDArray[np.uint8] | None = None  # the mapped file's bytes, to overwrite
        self.n_gone = 0  # places in the file that were overwritten

    @classmethod
    def train(cls, rows: FloatArray, lists: int) -> QuantisedIndex:
        """An empty index whose ``lists`` centroids come from ``rows``, shape (n, dimension).

        faiss-gpu trains on the GPU where it finds one.
        """
        faiss, dimension = faiss_module(), rows.shape[1]
        index = _new(faiss.IndexFlatIP(dimension), dimension, lists)
        index.cp.niter, index.cp.seed, index.cp.min_points_per_centroid = ROUNDS, SEED, 1
        index.cp.max_points_per_centroid = max(1, -(-len(rows) // lists))  # all of them
        index.cp.spherical = True
        if faiss.get_num_gpus() > 0 and hasattr(faiss, "StandardGpuResources"):
            on_gpu = faiss.index_cpu_to_all_gpus(faiss.IndexFlatIP(dimension))
            index.clustering_index = on_gpu
        index.train(np.ascontiguousarray(rows, dtype=np.float32))
        index.clustering_index = None
        return cls(index)

    @classmethod
    def open(cls, path: Path) -> QuantisedIndex:
        """Maps a file that ``write`` made.

        Raises:
            RuntimeError: it is damaged, or of another kind.
            OSError: it cannot be opened.
        """
        faiss = faiss_module()
        mapped = faiss.read_index(str(path), faiss.IO_FLAG_MMAP)
        if not isinstance(mapped, faiss.IndexIVFScalarQuantizer):
            raise RuntimeError(f"{path} is no index of this kind")
        index = cls(_empty_like(mapped))
        # Starting threads that read ahead costs more than they gain: 3.4 ms against 0.8.
        faiss.downcast_InvertedLists(mapped.invlists).prefetch_nthread = 0
        index._mapped = mapped
        if os.access(path, os.W_OK):  # else whoever may write it removes from it
            index._file = np.memmap(path, dtype=np.uint8, mode="r+")
        index.n_gone = int((_places(mapped)[0] == GONE).sum())
        return index

    def emptied(self) -> QuantisedIndex:
        """An empty index around the same centroids."""
        return QuantisedIndex(_empty_like(self._fresh))

    def __len__(self) -> int:
        return self.n_fresh + self._n_mapped()

    @property
    def lists(self) -> int:
        """How many lists there are."""
        return int(self._fresh.nlist)

    @property
    def mapped(self) -> bool:
        """Whether it lies in a file."""
        return self._mapped is not None

    @property
    def n_fresh(self) -> int:
        """How many rows are in memory alone."""
        return int(self._fresh.ntotal)

    def _n_mapped(self) -> int:
        return int(self._mapped.ntotal) - self.n_gone if self._mapped else 0

    def add(self, ids: Sequence[int], rows: FloatArray) -> None:
        """Adds ``rows`` of shape (len(ids), dimension); ids must be new.

        Raises:
            ValueError: the shape is another one.
        """
        if rows.shape != (len(ids), self.dimension):
            raise ValueError(f"expected {(len(ids), self.dimension)} numbers, got {rows.shape}")
        if len(ids):
            numbers = np.asarray(ids, dtype=np.int64)
            self._fresh.add_with_ids(np.ascontiguousarray(rows, dtype=np.float32), numbers)

    def remove(self, document_ids: Iterable[int]) -> int:
        """Takes out every passage of the documents, of the file too; returns how many."""
        faiss, taken = faiss_module(), 0
        wanted = np.array(sorted(document_ids), dtype=np.int64)
        for document_id in wanted.tolist():
            low, high = document_id << ORDINAL_BITS, (document_id + 1) << ORDINAL_BITS
            taken += int(self._fresh.remove_ids(faiss.IDSelectorRange(low, high)))
        return taken + self._erase(wanted)

    def _erase(self, document_ids: NDArray[np.int64]) -> int:
        """Overwrites the documents' codes and ids in the file, and waits for the disk."""
        if self._file is None or not len(document_ids):
            return 0
        ids, numbers, places = _places(self._mapped)
        found = np.flatnonzero(np.isin(ids >> ORDINAL_BITS, document_ids))
        lists = faiss_module().downcast_InvertedLists(self._mapped.invlists).lists
        size = int(self._mapped.code_size)
        for number, place in zip(numbers[found].tolist(), places[found].tolist(), strict=True):
            one = lists.at(number)  # codes from its offset on, room for some more, then ids
            code = int(one.offset) + place * size
            name = int(one.offset) + int(one.capacity) * size + place * ID_BYTES
            self._file[code : code + size] = 0
            self._file[name : name + ID_BYTES] = np.frombuffer(GONE_BYTES, dtype=np.uint8)
        self.n_gone = len(found) + int((ids == GONE).sum())  # another process may have erased
        if len(found):
            self._file.flush()  # type: ignore[attr-defined]  # a memmap
        return len(found)

    def search(
        self, row: FloatArray, k: int, allowed: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float]]:
        """As ``FaissIndex.search``, but a few of the nearest may be missed, and scores are near
        the true cosines: see docs/design-log.md for how near.
        """
        k = min(k, len(self) if allowed is None else len(allowed))
        if k <= 0:
            return []
        query = np.asarray(row, dtype=np.float32).reshape(1, -1)
        probed = min(self.lists, n_probed(self.lists))
        if allowed is not None:  # as many allowed ones in reach as there would be of all
            probed = min(self.lists, -(-probed * len(self) // len(allowed)))
        found = self._search(query, k, probed, allowed)
        if len(found) < k and probed < self.lists:
            found = self._search(query, k, self.lists, allowed)
        return found

    def _search(
        self, query: FloatArray, k: int, probed: int, allowed: NDArray[np.int64] | None
    ) -> list[tuple[int, float]]:
        found: list[tuple[int, float]] = []
        for part, n_gone in ((self._mapped, self.n_gone), (self._fresh, 0)):
            if part is None or part.ntotal == 0:
                continue
            params = _params(probed, allowed, n_gone)
            scores, ids = part.search(query, min(k, part.ntotal), params=params)  # (1, k) each
            pairs = zip(ids[0].tolist(), scores[0].tolist(), strict=True)
            found += [(i, score) for i, score in pairs if i >= 0]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:k]

    def ids(self) -> NDArray[np.int64]:
        """All ids, ascending, shape (n,)."""
        parts = [part for part in (self._mapped, self._fresh) if part is not None]
        found = np.concatenate([_places(part)[0] for part in parts])
        return np.sort(found[found != GONE])

    def rows(self, wanted: Iterable[NDArray[np.int64]]) -> Iterator[FloatArray]:
        """The rows under each run of ids as their codes tell them; all must be held."""
        parts = [part for part in (self._mapped, self._fresh) if part is not None]
        decoders = [_Decoder(part) for part in parts]
        for ids in wanted:
            found = np.zeros((len(ids), self.dimension), dtype=np.float32)
            for decoder in decoders:
                decoder.write(ids, found)
            yield found

    def as_held(self, rows: FloatArray) -> FloatArray:
        """What ``rows`` would be if they were added and read again."""
        codes = self._fresh.sq.compute_codes(np.ascontiguousarray(rows, dtype=np.float32))
        return np.asarray(self._fresh.sq.decode(codes), dtype=np.float32)

    def write(self, path: Path) -> None:
        """Writes everything that is in memory; for an index that was not opened from a file."""
        if self._mapped is not None:
            raise ValueError("this index lies in a file already: make a new one from the rows")
        faiss_module().write_index(self._fresh, str(path))
        with path.open("rb+") as written:
            os.fsync(written.fileno())


def _new(quantizer: Any, dimension: int, lists: int) -> Any:  # noqa: ANN401
    faiss = faiss_module()
    kind, metric = faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    made = faiss.IndexIVFScalarQuantizer(quantizer, dimension, lists, kind, metric)
    made.by_residual = False  # a row far from every centroid is told as well as others
    made.sq.rangestat_arg = ROOM
    return made


def _empty_like(index: Any) -> Any:  # noqa: ANN401
    made = _new(faiss_module().clone_index(index.quantizer), index.d, index.nlist)
    made.sq.trained = index.sq.trained
    made.is_trained = True
    return made


def _places(index: Any) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:  # noqa: ANN401
    """Every id, its list and its place there: three arrays of shape (n,)."""
    faiss = faiss_module()
    sizes = [index.invlists.list_size(number) for number in range(index.nlist)]
    ids = np.zeros(sum(sizes), dtype=np.int64)
    start = 0
    for number, size in enumerate(sizes):
        if size:
            ids[start : start + size] = faiss.rev_swig_ptr(index.invlists.get_ids(number), size)
            start += size
    numbers = np.repeat(np.arange(len(sizes)), sizes)
    firsts = np.cumsum(sizes) - sizes  # (lists,)
    return ids, numbers, np.arange(len(ids)) - np.repeat(firsts, sizes)


class _Decoder:
    """Where each id of a faiss index stands, to read its row again."""

    def __init__(self, index: Any) -> None:  # noqa: ANN401
        self._index = index
        ids, self._numbers, self._places = _places(index)
        self._order = np.argsort(ids, kind="stable")
        self._ids = ids[self._order]

    def write(self, wanted: NDArray[np.int64], found: FloatArray) -> None:
        """Writes the rows that are held of ``wanted`` to their places in ``found``."""
        if not len(self._ids):
            return
        first = np.minimum(np.searchsorted(self._ids, wanted), len(self._ids) - 1)
        held = np.flatnonzero(self._ids[first] == wanted)
        for row in held.tolist():
            at = self._order[first[row]]
            target = faiss_module().swig_ptr(found[row])
            number, place = int(self._numbers[at]), int(self._places[at])
            self._index.reconstruct_from_offset(number, place, target)


def _params(probed: int, allowed: NDArray[np.int64] | None, n_gone: int) -> Any:  # noqa: ANN401
    faiss, chosen = faiss_module(), {}
    if allowed is not None:
        chosen = {"sel": faiss.IDSelectorBatch(allowed)}
    elif n_gone:
        chosen = {"sel": faiss.IDSelectorRange(0, ID_LIMIT)}
    return faiss.SearchParametersIVF(nprobe=probed, **chosen)
