"""Conversations and their turns in SQL. Nothing is asked without saying whose it is.

Knows no library: replies are places (``places.py``). All functions belong to a transaction of
their caller; somebody else's conversation is answered for like one that never was.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from chatbot.store import owners
from chatbot.store.places import StoredReply
from chatbot.store.schema import CONVERSATIONS, TURNS, VERDICTS

MAX_TITLE_CHARS = 60  # of a conversation, and of a collection


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation as a list shows it; ``updated_s`` in seconds since 1970."""

    id: str
    title: str
    n_turns: int
    updated_s: float


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """A question with the places of its reply."""

    id: str
    conversation_id: str
    question: str
    looked_up: str
    reply: StoredReply


def new_id() -> str:
    """The id of a conversation to come, which nobody can guess."""
    return secrets.token_urlsafe(16)


def begin(conn: Connection, owner: str, title: str, now_s: float, conversation_id: str = "") -> str:
    """A new conversation, of an id that ``new_id`` gave before, or gives now; returns it."""
    owners.seen(conn, owner, now_s)
    made = conversation_id or new_id()
    values = {"id": made, "owner": owner, "title": title, "created_s": now_s, "updated_s": now_s}
    conn.execute(insert(CONVERSATIONS).values(values))
    return made


def append(conn: Connection, owner: str, turn: StoredTurn, now_s: float) -> None:
    """Adds a turn after the last one of its conversation.

    Raises:
        LookupError: the owner has no such conversation.
    """
    mine = _mine(owner, turn.conversation_id)
    touched = update(CONVERSATIONS).where(*mine).values(updated_s=now_s)
    if not conn.execute(touched).rowcount:
        raise LookupError(f"no conversation {turn.conversation_id!r}: begin one first")
    last = select(func.max(TURNS.c.ordinal)).where(TURNS.c.conversation_id == turn.conversation_id)
    ordinal = conn.scalar(last)
    values = {
        "id": turn.id,
        "conversation_id": turn.conversation_id,
        "ordinal": 0 if ordinal is None else ordinal + 1,
        "question": turn.question,
        "looked_up": turn.looked_up,
        "reply": turn.reply,
        "asked_s": now_s,
    }
    conn.execute(insert(TURNS).values(values))
    owners.seen(conn, owner, now_s)


def replace(conn: Connection, owner: str, turn_id: str, looked_up: str, reply: StoredReply) -> bool:
    """Another reply for a turn, whose verdict goes; False when there is no such turn."""
    if conversation_of(conn, owner, turn_id) is None:
        return False
    values = {"looked_up": looked_up, "reply": reply}
    conn.execute(update(TURNS).where(TURNS.c.id == turn_id).values(values))
    conn.execute(delete(VERDICTS).where(VERDICTS.c.turn_id == turn_id))
    return True


def conversation_of(conn: Connection, owner: str, turn_id: str) -> str | None:
    """The id of the conversation that holds a turn; None when there is no such turn."""
    query = select(TURNS.c.conversation_id).join(CONVERSATIONS)
    return conn.scalar(query.where(TURNS.c.id == turn_id, CONVERSATIONS.c.owner == owner))


def summaries(conn: Connection, owner: str) -> list[Summary]:
    """All of an owner's, the one used last first."""
    query = (
        select(
            CONVERSATIONS.c.id,
            CONVERSATIONS.c.title,
            func.count(TURNS.c.id),
            CONVERSATIONS.c.updated_s,
        )
        .outerjoin(TURNS)
        .where(CONVERSATIONS.c.owner == owner)
        .group_by(CONVERSATIONS.c.id)
        .order_by(CONVERSATIONS.c.updated_s.desc(), CONVERSATIONS.c.id)
    )
    return [Summary(*row) for row in conn.execute(query)]


def latest(conn: Connection, owner: str) -> str | None:
    """The id of the one used last; None when there is none."""
    query = select(CONVERSATIONS.c.id).where(CONVERSATIONS.c.owner == owner)
    return conn.scalar(query.order_by(CONVERSATIONS.c.updated_s.desc(), CONVERSATIONS.c.id))


def title_of(conn: Connection, owner: str, conversation_id: str) -> str | None:
    """Its title; None when there is no such conversation."""
    return conn.scalar(select(CONVERSATIONS.c.title).where(*_mine(owner, conversation_id)))


def turns(conn: Connection, owner: str, conversation_id: str | None = None) -> Sequence[StoredTurn]:
    """The turns of a conversation, or of all of an owner's, each in the order of asking."""
    query = (
        select(
            TURNS.c.id, TURNS.c.conversation_id, TURNS.c.question, TURNS.c.looked_up, TURNS.c.reply
        )
        .join(CONVERSATIONS)
        .where(CONVERSATIONS.c.owner == owner)
        .order_by(TURNS.c.conversation_id, TURNS.c.ordinal)
    )
    if conversation_id is not None:
        query = query.where(CONVERSATIONS.c.id == conversation_id)
    return [StoredTurn(*row) for row in conn.execute(query)]


def rename(conn: Connection, owner: str, conversation_id: str, title: str) -> None:
    """Another title; nothing happens when there is no such conversation."""
    mine = _mine(owner, conversation_id)
    conn.execute(update(CONVERSATIONS).where(*mine).values(title=title))


def remove(conn: Connection, owner: str, conversation_id: str | None = None) -> int:
    """Takes out a conversation, or all of an owner's; returns how many there were."""
    mine = [CONVERSATIONS.c.owner == owner]
    if conversation_id is not None:
        mine = list(_mine(owner, conversation_id))
    return conn.execute(delete(CONVERSATIONS).where(*mine)).rowcount


def unread(conn: Connection, turn_ids: Sequence[str]) -> None:
    """Forgets how questions were read, and keeps them as they were typed."""
    for turn_id in turn_ids:
        plain = update(TURNS).where(TURNS.c.id == turn_id)
        conn.execute(plain.values(looked_up=TURNS.c.question))


def _mine(owner: str, conversation_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return CONVERSATIONS.c.id == conversation_id, CONVERSATIONS.c.owner == owner
