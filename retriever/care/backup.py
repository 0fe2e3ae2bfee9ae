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
import uuid
import zipfile
from collections.abc import Iterator, Set
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from ..files import sync_folder
from ..private import make_folder, opened
from ..records import Collection
from ..sql import jobs, store
from ..sql.database import DATABASE, Database
from ..sql.migrations import SCHEMA_VERSION
from ..sql.sqlite import connect_read_only, sqlite_url

FILES, MANIFEST = "files", "manifest.json"
FORMAT = "quoth-home-1"
HELD = ".backup-"  # in the files' folder, where ``housekeeping.tidy`` sweeps what a kill left
COPIES = 5  # of the database at most, when files go before they are held
CHUNK_BYTES = 1 << 20
_NOT_COPIED = re.compile(
    rf"{re.escape(DATABASE)}|.*\.db-(wal|shm|journal)|indexes|files|.*\.part|.*\.lock"
)
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

    The backup is the home as it was when the database was copied: every file that this state
    needs is held before the copying of files begins, so what is added, replaced or removed
    from then on changes nothing in it. Everything else below the home is copied as it stands,
    such as the key that keeps visitors' tokens valid, so the file is readable by its owner alone.

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
    with (
        work_folder(target.with_name(f".{target.name}.part")) as work,
        _holding(home / FILES, work / FILES) as held,
    ):
        copy, part = work / DATABASE, work / "backup"
        _copy_whole(database, copy, held)
        manifest = _write(copy, home, part, held)
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


@dataclass(frozen=True, slots=True)
class _Held:
    """Files under second names, with which their bytes stay when others delete the first.

    Attributes:
        root: the folder that they are in; their names are relative to it.
        beside: where they are held, with the backup's other parts.
        spare: where instead when that is on another disk, which no link reaches.
    """

    root: Path
    beside: Path
    spare: Path

    def hold(self, name: str) -> bool:
        """Holds a file until the end; False if it is gone and was not held before."""
        path = self.root / name
        if self.path(name).exists():
            return True
        try:
            if not (_link(path, self.beside / name) or _link(path, self.spare / name)):
                _copy(path, self.beside / name)
        except FileNotFoundError:
            if path.exists():
                raise
            return False
        return True

    def path(self, name: str) -> Path:
        """Where a file is held; says that somebody still works on them."""
        with suppress(OSError):
            os.utime(self.spare)
        path = self.beside / name
        return path if path.exists() else self.spare / name


@contextmanager
def _holding(root: Path, beside: Path) -> Iterator[_Held]:
    """Holds nothing yet, and at the end nothing any more."""
    held = _Held(root, beside, root / f"{HELD}{uuid.uuid4().hex}")
    try:
        yield held
    finally:
        for folder in (held.beside, held.spare):
            shutil.rmtree(folder, ignore_errors=True)


def _link(path: Path, target: Path) -> bool:
    """Whether a file could be given a second name."""
    try:
        make_folder(target.parent)
        os.link(path, target)
    except FileNotFoundError:
        raise
    except OSError:  # another disk, a file system without links, no right to write
        return False
    return True


def _copy(path: Path, target: Path) -> None:
    make_folder(target.parent)
    with path.open("rb") as reading, opened(target, "wb") as writing:
        shutil.copyfileobj(reading, writing, CHUNK_BYTES)


def _copy_whole(database: Database, copy: Path, held: _Held) -> None:
    """Copies the database in one state and holds all files of that state.

    A file that went in between belongs to what was removed or replaced, or to a job that is
    done: the next copy knows what came of it. Whatever lost its file for good leaves the copy.
    """
    missing: set[str] = set()
    for _ in range(COPIES):
        copy.unlink(missing_ok=True)
        database.copy_to(copy)
        before, missing = missing, {name for name in _needed(copy) if not held.hold(name)}
        if missing <= before:  # nothing, or what another copy missed as well
            break
    if missing:
        _leave_out(copy, missing)


def _as_it_is(copy: Path) -> Database:
    return Database(sqlite_url(copy), read_only=True)  # spares the disk a log of its own


def _needed(copy: Path) -> list[str]:
    """Names of the files that documents and jobs of the copied database have."""
    with closing(_as_it_is(copy)) as copied, copied.reading() as conn:
        every = store.all_collections(conn)
        originals = [_original(c, sha256) for c in every for sha256 in store.hashes(conn, c)]
        return sorted(originals) + sorted(jobs.stored_names(conn))


def _original(collection: Collection, sha256: str) -> str:
    return f"{collection.key}/{sha256}"


def _leave_out(copy: Path, missing: Set[str]) -> None:
    """Takes the documents and jobs of missing files out of the copied database."""
    with closing(Database(sqlite_url(copy))) as copied, copied.writing() as conn:
        for collection in store.all_collections(conn):
            for sha256 in store.hashes(conn, collection):
                if _original(collection, sha256) in missing:
                    gone = store.document_of_bytes(conn, sha256, collection.name)
                    store.remove(conn, collection, [gone.id] if gone else [])
        for name in jobs.stored_names(conn) & missing:
            jobs.remove(conn, jobs.storing(conn, name))


def _write(copy: Path, home: Path, part: Path, held: _Held) -> Manifest:
    with closing(_as_it_is(copy)) as copied, copied.reading() as conn:
        stats = store.stats(conn)
    with opened(part, "wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            parts = [
                *(_put(archive, held.path(name), f"{FILES}/{name}") for name in _needed(copy)),
                *_others(archive, home, copy.parent),
                _put(archive, copy, DATABASE),
            ]
            now = datetime.now(UTC).isoformat(timespec="seconds")
            counts = (stats.collections, stats.documents, stats.passages)
            manifest = Manifest(FORMAT, SCHEMA_VERSION, now, *counts, tuple(parts))
            archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))
        file.flush()
        os.fsync(file.fileno())
    return manifest


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
