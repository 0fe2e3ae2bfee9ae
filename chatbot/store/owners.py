"""People as the store knows them: an id, when they were last here, and their generation.

A generation ends when all that they asked is deleted; what was begun in it is not kept any more.
All functions belong to a transaction of their caller.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select, update

from chatbot.store.schema import OWNERS, new_generation


def seen(conn: Connection, owner: str, now_s: float) -> None:
    """Notes that they are here; they are entered when they are new."""
    row = update(OWNERS).where(OWNERS.c.id == owner).values(last_seen_s=now_s)
    if not conn.execute(row).rowcount:
        conn.execute(insert(OWNERS).values(id=owner, created_s=now_s, last_seen_s=now_s))


def is_known(conn: Connection, owner: str) -> bool:
    """Whether they were entered."""
    return conn.scalar(select(OWNERS.c.id).where(OWNERS.c.id == owner)) is not None


def generation(conn: Connection, owner: str) -> str | None:
    """The present one; None when they were not entered."""
    return conn.scalar(select(OWNERS.c.generation).where(OWNERS.c.id == owner))


def end_generation(conn: Connection, owner: str) -> None:
    """Begins another; nothing happens when they were not entered."""
    row = update(OWNERS).where(OWNERS.c.id == owner)
    conn.execute(row.values(generation=new_generation()))


def every(conn: Connection) -> list[str]:
    """All who are known."""
    return list(conn.scalars(select(OWNERS.c.id)))


def unseen_since(conn: Connection, before_s: float) -> list[str]:
    """Who was last here before that time, the longest away first."""
    query = select(OWNERS.c.id).where(OWNERS.c.last_seen_s < before_s)
    return list(conn.scalars(query.order_by(OWNERS.c.last_seen_s)))


def is_unseen_since(conn: Connection, owner: str, before_s: float) -> bool:
    """Whether they are known, and were last here before that time."""
    query = select(OWNERS.c.id).where(OWNERS.c.id == owner, OWNERS.c.last_seen_s < before_s)
    return conn.scalar(query) is not None


def forget(conn: Connection, owner: str) -> None:
    """Takes out a person with all that is kept of them; no error when there was nothing."""
    conn.execute(delete(OWNERS).where(OWNERS.c.id == owner))
