"""SQLite as such: addresses, how connections are set up, and how removed text leaves its files.

Knows no table, and not whose database it is.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.exc import OperationalError

from ..trouble import BUSY_TIMEOUT_MS, said_plainly

SCRUB_WAIT_MS = 100  # for readers, while all writers wait
ANEW_UP_TO_BYTES = 64 << 20  # writing so much anew takes less than a second


def sqlite_url(path: Path) -> str:
    """Address of a SQLite file for SQLAlchemy, whatever signs its path holds."""
    return URL.create("sqlite", database=str(path)).render_as_string()


def connect_read_only(path: Path) -> sqlite3.Connection:
    """Connects to a file that may lie where nothing can be written.

    With a write-ahead log, SQLite needs the log's own index beside it. Without one nobody
    writes at present, and the file alone is the whole database.
    """
    log = path.with_name(f"{path.name}-wal")
    whole = not log.exists() or not log.stat().st_size
    address = f"{path.as_uri()}?{'immutable=1' if whole else 'mode=ro'}"
    return sqlite3.connect(address, uri=True, check_same_thread=False)


def set_up(engine: Engine, *, read_only: bool = False) -> None:
    """Sees to it that all connections of an engine keep what is written and forget what is removed.

    A transaction with the execution option ``write`` takes the write lock when it begins.
    """
    event.listen(engine, "connect", _set_up_reader if read_only else _set_up_writer)
    event.listen(engine, "begin", _begin)


def _set_up_writer(connection: Any, _record: object) -> None:  # noqa: ANN401 (any driver's)
    connection.isolation_level = None  # transactions begin where _begin says
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",  # what was acknowledged or shown survives a power cut
        "secure_delete=ON",  # removed rows are overwritten with zeros
        "foreign_keys=ON",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _set_up_reader(connection: Any, _record: object) -> None:  # noqa: ANN401 (any driver's)
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA temp_store=MEMORY")


def _begin(conn: Connection) -> None:
    options = conn.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":
        return  # VACUUM runs outside of transactions alone
    conn.exec_driver_sql("BEGIN IMMEDIATE" if options.get("write") else "BEGIN")


@contextmanager
def outside_transactions(engine: Engine, wait_ms: int) -> Iterator[Connection]:
    """A connection whose statements stand alone, and wait for others up to so long.

    Raises:
        NoSpace: the disk is full.
    """
    with (
        said_plainly(),
        engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn,
        _waiting(conn, wait_ms),
    ):
        yield conn


def removed_has_left(conn: Connection, however_large: bool) -> bool:
    """Whether all that was removed could be driven out of the files, outside of a transaction.

    Removed rows were overwritten, but where a page was once laid out anew, pieces of a row may
    have stayed between the others: a file of up to ``ANEW_UP_TO_BYTES`` is written anew, a larger
    one when ``however_large`` says so. The write-ahead log is emptied into it before and after:
    behind a reader, what is written anew would only lengthen the log.
    """
    return log_emptied(conn) and _written_anew(conn, however_large) and log_emptied(conn)


def log_emptied(conn: Connection) -> bool:
    """Empties the write-ahead log, unless somebody reads from it for long."""
    with _waiting(conn, SCRUB_WAIT_MS):  # no longer: it holds the write lock while it waits
        was_busy = conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
    return not was_busy


def _written_anew(conn: Connection, however_large: bool) -> bool:
    """False if a file that should be written anew could not be."""
    sizes = (conn.exec_driver_sql(f"PRAGMA {name}") for name in ("page_count", "page_size"))
    n_bytes = math.prod(int(size.scalar_one()) for size in sizes)
    if not however_large and n_bytes > ANEW_UP_TO_BYTES:
        return True
    try:
        conn.exec_driver_sql("VACUUM")
    except OperationalError:  # no room for it, or a long writer
        return False
    return True


@contextmanager
def _waiting(conn: Connection, wait_ms: int) -> Iterator[None]:
    """Waits for others up to so long, and afterwards as long as before."""
    before = conn.exec_driver_sql("PRAGMA busy_timeout").scalar()
    conn.exec_driver_sql(f"PRAGMA busy_timeout={wait_ms}")
    try:
        yield
    finally:
        conn.exec_driver_sql(f"PRAGMA busy_timeout={before}")
