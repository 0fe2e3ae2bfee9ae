"""Collections and documents in SQL: the truth that every index follows.

Knows no file, model or index. Everything is asked by collection, so that a caller sees only
what it names. All functions belong to a transaction of their caller.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Insert, RowMapping, Select, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from ..records import MAX_PASSAGES, Collection, Entry, Stats
from ..types import FINAL_STATES, Document, UnknownDocument
from . import contents, owed
from .schema import CHANGES, COLLECTIONS, DOCUMENTS, META, SOURCES

IDS_AT_ONCE = 500  # in one statement
_LISTED = [column for column in DOCUMENTS.c if column.name not in ("page_starts", "text")]


def all_collections(conn: Connection) -> list[Collection]:
    """All of them, in order of making."""
    rows = conn.execute(select(COLLECTIONS).order_by(COLLECTIONS.c.id))
    return [Collection(*row) for row in rows]


def collection_named(conn: Connection, name: str) -> Collection | None:
    """By name."""
    row = conn.execute(select(COLLECTIONS).where(COLLECTIONS.c.name == name)).first()
    return Collection(*row) if row else None


def lock_collection(conn: Connection, name: str) -> Collection:
    """By name, made when new; other writers of it wait until the transaction ends.

    With the lock, sequence numbers of a collection are committed in their order.
    """
    while True:
        found = collection_named(conn, name)
        if found and hold(conn, found):
            return found
        values = {"name": name, "key": secrets.token_hex(8)}
        with suppress(IntegrityError), conn.begin_nested():  # another writer may be faster
            return Collection(_new_id(conn, insert(COLLECTIONS).values(**values)), **values)


def hold(conn: Connection, collection: Collection) -> bool:
    """Makes other writers of the collection wait; False if it was removed."""
    query = select(COLLECTIONS.c.id).where(COLLECTIONS.c.id == collection.id)
    return conn.scalar(query.with_for_update()) is not None


def remove_collection(conn: Connection, collection: Collection) -> None:
    """Takes out the collection with everything in it."""
    ids = conn.scalars(
        select(DOCUMENTS.c.id).where(DOCUMENTS.c.collection_id == collection.id)
    ).all()
    remove(conn, collection, ids)
    conn.execute(delete(CHANGES).where(CHANGES.c.collection_id == collection.id))
    conn.execute(delete(COLLECTIONS).where(COLLECTIONS.c.id == collection.id))


def add(conn: Connection, collection: Collection, entry: Entry) -> Document:
    """Records a file with its passages and vectors."""
    if len(entry.slices) > MAX_PASSAGES:
        raise ValueError(f"a document has at most {MAX_PASSAGES} passages, got {len(entry.slices)}")
    document_id = insert_document(conn, collection, entry, entry.state, len(entry.slices))
    if entry.slices:
        contents.add_passages(conn, document_id, entry.parsed, entry.slices, entry.rows)
        contents.note(conn, collection, document_id, "add")
    return document_of(conn, document_id, [collection.name])


def insert_document(
    conn: Connection, collection: Collection, entry: Entry, state: str, n_passages: int = 0
) -> int:
    """A document's own row, with its text and without its passages; returns its id."""
    parsed = entry.parsed
    values = {
        "collection_id": collection.id,
        "name": parsed.name,
        "media_type": parsed.media_type,
        "state": state,
        "reason": entry.reason,
        "warnings": list(parsed.warnings),
        "n_pages": len(parsed.page_starts) if entry.slices else 0,
        "n_passages": n_passages,
        "size_bytes": entry.size_bytes,
        "sha256": entry.sha256,
        "added_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "page_starts": list(parsed.page_starts),
        "text": parsed.text,
    }
    return _new_id(conn, insert(DOCUMENTS).values(**values))


def remove(conn: Connection, collection: Collection, ids: Sequence[int]) -> None:
    """Takes out documents of the collection with all that belongs to them."""
    for document_id in ids:
        mine = (DOCUMENTS.c.id == document_id, DOCUMENTS.c.collection_id == collection.id)
        n_passages = conn.scalar(select(DOCUMENTS.c.n_passages).where(*mine))
        if n_passages is None:
            continue
        contents.remove_passages(conn, document_id)
        conn.execute(delete(SOURCES).where(SOURCES.c.document_id == document_id))
        conn.execute(delete(DOCUMENTS).where(*mine))
        owed.note(conn)
        if n_passages:  # else no index ever heard of it
            contents.note(conn, collection, document_id, "remove")


def documents_of(conn: Connection, names: Sequence[str]) -> list[Document]:
    """All documents of the named collections, in order of adding."""
    return _documents(conn, _listed(names).order_by(DOCUMENTS.c.id))


def document_of(conn: Connection, document_id: int, names: Sequence[str]) -> Document:
    """One document of the named collections.

    Raises:
        UnknownDocument: there is none with this id in them.
    """
    found = _documents(conn, _listed(names).where(DOCUMENTS.c.id == document_id))
    if not found:
        raise _unknown(document_id, names)
    return found[0]


def exists(conn: Connection, document_id: int) -> bool:
    """Whether a document is there, in whatever collection and state."""
    return conn.scalar(select(DOCUMENTS.c.id).where(DOCUMENTS.c.id == document_id)) is not None


