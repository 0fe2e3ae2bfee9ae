"""The chats' database: connections, transactions, and upgrades of older ones.

Knows no question that is asked of it, and no library.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import QueuePool

from chatbot.store.schema import metadata
from retriever.private import make_file, make_folder, tighten
from retriever.trouble import BUSY_TIMEOUT_MS, said_plainly

FILE = "chats.db"
SCHEMA_VERSION = 2
ANEW_UP_TO_BYTES = 64 << 20  # writing so much anew takes less than a second


def _add_generations(conn: Connection) -> None:
    conn.exec_driver_sql("ALTER TABLE owners ADD COLUMN generation VARCHAR NOT NULL DEFAULT ''")


# From version n to n + 1. Missing tables are made before the first of them runs, and all run in
# one transaction, so that a failed one changes nothing.
UPGRADES: Mapping[int, Callable[[Connection], None]] = {1: _add_generations}

log = logging.getLogger(__name__)


class Database:
    """Transactions over one file. May be used by several threads and processes.

    Attributes:
        lasting: whether it outlives this process. It does not where the home cannot be
            written: then it is held in memory, and a warning says so once.
    """

    def __init__(self, home: Path) -> None:
        """Opens the file in ``home``; makes the tables when missing and upgrades older ones.

        Raises:
            RuntimeError: the file was made by a newer version, or is damaged.
        """
        path = home / FILE
        self.lasting = _can_be_written(path)
        if not self.lasting:
            log.warning("%s cannot be written: conversations end with this process", path)
        self._engine = _file_engine(path) if self.lasting else _memory_engine()
        try:
            with self.writing() as conn:
                _upgrade(conn, path)
        except BaseException:
            self._engine.dispose()
            raise

    def close(self) -> None:
        """Ends all connections."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state."""
        with said_plainly(), self._engine.connect() as conn, conn.begin():
            yield conn

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that commits at its end, or undoes all when an error leaves it.

        It takes the write lock when it begins, so that two writers wait for each other instead
        of failing midway.

        Raises:
            NoSpace: the disk is full; nothing was changed.
            TimeoutError: another process wrote for longer than BUSY_TIMEOUT_MS.
        """
        with (
            said_plainly(),
            self._engine.connect().execution_options(write=True) as conn,
            conn.begin(),
        ):
            yield conn

    def scrub(self) -> None:
        """Sees to it that nothing that was deleted stays in the files.

        Deleted rows were overwritten, but where a page was laid out anew, pieces may have stayed
        between the others: a file of up to ``ANEW_UP_TO_BYTES`` is written anew. Then the
        write-ahead log is emptied into it.
        """
        if not self.lasting:
            return
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            sizes = (conn.exec_driver_sql(f"PRAGMA {n}") for n in ("page_count", "page_size"))
            n_pages, page_bytes = (int(size.scalar_one()) for size in sizes)
            if n_pages * page_bytes <= ANEW_UP_TO_BYTES:
                with suppress(OperationalError):  # no room for it; the next deletion tries again
                    conn.exec_driver_sql("VACUUM")
            conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _can_be_written(path: Path) -> bool:
    """Makes the file, readable by its owner alone, where that is possible."""
    try:
        make_folder(path.parent)
        make_file(path)  # SQLite gives its other files the same rights
        tighten(path)
    except OSError:
        return False
    return os.access(path.parent, os.W_OK)  # where these go


def _file_engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _memory_engine() -> Engine:
    """One connection, which holds all; whoever wants it waits until it is free."""
    engine = create_engine(
        "sqlite://",
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        connect_args={"check_same_thread": False},
    )
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: Any, _record: object) -> None:  # noqa: ANN401 (any driver's)
    connection.isolation_level = None  # transactions begin where _begin says
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",  # an answer that was shown survives a power cut
        "secure_delete=ON",  # deleted rows are overwritten with zeros
        "foreign_keys=ON",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(conn: Connection) -> None:
    options = conn.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":
        return  # VACUUM runs outside of transactions alone
    conn.exec_driver_sql("BEGIN IMMEDIATE" if options.get("write") else "BEGIN")


def _upgrade(conn: Connection, path: Path) -> None:
    version = int(conn.exec_driver_sql("PRAGMA user_version").scalar_one())
    if version > SCHEMA_VERSION:
        raise RuntimeError(
            f"{path} has schema version {version}, this Quoth reads up to {SCHEMA_VERSION}: "
            "upgrade Quoth, or open another home"
        )
    metadata.create_all(conn)
    for step in range(version or SCHEMA_VERSION, SCHEMA_VERSION):
        UPGRADES[step](conn)
    conn.exec_driver_sql(f"PRAGMA user_version={SCHEMA_VERSION}")
