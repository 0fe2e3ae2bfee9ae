"""The bytes of added files, one file for each document, named by their hash.

Knows no database: which files are wanted is told by the caller.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .private import make_folder, opened
from .trouble import disk_trouble

INCOMING = ".incoming-"
QUEUED = ".queued-"
ABANDONED_AFTER_S = 3600.0  # an incoming file this old belongs to a process that ended
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Incoming:
    """A copy that is not kept yet: it may still turn out to be unreadable."""

    path: Path
    sha256: str
    size_bytes: int

    def touch(self) -> None:
        """Says that somebody still works on it."""
        os.utime(self.path)

    def discard(self) -> None:
        """Deletes the copy if it was not kept."""
        self.path.unlink(missing_ok=True)


class Files:
    """Originals under ``root/<collection key>/<sha256>``."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, key: str, sha256: str) -> Path:
        """Where the bytes of a document are."""
        return self.root / key / sha256

    def receive(self, source: Path) -> Incoming:
        """Copies a file and takes its hash on the way.

        Raises:
            OSError: it cannot be read.
            NoSpace, NotWritable: the copy cannot be written.
        """
        if source.exists() and not source.is_file() and not source.is_dir():
            raise OSError(errno.EINVAL, "not a regular file", str(source))
        digest, size = hashlib.sha256(), 0
        with source.open("rb") as reading:  # first: nothing is made for a missing file
            target = self.root / f"{INCOMING}{uuid.uuid4().hex}"
            with self._writing(target) as writing:
                while chunk := reading.read(CHUNK_BYTES):
                    digest.update(chunk)
                    writing.write(chunk)
                    size += len(chunk)
        return Incoming(target, digest.hexdigest(), size)

    @contextmanager
    def _writing(self, target: Path) -> Iterator[IO[bytes]]:
        """A new file, on the disk at the end; after an error nothing of it is left."""
        with disk_trouble(self.root):
            make_folder(self.root)
            try:
                with opened(target, "wb") as writing:
                    yield writing
                    writing.flush()
                    os.fsync(writing.fileno())
            except BaseException:
                target.unlink(missing_ok=True)
                raise

    def enqueue(self, incoming: Incoming) -> str:
        """Gives the copy a place in the queue; returns its name there."""
        name = f"{QUEUED}{uuid.uuid4().hex}"
        os.replace(incoming.path, self.root / name)
        sync_folder(self.root)
        return name

    def dequeue(self, name: str, sha256: str, size_bytes: int) -> Incoming:
        """A queued copy to work on; the one in the queue stays until ``unqueue``.

        Raises:
            FileNotFoundError: the queue has no such copy.
            NoSpace, NotWritable: where files cannot be linked, it cannot be copied.
        """
        target = self.root / f"{INCOMING}{uuid.uuid4().hex}"
        try:
            os.utime(self.root / name)  # the link has its age, however long it waited
            os.link(self.root / name, target)
        except FileNotFoundError:
            raise
        except OSError:  # a file system without links
            with (self.root / name).open("rb") as reading, self._writing(target) as writing:
                shutil.copyfileobj(reading, writing, CHUNK_BYTES)
        return Incoming(target, sha256, size_bytes)

    def unqueue(self, names: Iterable[str]) -> None:
        """Deletes queued copies."""
        for name in names:
            if name.startswith(QUEUED):
                (self.root / name).unlink(missing_ok=True)

    def sweep_queue(self, wanted: Iterable[str]) -> None:
        """Deletes copies besides the wanted ones, an hour after they came."""
        keep = set(wanted)
        for path in self.root.glob(f"{QUEUED}*"):
            if path.name not in keep and _age_s(path) > ABANDONED_AFTER_S:
                path.unlink(missing_ok=True)

    def keep(self, key: str, incoming: Incoming) -> None:
        """Gives the copy its lasting place. To be called before the database commits."""
        target = self.path(key, incoming.sha256)
        make_folder(target.parent)
        os.replace(incoming.path, target)
        sync_folder(target.parent)

    def sweep(self, key: str, wanted: Iterable[str]) -> None:
        """Deletes a collection's files besides the wanted ones."""
        keep = set(wanted)
        for path in self.names(key) - keep:
            self.path(key, path).unlink(missing_ok=True)

    def names(self, key: str) -> set[str]:
        """Hashes of the files that a collection has."""
        folder = self.root / key
        return {path.name for path in folder.iterdir()} if folder.is_dir() else set()

    def sweep_incoming(self) -> None:
        """Deletes copies that nobody worked on for an hour."""
        for path in self.root.glob(f"{INCOMING}*"):
            if _age_s(path) > ABANDONED_AFTER_S:
                path.unlink(missing_ok=True)

    def keys(self) -> set[str]:
        """Keys of collections that have a folder."""
        if not self.root.is_dir():
            return set()
        return {path.name for path in self.root.iterdir() if path.is_dir()}

    def remove_collection(self, key: str) -> None:
        """Deletes all files of a collection."""
        shutil.rmtree(self.root / key, ignore_errors=True)


def _age_s(path: Path) -> float:
    """Seconds since it was last touched; 0 if it went a moment ago."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def sync_folder(folder: Path) -> None:
    """Makes a renaming last through a power cut, where folders can be opened (not on Windows)."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
