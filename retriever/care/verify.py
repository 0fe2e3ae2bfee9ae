"""Compares what SQL, the indexes and the files hold, while others may go on writing.

Knows the store, files and followers; changes nothing. Reads document by document, and vectors
piece by piece, so that memory does not grow with the library.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sqlalchemy import Connection

from ..files import Files
from ..index.indexes import Indexes
from ..records import Collection
from ..sql import contents, store
from ..sql.database import Database
from ..types import Document

ATTEMPTS = 5  # at a collection that others change while it is compared


def differences(database: Database, files: Files, indexes: Indexes) -> Iterator[str]:
    """A sentence for each difference between SQL, indexes and files."""
    with database.reading() as conn:
        every = store.all_collections(conn)
    for collection in every:
        yield from _bad_slices(database, collection)
        yield from _bad_files(database, files, collection)
        yield from _bad_indexes(database, indexes, collection)


def _bad_slices(database: Database, collection: Collection) -> Iterator[str]:
    with database.reading() as conn:
        listed = store.documents_of(conn, [collection.name])
    for document in listed:
        with database.reading() as conn:
            if store.exists(conn, document.id):  # else it was removed meanwhile
                yield from _bad_document(conn, collection, document)


def _bad_document(conn: Connection, collection: Collection, document: Document) -> Iterator[str]:
    ids = [i for i, _, _ in contents.texts_of(conn, collection, [document.id])]
    n_vectors = sum(1 for _ in contents.vectors_of(conn, collection, [document.id]))
    if not len(ids) == n_vectors == document.n_passages:
        yield (
            f"{collection.name}: {document.name} ({document.id}) should have "
            f"{document.n_passages} passages, has {len(ids)} and {n_vectors} vectors"
        )
    text, _ = store.text_of(conn, document.id)
    for start in range(0, len(ids), contents.CHUNK):
        part = ids[start : start + contents.CHUNK]
        for passage in contents.passages_of(conn, part, [collection.name]):
            if text[passage.char_start : passage.char_end] != passage.text:
                yield f"{collection.name}: passage {passage.id} is no slice of its document"


def _bad_files(database: Database, files: Files, collection: Collection) -> Iterator[str]:
    with database.reading() as conn:
        wanted, have = store.hashes(conn, collection), files.names(collection.key)
    if wanted ^ have and not database.read_only:
        with database.writing() as conn:  # nobody adds or removes meanwhile
            store.hold(conn, collection)
            wanted, have = store.hashes(conn, collection), files.names(collection.key)
    for name in sorted(wanted - have):
        yield f"{collection.name}: the original {name} is missing"
    for name in sorted(have - wanted):
        yield f"{collection.name}: nobody knows the file {name}"
    for name in sorted(have & wanted):
        try:
            with files.path(collection.key, name).open("rb") as reading:
                sha256 = hashlib.file_digest(reading, "sha256").hexdigest()
        except FileNotFoundError:  # removed meanwhile
            continue
        if sha256 != name:
            yield f"{collection.name}: the original {name} was changed"


def _bad_indexes(database: Database, indexes: Indexes, collection: Collection) -> list[str]:
    """What the indexes hold otherwise, when nobody changed the collection meanwhile."""
    found: list[str] = []
    for _ in range(ATTEMPTS):
        followers = indexes.follow(collection)
        if followers is None:
            return []
        with database.reading() as conn:
            sequence = contents.sequence(conn, collection)
            still = followers.position() == (sequence, sequence)
            found = followers.differences(conn)
        still = still and followers.position() == (sequence, sequence)
        with database.reading() as conn:
            still = still and contents.sequence(conn, collection) == sequence
        if still or not found:
            return found
    return [f"{collection.name}: was changed each time it was compared: verify when it rests"]
