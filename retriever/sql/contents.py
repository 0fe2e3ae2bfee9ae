"""Passages, vectors and the history of a collection in SQL: what the indexes follow.

Knows no file, model or index. All functions belong to a transaction of their caller.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Column, Connection, Select, Table, delete, func, insert, select

from ..records import MAX_PASSAGES, ORDINAL_BITS, Change, Collection
from ..types import ParsedDocument, Passage, Slice
from .schema import CHANGES, COLLECTIONS, DOCUMENTS, PASSAGES, VECTORS, VECTORS_ANEW

_PASSAGES = select(
    *(PASSAGES.c.id, PASSAGES.c.document_id),
    *(PASSAGES.c.char_start, PASSAGES.c.char_end, PASSAGES.c.page_number),
    *(PASSAGES.c.text, PASSAGES.c.context),
)
CHUNK = 500  # ids a statement; SQLite takes up to 32,766 variables


def passages_of(conn: Connection, ids: Sequence[int], names: Sequence[str]) -> list[Passage]:
    """Passages in the order of ``ids``; those outside the named collections are left out."""
    mine = (
        select(DOCUMENTS.c.id, DOCUMENTS.c.name)
        .join(COLLECTIONS, COLLECTIONS.c.id == DOCUMENTS.c.collection_id)
        .where(COLLECTIONS.c.name.in_(names))
    )
    # By document first, then by passage: in one statement, SQLite would try every document of
    # the collection (13 ms for 20 passages of 2,000 documents, against 0.3).
    found: dict[int, Passage] = {}
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        owners = {i >> ORDINAL_BITS for i in part}
        named = {row[0]: row[1] for row in conn.execute(mine.where(DOCUMENTS.c.id.in_(owners)))}
        for row in conn.execute(_PASSAGES.where(PASSAGES.c.id.in_(part))):
            key, owner, char_start, char_end, page_number, text, context = row
            if owner in named:
                place = (char_start, char_end, page_number)
                found[key] = Passage(key, owner, named[owner], text, *place, context)
    return [found[i] for i in ids if i in found]


def texts_of(
    conn: Connection, collection: Collection, document_ids: Sequence[int] | None = None
) -> Iterator[tuple[int, int, str]]:
    """(passage id, document id, context and text) by id; of all documents if None.

    For word search, which gains from titles and headings; vectors lose by them (design log).
    """
    query = select(PASSAGES.c.id, PASSAGES.c.document_id, PASSAGES.c.context, PASSAGES.c.text)
    for row in _of_documents(conn, query, PASSAGES.c.id, collection, document_ids):
        yield int(row[0]), int(row[1]), f"{row[2]}\n{row[3]}" if row[2] else str(row[3])


def vectors_of(
    conn: Connection, collection: Collection, document_ids: Sequence[int] | None = None
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """(passage id, row of shape (dimension,)) in order of id; of all documents when None."""
    query = select(VECTORS.c.passage_id, VECTORS.c.vector)
    for row in _of_documents(conn, query, VECTORS.c.passage_id, collection, document_ids):
        yield int(row[0]), np.frombuffer(row[1], dtype="<f4")


def not_anew(conn: Connection, after: int, limit: int) -> list[tuple[int, str]]:
    """The first passages past id ``after`` that have a row, but none of the other encoder yet."""
    query = (
        select(PASSAGES.c.id, PASSAGES.c.text)
        .join(VECTORS, VECTORS.c.passage_id == PASSAGES.c.id)
        .outerjoin(VECTORS_ANEW, VECTORS_ANEW.c.passage_id == PASSAGES.c.id)
        .where(PASSAGES.c.id > after, VECTORS_ANEW.c.passage_id.is_(None))
        .order_by(PASSAGES.c.id)
        .limit(limit)
    )
    return [(int(row[0]), str(row[1])) for row in conn.execute(query)]


def add_anew(conn: Connection, ids: Sequence[int], rows: NDArray[np.float32]) -> None:
    """Puts rows of the other encoder aside, shape (len(ids), dimension), for those still there.

    Those that another process put aside meanwhile stay; whoever does now waits for this one.
    """
    mine = select(VECTORS.c.passage_id).where(VECTORS.c.passage_id.in_(ids))
    wanted = set(conn.scalars(mine.order_by(VECTORS.c.passage_id).with_for_update()))
    done = select(VECTORS_ANEW.c.passage_id).where(VECTORS_ANEW.c.passage_id.in_(ids))
    wanted -= set(conn.scalars(done))  # a statement of its own: it sees what was waited for
    kept = [place for place, i in enumerate(ids) if i in wanted]
    _add_vectors(conn, [ids[place] for place in kept], rows[kept], VECTORS_ANEW)


def forget_anew(conn: Connection) -> None:
    """Leaves what was put aside."""
    conn.execute(delete(VECTORS_ANEW))


def switch_to_anew(conn: Connection) -> None:
    """What was put aside takes the place of all rows."""
    conn.execute(delete(VECTORS))
    conn.execute(insert(VECTORS).from_select(["passage_id", "vector"], select(VECTORS_ANEW)))
    conn.execute(delete(VECTORS_ANEW))


def note(conn: Connection, collection: Collection, document_id: int, kind: str) -> None:
    """Writes a step of the collection's history: add, remove or reset."""
    values = {"collection_id": collection.id, "document_id": document_id, "kind": kind}
    conn.execute(insert(CHANGES).values(**values))


