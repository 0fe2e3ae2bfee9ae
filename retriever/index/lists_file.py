"""Lists of codes in a file: written one list after another, mapped to memory, overwritten in place.

Knows the form in which FAISS reads such a file, but neither how lists are trained nor who
searches them. Writing holds one list in memory, however many rows there are.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..records import ORDINAL_BITS
from .vectors import faiss_module

GONE = -1  # stands in the file where the id of a removed passage stood
GONE_BYTES = GONE.to_bytes(8, "little", signed=True)
ID_BYTES = 8
AT_ONCE = 65_536  # ids looked through together
_LISTS = b"ilar"  # what FAISS begins the lists with, after all else that it says of an index


class MappedLists:
    """A file that ``write`` made. Whoever maps it sees what another one overwrites in it."""

    def __init__(self, path: Path) -> None:
        """Maps the file.

        Raises:
            RuntimeError: it is damaged, or of another kind.
            OSError: it cannot be opened.
        """
        faiss = faiss_module()
        self.index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP)
        if not isinstance(self.index, faiss.IndexIVFScalarQuantizer):
            raise RuntimeError(f"{path} is no index of this kind")
        # Starting threads that read ahead costs more than they gain: 3.4 ms against 0.8.
        faiss.downcast_InvertedLists(self.index.invlists).prefetch_nthread = 0
        self._bytes: NDArray[np.uint8] | None = None  # of the file, to overwrite
        if os.access(path, os.W_OK):  # else whoever may write it removes from it
            self._bytes = np.memmap(path, dtype=np.uint8, mode="r+")
        self.n_gone = sum(int((ids == GONE).sum()) for ids, _, _ in places(self.index))

    def __len__(self) -> int:
        return int(self.index.ntotal) - self.n_gone

    def erase(self, document_ids: NDArray[np.int64]) -> int:
        """Overwrites the documents' codes and ids, and waits for the disk; returns how many."""
        if self._bytes is None or not len(document_ids):
            return 0
        lists = faiss_module().downcast_InvertedLists(self.index.invlists).lists
        size, n_erased, n_gone = int(self.index.code_size), 0, 0
        for ids, numbers, steps in places(self.index):
            found = np.flatnonzero(np.isin(ids >> ORDINAL_BITS, document_ids))
            for number, step in zip(numbers[found].tolist(), steps[found].tolist(), strict=True):
                one = lists.at(number)  # codes from its offset on, room for some more, then ids
                code = int(one.offset) + step * size
                name = int(one.offset) + int(one.capacity) * size + step * ID_BYTES
                self._bytes[code : code + size] = 0
                self._bytes[name : name + ID_BYTES] = np.frombuffer(GONE_BYTES, dtype=np.uint8)
            n_erased += len(found)
            n_gone += len(found) + int((ids == GONE).sum())  # another process may have erased
        self.n_gone = n_gone
        if n_erased:
            self._bytes.flush()  # type: ignore[attr-defined]  # a memmap
        return n_erased


def write(path: Path, shell: Any, parts: Sequence[Any]) -> None:  # noqa: ANN401 (faiss has no types)
    """Writes what faiss indexes around the same centroids hold, as one file.

    Args:
        path: of the file.
        shell: an index without rows: centroids and codes of the file. Its count is changed.
        parts: indexes that hold the rows, in memory or mapped. What was erased is left out.

    What is removed from ``parts`` meanwhile may be in the file or not.
    """
    sizes = np.zeros(shell.nlist, dtype="<u8")
    start = len(_head(shell, sizes))
    with path.open("wb") as file:
        file.seek(start)
        for number in range(shell.nlist):
            sizes[number] = _write_list(file, number, parts)
        file.seek(0)
        file.write(_head(shell, sizes))


def _write_list(file: BinaryIO, number: int, parts: Sequence[Any]) -> int:
    """Writes one list, all codes before all ids; returns how many."""
    kept = []
    for part in parts:
        if not part.invlists.list_size(number):
            continue
        ids = _ids(part, number).copy()  # before the codes: an id that stays has its code
        codes = _codes(part, number)
        alive = ids != GONE
        kept.append((ids, codes) if alive.all() else (ids[alive], codes[alive]))
    for _, codes in kept:
        file.write(codes.data)
    for ids, _ in kept:
        file.write(ids.data)
    return sum(len(ids) for ids, _ in kept)


def _head(shell: Any, sizes: NDArray[np.uint64]) -> bytes:  # noqa: ANN401
    """All of the file that comes before the lists, as FAISS's ``write_index`` would write it."""
    shell.ntotal = int(sizes.sum())
    whole = faiss_module().serialize_index(shell).tobytes()
    shell.ntotal = 0
    at = whole.rindex(_LISTS)  # no list has rows, so that little follows
    table = np.array([shell.nlist, shell.code_size], dtype="<u8").tobytes()
    number = len(sizes).to_bytes(8, "little")
    return b"".join((whole[:at], _LISTS, table, b"full", number, sizes.tobytes()))


def places(
    index: Any,  # noqa: ANN401
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
    """Every id, its list and its place there, some lists at a time: arrays of shape (n,)."""
    sizes = np.array([index.invlists.list_size(number) for number in range(index.nlist)], np.int64)
    runs = np.cumsum(sizes) // AT_ONCE  # (lists,)
    for run in np.unique(runs):
        numbers = np.flatnonzero((runs == run) & (sizes > 0))
        if len(numbers):
            ids = np.concatenate([_ids(index, int(number)) for number in numbers])
            steps = np.concatenate([np.arange(sizes[number]) for number in numbers])
            yield ids, np.repeat(numbers, sizes[numbers]), steps


def _ids(index: Any, number: int) -> NDArray[np.int64]:  # noqa: ANN401
    """The ids of a list that is not empty, where they lie."""
    size = index.invlists.list_size(number)
    found: NDArray[np.int64] = faiss_module().rev_swig_ptr(index.invlists.get_ids(number), size)
    return found


def _codes(index: Any, number: int) -> NDArray[np.uint8]:  # noqa: ANN401
    """The codes of a list that is not empty, where they lie; shape (n, code_size)."""
    size, width = index.invlists.list_size(number), index.code_size
    flat = faiss_module().rev_swig_ptr(index.invlists.get_codes(number), size * width)
    found: NDArray[np.uint8] = flat.reshape(size, width)
    return found
