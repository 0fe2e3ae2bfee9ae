"""Folders into the files below them, and which files can be read at all.

Knows no library; reads no file.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..litter import is_litter


def files_below(paths: Iterable[Path], home: Path) -> Iterator[Path]:
    """Every path that is no folder, and every file below one that is, in order of name.

    Hidden ones and litter are left out, and so is the library's own folder, ``home``. A folder
    that cannot be looked into comes as if it were a file, so that whoever opens it says why.
    """
    home = home.resolve()
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        root = path.resolve()
        for below in sorted(_all_below(path)):
            inner = below.relative_to(path)
            hidden = any(part.startswith(".") for part in inner.parts) or is_litter(inner.parts)
            own = home in (root / inner).parents
            if not hidden and not own:
                yield below


def _all_below(folder: Path) -> Iterator[Path]:
    """Every file, and every folder whose files nobody can list."""
    closed: list[Path] = []
    for inner, _, names in os.walk(folder, onerror=lambda error: closed.append(error.filename)):
        yield from (path for name in names if (path := Path(inner, name)).is_file())
    yield from map(Path, closed)


def is_gone(path: Path) -> bool:
    """Whether there is surely nothing: a folder that cannot be looked into may hold it."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return True
    except OSError:
        return False
    return False


def is_empty_folder(path: Path) -> bool:
    """Whether it is a folder that can be listed and holds nothing at all."""
    try:
        return path.is_dir() and next(path.iterdir(), None) is None
    except OSError:
        return False


def is_readable(path: Path) -> bool:
    """Whether it is a regular file that can be opened.

    Nothing else is opened to find out: a pipe would wait for whoever writes into it.
    """
    try:
        if not path.is_file():
            return False
        with path.open("rb"):
            return True
    except OSError:
        return False
