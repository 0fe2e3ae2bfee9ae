"""A filter becomes the ids of the passages that a search may find.

Knows the tables, but neither indexes nor questions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from .records import ORDINAL_BITS
from .sql.contents import CHUNK
from .sql.schema import COLLECTIONS, DOCUMENTS, PASSAGES
from .types import Filter, page_number_at

_LARGEST = (1 << 31) - 1  # that every database takes for a number; none counts so far


def allowed_ids(conn: Connection, names: Sequence[str], where: Filter) -> NDArray[np.int64]:
    """Ids of all passages of the named collections that ``where`` lets through.

    Ascending, shape (n,).
    """
    documents = _documents(conn, names, where)
    if where.pages is not None:
        ids = _on_pages(conn, [document_id for document_id, _ in documents], *where.pages)
        return np.fromiter(ids, dtype=np.int64)
    owners, counts = np.array(documents, dtype=np.int64).reshape(-1, 2).T  # (documents,) each
    before = np.repeat(np.cumsum(counts) - counts, counts)  # (n,): passages of earlier documents
    ordinals = np.arange(counts.sum()) - before  # (n,)
    allowed: NDArray[np.int64] = np.repeat(owners << ORDINAL_BITS, counts) + ordinals
    return allowed


def _documents(conn: Connection, names: Sequence[str], where: Filter) -> list[tuple[int, int]]:
    """(document id, how many passages it has), ascending."""
    query = (
        select(DOCUMENTS.c.id, DOCUMENTS.c.n_passages)
        .join(COLLECTIONS, COLLECTIONS.c.id == DOCUMENTS.c.collection_id)
        .where(COLLECTIONS.c.name.in_(names))
        .order_by(DOCUMENTS.c.id)
    )
    if where.media_types is not None:
        query = query.where(DOCUMENTS.c.media_type.in_(where.media_types))
    if where.added_from is not None:
        query = query.where(DOCUMENTS.c.added_at >= _stored(where.added_from))
    if where.added_before is not None:
        query = query.where(DOCUMENTS.c.added_at < _stored(where.added_before))
    if where.document_ids is None:
        return [(int(row[0]), int(row[1])) for row in conn.execute(query)]
    wanted = sorted(i for i in where.document_ids if i <= _LARGEST)
    parts = (wanted[begin : begin + CHUNK] for begin in range(0, len(wanted), CHUNK))
    chosen = (query.where(DOCUMENTS.c.id.in_(part)) for part in parts)
    return [(int(row[0]), int(row[1])) for one in chosen for row in conn.execute(one)]


def _stored(moment: datetime) -> str:
    """A time as ``documents.added_at`` holds it: whole seconds, UTC."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _on_pages(conn: Connection, ids: Sequence[int], first: int, last: int) -> Iterator[int]:
    """Passages of the documents that lie on the pages from ``first`` to ``last``, if in part."""
    columns = select(
        PASSAGES.c.id, PASSAGES.c.page_number, PASSAGES.c.char_end, PASSAGES.c.document_id
    ).where(PASSAGES.c.page_number <= min(last, _LARGEST))
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        paged = select(DOCUMENTS.c.id, DOCUMENTS.c.page_starts).where(DOCUMENTS.c.id.in_(part))
        page_starts = {row[0]: row[1] for row in conn.execute(paged)}
        passages = columns.where(PASSAGES.c.document_id.in_(part)).order_by(PASSAGES.c.id)
        for passage_id, page_number, char_end, document_id in conn.execute(passages):
            starts = page_starts[document_id]
            if page_number >= first or page_number_at(starts, char_end - 1) >= first:
                yield passage_id
