"""The library's database: connections, transactions, and upgrades of older ones.

Knows no question that is asked of it. SQLite by default, PostgreSQL by its address.
"""

from __future__ import annotations

import errno
import logging
import math
import sqlite3
import threading
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
from . import owed
from .schema import META, metadata

SCHEMA_VERSION = 3
SCRUB_AGAIN_S = 5.0  # after the first try, and as much more after each further one
SCRUB_AGAIN_AT_MOST = 12  # times as long, however many tries it takes
SCRUB_WAIT_MS = 100  # for readers, while all writers wait
ANEW_UP_TO_BYTES = 64 << 20  # writing so much anew takes less than a second

log = logging.getLogger(__name__)


def _to_2(conn: Connection) -> None:
    """Passages get a context; those of older documents stay without one."""
    added = "ALTER TABLE passages ADD COLUMN context TEXT NOT NULL DEFAULT ''"
    conn.exec_driver_sql(added)


def _to_3(conn: Connection) -> None:
    """Jobs are found by their source, and those of an archive by their state, without a search."""
    for statement in (
        "DROP INDEX IF EXISTS ix_jobs_collection",
        "DROP INDEX IF EXISTS ix_jobs_parent_id",
        "CREATE INDEX IF NOT EXISTS jobs_of_source ON jobs (collection, source)",
        "CREATE INDEX IF NOT EXISTS jobs_of_archive ON jobs (parent_id, state)",
    ):
        conn.exec_driver_sql(statement)


# From version n to n + 1. Missing tables are made before the first of them runs, and all run in
# one transaction, so that a failed one changes nothing.
MIGRATIONS: Mapping[int, Callable[[Connection], None]] = {1: _to_2, 2: _to_3}


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
        self._guard = threading.Lock()
        self._asked: list[bool] = []  # scrubs that are yet to be done: whether however large
        self._scrubber: threading.Thread | None = None
        self._one_scrub = threading.Lock()  # at a time: SQLite refuses a second one
        self._closing = threading.Event()
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
        try:
            self._prepare()
        except BaseException:
            self._engine.dispose()
            raise

    def _prepare(self) -> None:
        """Makes the tables or upgrades them, where that is due."""
        with self.reading() as conn:
            version = _version(conn)
        if version == SCHEMA_VERSION:
            return
        if self.read_only and version:
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
        """Ends all connections. A scrub that is yet to be done is left to the next opening."""
        self._closing.set()
        with self._guard:
            scrubber = self._scrubber
        if scrubber is not None:
            scrubber.join(BUSY_TIMEOUT_MS / 1000)
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
        a larger one when ``anew`` says so. The write-ahead log is emptied into it before and
        after, once readers have let go of it; behind a long one, such as a backup, or on a full
        disk, a thread does all this later.
        """
        if not self.is_sqlite():
            return
        try:
            done = self._scrubbed(anew)
        except OSError as error:
            log.warning("what was removed leaves the database's files later: %s", error)
            done = False
        if not done:
            self._scrub_behind(anew)

    def scrub_if_owed(self) -> None:
        """Scrubs, behind whoever calls, if a process was killed before it did after a removal."""
        if self.is_sqlite() and not self.read_only:
            with self.reading() as conn:
                is_owed = owed.noted(conn) is not None
            if is_owed:
                self._scrub_behind(anew=False)

    def _scrubbed(self, however_large: bool, wait_ms: int = BUSY_TIMEOUT_MS) -> bool:
        """Whether all that was removed before has left the files."""
        with (
            self._one_scrub,
            said_plainly(),
            self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn,
            _waiting(conn, wait_ms),
        ):
            word = owed.noted(conn)
            # Behind a reader, what is written anew would only lengthen the log.
            done = _log_emptied(conn) and _written_anew(conn, however_large) and _log_emptied(conn)
            if done and word:
                with suppress(OperationalError):  # one scrub more does no harm
                    owed.settle(conn, word)
        return done

    def _scrub_behind(self, anew: bool) -> None:
        """Leaves a scrub to the thread, which is started unless it is there."""
        with self._guard:
            if self._closing.is_set():
                return
            self._asked.append(anew)
            if self._scrubber is None:
                self._scrubber = threading.Thread(
                    target=self._scrub_later, name="scrubbing", daemon=True
                )
                self._scrubber.start()

    def _scrub_later(self) -> None:
        """Tries until all is done that was asked for; closing ends it after the try at hand."""
        n_tries = 0
        while asked := self._asked_or_end():
            if self._tried(any(asked)):
                with self._guard:
                    del self._asked[: len(asked)]
                continue
            n_tries += 1
            if self._closing.wait(SCRUB_AGAIN_S * min(n_tries, SCRUB_AGAIN_AT_MOST)):
                return

    def _asked_or_end(self) -> list[bool]:
        with self._guard:
            if not self._asked:
                self._scrubber = None
            return list(self._asked)

    def _tried(self, however_large: bool) -> bool:
        """Whether no further try is wanted."""
        try:
            return self._scrubbed(however_large, SCRUB_WAIT_MS)
        except OSError:  # a full disk passes
            return False
        except Exception:
            log.exception("what was removed leaves the database's files after the next opening")
            return True

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


@contextmanager
def _waiting(conn: Connection, wait_ms: int) -> Iterator[None]:
    """Waits for others up to so long, and afterwards as long as before."""
    before = conn.exec_driver_sql("PRAGMA busy_timeout").scalar()
    conn.exec_driver_sql(f"PRAGMA busy_timeout={wait_ms}")
    try:
        yield
    finally:
        conn.exec_driver_sql(f"PRAGMA busy_timeout={before}")


def _log_emptied(conn: Connection) -> bool:
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
