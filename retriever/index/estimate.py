"""What building and keeping a collection's indexes takes, and whether this machine has it.

The estimate is pure arithmetic; looking at the machine is one function at the end. Knows no index.
"""

from __future__ import annotations

import errno
import shutil
from dataclasses import dataclass
from pathlib import Path

from ..trouble import NoSpace
from .sizing import HELD_ROWS, POINTS_PER_LIST, Sizing, n_lists

# Measured with 1 million passages of 300 characters: see bench/RESULTS.md.
WORD_BYTES_A_PASSAGE = 75
WORDS_BUILDING_BYTES = 200_000_000
WORD_S_A_PASSAGE = 60e-6
READ_S_A_PASSAGE = 15e-6
FLOATS_A_SECOND = 60e9  # multiplications and additions of a core
ROUNDS = 10
CENTROID_COPIES = 4  # of the index in use, the one that is made, and what writes them
SPARE = 1.1  # of the free memory and disk, a part is left for others


class TooLarge(NoSpace):
    """An index cannot be built here; the message has the figures."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the indexes of ``n_passages`` take.

    Attributes:
        n_passages: of one collection.
        building_bytes: memory while they are built; beyond exact search it hardly grows, since
            what is built lies in files.
        resident_bytes: memory while they are searched; beyond exact search most of it is a
            mapped file, which the system may take back.
        disk_bytes: files.
        building_disk_bytes: files that are written while they are built, beside older ones.
        build_s: seconds on one core, about.
    """

    n_passages: int
    building_bytes: int
    resident_bytes: int
    disk_bytes: int
    building_disk_bytes: int
    build_s: float


def estimate(n_passages: int, dimension: int, sizing: Sizing | None = None) -> Estimate:
    """What indexes of so many vectors of ``dimension`` numbers, and their words, take."""
    trained_on = (sizing or Sizing()).trained_on(n_passages)
    lists = n_lists(trained_on) if trained_on else 0
    words = WORD_BYTES_A_PASSAGE * n_passages
    work, more_disk = 0.0, 0
    if trained_on:
        centroids, a_row = 4 * lists * dimension, dimension + 8
        kept = n_passages * a_row + centroids
        sample = min(trained_on, lists * POINTS_PER_LIST)
        building = 2 * min(n_passages, HELD_ROWS) * a_row + CENTROID_COPIES * centroids
        more_disk = max(kept, 4 * sample * dimension)  # joined rows, or those that train
        work = 2.0 * lists * dimension * (ROUNDS * sample + n_passages)
    else:
        kept = n_passages * (4 * dimension + 8)
        building = 2 * kept
    seconds = work / FLOATS_A_SECOND + n_passages * (WORD_S_A_PASSAGE + READ_S_A_PASSAGE)
    disk = kept + words
    return Estimate(
        n_passages, building + WORDS_BUILDING_BYTES, disk, disk, disk + more_disk, seconds
    )


def refuse_unless_fits(
    needed: Estimate, free_memory_bytes: int | None, free_disk_bytes: int
) -> None:
    """Says with figures why an index cannot be built; nothing if it can.

    Raises:
        TooLarge: there is less free memory or disk than building it takes.
    """
    lacks = []
    if free_memory_bytes is not None and SPARE * needed.building_bytes > free_memory_bytes:
        lacks.append(
            f"{_size(needed.building_bytes)} of memory, {_size(free_memory_bytes)} are free"
        )
    if SPARE * needed.building_disk_bytes > free_disk_bytes:
        lacks.append(
            f"{_size(needed.building_disk_bytes)} of disk, {_size(free_disk_bytes)} are free"
        )
    if lacks:
        raise TooLarge(
            errno.ENOSPC,
            f"indexing {needed.n_passages:,} passages takes about {' and '.join(lacks)}: free "
            "some, or split the documents over several libraries",
        )


def free_bytes(folder: Path) -> tuple[int | None, int]:
    """Free memory, None where the system does not tell it, and free disk under ``folder``."""
    while not folder.exists():
        folder = folder.parent
    return _free_memory_bytes(), shutil.disk_usage(folder).free


def _free_memory_bytes() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = {line.split(":")[0]: line.split(":")[1] for line in lines if ":" in line}
    return 1024 * int(found["MemAvailable"].split()[0]) if "MemAvailable" in found else None


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.0f} MB"


def said(needed: Estimate) -> str:
    """The estimate as a sentence."""
    return (
        f"{needed.n_passages:,} passages: {_size(needed.resident_bytes)} of memory to search "
        f"them, {_size(needed.building_bytes)} while their indexes are built, "
        f"{_size(needed.disk_bytes)} of disk for these and {_size(needed.building_disk_bytes)} "
        f"while they are built, about {needed.build_s:.0f} s on one core (without reading and "
        "embedding the documents)"
    )
