"""The library's database: connections and transactions, and removed text out of its files.

Knows no question that is asked of it. SQLite by default, PostgreSQL by its address.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from ..trouble import READ_ONLY, NoSpace, NotWritable, said_plainly
from . import migrations, owed
from .scrubber import Scrubber
from .sqlite import connect_read_only, outside_transactions, removed_has_left, set_up

DATABASE = "library.db"  # its file in a home


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
        self._scrubber = Scrubber(self._scrubbed)
        self._engine = _engine(url, read_only)
        if self.is_sqlite():
            set_up(self._engine, read_only=read_only)
        try:
            self._prepare()
        except BaseException:
            self._engine.dispose()
            raise

    def _prepare(self) -> None:
        """Makes the tables or upgrades them, where that is due."""
        with self.reading() as conn:
            is_latest = migrations.is_latest(conn, read_only=self.read_only)
        if not is_latest:
            with self.writing() as conn:
                migrations.upgrade(conn)

    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self._engine.dialect.name == "sqlite"

    def close(self) -> None:
        """Ends all connections. A scrub that is yet to be done is left to the next opening."""
        self._scrubber.close()
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

        A small file is written anew, a larger one when ``anew`` says so (``removed_has_left``).
        Behind a long reader, such as a backup, or on a full disk, a thread does all this later.
        """
        if self.is_sqlite():
            self._scrubber.scrub(anew)

    def scrub_if_owed(self) -> None:
        """Scrubs, behind whoever calls, if a process was killed before it did after a removal."""
        if self.is_sqlite() and not self.read_only:
            with self.reading() as conn:
                is_owed = owed.noted(conn) is not None
            if is_owed:
                self._scrubber.scrub_behind()

    def _scrubbed(self, however_large: bool, wait_ms: int) -> bool:
        """Whether all that was removed before has left the files."""
        with outside_transactions(self._engine, wait_ms) as conn:
            word = owed.noted(conn)
            done = removed_has_left(conn, however_large)
            if done and word:
                with suppress(OperationalError):  # one scrub more does no harm
                    owed.settle(conn, word)
        return done

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


def _engine(url: str, read_only: bool) -> Engine:
    address = make_url(url)
    if read_only and address.get_backend_name() == "sqlite" and address.database:
        path = Path(address.database)
        return create_engine(
            "sqlite://", creator=lambda: connect_read_only(path), poolclass=NullPool
        )
    return create_engine(address)
