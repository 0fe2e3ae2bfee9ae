"""Whoever waits for a file: what they are told of it, and how they stop it.

Knows nothing of what is done to the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..types import Progress, ProgressCallback, State, Taken
from .several import Stopped, Turn

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Paused(Exception):
    """Whoever waits for the file goes on with it later; what is done of it stays."""


class Watch:
    """Whoever waits for a file: is told where it stands, and may stop it by raising.

    Attributes:
        older: jobs of earlier versions of the file; they end when it is there, not before.
    """

    older: tuple[int, ...] = ()

    def tell(self, state: State, fraction: float, left_s: float | None = None) -> None:
        """``fraction`` of ``state`` is done; about ``left_s`` seconds are left."""

    def stopped(self) -> bool:
        """Whether to stop; asked often while nothing can be told."""
        return False

    def may_write(self, timeout_s: float) -> bool:
        """Whether it is this file's turn to be written, after waiting for it that long."""
        return True

    def guard(self, conn: Connection) -> None:
        """Called within every transaction that writes; raises if it must not."""

    def taken(self, conn: Connection, taken: Taken) -> list[str]:
        """Called within the transaction that makes the document; returns the queue's copies
        that nobody needs any more.
        """
        return []


class Caller(Watch):
    """A caller with a callback, and with files to be written before this one."""

    def __init__(
        self,
        name: str,
        callback: ProgressCallback | None,
        turn: Turn | None = None,
        older: tuple[int, ...] = (),
    ) -> None:
        self.name = name
        self.callback = callback
        self.turn = turn
        self.older = older

    def tell(self, state: State, fraction: float, left_s: float | None = None) -> None:
        """Passes it on, while somebody waits."""
        if self.stopped():
            raise Stopped
        if self.callback:
            self.callback(Progress(self.name, state, fraction, left_s))

    def stopped(self) -> bool:
        """Whether nobody waits for the files of which this is one."""
        return self.turn is not None and self.turn.stopped()

    def may_write(self, timeout_s: float) -> bool:
        """Waits for the turn."""
        return self.turn is None or self.turn(timeout_s)
