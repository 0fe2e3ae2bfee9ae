"""What the library knows, in SQL: the truth that every index follows.

Knows no file, model or index. Everything is asked by collection, so that a caller sees only
what it names.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Insert, RowMapping, Select, delete, func, insert, select

from . import schema
from .schema import changes, collections, documents, meta, passages, vectors
from .types import Document, ParsedDocument, Passage, Slice, State, UnknownDocument
from .vectors import ORDINAL_BITS

MAX_PASSAGES = 1 << ORDINAL_BITS
CHUNK = 500  # ids a statement; SQLite takes up to 32,766 variables
_LISTED = [column for column in documents.c if column.name not in ("page_starts", "text")]


@dataclass(frozen=True, slots=True)
class Collection:
    """A set of documents. ``key`` names its folders and is never given twice."""

    id: int
    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Change:
    """One step of a collection's history; ``kind`` is add, remove or reset."""

    seq: int
    document_id: int
    kind: str


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A file about to be recorded. Failed ones have neither slices nor rows.

    ``rows`` has shape (len(slices), dimension).
    """

    parsed: ParsedDocument
    state: State
    reason: str
    size_bytes: int
    sha256: str
    slices: Sequence[Slice]
    rows: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Stats:
    """How much there is."""

    collections: int
    documents: int
    passages: int
    size_bytes: int


class Store:
    """All SQL of the library. Methods that take a connection belong to a transaction."""

    def __init__(self, url: str) -> None:
        self._engine = schema.connect(url)

    def close(self) -> None:
        """Ends all connections."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the library."""
        conn = self._engine.connect()
        if self._engine.dialect.name != "sqlite":
            conn = conn.execution_options(isolation_level="REPEATABLE READ")
        with conn, conn.begin():
            yield conn

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that commits at its end, or undoes all when an error leaves it."""
        with self._engine.connect().execution_options(write=True) as conn, conn.begin():
            yield conn

    def scrub(self) -> None:
        """Leaves no removed text in the database's log."""
        schema.truncate_log(self._engine)

    # Collections

    def collections(self, conn: Connection) -> list[Collection]:
        """All of them, in order of making."""
        rows = conn.execute(select(collections).order_by(collections.c.id))
        return [Collection(*row) for row in rows]

    def collection(self, conn: Connection, name: str) -> Collection | None:
        """By name."""
        row = conn.execute(select(collections).where(collections.c.name == name)).first()
        return Collection(*row) if row else None

    def lock_collection(self, conn: Connection, name: str) -> Collection:
        """By name, made when new; other writers of it wait until the transaction ends.

        With the lock, sequence numbers of a collection are committed in their order.
        """
        found = self.collection(conn, name)
        if found and self.hold(conn, found):
            return found
        values = {"name": name, "key": secrets.token_hex(8)}
        return Collection(_new_id(conn, insert(collections).values(**values)), **values)

    def hold(self, conn: Connection, collection: Collection) -> bool:
        """Makes other writers of the collection wait; False if it was removed."""
        query = select(collections.c.id).where(collections.c.id == collection.id)
        return conn.scalar(query.with_for_update()) is not None

    def remove_collection(self, conn: Connection, collection: Collection) -> None:
        """Takes out the collection with everything in it."""
        ids = conn.scalars(
            select(documents.c.id).where(documents.c.collection_id == collection.id)
        ).all()
        self.remove(conn, collection, ids)
        conn.execute(delete(changes).where(changes.c.collection_id == collection.id))
        conn.execute(delete(collections).where(collections.c.id == collection.id))

    # Documents

    def add(self, conn: Connection, collection: Collection, entry: Entry) -> Document:
        """Records a file with its passages and vectors."""
        parsed, passage_count = entry.parsed, len(entry.slices)
        if passage_count > MAX_PASSAGES:
            raise ValueError(f"a document has at most {MAX_PASSAGES} passages, got {passage_count}")
        values = {
            "collection_id": collection.id,
            "name": parsed.name,
            "media_type": parsed.media_type,
            "state": entry.state,
            "reason": entry.reason,
            "warnings": list(parsed.warnings),
            "n_pages": len(parsed.page_starts) if passage_count else 0,
            "n_passages": passage_count,
            "size_bytes": entry.size_bytes,
            "sha256": entry.sha256,
            "added_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "page_starts": list(parsed.page_starts),
            "text": parsed.text,
        }
        document_id = _new_id(conn, insert(documents).values(**values))
        if passage_count:
            self._add_passages(conn, document_id, entry)
            self._note(conn, collection, document_id, "add")
        return self.document(conn, document_id, [collection.name])

    def _add_passages(self, conn: Connection, document_id: int, entry: Entry) -> None:
        first = document_id << ORDINAL_BITS
        found = [
            {
                "id": first + ordinal,
                "document_id": document_id,
                "char_start": piece.char_start,
                "char_end": piece.char_end,
                "page_number": entry.parsed.page_of(piece.char_start),
                "text": piece.text,
            }
            for ordinal, piece in enumerate(entry.slices)
        ]
        conn.execute(insert(passages), found)
        ids = [first + ordinal for ordinal in range(len(found))]
        self._add_vectors(conn, ids, entry.rows)

    @staticmethod
    def _add_vectors(conn: Connection, ids: Sequence[int], rows: NDArray[np.float32]) -> None:
        blobs = [row.astype("<f4").tobytes() for row in rows]
        pairs = zip(ids, blobs, strict=True)
        conn.execute(insert(vectors), [{"passage_id": i, "vector": blob} for i, blob in pairs])

    def remove(self, conn: Connection, collection: Collection, ids: Sequence[int]) -> None:
        """Takes out documents of the collection with all that belongs to them."""
        for document_id in ids:
            low = document_id << ORDINAL_BITS
            high = low + MAX_PASSAGES - 1
            conn.execute(delete(vectors).where(vectors.c.passage_id.between(low, high)))
            conn.execute(delete(passages).where(passages.c.id.between(low, high)))
            conn.execute(
                delete(documents)
                .where(documents.c.id == document_id)
                .where(documents.c.collection_id == collection.id)
            )
            self._note(conn, collection, document_id, "remove")

    def documents(self, conn: Connection, names: Sequence[str]) -> list[Document]:
        """All documents of the named collections, in order of adding."""
        return _documents(conn, _listed(names).order_by(documents.c.id))

    def document(self, conn: Connection, document_id: int, names: Sequence[str]) -> Document:
        """One document of the named collections.

        Raises:
            UnknownDocument: there is none with this id in them.
        """
        found = _documents(conn, _listed(names).where(documents.c.id == document_id))
        if not found:
            asked = ", ".join(names) or "no collection"
            raise UnknownDocument(f"no document {document_id} in {asked}: list the documents first")
        return found[0]

    def document_of_bytes(self, conn: Connection, sha256: str, name: str) -> Document | None:
        """The document with these bytes in the named collection."""
        found = _documents(conn, _listed([name]).where(documents.c.sha256 == sha256))
        return found[0] if found else None

    def text(self, conn: Connection, document_id: int) -> tuple[str, tuple[int, ...]]:
        """A document's text and where its pages start."""
        query = select(documents.c.text, documents.c.page_starts)
        row = conn.execute(query.where(documents.c.id == document_id)).one()
        return str(row.text), tuple(row.page_starts)

    def hashes(self, conn: Connection, collection: Collection) -> set[str]:
        """SHA-256 of every document that has passages."""
        query = select(documents.c.sha256).where(documents.c.collection_id == collection.id)
        return set(conn.scalars(query.where(documents.c.n_passages > 0)))

    # Passages and vectors

    def passages(self, conn: Connection, ids: Sequence[int], names: Sequence[str]) -> list[Passage]:
        """Passages in the order of ``ids``; those outside the named collections are left out."""
        query = (
            select(passages, documents.c.name.label("document_name"))
            .join(documents, documents.c.id == passages.c.document_id)
            .join(collections, collections.c.id == documents.c.collection_id)
            .where(collections.c.name.in_(names))
        )
        found: dict[int, Passage] = {}
        for start in range(0, len(ids), CHUNK):
            part = ids[start : start + CHUNK]
            rows = conn.execute(query.where(passages.c.id.in_(part))).mappings()
            found.update((row["id"], Passage(**row)) for row in rows)
        return [found[i] for i in ids if i in found]

    def texts_of(
        self, conn: Connection, collection: Collection, document_ids: Sequence[int] | None = None
    ) -> Iterator[tuple[int, int, str]]:
        """(passage id, document id, text) in order of id; of all documents when None."""
        columns = select(passages.c.id, passages.c.document_id, passages.c.text)
        query = columns.join(documents, documents.c.id == passages.c.document_id)
        for row in _of_documents(conn, query, collection, document_ids):
            yield int(row[0]), int(row[1]), str(row[2])

    def vectors_of(
        self, conn: Connection, collection: Collection, document_ids: Sequence[int] | None = None
    ) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """(passage id, row of shape (dimension,)) in order of id; of all documents when None."""
        query = (
            select(passages.c.id, vectors.c.vector)
            .join(vectors, vectors.c.passage_id == passages.c.id)
            .join(documents, documents.c.id == passages.c.document_id)
        )
        for row in _of_documents(conn, query, collection, document_ids):
            yield int(row[0]), np.frombuffer(row[1], dtype="<f4")

    def replace_vectors(
        self,
        conn: Connection,
        collection: Collection,
        ids: Sequence[int],
        rows: NDArray[np.float32],
    ) -> None:
        """New rows of shape (len(ids), dimension) for passages of the collection."""
        for start in range(0, len(ids), CHUNK):
            part = ids[start : start + CHUNK]
            conn.execute(delete(vectors).where(vectors.c.passage_id.in_(part)))
        if ids:
            self._add_vectors(conn, ids, rows)
        self._note(conn, collection, 0, "reset")

    # History

    def _note(self, conn: Connection, collection: Collection, document_id: int, kind: str) -> None:
        values = {"collection_id": collection.id, "document_id": document_id, "kind": kind}
        conn.execute(insert(changes).values(**values))

    def sequence(self, conn: Connection, collection: Collection) -> int:
        """Number of the collection's latest change; 0 before the first."""
        query = select(func.max(changes.c.seq)).where(changes.c.collection_id == collection.id)
        return conn.scalar(query) or 0

    def changes_after(self, conn: Connection, collection: Collection, seq: int) -> list[Change]:
        """What happened to the collection after ``seq``, in order."""
        query = (
            select(changes.c.seq, changes.c.document_id, changes.c.kind)
            .where(changes.c.collection_id == collection.id, changes.c.seq > seq)
            .order_by(changes.c.seq)
        )
        return [Change(*row) for row in conn.execute(query)]

    def count(self, conn: Connection, collection: Collection) -> int:
        """How many passages the collection has."""
        query = select(func.sum(documents.c.n_passages))
        return conn.scalar(query.where(documents.c.collection_id == collection.id)) or 0

    def stats(self, conn: Connection, names: Sequence[str] | None = None) -> Stats:
        """Totals over the named collections, or over all of them."""
        query = select(
            func.count(func.distinct(documents.c.collection_id)),
            func.count(),
            func.coalesce(func.sum(documents.c.n_passages), 0),
            func.coalesce(func.sum(documents.c.size_bytes), 0),
        ).select_from(documents.join(collections))
        if names is not None:
            query = query.where(collections.c.name.in_(names))
        return Stats(*(int(value) for value in conn.execute(query).one()))

    def setting(self, conn: Connection, key: str) -> str | None:
        """A remembered value."""
        return conn.scalar(select(meta.c.value).where(meta.c.key == key))

    def remember(self, conn: Connection, key: str, value: str) -> None:
        """Remembers a value in place of the one before."""
        conn.execute(delete(meta).where(meta.c.key == key))
        conn.execute(insert(meta).values(key=key, value=value))


def _new_id(conn: Connection, statement: Insert) -> int:
    made = conn.execute(statement).inserted_primary_key
    assert made is not None, "the database gave no key for a new row"
    return int(made[0])


def _listed(names: Sequence[str]) -> Select[Any]:
    columns = select(*_LISTED, collections.c.name.label("collection"))
    joined = columns.join(collections, collections.c.id == documents.c.collection_id)
    return joined.where(collections.c.name.in_(names))


def _documents(conn: Connection, query: Select[Any]) -> list[Document]:
    return [_document(row) for row in conn.execute(query).mappings()]


def _document(row: RowMapping) -> Document:
    values = {key: value for key, value in row.items() if key != "collection_id"}
    return Document(**{**values, "warnings": tuple(row["warnings"])})


def _of_documents(
    conn: Connection, query: Select[Any], collection: Collection, document_ids: Sequence[int] | None
) -> Iterator[Any]:
    query = query.where(documents.c.collection_id == collection.id).order_by(passages.c.id)
    if document_ids is None:
        yield from conn.execute(query.execution_options(yield_per=1000))
        return
    ids = sorted(document_ids)
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        yield from conn.execute(query.where(documents.c.id.in_(part)))
