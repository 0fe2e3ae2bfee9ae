"""Work in a thread of its own, and what it says on the way, newest first.

Knows no page, no library and no model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Generic, TypeVar

Said = TypeVar("Said")
Result = TypeVar("Result")


class Following(Generic[Said, Result]):
    """Runs ``work`` at once; iterate for what it says, then take its ``result``."""

    def __init__(self, work: Callable[[Callable[[Said], None]], Result], every_s: float) -> None:
        """What is said within ``every_s`` of the last that was handed out gives way to newer."""
        self._work, self._every_s = work, every_s
        self._said: SimpleQueue[Said | None] = SimpleQueue()
        self._future: Future[Result] = Future()
        Thread(target=self._run, daemon=True).start()

    def __iter__(self) -> Iterator[Said]:
        """What is said until the work ends; nothing of work that ends sooner than that."""
        last = monotonic()
        newest: Said | None = None
        while True:
            wait_s = max(0.0, last + self._every_s - monotonic()) if newest is not None else None
            with suppress(Empty):
                said = self._said.get(timeout=wait_s)
                if said is None:
                    return
                newest = said
                continue
            if newest is not None:
                yield newest
                last, newest = monotonic(), None

    def result(self) -> Result:
        """What the work gave; raises what it raised."""
        return self._future.result()

    def _run(self) -> None:
        try:
            self._future.set_result(self._work(self._said.put))
        except BaseException as error:  # told to whoever asks for the result
            self._future.set_exception(error)
        self._said.put(None)
