"""A whole home as one file.

Knows what a home holds and the form of the file, but no document and no index: those that
follow SQL are made anew. The file is a zip archive, so nothing in it can run; its manifest is
written last and names every part with size and SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from ..files import Files, sync_folder
from ..private import make_folder, opened
from ..sql import jobs, store
from ..sql.database import SCHEMA_VERSION, Database, connect_read_only, sqlite_url

DATABASE, FILES, MANIFEST = "library.db", "files", "manifest.json"
FORMAT = "quoth-home-1"
CHUNK_BYTES = 1 << 20
_NOT_COPIED = re.compile(r"library\.db|.*\.db-(wal|shm|journal)|indexes|files|.*\.part|.*\.lock")
_SQLITE = b"SQLite format 3\0"  # how such a file begins


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a home: its path below the home, its bytes and their SHA-256."""

    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds.

    Attributes:
        format: of the archive.
        schema_version: of its database.
        made_at: when, as ISO 8601.
        collections, documents, passages: how many there are.
        parts: every file of the home.
    """

    format: str
    schema_version: int
    made_at: str
    collections: int
    documents: int
    passages: int
    parts: tuple[Part, ...]


def back_up(database: Database, home: Path, target: Path) -> Manifest:
    """Writes a home as one file, while others may go on writing to it.

    The database is copied in one state. A document that is removed while its original is being
    copied leaves the copy as well. Everything else below the home is copied as it stands, such
    as the key that keeps visitors' tokens valid, so the file is readable by its owner alone.

    Args:
        database: of the home.
        home: its folder.
        target: the file to write; one that is there is replaced when the new one is complete.

    Raises:
        NotImplementedError: the database is none of SQLite's.
        ValueError: the target lies in the home, or a file there has a name no system takes.
        OSError: something cannot be read or written; then no new file is left.
    """
    target, home = target.absolute(), home.absolute()
    if home in target.parents:
        raise ValueError(f"{target} lies in the home itself: write the backup elsewhere")
    with work_folder(target.with_name(f".{target.name}.part")) as work:
        copy, part = work / DATABASE, work / "backup"
        database.copy_to(copy)
        manifest = _write(copy, home, part)
        os.replace(part, target)
        sync_folder(target.parent)
    return manifest


@contextmanager
def work_folder(folder: Path) -> Iterator[Path]:
    """An empty folder, gone at the end; one that a crash left is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    make_folder(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(copy: Path, home: Path, part: Path) -> Manifest:
    with opened(part, "wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            copied = Database(sqlite_url(copy))
            try:
                parts = [
                    *_originals(archive, copied, home),
                    *_queued(archive, copied, home),
                    *_others(archive, home, copy.parent),
                ]
                with copied.reading() as conn:
                    stats = store.stats(conn)
            finally:
                copied.close()
            parts.append(_put(archive, copy, DATABASE))
            now = datetime.now(UTC).isoformat(timespec="seconds")
            counts = (stats.collections, stats.documents, stats.passages)
            manifest = Manifest(FORMAT, SCHEMA_VERSION, now, *counts, tuple(parts))
            archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))
        file.flush()
        os.fsync(file.fileno())
    return manifest


def _originals(archive: zipfile.ZipFile, copied: Database, home: Path) -> Iterator[Part]:
    """The files of the copied database's documents; whoever lost its own leaves the copy."""
    files = Files(home / FILES)
    with copied.reading() as conn:
        every = [(c, store.hashes(conn, c)) for c in store.all_collections(conn)]
    for collection, hashes in every:
        for sha256 in sorted(hashes):
            path = files.path(collection.key, sha256)
            try:
                yield _put(archive, path, f"{FILES}/{collection.key}/{sha256}")
            except FileNotFoundError:  # its removal was committed after the copy was made
                with copied.writing() as conn:
                    gone = store.document_of_bytes(conn, sha256, collection.name)
                    store.remove(conn, collection, [gone.id] if gone else [])


def _queued(archive: zipfile.ZipFile, copied: Database, home: Path) -> Iterator[Part]:
    """The files that wait in the copied queue; a job that lost its own leaves the copy."""
    with copied.reading() as conn:
        every = jobs.stored_names(conn)
    for name in sorted(every):
        try:
            yield _put(archive, home / FILES / name, f"{FILES}/{name}")
        except FileNotFoundError:  # done after the copy was made
            with copied.writing() as conn:
                jobs.remove(conn, jobs.storing(conn, name))


def _others(archive: zipfile.ZipFile, home: Path, work: Path) -> Iterator[Part]:
    """What else lies in the home: other rooms keep theirs there too, databases among it."""
    for top in sorted(home.iterdir()):
        if _NOT_COPIED.fullmatch(top.name):
            continue
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and not path.is_symlink():
                name = path.relative_to(home).as_posix()
                if not is_safe(name):
                    raise ValueError(f"{path} has a name that no other system takes: rename it")
                try:
                    yield _put(archive, _one_state(path, work), name)
                except FileNotFoundError:
                    continue  # deleted a moment ago


def _one_state(path: Path, work: Path) -> Path:
    """The file itself; of a SQLite database a copy, since others may be writing to it."""
    with path.open("rb") as file:
        if file.read(len(_SQLITE)) != _SQLITE:
            return path
    copy = work / "other.db"
    copy.unlink(missing_ok=True)
    can_lock = os.access(path.parent, os.W_OK)
    found = sqlite3.connect(path) if can_lock else connect_read_only(path)
    with closing(found) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)  # in one step, with what stands in its log alone
        target.execute("PRAGMA journal_mode=DELETE")
    return copy


def _put(archive: zipfile.ZipFile, path: Path, name: str) -> Part:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as reading, archive.open(name, "w", force_zip64=True) as writing:
        while chunk := reading.read(CHUNK_BYTES):
            digest.update(chunk)
            writing.write(chunk)
            size += len(chunk)
    return Part(name, size, digest.hexdigest())


def is_safe(name: str) -> bool:
    """Whether a part's name is a plain path below the home, on every system."""
    path = PurePosixPath(name)
    plain = name not in ("", ".", MANIFEST) and str(path) == name
    return plain and not re.search(r"[\\:\0]", name) and ".." not in path.parts and name[0] != "/"
