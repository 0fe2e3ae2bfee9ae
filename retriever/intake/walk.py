"""Folders into the files below them.

Knows no library; opens no file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path


def files_below(paths: Iterable[Path], home: Path) -> Iterator[Path]:
    """Every path that is no folder, and every file below one that is, in order of name.

    Hidden ones are left out, and so is the library's own folder, ``home``.
    """
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for below in sorted(path.rglob("*")):
            hidden = any(part.startswith(".") for part in below.relative_to(path).parts)
            own = home.absolute() in below.absolute().parents
            if below.is_file() and not hidden and not own:
                yield below
