"""When removed text leaves a database's files: at once, or later in a thread.

Knows no database: whoever owns one says what a single try does.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from ..trouble import BUSY_TIMEOUT_MS
from .sqlite import SCRUB_WAIT_MS

SCRUB_AGAIN_S = 5.0  # after the first try, and as much more after each further one
SCRUB_AGAIN_AT_MOST = 12  # times as long, however many tries it takes

log = logging.getLogger(__name__)


class Scrubber:
    """Scrubs of one database. May be asked for by several threads."""

    def __init__(self, scrubbed: Callable[[bool, int], bool]) -> None:
        """Over one try: told whether to write a file anew however large it is, and for how many
        milliseconds to wait for others, it says whether all that was removed has left the files.
        """
        self._scrubbed = scrubbed
        self._guard = threading.Lock()
        self._asked: list[bool] = []  # scrubs that are yet to be done: whether however large
        self._thread: threading.Thread | None = None
        self._one_scrub = threading.Lock()  # at a time: SQLite refuses a second one
        self._closing = threading.Event()

    def scrub(self, anew: bool = False) -> None:
        """Tries at once; behind a long reader, or on a full disk, a thread does it later."""
        try:
            done = self._try_once(anew, BUSY_TIMEOUT_MS)
        except OSError as error:
            log.warning("what was removed leaves the database's files later: %s", error)
            done = False
        if not done:
            self.scrub_behind(anew)

    def scrub_behind(self, anew: bool = False) -> None:
        """Leaves a scrub to the thread, which is started unless it is there."""
        with self._guard:
            if self._closing.is_set():
                return
            self._asked.append(anew)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._scrub_later, name="scrubbing", daemon=True
                )
                self._thread.start()

    def close(self) -> None:
        """Ends the thread after the try at hand; what it has not done stays undone."""
        self._closing.set()
        with self._guard:
            thread = self._thread
        if thread is not None:
            thread.join(BUSY_TIMEOUT_MS / 1000)

    def _try_once(self, however_large: bool, wait_ms: int) -> bool:
        with self._one_scrub:
            return self._scrubbed(however_large, wait_ms)

    def _scrub_later(self) -> None:
        """Tries until all is done that was asked for; closing ends it after the try at hand."""
        n_tries = 0
        while asked := self._asked_or_end():
            if self._tried(any(asked)):
                with self._guard:
                    del self._asked[: len(asked)]
                continue
            n_tries += 1
            if self._closing.wait(SCRUB_AGAIN_S * min(n_tries, SCRUB_AGAIN_AT_MOST)):
                return

    def _asked_or_end(self) -> list[bool]:
        with self._guard:
            if not self._asked:
                self._thread = None
            return list(self._asked)

    def _tried(self, however_large: bool) -> bool:
        """Whether no further try is wanted."""
        try:
            return self._try_once(however_large, SCRUB_WAIT_MS)
        except OSError:  # a full disk passes
            return False
        except Exception:
            log.exception("what was removed leaves the database's files after the next opening")
            return True
