"""The library's database: connections, transactions, and upgrades of older ones.

Knows no question that is asked of it. SQLite by default, PostgreSQL by its address.
"""

from __future__ import annotations

import errno
import math
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    create_engine,
    event,
    insert,
    inspect,
    make_url,
    select,
    update,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from ..trouble import BUSY_TIMEOUT_MS, READ_ONLY, NoSpace, NotWritable, said_plainly
from .schema import META, metadata

SCHEMA_VERSION = 2
SCRUB_AGAIN_S = 5.0
ANEW_UP_TO_BYTES = 64 << 20  # writing so much anew takes less than a second


def _to_2(conn: Connection) -> None:
    """Passages get a context; those of older documents stay without one."""
    added = "ALTER TABLE passages ADD COLUMN context TEXT NOT NULL DEFAULT ''"
    conn.exec_driver_sql(added)


# From version n to n + 1. Missing tables are made before the first of them runs, and all run in
# one transaction, so that a failed one changes nothing.
MIGRATIONS: Mapping[int, Callable[[Connection], None]] = {1: _to_2}


def sqlite_url(path: Path) -> str:
    """Address of a SQLite file for SQLAlchemy, whatever signs its path holds."""
    return URL.create("sqlite", database=str(path)).render_as_string()


class Database:
    """Transactions over one database. May be used by several threads and processes."""

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        """Connects; makes the tables when missing and upgrades old ones.

        Args:
            url: SQLAlchemy's address.
            read_only: changes nothing, not even the files beside a SQLite database.

        Raises:
            RuntimeError: the database was made by a newer version, or is damaged, or is to be
                opened read-only and is older.
            NoSpace, NotWritable: the tables cannot be made.
        """
        self.read_only = read_only
        self._closed = False
        address = make_url(url)
        if read_only and address.get_backend_name() == "sqlite" and address.database:
            path = Path(address.database)
            self._engine = create_engine(
                "sqlite://", creator=lambda: connect_read_only(path), poolclass=NullPool
            )
        else:
            self._engine = create_engine(address)
        if self.is_sqlite():
            set_up = _set_up_reader if read_only else _set_up_sqlite
            event.listen(self._engine, "connect", set_up)
            event.listen(self._engine, "begin", _begin_sqlite)
        with self.reading() as conn:
            version = _version(conn)
        if version == SCHEMA_VERSION:
            return
        if read_only and version:
            raise RuntimeError(
                f"this library has schema version {version}, which is read after an upgrade to "
                f"{SCHEMA_VERSION}: open it once where it can be written"
            )
        with self.writing() as conn:
            _upgrade(conn)

    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self._engine.dialect.name == "sqlite"

    def close(self) -> None:
        """Ends all connections."""
        self._closed = True
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the library."""
        with said_plainly():
            conn = self._engine.connect()
            if not self.is_sqlite():
                conn = conn.execution_options(isolation_level="REPEATABLE READ")
            with conn, conn.begin():
                yield conn

    def check_writable(self) -> None:
        """Raises NotWritable if it was opened read-only."""
        if self.read_only:
            raise NotWritable(errno.EROFS, READ_ONLY)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that commits at its end, or undoes all when an error leaves it.

        It takes SQLite's write lock when it begins, so that two writers wait for each other
        instead of failing midway.

        Raises:
            NoSpace: the disk is full; nothing was changed.
            NotWritable: the library was opened read-only, or its files cannot be written.
            TimeoutError: another process wrote for longer than BUSY_TIMEOUT_MS.
        """
        self.check_writable()
        with (
            said_plainly(),
            self._engine.connect().execution_options(write=True) as conn,
            conn.begin(),
        ):
            yield conn

    def scrub(self, anew: bool = False) -> None:
        """Sees to it that no removed text stays in SQLite's files.

        Removed rows were overwritten, but where a page was once laid out anew, pieces of a row
        may have stayed between the others: a file of up to ``ANEW_UP_TO_BYTES`` is written anew,
        a larger one when ``anew`` says so. Then the write-ahead log is emptied into it, after
        readers have let go of it; behind a long one, such as a backup, a thread does it later.
        """
        if self.is_sqlite():
            self._write_anew(anew)
        if not self._scrubbed():
            threading.Thread(target=self._scrub_later, name="scrubbing", daemon=True).start()

    def _write_anew(self, however_large: bool) -> None:
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            n_bytes = math.prod(
                int(conn.exec_driver_sql(f"PRAGMA {name}").scalar() or 0)
                for name in ("page_count", "page_size")
            )
            if however_large or n_bytes <= ANEW_UP_TO_BYTES:
                with suppress(OperationalError):  # no room for it, or a long writer
                    conn.exec_driver_sql("VACUUM")

    def _scrubbed(self) -> bool:
        if not self.is_sqlite():
            return True
        with (
            said_plainly(),
            self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn,
        ):
            was_busy = conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
        return not was_busy

    def _scrub_later(self) -> None:
        with suppress(Exception):  # the next removal, or the last one to close, does it then
            while not self._closed and not self._scrubbed():
                time.sleep(SCRUB_AGAIN_S)

    def copy_to(self, path: Path) -> None:
        """Copies one state of a SQLite database into a new file, while others go on writing.

        Raises:
            NotImplementedError: this is another database, whose own tools copy it.
            NoSpace: there is none for the copy.
            RuntimeError: the copy is damaged, so the original is.
        """
        if not self.is_sqlite():
            raise NotImplementedError(
                f"the library's database is {self._engine.dialect.name}: back it up with its own "
                "tools (pg_dump), and copy the folder of the originals beside it"
            )
        with said_plainly(), self._engine.connect() as conn:
            target = sqlite3.connect(path)
            try:
                # In one step: between steps, another process's commit would start it over.
                conn.connection.driver_connection.backup(target)  # type: ignore[union-attr]
                found = target.execute("PRAGMA quick_check(1)").fetchone()[0]
                target.execute("PRAGMA journal_mode=DELETE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
                    raise NoSpace(errno.ENOSPC, f"no space is left for {path}") from error
                raise
            finally:
                target.close()
        if found != "ok":
            raise RuntimeError(f"the database is damaged ({found}): restore an earlier backup")


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


def _set_up_reader(connection: Any, _record: object) -> None:  # noqa: ANN401 (any driver's)
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA temp_store=MEMORY")


def connect_read_only(path: Path) -> sqlite3.Connection:
    """Connects to a file that may lie where nothing can be written.

    With a write-ahead log, SQLite needs the log's own index beside it. Without one nobody
    writes at present, and the file alone is the whole database.
    """
    log = path.with_name(f"{path.name}-wal")
    whole = not log.exists() or not log.stat().st_size
    address = f"{path.as_uri()}?{'immutable=1' if whole else 'mode=ro'}"
    return sqlite3.connect(address, uri=True, check_same_thread=False)


def _begin_sqlite(conn: Connection) -> None:
    options = conn.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":
        return  # VACUUM runs outside of transactions alone
    conn.exec_driver_sql("BEGIN IMMEDIATE" if options.get("write") else "BEGIN")


def _version(conn: Connection) -> int:
    """The schema's version; 0 without one. Raises RuntimeError if it is a newer one."""
    if not inspect(conn).has_table(META.name):
        return 0
    query = select(META.c.value).where(META.c.key == "schema_version")
    version = int(conn.scalar(query) or 0)
    if version > SCHEMA_VERSION:
        raise RuntimeError(
            f"this library has schema version {version}, this Quoth reads up to {SCHEMA_VERSION}: "
            "upgrade Quoth, or open another library"
        )
    return version


def _upgrade(conn: Connection) -> None:
    version = _version(conn)  # asked again: another process may have been faster
    metadata.create_all(conn)
    if not version:
        conn.execute(insert(META).values(key="schema_version", value=str(SCHEMA_VERSION)))
        return
    for step in range(version, SCHEMA_VERSION):
        MIGRATIONS[step](conn)
    changed = update(META).where(META.c.key == "schema_version")
    conn.execute(changed.values(value=str(SCHEMA_VERSION)))
