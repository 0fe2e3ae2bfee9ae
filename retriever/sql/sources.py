"""Where documents come from: a path or an upload's name, so that a new version replaces the old.

Knows no file. All functions belong to a transaction of their caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, delete, func, insert, select, update

from ..records import Collection
from ..types import Document, SourceFile, given_source
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
    """Sources that are no more; returns ids of documents that no source gives any more.

    A document that was called as its file is, and has another source, is called as that is.
    """
    ids: set[int] = set()
    for source in gone:
        found = _ids(conn, collection, source)
        _delete(conn, collection, source, found)
        ids.update(found)
    orphans = _orphans(conn, sorted(ids))
    for document_id in ids.difference(orphans):
        _rename(conn, collection, document_id, gone)
    return orphans


def _rename(
    conn: Connection, collection: Collection, document_id: int, gone: Sequence[str]
) -> None:
    """After a file that is left, if it has the name of one that is gone."""
    name = store.document_of(conn, document_id, [collection.name]).name
    n_parts = len(Path(name).parts)  # more than one for a file in an archive
    names = [_named(source, n_parts) for source in of_document(conn, document_id)]
    if name not in names and name in [_named(source, n_parts) for source in gone]:
        mine = update(DOCUMENTS).where(DOCUMENTS.c.id == document_id)
        conn.execute(mine.values(name=names[0]))


def _named(source: str, n_parts: int) -> str:
    """The end of a source: what the document of such a file is called."""
    path = Path(given_source(source))
    return SourceFile(path, "/".join(path.parts[-n_parts:])).document_name


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
