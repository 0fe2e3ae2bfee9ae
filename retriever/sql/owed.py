"""The note that what was removed may still lie in SQLite's files: a scrub is owed.

Written with the removal, so that it outlives a process killed right after; see
``Database.scrub``. All functions belong to a transaction of their caller.
"""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, delete, insert, select

from .schema import META

KEY = "scrub_owed"


def note(conn: Connection) -> None:
    """Notes it, by another word each time: a scrub that began before settles nothing of this."""
    if conn.dialect.name == "sqlite":  # elsewhere all writers would wait for this one row
        conn.execute(delete(META).where(META.c.key == KEY))
        conn.execute(insert(META).values(key=KEY, value=secrets.token_hex(8)))


def noted(conn: Connection) -> str | None:
    """The latest note's word; None when nothing is owed."""
    return conn.scalar(select(META.c.value).where(META.c.key == KEY))


def settle(conn: Connection, word: str) -> None:
    """Takes the note away, unless something was removed since."""
    conn.execute(delete(META).where(META.c.key == KEY, META.c.value == word))
