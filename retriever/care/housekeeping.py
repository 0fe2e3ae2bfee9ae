"""What a library clears away: strays of a crash, what was removed, what nobody came back to.

Knows the store, files and followers; changes nothing that SQL knows.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from ..files import ABANDONED_AFTER_S, Files
from ..index.followers import must_forget
from ..index.indexes import Indexes
from ..records import Collection
from ..sql import contents, jobs, leases, staging, store
from ..sql.database import Database

HALF_DONE_KEPT = timedelta(days=1)  # what nobody came back to within
FAILED_KEPT = timedelta(days=7)  # bytes of failed and cancelled files, for another try

log = logging.getLogger(__name__)


def tidy(database: Database, files: Files, indexes: Indexes) -> None:
    """Clears away what crashes and removals left, when the library is opened.

    What fails is logged and tried again at the next opening, so that the library opens on a full
    disk too: it is searched, and documents are removed to make room.
    """
    _or_logged(partial(tidy_queue, database, files), "the queue")
    _or_logged(partial(_sweep_strays, database, files, indexes.root), "strays of a crash")
    _or_logged(partial(_forget_in_indexes, database, indexes), "the indexes")
    _or_logged(database.scrub_if_owed, "removed text in the database")


def _or_logged(act: Callable[[], object], what: str) -> None:
    try:
        act()
    except OSError as error:  # a full disk, or a busy database: its message is for people
        log.warning("%s: not cleared away before the next opening: %s", what, error)
    except Exception:
        log.exception("%s: not cleared away before the next opening", what)


def _sweep_strays(database: Database, files: Files, indexes: Path) -> None:
    """Deletes originals without a document, and folders without a collection."""
    with database.reading() as conn:
        every = store.all_collections(conn)
        untidy = [c for c in every if files.names(c.key) - store.hashes(conn, c)]
    for collection in untidy:
        with database.writing() as conn:  # nobody adds meanwhile: a file comes before its row
            if store.hold(conn, collection):
                files.sweep(collection.key, store.hashes(conn, collection))
    keys = {collection.key for collection in every}
    for root in (files.root, indexes):
        _remove_abandoned(root, keys)


def _remove_abandoned(root: Path, keys: set[str]) -> None:
    for key in Files(root).keys() - keys:
        folder = root / key
        with suppress(FileNotFoundError):  # another process that opens it was faster
            if time.time() - folder.stat().st_mtime > ABANDONED_AFTER_S:
                shutil.rmtree(folder, ignore_errors=True)


def _forget_in_indexes(database: Database, indexes: Indexes) -> None:
    """Has those indexes follow that may still hold what was removed."""
    with database.reading() as conn:
        removals = {c: contents.last_removal(conn, c) for c in store.all_collections(conn)}
    for collection, last_removal in removals.items():
        if must_forget(indexes.root / collection.key, last_removal):
            _or_logged(partial(indexes.follow, collection), f"{collection.name}: its indexes")


def tidy_queue(database: Database, files: Files) -> None:
    """Takes out what nobody came back to: copies, half-written documents, long finished jobs.

    When the library is opened, and once a day by the worker that is at work.
    """
    files.sweep_incoming()
    now = datetime.now(UTC)
    old, half = (now - FAILED_KEPT).isoformat(), (now - HALF_DONE_KEPT).isoformat()
    with database.reading() as conn:
        finished = jobs.finished_before(conn, old)
        staged = {c: staging.begun(conn, c, half) for c in store.all_collections(conn)}
        files.sweep_queue(jobs.stored_names(conn))
    if finished:
        with database.writing() as conn:
            unneeded = jobs.remove(conn, finished)
        files.unqueue(unneeded)
    if any([_drop_staged(database, c, found) for c, found in staged.items() if found]):
        database.scrub()


def _drop_staged(
    database: Database, collection: Collection, found: Sequence[tuple[int, str]]
) -> bool:
    """Takes out those of the (id, SHA-256) that no job and nobody at work needs."""
    with database.writing() as conn:
        wanted = jobs.unfinished_bytes(conn)
        dropped = [
            document_id
            for document_id, sha256 in found
            if sha256 not in wanted and not leases.is_held(conn, f"{collection.name}/{sha256}")
        ]
        staging.drop(conn, collection, dropped)
    return bool(dropped)


def forget_removed(
    database: Database, files: Files, indexes: Indexes, collection: Collection
) -> None:
    """After a removal was committed: what was removed leaves every file."""
    database.scrub()
    with database.writing() as conn:
        store.hold(conn, collection)
        files.sweep(collection.key, store.hashes(conn, collection))
    indexes.follow(collection)
