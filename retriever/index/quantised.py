"""Nearest vectors of a large collection: lists of 8-bit codes, in files that are mapped to memory.

Knows ids and rows, but neither texts nor the database it follows. Scores are near the true
cosines; whoever needs these takes them from the rows.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..memory import give_back
from ..records import ORDINAL_BITS
from . import lists_file
from .lists_file import GONE, MappedLists
from .sizing import HELD_ROWS, n_probed
from .vectors import faiss_module

if TYPE_CHECKING:
    from ..records import FloatArray

ID_LIMIT = (1 << 63) - 1
ROUNDS = 10  # of k-means
SEED = 1234
ROOM = 0.25  # by so much of its range a number may lie outside of what training saw
SPILLED = "spilled-"  # what the name of a file begins with in the moment that it has one


class QuantisedIndex:
    """An inverted file (Sivic, Zisserman 2003) of 8-bit scalar codes, inner product.

    Most of it lies in a file with a name. What came later lies in memory, and beyond HELD_ROWS
    in files of this process alone, which have no name and are gone when it ends. All are lists
    around the same centroids, so that together they answer as one. A removal overwrites codes
    and ids in the files at once. Not thread-safe: whoever holds it takes turns.
    """

    exact = False

    def __init__(
        self,
        fresh: Any,  # noqa: ANN401 (faiss has no types)
        folder: Path,
        named: MappedLists | None = None,
        spilled: Sequence[MappedLists] = (),
    ) -> None:
        """Use ``train`` or ``open``; ``fresh`` is a trained faiss index, its lists in memory."""
        self.dimension = int(fresh.d)
        self._fresh = fresh
        self._folder = folder
        self._named = named
        self._spilled = list(spilled)
        self._spill_at = HELD_ROWS

    @classmethod
    def train(cls, rows: FloatArray, lists: int, folder: Path) -> QuantisedIndex:
        """An empty index whose ``lists`` centroids come from ``rows``, shape (n, dimension).

        What it does not hold in memory it keeps in ``folder``. faiss-gpu trains on the GPU
        where it finds one.
        """
        faiss, dimension = faiss_module(), rows.shape[1]
        index = _new(faiss.IndexFlatIP(dimension), dimension, lists)
        index.cp.niter, index.cp.seed, index.cp.min_points_per_centroid = ROUNDS, SEED, 1
        index.cp.max_points_per_centroid = max(1, -(-len(rows) // lists))  # all of them
        index.cp.spherical = True
        if faiss.get_num_gpus() > 0 and hasattr(faiss, "StandardGpuResources"):
            on_gpu = faiss.index_cpu_to_all_gpus(faiss.IndexFlatIP(dimension))
            index.clustering_index = on_gpu
        # In two steps: as one, faiss copies a hundred thousand rows for the second.
        rows = np.ascontiguousarray(rows, dtype=np.float32)
        index.train_q1(len(rows), faiss.swig_ptr(rows), False, index.metric_type)
        index.sq.train(rows)
        index.is_trained = True
        index.clustering_index = None
        return cls(index, folder)

    @classmethod
    def open(cls, path: Path) -> QuantisedIndex:
        """Maps a file that ``write`` made.

        Raises:
            RuntimeError: it is damaged, or of another kind.
            OSError: it cannot be opened.
        """
        named = MappedLists(path)
        return cls(_empty_like(named.index), path.parent, named)

    def __len__(self) -> int:
        return self.n_fresh + (len(self._named) if self._named else 0)

    @property
    def lists(self) -> int:
        """How many lists there are."""
        return int(self._fresh.nlist)

    @property
    def mapped(self) -> bool:
        """Whether it lies in a file that another process finds."""
        return self._named is not None

    @property
    def n_fresh(self) -> int:
        """How many rows are not in that file."""
        return self.n_held + sum(map(len, self._spilled))

    @property
    def n_held(self) -> int:
        """How many rows are in memory."""
        return int(self._fresh.ntotal)

    @property
    def n_gone(self) -> int:
        """How many places in files were overwritten."""
        return sum(part.n_gone for part in self._files())

    def _files(self) -> list[MappedLists]:
        return [*([self._named] if self._named else []), *self._spilled]

    def _parts(self) -> list[Any]:
        """The faiss indexes that hold the rows, oldest first."""
        return [*(part.index for part in self._files()), self._fresh]

    # Changing

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
        if self.n_held >= self._spill_at:
            try:
                self._spill()
            except OSError:  # a full disk: memory does as well, for as long as there is some
                self._spill_at = self.n_held + HELD_ROWS

    def _spill(self) -> None:
        """Moves what is in memory to a file, together with files that are no larger.

        So each file is larger than all later ones together: there are few, and a row is written
        again only when its file doubles.
        """
        joined, size = len(self._spilled), self.n_held
        while joined and len(self._spilled[joined - 1]) <= size:
            joined -= 1
            size += len(self._spilled[joined])
        parts = [part.index for part in self._spilled[joined:]]
        shell = _empty_like(self._fresh)
        shell.quantizer.reset()  # what is searched is known already when these are asked
        path = self._folder / f"{SPILLED}{secrets.token_hex(4)}.{os.getpid()}.part"
        try:
            lists_file.write(path, shell, [*parts, self._fresh])
            self._spilled[joined:] = [MappedLists(path)]
        finally:
            with suppress(OSError):  # where a file in use keeps its name, ``sweep`` finds it
                path.unlink()
        self._fresh = _empty_like(self._fresh)
        self._spill_at = HELD_ROWS
        give_back()

    def so_far(self) -> QuantisedIndex:
        """What it holds now, to be written while this one goes on: nothing is copied.

        Raises:
            OSError: there is no room for a file.
        """
        if self.n_held:
            self._spill()
        return QuantisedIndex(_empty_like(self._fresh), self._folder, self._named, self._spilled)

    def remove(self, document_ids: Iterable[int]) -> int:
        """Takes out every passage of the documents, of the files too; returns how many."""
        faiss, taken = faiss_module(), 0
        wanted = np.array(sorted(document_ids), dtype=np.int64)
        for document_id in wanted.tolist():
            low, high = document_id << ORDINAL_BITS, (document_id + 1) << ORDINAL_BITS
            taken += int(self._fresh.remove_ids(faiss.IDSelectorRange(low, high)))
        return taken + sum(part.erase(wanted) for part in self._files())

    def write(self, path: Path) -> None:
        """Writes everything into one file, which memory never holds, and waits for the disk."""
        lists_file.write(path, _empty_like(self._fresh), self._parts())
        with path.open("rb+") as written:
            os.fsync(written.fileno())

    # Asking

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
        nearness, numbers = self._fresh.quantizer.search(query, probed)  # (1, probed) each
        params = _params(probed, allowed, self.n_gone)
        found: list[tuple[int, float]] = []
        for part in self._parts():
            if part.ntotal:
                found += _found(part, query, min(k, part.ntotal), numbers, nearness, params)
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:k]

    def ids(self) -> NDArray[np.int64]:
        """All ids, ascending, shape (n,)."""
        runs = [ids for part in self._parts() for ids, _, _ in lists_file.places(part)]
        found = np.concatenate([np.zeros(0, dtype=np.int64), *runs])
        return np.sort(found[found != GONE])

    def rows(self, wanted: Iterable[NDArray[np.int64]]) -> Iterator[FloatArray]:
        """The rows under each run of ids as their codes tell them; all must be held."""
        decoders = [_Decoder(part) for part in self._parts() if part.ntotal]
        for ids in wanted:
            found = np.zeros((len(ids), self.dimension), dtype=np.float32)
            for decoder in decoders:
                decoder.write(ids, found)
            yield found

    def as_held(self, rows: FloatArray) -> FloatArray:
        """What ``rows`` would be if they were added and read again."""
        codes = self._fresh.sq.compute_codes(np.ascontiguousarray(rows, dtype=np.float32))
        return np.asarray(self._fresh.sq.decode(codes), dtype=np.float32)


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


class _Decoder:
    """Where each id of a faiss index stands, to read its row again."""

    def __init__(self, index: Any) -> None:  # noqa: ANN401
        self._index = index
        ids, self._numbers, self._places = map(
            np.concatenate, zip(*lists_file.places(index), strict=True)
        )
        self._order = np.argsort(ids, kind="stable")
        self._ids = ids[self._order]

    def write(self, wanted: NDArray[np.int64], found: FloatArray) -> None:
        """Writes the rows that are held of ``wanted`` to their places in ``found``."""
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


def _found(
    part: Any,  # noqa: ANN401
    query: FloatArray,
    k: int,
    numbers: NDArray[np.int64],
    nearness: FloatArray,
    params: Any,  # noqa: ANN401
) -> list[tuple[int, float]]:
    """The ``k`` nearest (id, score) of a faiss index in lists that were chosen already.

    Past faiss's own wrapper, which takes no parameters here.
    """
    at = faiss_module().swig_ptr
    scores, ids = np.empty((1, k), dtype=np.float32), np.empty((1, k), dtype=np.int64)
    part.search_preassigned_c(
        1, at(query), k, at(numbers), at(nearness), at(scores), at(ids), False, params
    )
    pairs = zip(ids[0].tolist(), scores[0].tolist(), strict=True)
    return [(i, score) for i, score in pairs if i >= 0]
