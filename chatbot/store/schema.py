"""The tables of what people asked, judged and called their own.

Knows what is kept, but neither how to connect nor who asks. No text of a document stands here:
a reply is places and numbers, and the words are cut from the library when they are shown.
"""

from __future__ import annotations

import secrets

from sqlalchemy import (
    JSON,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()


def _of(column: str) -> ForeignKey:
    """What goes with the row it belongs to."""
    return ForeignKey(column, ondelete="CASCADE")


def new_generation() -> str:
    """A word that no deletion has given to anybody before."""
    return secrets.token_hex(8)


# A person, by the id of a ``Visitor``; whatever is kept of them goes with this row.
OWNERS = Table(
    "owners",
    metadata,
    Column("id", String, primary_key=True),
    Column("created_s", Float, nullable=False),  # all times: seconds since 1970
    Column("last_seen_s", Float, nullable=False, index=True),
    Column("generation", String, nullable=False, default=new_generation),  # see owners.py
)
CONVERSATIONS = Table(
    "conversations",
    metadata,
    Column("id", String, primary_key=True),
    Column("owner", _of("owners.id"), nullable=False),
    Column("title", Text, nullable=False),
    Column("created_s", Float, nullable=False),
    Column("updated_s", Float, nullable=False),
    Index("conversations_of_owner", "owner", "updated_s"),
)
TURNS = Table(
    "turns",
    metadata,
    Column("id", String, primary_key=True),
    Column("conversation_id", _of("conversations.id"), nullable=False),
    Column("ordinal", Integer, nullable=False),  # from 0, in the order of asking
    Column("question", Text, nullable=False),  # as it was typed
    Column("looked_up", Text, nullable=False),  # as it was read
    Column("reply", JSON, nullable=False),  # see places.py
    Column("asked_s", Float, nullable=False),
    UniqueConstraint("conversation_id", "ordinal"),
)
VERDICTS = Table(
    "verdicts",
    metadata,
    Column("turn_id", _of("turns.id"), primary_key=True),
    Column("owner", _of("owners.id"), primary_key=True),
    Column("kind", String, nullable=False),
    Column("document_id", Integer, index=True),  # where the right words stand, if anywhere
    Column("char_start", Integer),
    Column("char_end", Integer),
    Column("given_s", Float, nullable=False),
)
COLLECTIONS = Table(
    "collections",
    metadata,
    Column("id", String, primary_key=True),
    Column("owner", _of("owners.id"), nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("created_s", Float, nullable=False),
)