def sequence(conn: Connection, collection: Collection) -> int:
    """Number of the collection's latest change; 0 before the first."""
    query = select(func.max(CHANGES.c.seq)).where(CHANGES.c.collection_id == collection.id)
    return conn.scalar(query) or 0


def changes_after(conn: Connection, collection: Collection, seq: int) -> list[Change]:
    """What happened to the collection after ``seq``, in order."""
    query = (
        select(CHANGES.c.seq, CHANGES.c.document_id, CHANGES.c.kind)
        .where(CHANGES.c.collection_id == collection.id, CHANGES.c.seq > seq)
        .order_by(CHANGES.c.seq)
    )
    return [Change(*row) for row in conn.execute(query)]


def last_removal(conn: Connection, collection: Collection) -> int:
    """Number of the latest change after which the indexes must hold less; 0 without one."""
    query = select(func.max(CHANGES.c.seq)).where(CHANGES.c.kind != "add")
    return conn.scalar(query.where(CHANGES.c.collection_id == collection.id)) or 0


def count(conn: Connection, collection: Collection) -> int:
    """How many passages the collection has."""
    query = select(func.sum(DOCUMENTS.c.n_passages))
    return conn.scalar(query.where(DOCUMENTS.c.collection_id == collection.id)) or 0


def document_sizes(conn: Connection, collection: Collection) -> NDArray[np.int64]:
    """(document id, number of passages) of every document that has some, in order of id.

    Shape (n, 2): 16 bytes a document, of which there may be as many as passages.
    """
    query = select(DOCUMENTS.c.id, DOCUMENTS.c.n_passages).order_by(DOCUMENTS.c.id)
    mine = query.where(DOCUMENTS.c.collection_id == collection.id, DOCUMENTS.c.n_passages > 0)
    rows = conn.execute(mine.execution_options(yield_per=1000))
    return np.fromiter((n for row in rows for n in row), dtype=np.int64).reshape(-1, 2)


def rows_of(
    conn: Connection, collection: Collection, ids: Sequence[int]
) -> dict[int, NDArray[np.float32]]:
    """Passage id -> row of shape (dimension,), for those that the collection has."""
    owners = set(_of_collection(conn, collection, sorted({i >> ORDINAL_BITS for i in ids})))
    mine = [i for i in ids if i >> ORDINAL_BITS in owners]
    found: dict[int, NDArray[np.float32]] = {}
    query = select(VECTORS.c.passage_id, VECTORS.c.vector)
    for start in range(0, len(mine), CHUNK):
        part = mine[start : start + CHUNK]
        rows = conn.execute(query.where(VECTORS.c.passage_id.in_(part)))
        found.update((int(row[0]), np.frombuffer(row[1], dtype="<f4")) for row in rows)
    return found


