"""Nearest vectors of one collection: exact inner product in FAISS, saved as one file.

Knows ids and rows, but neither texts nor the database it follows.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..private import make_folder
from ..records import ORDINAL_BITS

if TYPE_CHECKING:
    from ..records import FloatArray

PREFIX, SUFFIX = "vectors-", ".faiss"


def faiss_module() -> Any:  # noqa: ANN401 (faiss has no types)
    """The library, loaded when it is first needed."""
    import torch  # noqa: F401 (before faiss: both bring OpenMP, and torch's must come first)

    import faiss  # isort: skip

    return faiss


class FaissIndex:
    """Inner product over unit rows. Not thread-safe: whoever holds it takes turns."""

    exact = True

    def __init__(self, dimension: int, index: Any = None) -> None:  # noqa: ANN401
        faiss = faiss_module()
        self.dimension = dimension
        if index is None:
            index = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        self._index = index

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def add(self, ids: Sequence[int], rows: FloatArray) -> None:
        """Adds ``rows`` of shape (len(ids), dimension); ids must be new.

        Raises:
            ValueError: the shape is another one.
        """
        if rows.shape != (len(ids), self.dimension):
            raise ValueError(f"expected {(len(ids), self.dimension)} numbers, got {rows.shape}")
        if len(ids):
            self._index.add_with_ids(
                np.ascontiguousarray(rows, dtype=np.float32), np.asarray(ids, dtype=np.int64)
            )

    def remove(self, document_ids: Iterable[int]) -> int:
        """Takes out every passage of the documents; returns how many there were."""
        faiss = faiss_module()
        taken = 0
        for document_id in document_ids:
            low, high = document_id << ORDINAL_BITS, (document_id + 1) << ORDINAL_BITS
            taken += int(self._index.remove_ids(faiss.IDSelectorRange(low, high)))
        return taken

    def search(
        self, row: FloatArray, k: int, allowed: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float]]:
        """The at most ``k`` nearest (id, cosine), best first, ties by smaller id.

        Args:
            row: unit row, shape (dimension,).
            k: how many; there are always as many where so many are held (and allowed).
            allowed: only these passage ids, ascending, shape (n,); all of them if None.
        """
        k = min(k, len(self) if allowed is None else len(allowed))
        if k <= 0:
            return []
        params = None
        if allowed is not None:
            faiss = faiss_module()
            params = faiss.SearchParameters(sel=faiss.IDSelectorBatch(allowed))
        query = np.asarray(row, dtype=np.float32).reshape(1, -1)
        scores, ids = self._index.search(query, k, params=params)
        found = zip(ids[0].tolist(), scores[0].tolist(), strict=True)  # (1, k) each
        return sorted(((i, s) for i, s in found if i >= 0), key=lambda hit: (-hit[1], hit[0]))

    def ids(self) -> NDArray[np.int64]:
        """All ids, ascending, shape (n,)."""
        return np.sort(np.array(faiss_module().vector_to_array(self._index.id_map), np.int64))

    def rows(self, wanted: Iterable[NDArray[np.int64]]) -> Iterator[FloatArray]:
        """The rows under each run of ids, shape (len(ids), dimension); all must be held."""
        for ids in wanted:
            yield np.asarray(self._index.reconstruct_batch(ids), dtype=np.float32)

    def as_held(self, rows: FloatArray) -> FloatArray:
        """What ``rows`` would be if they were added and read again."""
        return rows

    def save(self, folder: Path, sequence: int) -> None:
        """Writes ``vectors-<sequence>.faiss`` whole or not at all, and deletes older files."""
        make_folder(folder)
        target = folder / f"{PREFIX}{sequence}{SUFFIX}"
        temporary = folder / f"{target.name}.{os.getpid()}.part"
        faiss_module().write_index(self._index, str(temporary))
        os.replace(temporary, target)
        for path in folder.glob(f"{PREFIX}*"):
            if path != target:
                path.unlink(missing_ok=True)

    @classmethod
    def read(cls, path: Path) -> FaissIndex:
        """A saved index; raises RuntimeError if the file is damaged or gone."""
        index = faiss_module().read_index(str(path))
        return cls(index.d, index)
