"""The files that keep a collection's vectors between runs: their names, and which one to read.

Knows folders and indexes, but not the database. A file's name says how much it holds: all
changes up to one number, and all removals up to another.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from .quantised import SPILLED, QuantisedIndex
from .vectors import FaissIndex

VectorIndex = FaissIndex | QuantisedIndex
_NAME = re.compile(r"vectors-(?P<sequence>\d+)(?:-(?P<forgotten>\d+)\.lists|\.faiss)\Z")


@dataclass(frozen=True, slots=True, order=True)
class Snapshot:
    """One file: it holds every change up to ``sequence``, nothing removed up to ``forgotten``."""

    sequence: int
    forgotten: int
    path: Path

    @property
    def quantised(self) -> bool:
        """Whether it holds a QuantisedIndex."""
        return self.path.suffix == ".lists"


def lists_path(folder: Path, sequence: int, forgotten: int) -> Path:
    """Where a QuantisedIndex lies."""
    return folder / f"vectors-{sequence}-{forgotten}.lists"


def saved(folder: Path) -> list[Snapshot]:
    """The finished files, oldest first. Opens none of them."""
    found = []
    for path in folder.glob("vectors-*"):
        if match := _NAME.fullmatch(path.name):
            sequence = int(match["sequence"])
            found.append(Snapshot(sequence, int(match["forgotten"] or sequence), path))
    return sorted(found)


def load(folder: Path, dimension: int) -> tuple[VectorIndex, int]:
    """The newest index that can be read, and its sequence; an empty one and 0 without any."""
    for snapshot in reversed(saved(folder)):
        try:
            index = read(snapshot)
        except (RuntimeError, OSError):  # damaged, or deleted a moment ago: SQL has it all
            continue
        if index.dimension == dimension:
            return index, snapshot.sequence
    return FaissIndex(dimension), 0


def read(snapshot: Snapshot) -> VectorIndex:
    """One file's index; raises RuntimeError or OSError if it cannot be read."""
    if snapshot.quantised:
        return QuantisedIndex.open(snapshot.path)
    return FaissIndex.read(snapshot.path)


def note_forgotten(folder: Path, sequence: int, forgotten: int) -> None:
    """After a removal left the file of ``sequence``: says so in its name; others are deleted.

    Half-written files go as well: they may hold what was removed. Who writes one begins again.
    """
    for path in unfinished(folder):
        path.unlink(missing_ok=True)
    for snapshot in saved(folder):
        if snapshot.quantised and snapshot.sequence == sequence:
            if snapshot.forgotten < forgotten:
                _rename(snapshot.path, lists_path(folder, sequence, forgotten))
        else:
            snapshot.path.unlink(missing_ok=True)


def keep_only(folder: Path, path: Path | None) -> None:
    """Deletes every other file of vectors, half-written ones too."""
    for other in folder.glob("vectors-*"):
        if other != path:
            other.unlink(missing_ok=True)


def unfinished(folder: Path) -> list[Path]:
    """Half-written files: of a crash, or of a process that writes just now."""
    return sorted(folder.glob("vectors-*.part"))


def abandoned(folder: Path) -> list[Path]:
    """Half-written files, or such as should have no name, whose writer is no more."""
    found = [*unfinished(folder), *sorted(folder.glob(f"{SPILLED}*.part"))]
    return [path for path in found if not lives(path.name.split(".")[-2])]


def sweep(folder: Path) -> None:
    """Deletes what crashes left."""
    for path in abandoned(folder):
        path.unlink(missing_ok=True)


def lives(process_id: str) -> bool:
    """Whether the process that put its number into a name still runs on this machine."""
    if not process_id.isdigit():
        return False
    try:
        os.kill(int(process_id), 0)
    except ProcessLookupError:
        return False
    except OSError:  # it belongs to another user
        return True
    return True


def _rename(path: Path, target: Path) -> None:
    try:
        path.replace(target)
    except FileNotFoundError:  # another process did it
        return