def add_passages(
    conn: Connection,
    document_id: int,
    parsed: ParsedDocument,
    slices: Sequence[Slice],
    rows: NDArray[np.float32],
    n_before: int = 0,
) -> None:
    """Adds passages after the ``n_before`` that a document has.

    Args:
        conn: the transaction.
        document_id: of a document that has its row.
        parsed: what ``slices`` were cut from.
        slices: the passages.
        rows: their vectors, shape (len(slices), dimension).
        n_before: how many passages the document has already.
    """
    first = (document_id << ORDINAL_BITS) + n_before
    found = [
        {
            "id": first + ordinal,
            "document_id": document_id,
            "char_start": piece.char_start,
            "char_end": piece.char_end,
            "page_number": parsed.page_of(piece.char_start),
            "text": piece.text,
            "context": piece.context,
        }
        for ordinal, piece in enumerate(slices)
    ]
    conn.execute(insert(PASSAGES), found)
    _add_vectors(conn, [first + ordinal for ordinal in range(len(found))], rows)


def remove_passages(conn: Connection, document_id: int) -> None:
    """Takes out a document's passages and their vectors."""
    low = document_id << ORDINAL_BITS
    high = low + MAX_PASSAGES - 1
    for table in (VECTORS, VECTORS_ANEW):
        conn.execute(delete(table).where(table.c.passage_id.between(low, high)))
    conn.execute(delete(PASSAGES).where(PASSAGES.c.id.between(low, high)))


def _add_vectors(
    conn: Connection, ids: Sequence[int], rows: NDArray[np.float32], table: Table = VECTORS
) -> None:
    if not ids:
        return
    blobs = [row.astype("<f4").tobytes() for row in rows]
    pairs = zip(ids, blobs, strict=True)
    conn.execute(insert(table), [{"passage_id": i, "vector": blob} for i, blob in pairs])


def _of_documents(
    conn: Connection,
    query: Select[Any],
    key: Column[int],
    collection: Collection,
    document_ids: Sequence[int] | None,
) -> Iterator[Any]:
    """Rows of a table of passages by its key, as a stream: nothing is joined or sorted."""
    if document_ids is None:
        ids = document_sizes(conn, collection)[:, 0]
    else:
        ids = np.array(_of_collection(conn, collection, sorted(document_ids)), dtype=np.int64)
    for first, last in _runs(ids):
        low, high = first << ORDINAL_BITS, ((last + 1) << ORDINAL_BITS) - 1
        ordered = query.where(key.between(low, high)).order_by(key)
        with conn.execute(ordered.execution_options(yield_per=1000)) as rows:
            yield from rows


def _of_collection(conn: Connection, collection: Collection, ids: Sequence[int]) -> list[int]:
    """Those of the ids whose documents belong to it and are not still being written."""
    mine = select(DOCUMENTS.c.id).where(DOCUMENTS.c.collection_id == collection.id)
    found: list[int] = []
    for start in range(0, len(ids), CHUNK):
        part = DOCUMENTS.c.id.in_(ids[start : start + CHUNK])
        query = mine.where(part, DOCUMENTS.c.n_passages > 0).order_by(DOCUMENTS.c.id)
        found += conn.scalars(query)
    return found


def _runs(ids: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """First and last of each run of numbers that follow each other; ``ids`` ascend."""
    if not len(ids):
        return
    breaks = np.flatnonzero(np.diff(ids) != 1)
    firsts, lasts = np.r_[0, breaks + 1], np.r_[breaks, len(ids) - 1]
    for first, last in zip(firsts, lasts, strict=True):
        yield int(ids[first]), int(ids[last])
