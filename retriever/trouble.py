"""What databases, indexes and systems say about disks and rights, as errors that tell what to do.

Knows no table and no connection.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

BUSY_TIMEOUT_MS = 30_000
FULL_BELOW_BYTES = 1 << 20  # free; indexes write files of this size and do not say why they fail


class NoSpace(OSError):
    """The disk is full. What was acknowledged is kept, the change at hand is not."""


class NotWritable(OSError):
    """The library can be read but not written, or cannot be made."""


NO_SPACE = (
    "no space is left on the library's disk: free some, then try again; nothing that was "
    "acknowledged is lost"
)
READ_ONLY = (
    "the library cannot be written: its folder or its disk is read-only for you; searching "
    "works, adding and removing need the right to write"
)
_PLAIN: Mapping[int, Callable[[str], Exception]] = {
    sqlite3.SQLITE_FULL: lambda _: NoSpace(errno.ENOSPC, NO_SPACE),
    sqlite3.SQLITE_READONLY: lambda _: NotWritable(errno.EROFS, READ_ONLY),
    sqlite3.SQLITE_CANTOPEN: lambda _: NotWritable(
        errno.EACCES,
        "the library's database cannot be opened: give yourself the right to read its folder, or, "
        "if the folder is read-only, open the library once where it can be written",
    ),
    sqlite3.SQLITE_BUSY: lambda _: TimeoutError(
        f"another process has been writing to the library for more than "
        f"{BUSY_TIMEOUT_MS // 1000} s: wait for it to end, then try again"
    ),
    sqlite3.SQLITE_IOERR: lambda said: OSError(
        errno.EIO, f"the library's disk failed ({said}): check its space and its health"
    ),
    sqlite3.SQLITE_CORRUPT: lambda said: RuntimeError(
        f"the library's database is damaged ({said}): restore a backup"
    ),
    sqlite3.SQLITE_NOTADB: lambda said: RuntimeError(
        f"the library's database is damaged ({said}): restore a backup"
    ),
}


@contextmanager
def said_plainly() -> Iterator[None]:
    """Raises SQLite's troubles with disks as errors that say what to do."""
    try:
        yield
    except DBAPIError as error:
        code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF  # the low byte is the kind
        if code not in _PLAIN:
            raise
        raise _PLAIN[code](str(error.orig)) from error


@contextmanager
def disk_trouble(folder: Path) -> Iterator[None]:
    """Raises NoSpace or NotWritable for whatever failed in ``folder`` because of its disk.

    FAISS and tantivy say it in words of their own, or only that a thread of theirs ended.
    """
    try:
        yield
    except (NoSpace, NotWritable):
        raise
    except (OSError, ValueError, RuntimeError) as error:
        number = getattr(error, "errno", None)
        if number in (errno.EROFS, errno.EACCES, errno.EPERM) or "Read-only file" in str(error):
            raise NotWritable(errno.EROFS, READ_ONLY) from error
        if number == errno.ENOSPC or _is_full(folder):
            raise NoSpace(errno.ENOSPC, NO_SPACE) from error
        raise


@contextmanager
def home_made(home: Path) -> Iterator[None]:
    """Raises NotWritable, with what to do about it, where a new library may not be written."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise
        me = f" (uid {os.geteuid()})" if hasattr(os, "geteuid") else ""
        raise NotWritable(
            error.errno,
            f"no library can be made in {home}: this user{me} may not write there; let this "
            "user write there, or name another folder",
        ) from error


def _is_full(folder: Path) -> bool:
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free < FULL_BELOW_BYTES
