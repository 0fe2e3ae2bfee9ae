"""A collection's vectors are read from SQL, and the index that suits their number is made.

Knows the database and the kinds of index, but neither files nor who searches. It reads piece by
piece, each in a transaction of its own, so that nobody waits.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..encoding import identity
from ..records import Collection
from ..sql import contents
from ..sql.database import Database
from .quantised import QuantisedIndex
from .sizing import POINTS_PER_LIST, Sizing, n_lists
from .vectors import FaissIndex

if TYPE_CHECKING:
    from ..records import FloatArray

ADD_AT_ONCE = 4096  # rows handed to FAISS together

Batch = tuple[list[int], "FloatArray"]


def build(
    database: Database, collection: Collection, sizing: Sizing, folder: Path
) -> tuple[FaissIndex | QuantisedIndex, int]:
    """An index of all vectors, and the sequence number that it follows up to.

    What is removed while this reads may be in it or not: whoever takes it follows from that
    number on. What memory should not hold meanwhile lies in ``folder``, in files without a name.
    """
    with database.reading() as conn:
        dimension = identity.dimension(conn) or 0
        sequence = contents.sequence(conn, collection)
        sizes = contents.document_sizes(conn, collection)
    try:
        return _built(database, collection, dimension, sizing, sizes, folder), sequence
    except ValueError:
        with database.reading() as conn:
            if identity.dimension(conn) == dimension:
                raise
        return build(database, collection, sizing, folder)  # another encoder took over meanwhile


def _built(
    database: Database,
    collection: Collection,
    dimension: int,
    sizing: Sizing,
    sizes: NDArray[np.int64],
    folder: Path,
) -> FaissIndex | QuantisedIndex:
    trained_on = sizing.trained_on(int(sizes[:, 1].sum()))
    index: FaissIndex | QuantisedIndex
    if trained_on:
        with tempfile.TemporaryFile(dir=folder) as file:
            oldest = _oldest(_batches(database, collection, sizes), trained_on, dimension, file)
            index = QuantisedIndex.train(oldest, n_lists(trained_on), folder)
    else:
        index = FaissIndex(dimension)
    for ids, rows in _batches(database, collection, sizes):
        index.add(ids, rows)
    return index


def _batches(
    database: Database, collection: Collection, sizes: NDArray[np.int64]
) -> Iterator[Batch]:
    """Ids and rows of whole documents, about ADD_AT_ONCE passages each, in order of id."""
    for document_ids in pieces(sizes, ADD_AT_ONCE):
        with database.reading() as conn:
            pairs = list(contents.vectors_of(conn, collection, document_ids))
        if pairs:
            yield [i for i, _ in pairs], np.stack([row for _, row in pairs])


def pieces(sizes: NDArray[np.int64], n_passages: int) -> Iterator[list[int]]:
    """Document ids in runs of at least ``n_passages`` passages, but for the last one.

    ``sizes`` as ``contents.document_sizes`` tells them.
    """
    piece, held = [], 0
    for document_id, n in sizes:
        piece.append(int(document_id))
        held += n
        if held >= n_passages:
            yield piece
            piece, held = [], 0
    if piece:
        yield piece


def _oldest(
    batches: Iterator[Batch], trained_on: int, dimension: int, file: IO[bytes]
) -> NDArray[np.float32]:
    """Rows to train on, evenly out of the first ``trained_on`` ones; shape (n, dimension).

    They lie in ``file``, mapped to memory: those of a million passages take 250 MB.
    """
    step = max(1, trained_on // (n_lists(trained_on) * POINTS_PER_LIST))
    seen = n = 0
    for _, rows in batches:
        rows = rows[: trained_on - seen]
        chosen = np.ascontiguousarray(rows[-seen % step :: step], dtype=np.float32)
        file.write(chosen.data)
        seen += len(rows)
        n += len(chosen)
        if seen == trained_on:
            break
    file.flush()
    return np.memmap(file, dtype=np.float32, mode="r", shape=(n, dimension))
