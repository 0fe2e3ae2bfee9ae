"""What people said of answers, in SQL: one verdict a turn, given by whoever asked it.

Knows places and no words. All functions belong to a transaction of their caller; somebody
else's turn is answered for like one that never was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from chatbot.store.conversations import conversation_of
from chatbot.store.places import StoredReply
from chatbot.store.schema import TURNS, VERDICTS
from chatbot.types import Verdict

AT_ONCE = 500  # ids in one statement


@dataclass(frozen=True, slots=True)
class Judged:
    """A turn with what its owner said of it.

    ``looked_up`` is the question as it was read, ``reply`` the places that it got.
    """

    turn_id: str
    owner: str
    looked_up: str
    reply: StoredReply
    verdict: Verdict


def give(conn: Connection, owner: str, turn_id: str, verdict: Verdict, now_s: float) -> None:
    """Keep a verdict; it takes the place of the one given before.

    Raises:
        LookupError: the owner has no such turn.
    """
    if conversation_of(conn, owner, turn_id) is None:
        raise LookupError(f"no turn {turn_id!r}: it was removed, or never kept")
    take_back(conn, owner, turn_id)
    values = {
        "turn_id": turn_id,
        "owner": owner,
        "kind": verdict.kind,
        "document_id": verdict.document_id,
        "char_start": verdict.char_start,
        "char_end": verdict.char_end,
        "given_s": now_s,
    }
    conn.execute(insert(VERDICTS).values(values))


def take_back(conn: Connection, owner: str, turn_id: str) -> None:
    """Forget a verdict; nothing happens when there is none."""
    conn.execute(delete(VERDICTS).where(VERDICTS.c.owner == owner, VERDICTS.c.turn_id == turn_id))


def of(conn: Connection, owner: str, turn_ids: Iterable[str]) -> Mapping[str, Verdict]:
    """What an owner said of some turns, by their ids; those not judged are missing."""
    ids = list(turn_ids)
    found: dict[str, Verdict] = {}
    for begin in range(0, len(ids), AT_ONCE):
        query = select(
            VERDICTS.c.turn_id,
            VERDICTS.c.kind,
            VERDICTS.c.document_id,
            VERDICTS.c.char_start,
            VERDICTS.c.char_end,
        ).where(VERDICTS.c.owner == owner, VERDICTS.c.turn_id.in_(ids[begin : begin + AT_ONCE]))
        found |= {row[0]: Verdict(*row[1:]) for row in conn.execute(query)}
    return found


def all_judged(conn: Connection) -> list[Judged]:
    """Every verdict of everybody with its turn, the newest last."""
    query = (
        select(
            TURNS.c.id,
            VERDICTS.c.owner,
            TURNS.c.looked_up,
            TURNS.c.reply,
            VERDICTS.c.kind,
            VERDICTS.c.document_id,
            VERDICTS.c.char_start,
            VERDICTS.c.char_end,
        )
        .join(TURNS, TURNS.c.id == VERDICTS.c.turn_id)
        .order_by(VERDICTS.c.given_s, TURNS.c.id)
    )
    return [Judged(*row[:4], Verdict(*row[4:])) for row in conn.execute(query)]


def spoken_of(conn: Connection, owner: str, turn_id: str) -> int | None:
    """The document that a verdict speaks of: where the right words stand, or what was quoted."""
    query = select(VERDICTS.c.document_id, TURNS.c.reply).join(TURNS)
    mine = query.where(VERDICTS.c.owner == owner, VERDICTS.c.turn_id == turn_id)
    return next((_document(*row) for row in conn.execute(mine)), None)


def forget_document(conn: Connection, document_id: int) -> None:
    """Forget what was said of a document, for it is gone."""
    query = select(VERDICTS.c.turn_id, VERDICTS.c.document_id, TURNS.c.reply).join(TURNS)
    gone = [row[0] for row in conn.execute(query) if _document(*row[1:]) == document_id]
    for begin in range(0, len(gone), AT_ONCE):
        some = VERDICTS.c.turn_id.in_(gone[begin : begin + AT_ONCE])
        conn.execute(delete(VERDICTS).where(some))


def _document(shown: int | None, reply: StoredReply) -> int | None:
    quoted = reply["answers"]
    return shown if shown is not None or not quoted else quoted[0]["document_id"]
