"""What a library checks and clears away: strays of a crash, differences between its parts.

Knows the store, files and followers; changes nothing that SQL knows.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from . import contents, jobs, leases, staging, store
from .database import Database
from .files import ABANDONED_AFTER_S, Files
from .followers import Followers, must_forget
from .indexes import Indexes
from .records import Collection

HALF_DONE_KEPT = timedelta(days=1)  # what nobody came back to within
FAILED_KEPT = timedelta(days=7)  # bytes of failed and cancelled files, for another try


def tidy(database: Database, files: Files, indexes: Path) -> list[Collection]:
    """Clears away what crashes left; returns collections whose indexes must forget something."""
    files.sweep_incoming()
    with database.reading() as conn:
        every = store.all_collections(conn)
        untidy = [c for c in every if files.names(c.key) - store.hashes(conn, c)]
        removals = {c.id: contents.last_removal(conn, c) for c in every}
    for collection in untidy:
        with database.writing() as conn:  # nobody adds meanwhile: a file comes before its row
            if store.hold(conn, collection):
                files.sweep(collection.key, store.hashes(conn, collection))
    keys = {collection.key for collection in every}
    for root in (files.root, indexes):
        _remove_abandoned(root, keys)
    return [c for c in every if must_forget(indexes / c.key, removals[c.id])]


def _remove_abandoned(root: Path, keys: set[str]) -> None:
    for key in Files(root).keys() - keys:
        folder = root / key
        if time.time() - folder.stat().st_mtime > ABANDONED_AFTER_S:
            shutil.rmtree(folder, ignore_errors=True)


def tidy_queue(database: Database, files: Files) -> None:
    """Takes out what nobody came back to: half written documents, long finished jobs."""
    now = datetime.now(UTC)
    old, half = (now - FAILED_KEPT).isoformat(), (now - HALF_DONE_KEPT).isoformat()
    with database.reading() as conn:
        finished = jobs.finished_before(conn, old)
        staged = {c: staging.older_than(conn, c, half) for c in store.all_collections(conn)}
        files.sweep_queue(jobs.stored_names(conn))
    if finished:
        with database.writing() as conn:
            unneeded = jobs.remove(conn, finished)
        files.unqueue(unneeded)
    for collection, found in staged.items():
        if not found:
            continue
        with database.writing() as conn:
            wanted = jobs.unfinished_bytes(conn)
            for document_id, sha256 in found:
                held = leases.is_held(conn, f"{collection.name}/{sha256}")
                if sha256 not in wanted and not held:
                    staging.drop(conn, collection, [document_id])


def forget_removed(
    database: Database, files: Files, indexes: Indexes, collection: Collection
) -> None:
    """After a removal was committed: what was removed leaves every file."""
    database.scrub()
    with database.writing() as conn:
        store.hold(conn, collection)
        files.sweep(collection.key, store.hashes(conn, collection))
    indexes.follow(collection)


def differences(
    database: Database, files: Files, every: Sequence[Collection], opened: Sequence[Followers]
) -> list[str]:
    """A sentence for each difference between SQL, indexes and files."""
    found: list[str] = []
    with database.reading() as conn:
        for collection in every:
            found += _bad_slices(conn, collection)
            found += _bad_files(files, collection, store.hashes(conn, collection))
        for followers in opened:
            found += followers.differences(conn)
    return found


def _bad_slices(conn: Connection, collection: Collection) -> list[str]:
    found = []
    for document in store.documents_of(conn, [collection.name]):
        ids = [i for i, _, _ in contents.texts_of(conn, collection, [document.id])]
        n_vectors = sum(1 for _ in contents.vectors_of(conn, collection, [document.id]))
        if not len(ids) == n_vectors == document.n_passages:
            found.append(
                f"{collection.name}: {document.name} ({document.id}) should have "
                f"{document.n_passages} passages, has {len(ids)} and {n_vectors} vectors"
            )
        text, _ = store.text_of(conn, document.id)
        for passage in contents.passages_of(conn, ids, [collection.name]):
            if text[passage.char_start : passage.char_end] != passage.text:
                found.append(f"{collection.name}: passage {passage.id} is no slice of its document")
    return found


def _bad_files(files: Files, collection: Collection, wanted: set[str]) -> list[str]:
    have = files.names(collection.key)
    found = [f"{collection.name}: the original {name} is missing" for name in wanted - have]
    found += [f"{collection.name}: nobody knows the file {name}" for name in have - wanted]
    for name in have & wanted:
        with files.path(collection.key, name).open("rb") as reading:
            if hashlib.file_digest(reading, "sha256").hexdigest() != name:
                found.append(f"{collection.name}: the original {name} was changed")
    return sorted(found)
