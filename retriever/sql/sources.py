"""Where documents come from: a path or an upload's name, so that a new version replaces the old.

Knows no file. All functions belong to a transaction of their caller.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, insert, select

from ..records import Collection
from ..types import Document
from . import store
from .schema import DOCUMENTS, SOURCES


def gives(conn: Connection, collection: Collection, source: str, document_id: int) -> bool:
    """Whether ``source`` gives this document and no other."""
    return _ids(conn, collection, source) == [document_id]


def document_of(conn: Connection, collection: Collection, source: str) -> Document | None:
    """The indexed document that ``source`` gives."""
    for document_id in _ids(conn, collection, source):
        found = store.document_of(conn, document_id, [collection.name])
        if found.state == "indexed":
            return found
    return None


def point(conn: Connection, collection: Collection, source: str, document: Document) -> list[int]:
    """From now on ``source`` gives ``document``.

    Returns:
        Ids of documents that no source gives any more. A version that could not be read
        (``document`` is not indexed) takes the place of failed versions alone.
    """
    others = [i for i in _ids(conn, collection, source) if i != document.id]
    if document.state != "indexed":
        good = select(DOCUMENTS.c.id).where(DOCUMENTS.c.id.in_(others), DOCUMENTS.c.n_passages > 0)
        others = [i for i in others if i not in set(conn.scalars(good))]
    _delete(conn, collection, source, others)
    values = {"collection_id": collection.id, "source": source, "document_id": document.id}
    if document.id not in _ids(conn, collection, source):
        conn.execute(insert(SOURCES).values(**values))
    return _orphans(conn, others)


def forget(conn: Connection, collection: Collection, gone: Sequence[str]) -> list[int]:
    """Sources that are no more; returns ids of documents that no source gives any more."""
    ids: set[int] = set()
    for source in gone:
        found = _ids(conn, collection, source)
        _delete(conn, collection, source, found)
        ids.update(found)
    return _orphans(conn, sorted(ids))


def below(conn: Connection, collection: Collection, prefix: str) -> list[str]:
    """Sources that begin with ``prefix``, in order."""
    begins = func.substr(SOURCES.c.source, 1, len(prefix)) == prefix
    query = select(SOURCES.c.source).where(SOURCES.c.collection_id == collection.id, begins)
    return sorted(set(conn.scalars(query)))


def of_document(conn: Connection, document_id: int) -> list[str]:
    """Every source that gives the document, in order."""
    query = select(SOURCES.c.source).where(SOURCES.c.document_id == document_id)
    return sorted(conn.scalars(query))


def _ids(conn: Connection, collection: Collection, source: str) -> list[int]:
    query = select(SOURCES.c.document_id).where(
        SOURCES.c.collection_id == collection.id, SOURCES.c.source == source
    )
    return sorted(conn.scalars(query))


def _delete(conn: Connection, collection: Collection, source: str, ids: Sequence[int]) -> None:
    for document_id in ids:
        conn.execute(
            delete(SOURCES).where(
                SOURCES.c.collection_id == collection.id,
                SOURCES.c.source == source,
                SOURCES.c.document_id == document_id,
            )
        )


def _orphans(conn: Connection, ids: Sequence[int]) -> list[int]:
    return [i for i in ids if not of_document(conn, i)]
