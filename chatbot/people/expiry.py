"""Forgets those who stay away: what they added, asked, judged and called their own.

Knows no page. Time comes from outside, so that a test lets a month pass at once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable

from chatbot.history import History
from chatbot.people.limits import Clock
from chatbot.people.workspace import ACCOUNTS, VISITORS
from chatbot.store import owners
from chatbot.store.database import Database
from retriever import Library

DAY_S = 24 * 3600.0
NOTED_EVERY_S = 600.0  # often enough for days
SWEPT_EVERY_S = 3600.0
NOTES_KEPT = 10_000

log = logging.getLogger(__name__)


class People:
    """Who was here when, and who is to be forgotten."""

    def __init__(
        self,
        database: Database,
        library: Library,
        history: History,
        is_kept: Callable[[str], bool],
        keep_days: int,
        clock: Clock = time.time,
    ) -> None:
        """Over an open database and library.

        Args:
            database: of what people asked.
            library: of what they added.
            history: what they asked.
            is_kept: whether an id belongs to an account, which does not expire.
            keep_days: after which the others are forgotten; 0 for never.
            clock: seconds since 1970.
        """
        self._database = database
        self._library = library
        self._history = history
        self._is_kept = is_kept
        self._keep_s = keep_days * DAY_S
        self._clock = clock
        self._noted: dict[str, float] = {}

    def knows(self, owner: str) -> bool:
        """Whether a person was here before and is not forgotten."""
        if owner in self._noted:
            return True
        with self._database.reading() as conn:
            return owners.is_known(conn, owner)

    def seen(self, owner: str) -> None:
        """Notes that a person is here; costs nothing when that was noted minutes ago.

        A disk or a database that takes no note now keeps nobody out; the next one is minutes away.
        """
        now_s = self._clock()
        if now_s - self._noted.get(owner, -NOTED_EVERY_S) < NOTED_EVERY_S:
            return
        if len(self._noted) >= NOTES_KEPT:
            self._noted.clear()
        self._noted[owner] = now_s
        try:
            with self._database.writing() as conn:
                owners.seen(conn, owner, now_s)
        except OSError:
            log.warning("it could not be noted that a person is here", exc_info=True)

    def sweep(self) -> list[str]:
        """Forgets everybody who was away for too long; returns their ids.

        Whoever has documents and was never noted counts as seen now. To forget takes a while:
        each is looked at again when it is their turn, as they may have come back.
        """
        if not self._keep_s or self._library.read_only:
            return []
        now_s = self._clock()
        self._note_strangers(now_s)
        before_s, gone = now_s - self._keep_s, []
        with self._database.reading() as conn:
            away = owners.unseen_since(conn, before_s)
        for owner in away:
            if not self._is_kept(owner) and self._is_away(owner, before_s):
                self.forget(owner)
                gone.append(owner)
        return gone

    def forget(self, owner: str) -> None:
        """Removes everything of a person for good; interrupted, the next sweep goes on."""
        for name in self._library.collections():
            if owner_of(name) == owner:
                self._library.remove_collection(name)
        self._library.remove_collection(owner)  # with files that wait for it to be made
        self._history.forget(owner)
        self._noted.pop(owner, None)

    def _is_away(self, owner: str, before_s: float) -> bool:
        """Whether nobody noted them since, be it another process, or this one on a full disk."""
        if self._noted.get(owner, before_s) > before_s:
            return False
        with self._database.reading() as conn:
            return owners.is_unseen_since(conn, owner, before_s)

    def _note_strangers(self, now_s: float) -> None:
        with self._database.reading() as conn:
            known = set(owners.every(conn))
        strangers = _owners(self._library.collections()) - known
        if strangers:
            with self._database.writing() as conn:
                for owner in strangers:
                    owners.seen(conn, owner, now_s)


class Housekeeping:
    """A thread that sweeps now and every hour, until it is told to end."""

    def __init__(self, sweep: Callable[[], object], every_s: float = SWEPT_EVERY_S) -> None:
        self._sweep = sweep
        self._every_s = every_s
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Returns when a sweep under way has ended."""
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._end.is_set():
            try:
                self._sweep()
            except Exception:
                log.exception("a sweep failed; the next one tries again")
            self._end.wait(self._every_s)


def owner_of(collection: str) -> str | None:
    """Whose a collection is by its name; None for one that is nobody's."""
    owner = collection.partition(".")[0]
    return owner if owner.startswith((VISITORS, ACCOUNTS)) else None


def _owners(collections: Iterable[str]) -> set[str]:
    return {owner for name in collections if (owner := owner_of(name)) is not None}
