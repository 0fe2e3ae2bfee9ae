"""The collections that people made: what they call them, and whose they are.

Knows no document. All functions belong to a transaction of their caller.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select, update

from chatbot.store import owners
from chatbot.store.schema import COLLECTIONS


def titles(conn: Connection, owner: str) -> dict[str, str]:
    """The titles of an owner's collections by id, in the order of making."""
    query = select(COLLECTIONS.c.id, COLLECTIONS.c.title).where(COLLECTIONS.c.owner == owner)
    rows = conn.execute(query.order_by(COLLECTIONS.c.created_s, COLLECTIONS.c.id))
    return {str(row.id): str(row.title) for row in rows}


def add(conn: Connection, owner: str, collection_id: str, title: str, now_s: float) -> None:
    """Enters a collection."""
    owners.seen(conn, owner, now_s)
    values = {"id": collection_id, "owner": owner, "title": title, "created_s": now_s}
    conn.execute(insert(COLLECTIONS).values(values))


def rename(conn: Connection, owner: str, collection_id: str, title: str) -> None:
    """Another title; nothing happens when the owner has no such collection."""
    mine = (COLLECTIONS.c.owner == owner, COLLECTIONS.c.id == collection_id)
    conn.execute(update(COLLECTIONS).where(*mine).values(title=title))


def remove(conn: Connection, owner: str, collection_id: str) -> None:
    """Takes a collection out; nothing happens when the owner has no such collection."""
    mine = (COLLECTIONS.c.owner == owner, COLLECTIONS.c.id == collection_id)
    conn.execute(delete(COLLECTIONS).where(*mine))
