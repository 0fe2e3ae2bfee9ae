"""Documents half way into SQL: written batch by batch, seen by nobody until one switch.

A staged document has its row, its text and some of its passages, but its state is not final
and it counts no passages. Knows no file and no model; all functions belong to a transaction
of their caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, func, select, update

from ..records import ORDINAL_BITS, Collection, Entry, FloatArray
from ..types import FINAL_STATES, Document, ParsedDocument, Slice
from . import contents, store
from .schema import DOCUMENTS, PASSAGES

STAGED = "embedding"


class StagedLost(RuntimeError):
    """The staged document was taken away meanwhile: begin again."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A document half way in, and how many of its passages are there."""

    document_id: int
    parsed: ParsedDocument
    n_done: int


def begin(conn: Connection, collection: Collection, entry: Entry) -> Staged:
    """A new one, without passages."""
    document_id = store.insert_document(conn, collection, entry, STAGED)
    return Staged(document_id, entry.parsed, 0)


def find(conn: Connection, collection: Collection, sha256: str) -> Staged | None:
    """What an earlier attempt at these bytes got done."""
    query = select(DOCUMENTS).where(
        DOCUMENTS.c.collection_id == collection.id,
        DOCUMENTS.c.sha256 == sha256,
        DOCUMENTS.c.state.not_in(FINAL_STATES),
    )
    row = conn.execute(query).first()
    if row is None:
        return None
    parsed = ParsedDocument(
        row.name, row.media_type, row.text, tuple(row.page_starts), tuple(row.warnings)
    )
    return Staged(row.id, parsed, _count(conn, row.id))


def agrees(conn: Connection, staged: Staged, slices: Sequence[Slice]) -> bool:
    """Whether the staged passages are the first ones of ``slices``.

    Another version of Quoth may split otherwise.
    """
    columns = select(PASSAGES.c.char_start, PASSAGES.c.char_end, PASSAGES.c.context)
    mine = columns.where(PASSAGES.c.document_id == staged.document_id)
    found = [tuple(row) for row in conn.execute(mine.order_by(PASSAGES.c.id))]
    n_found = len(found)
    return found == [(one.char_start, one.char_end, one.context) for one in slices[:n_found]]


def append(
    conn: Connection, staged: Staged, slices: Sequence[Slice], rows: FloatArray, n_done: int
) -> None:
    """The next passages, after ``n_done``, with their vectors of shape (len(slices), dim).

    Raises:
        StagedLost: somebody took the document away, or wrote to it as well.
    """
    if not _is_there(conn, staged) or _count(conn, staged.document_id) != n_done:
        raise StagedLost("the document was removed while it was being indexed")
    contents.add_passages(conn, staged.document_id, staged.parsed, slices, rows, n_done)


def publish(conn: Connection, collection: Collection, staged: Staged, n_passages: int) -> Document:
    """The switch: from the commit on, searches see the document whole, under its latest name.

    Raises:
        StagedLost: somebody took the document away, or it is not complete.
    """
    if not _is_there(conn, staged) or _count(conn, staged.document_id) != n_passages:
        raise StagedLost("the document was removed while it was being indexed")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    values = {"state": "indexed", "n_passages": n_passages, "added_at": now}
    mine = update(DOCUMENTS).where(DOCUMENTS.c.id == staged.document_id)
    conn.execute(mine.values(**values, name=staged.parsed.name))
    contents.note(conn, collection, staged.document_id, "add")
    return store.document_of(conn, staged.document_id, [collection.name])


def drop(conn: Connection, collection: Collection, document_ids: Sequence[int]) -> None:
    """Takes staged documents out again, with all that is there of them."""
    store.remove(conn, collection, document_ids)


def begun(
    conn: Connection, collection: Collection, before: str | None = None
) -> list[tuple[int, str]]:
    """(id, SHA-256) of staged documents; only those from before a time (ISO 8601, UTC)."""
    query = select(DOCUMENTS.c.id, DOCUMENTS.c.sha256).where(
        DOCUMENTS.c.collection_id == collection.id, DOCUMENTS.c.state.not_in(FINAL_STATES)
    )
    if before is not None:
        query = query.where(DOCUMENTS.c.added_at < before)
    return [(int(row.id), str(row.sha256)) for row in conn.execute(query)]


def _is_there(conn: Connection, staged: Staged) -> bool:
    query = select(DOCUMENTS.c.state).where(DOCUMENTS.c.id == staged.document_id)
    return conn.scalar(query.with_for_update()) == STAGED


def _count(conn: Connection, document_id: int) -> int:
    """Passages count up from the document's first id without a gap."""
    last = select(func.max(PASSAGES.c.id)).where(PASSAGES.c.document_id == document_id)
    found = conn.scalar(last)
    return 0 if found is None else int(found) - (document_id << ORDINAL_BITS) + 1
