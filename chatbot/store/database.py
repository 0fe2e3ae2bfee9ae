"""The chats' database: connections, transactions, and upgrades of older ones.

Knows no question that is asked of it, and no library.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import QueuePool

from chatbot.store.schema import metadata
from retriever.private import make_file, make_folder, tighten
from retriever.sql.scrubber import Scrubber
from retriever.sql.sqlite import outside_transactions, removed_has_left, set_up, sqlite_url
from retriever.trouble import said_plainly

FILE = "chats.db"
SCHEMA_VERSION = 2


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
        self._engine = create_engine(sqlite_url(path)) if self.lasting else _memory_engine()
        self._scrubber = Scrubber(self._scrubbed)
        set_up(self._engine)
        try:
            with self.writing() as conn:
                _upgrade(conn, path)
        except BaseException:
            self._engine.dispose()
            raise

    def close(self) -> None:
        """Ends all connections. A scrub that is yet to be done is left to the next deletion."""
        self._scrubber.close()
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

        Behind a long reader, or on a full disk, a thread does this later.
        """
        if self.lasting:
            self._scrubber.scrub()

    def _scrubbed(self, however_large: bool, wait_ms: int) -> bool:
        """Whether all that was deleted before has left the files."""
        with outside_transactions(self._engine, wait_ms) as conn:
            return removed_has_left(conn, however_large)


def _can_be_written(path: Path) -> bool:
    """Makes the file, readable by its owner alone, where that is possible."""
    try:
        make_folder(path.parent)
        make_file(path)  # SQLite gives its other files the same rights
        tighten(path)
    except OSError:
        return False
    return os.access(path.parent, os.W_OK)  # where these go


def _memory_engine() -> Engine:
    """One connection, which holds all; whoever wants it waits until it is free."""
    return create_engine(
        "sqlite://",
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        connect_args={"check_same_thread": False},
    )


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
