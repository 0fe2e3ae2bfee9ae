"""How many passages are embedded at once: about a second's worth, so that nobody waits long.

Whoever cancels a file or ends the program waits for one batch; a batch that is larger than that
gains little. Knows no model and no document.
"""

from __future__ import annotations

import threading

FIRST = 32  # passages, before anything is known
LEAST = 8
AIM_S = 1.0
SMOOTHING = 0.5  # weight of the latest batch


class Pace:
    """Follows how quick the encoder is at present. May be used by several threads."""

    def __init__(self) -> None:
        self._rate: float | None = None  # passages a second
        self._lock = threading.Lock()

    def size(self, most: int) -> int:
        """Passages of the next batch, at most ``most``."""
        with self._lock:
            wanted = FIRST if self._rate is None else int(self._rate * AIM_S)
        return min(most, max(LEAST, wanted))

    def note(self, n_passages: int, took_s: float) -> None:
        """A batch took that long, with whatever else the machine was doing."""
        rate = n_passages / max(took_s, 1e-6)
        with self._lock:
            known = rate if self._rate is None else self._rate
            self._rate = known + SMOOTHING * (rate - known)
