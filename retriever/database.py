"""The library's database: connections, transactions, and upgrades of older ones.

Knows no question that is asked of it. SQLite by default, PostgreSQL by its address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event, insert, select, update

from .schema import META, metadata

SCHEMA_VERSION = 2
BUSY_TIMEOUT_MS = 30_000


def _to_2(conn: Connection) -> None:
    """Passages get a context; those of older documents stay without one."""
    added = "ALTER TABLE passages ADD COLUMN context TEXT NOT NULL DEFAULT ''"
    conn.exec_driver_sql(added)


# From version n to n + 1. Missing tables are made before the first of them runs.
MIGRATIONS: Mapping[int, Callable[[Connection], None]] = {1: _to_2}


def sqlite_url(path: Path) -> str:
    """Address of a SQLite file for SQLAlchemy."""
    return f"sqlite:///{path}"


class Database:
    """Transactions over one database. May be used by several threads and processes."""

    def __init__(self, url: str) -> None:
        """Connects; makes the tables when missing and upgrades old ones.

        Raises:
            RuntimeError: the database was made by a newer version.
        """
        self._engine = create_engine(url)
        if self._is_sqlite():
            event.listen(self._engine, "connect", _set_up_sqlite)
            event.listen(self._engine, "begin", _begin_sqlite)
        with self.writing() as conn:
            metadata.create_all(conn)
            _upgrade(conn)

    def _is_sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    def close(self) -> None:
        """Ends all connections."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the library."""
        conn = self._engine.connect()
        if not self._is_sqlite():
            conn = conn.execution_options(isolation_level="REPEATABLE READ")
        with conn, conn.begin():
            yield conn

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that commits at its end, or undoes all when an error leaves it.

        It takes SQLite's write lock when it begins, so that two writers wait for each other
        instead of failing midway.
        """
        with self._engine.connect().execution_options(write=True) as conn, conn.begin():
            yield conn

    def scrub(self) -> None:
        """Empties SQLite's write-ahead log into the main file: no removed text stays in it."""
        if self._is_sqlite():
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
                conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _set_up_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 (any driver's)
    connection.isolation_level = None  # transactions begin where _begin_sqlite says
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",  # an acknowledged document survives a power cut
        "secure_delete=ON",  # removed rows are overwritten with zeros
        "foreign_keys=ON",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(conn: Connection) -> None:
    write = conn.get_execution_options().get("write", False)
    conn.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _upgrade(conn: Connection) -> None:
    found = conn.scalar(select(META.c.value).where(META.c.key == "schema_version"))
    if found is None:
        conn.execute(insert(META).values(key="schema_version", value=str(SCHEMA_VERSION)))
        return
    version = int(found)
    if version > SCHEMA_VERSION:
        raise RuntimeError(
            f"this library has schema version {version}, this Quoth reads up to {SCHEMA_VERSION}: "
            "upgrade Quoth, or open another library"
        )
    for step in range(version, SCHEMA_VERSION):
        MIGRATIONS[step](conn)
    changed = update(META).where(META.c.key == "schema_version")
    conn.execute(changed.values(value=str(SCHEMA_VERSION)))