def document_of_bytes(conn: Connection, sha256: str, name: str) -> Document | None:
    """The document with these bytes in the named collection."""
    found = _documents(conn, _listed([name]).where(DOCUMENTS.c.sha256 == sha256))
    return found[0] if found else None


def text_of(conn: Connection, document_id: int) -> tuple[str, tuple[int, ...]]:
    """A document's text and where its pages start."""
    query = select(DOCUMENTS.c.text, DOCUMENTS.c.page_starts)
    row = conn.execute(query.where(DOCUMENTS.c.id == document_id)).one()
    return str(row.text), tuple(row.page_starts)


def beginnings(
    conn: Connection, document_ids: Sequence[int], n_chars: int, names: Sequence[str]
) -> dict[int, str]:
    """The first code points of documents of the named collections, by id."""
    found: dict[int, str] = {}
    query = select(DOCUMENTS.c.id, func.substr(DOCUMENTS.c.text, 1, n_chars)).join(COLLECTIONS)
    for start in range(0, len(document_ids), IDS_AT_ONCE):
        some = document_ids[start : start + IDS_AT_ONCE]
        mine = (DOCUMENTS.c.id.in_(some), COLLECTIONS.c.name.in_(names))
        found.update({int(row[0]): str(row[1]) for row in conn.execute(query.where(*mine))})
    return found


def page_starts_of(
    conn: Connection, document_ids: Sequence[int], names: Sequence[str]
) -> dict[int, tuple[int, ...]]:
    """Where the pages of a few documents start, by id, without their texts, which may be long.

    Raises:
        UnknownDocument: one of them is in none of the named collections.
    """
    query = select(DOCUMENTS.c.id, DOCUMENTS.c.page_starts).join(COLLECTIONS)
    mine = (COLLECTIONS.c.name.in_(names), DOCUMENTS.c.state.in_(FINAL_STATES))
    found = conn.execute(query.where(DOCUMENTS.c.id.in_(document_ids), *mine))
    starts = {int(row[0]): tuple(row[1]) for row in found}
    for document_id in document_ids:
        if document_id not in starts:
            raise _unknown(document_id, names)
    return starts


def hashes(conn: Connection, collection: Collection) -> set[str]:
    """SHA-256 of every document that has passages."""
    query = select(DOCUMENTS.c.sha256).where(DOCUMENTS.c.collection_id == collection.id)
    return set(conn.scalars(query.where(DOCUMENTS.c.n_passages > 0)))


def stats(conn: Connection, names: Sequence[str] | None = None) -> Stats:
    """Totals over the named collections, or over all of them."""
    query = select(
        func.count(func.distinct(DOCUMENTS.c.collection_id)),
        func.count(),
        func.coalesce(func.sum(DOCUMENTS.c.n_passages), 0),
        func.coalesce(func.sum(DOCUMENTS.c.size_bytes), 0),
    ).select_from(DOCUMENTS.join(COLLECTIONS))
    query = query.where(DOCUMENTS.c.state.in_(FINAL_STATES))
    if names is not None:
        query = query.where(COLLECTIONS.c.name.in_(names))
    return Stats(*(int(value) for value in conn.execute(query).one()))


def states(conn: Connection) -> dict[str, int]:
    """How many documents of the whole library are in each final state."""
    query = select(DOCUMENTS.c.state, func.count()).group_by(DOCUMENTS.c.state)
    rows = conn.execute(query.where(DOCUMENTS.c.state.in_(FINAL_STATES)))
    return {str(state): int(count) for state, count in rows}


def setting(conn: Connection, key: str) -> str | None:
    """A remembered value."""
    return conn.scalar(select(META.c.value).where(META.c.key == key))


def remember(conn: Connection, key: str, value: str) -> None:
    """Remembers a value in place of the one before."""
    forget(conn, key)
    conn.execute(insert(META).values(key=key, value=value))


def forget(conn: Connection, key: str) -> None:
    """Forgets a value; one that was never there is no error."""
    conn.execute(delete(META).where(META.c.key == key))


def _unknown(document_id: int, names: Sequence[str]) -> UnknownDocument:
    asked = ", ".join(names) or "no collection"
    return UnknownDocument(f"no document {document_id} in {asked}: list the documents first")


def _new_id(conn: Connection, statement: Insert) -> int:
    made = conn.execute(statement).inserted_primary_key
    assert made is not None, "the database gave no key for a new row"
    return int(made[0])


def _listed(names: Sequence[str]) -> Select[Any]:
    columns = select(*_LISTED, COLLECTIONS.c.name.label("collection"))
    joined = columns.join(COLLECTIONS, COLLECTIONS.c.id == DOCUMENTS.c.collection_id)
    return joined.where(COLLECTIONS.c.name.in_(names), DOCUMENTS.c.state.in_(FINAL_STATES))


def _documents(conn: Connection, query: Select[Any]) -> list[Document]:
    return [_document(row) for row in conn.execute(query).mappings()]


def _document(row: RowMapping) -> Document:
    values = {key: value for key, value in row.items() if key != "collection_id"}
    return Document(**{**values, "warnings": tuple(row["warnings"])})
