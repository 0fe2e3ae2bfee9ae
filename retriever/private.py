"""Files and folders that their user alone may read, where the system knows such modes.

Knows no library. Modes are only ever narrowed, and only of what belongs to this user.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Literal

FOLDER, FILE = 0o700, 0o600
OTHERS = 0o077


def make_folder(folder: Path) -> None:
    """Makes a folder and those above it that are missing; one that is there stays as it is."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode=FOLDER, exist_ok=True)


def opened(path: Path, mode: Literal["wb", "xb", "ab"]) -> BinaryIO:
    """A file to write; when it is made now, it is private."""
    return open(path, mode, opener=lambda name, flags: os.open(name, flags, FILE))


def make_file(path: Path) -> None:
    """Makes an empty file; one that is there stays as it is."""
    opened(path, "ab").close()


def tighten(folder: Path) -> None:
    """Takes from others what they may do with a folder of this user's and all below it.

    Links are not followed; what vanishes meanwhile, or has no modes, is passed over.
    """
    if os.name != "posix":
        return
    for path in _with_all_below(folder):
        with suppress(OSError):
            found = path.lstat()
            mode = stat.S_IMODE(found.st_mode)
            is_mine = found.st_uid == os.geteuid() and not stat.S_ISLNK(found.st_mode)
            if is_mine and mode & OTHERS:
                path.chmod(mode & ~OTHERS)


def _with_all_below(folder: Path) -> Iterator[Path]:
    yield folder
    for above, folders, files in os.walk(folder):
        yield from (Path(above, name) for name in (*folders, *files))
