"""What is removed leaves the truth in one transaction, and then every file.

Knows neither how documents came in nor who asks.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..care.housekeeping import forget_removed
from ..files import Files
from ..records import Collection
from ..sql import jobs, sources, store
from ..types import Document

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ..index.indexes import Indexes
    from ..sql.database import Database

log = logging.getLogger(__name__)


class Removal:
    """Takes documents out again. May be used by several threads and processes."""

    def __init__(self, database: Database, files: Files, indexes: Indexes) -> None:
        self._database = database
        self._files = files
        self._indexes = indexes

    def remove(self, ids: Sequence[int], collection: str) -> list[Document]:
        """Takes documents out again; see ``Library.remove``."""
        if not ids:
            return []
        with self._database.writing() as conn:
            removed = [store.document_of(conn, i, [collection]) for i in ids]
            owner = store.lock_collection(conn, collection)
            unneeded = _remove(conn, owner, ids)
        self.clear(owner, unneeded, has_removed=True)
        return removed

    def remove_vanished(
        self, prefix: str, is_there: Callable[[str], bool], collection: str
    ) -> list[Document]:
        """Takes out what came from below ``prefix``, where nothing is there now."""
        with self._database.reading() as conn:
            owner = store.collection_named(conn, collection)
            known = sources.below(conn, owner, prefix) if owner else []
        gone = [source for source in known if not is_there(source)]
        if owner is None or not gone:
            return []
        with self._database.writing() as conn:
            if not store.hold(conn, owner):
                return []
            orphans = sources.forget(conn, owner, gone)
            removed = [store.document_of(conn, i, [collection]) for i in orphans]
            unneeded = _remove(conn, owner, orphans)
        self.clear(owner, unneeded, has_removed=True)
        return removed

    def remove_collection(self, collection: str) -> None:
        """Takes out a collection with all its documents and all that waits for it."""
        with self._database.writing() as conn:
            queued = jobs.remove(conn, jobs.of_collection(conn, collection))
            owner = store.collection_named(conn, collection)
            if owner is not None:
                store.hold(conn, owner)
                store.remove_collection(conn, owner)
        self._files.unqueue(queued)
        if owner is None:
            return
        self._database.scrub()
        self._files.remove_collection(owner.key)
        self._indexes.remove(owner)

    def clear(self, owner: Collection, unneeded: Sequence[str], *, has_removed: bool) -> None:
        """After a commit, which stands whatever happens here: what was removed leaves every file.

        What fails now is made up for when the library is next opened.
        """
        try:
            self._files.unqueue(unneeded)
            if has_removed:
                forget_removed(self._database, self._files, self._indexes, owner)
        except Exception:
            log.exception("the change was made, but not all that was removed is cleared away yet")


def _remove(conn: Connection, owner: Collection, ids: Sequence[int]) -> list[str]:
    """Removes documents with their jobs; returns the queue's copies that nobody needs."""
    store.remove(conn, owner, ids)
    return jobs.remove(conn, jobs.of_documents(conn, ids))
