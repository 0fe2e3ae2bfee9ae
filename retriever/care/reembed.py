"""All vectors of a library by another encoder, while the library is in use.

Knows the store and encoders, but no index. Rows are put aside batch by batch, each in its own
short transaction, and take the place of the others in one: until then everything is found as
before, and what was put aside survives a crash.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from ..encoding import identity
from ..encoding.embed import Encoder
from ..sql import contents, store
from ..sql.database import Database

SETTING = "encoder_anew"  # whose rows are being put aside
AT_ONCE = 256  # passages a transaction


def embed_anew(database: Database, encoder: Encoder) -> None:
    """Replaces all vectors by those of ``encoder``; goes on where an interrupted call was.

    Documents may be added (with the encoder of before) and removed meanwhile. Two processes
    that do this with the same encoder share what each puts aside.

    Raises:
        RuntimeError: another process does the same with yet another encoder, or was done first.
    """
    with database.writing() as conn:
        if not identity.fits(conn, encoder, SETTING):
            contents.forget_anew(conn)
        identity.remember(conn, encoder, SETTING)
    while not _switched(database, encoder):
        after = -1
        while batch := _next(database, after):
            rows = encoder.encode([text for _, text in batch])  # (n, dim), outside of any lock
            with database.writing() as conn:
                _check(conn, encoder)
                contents.add_anew(conn, [i for i, _ in batch], rows)
            after = batch[-1][0]
    database.scrub()


def give_up(database: Database) -> None:
    """Leaves what an interrupted call put aside."""
    with database.reading() as conn:
        if store.setting(conn, SETTING) is None:
            return
    with database.writing() as conn:
        contents.forget_anew(conn)
        store.forget(conn, SETTING)


def _next(database: Database, after: int) -> Sequence[tuple[int, str]]:
    with database.reading() as conn:
        return contents.not_anew(conn, after, AT_ONCE)


def _switched(database: Database, encoder: Encoder) -> bool:
    """Switches if at most one batch is lacking, which came meanwhile."""
    with database.writing() as conn:
        _check(conn, encoder)
        every = [c for c in store.all_collections(conn) if store.hold(conn, c)]
        late = contents.not_anew(conn, -1, AT_ONCE)
        if len(late) == AT_ONCE:
            return False
        if late:
            rows = encoder.encode([text for _, text in late])  # (n, dim)
            contents.add_anew(conn, [i for i, _ in late], rows)
        contents.switch_to_anew(conn)
        for collection in every:
            contents.note(conn, collection, 0, "reset")
        identity.remember(conn, encoder)
        store.forget(conn, SETTING)
    return True


def _check(conn: Connection, encoder: Encoder) -> None:
    if store.setting(conn, SETTING) is None or not identity.fits(conn, encoder, SETTING):
        raise RuntimeError(
            "another process embeds this library anew as well: wait for it to end, then see "
            "whether this is still wanted"
        )
