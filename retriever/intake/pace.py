"""How many passages are embedded at once, and how soon a queue is looked at again.

Batches last about a second, so that nobody waits long: whoever cancels a file or ends the program
waits for one, and a larger one gains little. Knows no model, no document and no queue.
"""

from __future__ import annotations

import threading

FIRST = 32  # passages, before anything is known
LEAST = 8
AIM_S = 1.0
SMOOTHING = 0.5  # weight of the latest batch
LOOK_AGAIN_S = 0.1
LOOKS_TO_PAUSE = 10  # a long queue takes a tenth of whoever waits for it


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


def pause_s(look_s: float) -> float:
    """Until the next look at a queue, after one that took ``look_s``."""
    return max(LOOK_AGAIN_S, LOOKS_TO_PAUSE * look_s)
