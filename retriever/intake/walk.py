"""Folders into the files below them, and which files can be read at all.

Knows no library; reads no file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path


def files_below(paths: Iterable[Path], home: Path) -> Iterator[Path]:
    """Every path that is no folder, and every file below one that is, in order of name.

    Hidden ones are left out, and so is the library's own folder, ``home``.
    """
    home = home.resolve()
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        root = path.resolve()
        for below in sorted(path.rglob("*")):
            inner = below.relative_to(path)
            hidden = any(part.startswith(".") for part in inner.parts)
            own = home in (root / inner).parents
            if below.is_file() and not hidden and not own:
                yield below


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
