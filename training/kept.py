"""Files of a run that are kept for the next start: written in one step, or not at all.

Knows arrays and paths; nothing of what they mean.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def kept_places(
    folder: Path, kind: str, key: Sequence[str], make: Callable[[], NDArray[np.int64]]
) -> NDArray[np.int64]:
    """What was made of the same key before, or is made now and kept in ``folder``."""
    digest = sha256("\0".join(key).encode()).hexdigest()
    path = folder / f"{kind}-{digest[:16]}.npy"
    if not path.exists():
        with replacing(path) as new:
            np.save(new, make(), allow_pickle=False)
    places: NDArray[np.int64] = np.load(path, allow_pickle=False)
    return places


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name of this process alone, to write to; the file then takes its place in one step."""
    new = path.with_name(f"{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield new
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)
