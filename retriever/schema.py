"""The tables of the SQL store, how they are made and how old ones are upgraded.

Knows no file, index or model; ``store.py`` is the only one that asks these tables anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    insert,
    select,
    text,
    update,
)

SCHEMA_VERSION = 1
BUSY_TIMEOUT_MS = 30_000

_BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up INTEGER keys only
metadata = MetaData()

meta = Table(
    "meta", metadata, Column("key", String, primary_key=True), Column("value", Text, nullable=False)
)
collections = Table(
    "collections",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("key", String, nullable=False, unique=True),  # names its folders, never used twice
    sqlite_autoincrement=True,
)
documents = Table(
    "documents",
    metadata,
    Column("id", _BigId, primary_key=True),
    Column("collection_id", ForeignKey("collections.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", String, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("warnings", JSON, nullable=False),
    Column("n_pages", Integer, nullable=False),
    Column("n_passages", Integer, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", String, nullable=False),
    Column("added_at", String, nullable=False),
    Column("page_starts", JSON, nullable=False),
    Column("text", Text, nullable=False),
    UniqueConstraint("collection_id", "sha256"),
    sqlite_autoincrement=True,  # an id is never given to a second document
)
passages = Table(
    "passages",
    metadata,
    Column("id", _BigId, primary_key=True, autoincrement=False),
    Column("document_id", ForeignKey("documents.id"), nullable=False, index=True),
    Column("char_start", Integer, nullable=False),
    Column("char_end", Integer, nullable=False),
    Column("page_number", Integer, nullable=False),
    Column("text", Text, nullable=False),
)
vectors = Table(
    "vectors",
    metadata,
    Column("passage_id", ForeignKey("passages.id"), primary_key=True, autoincrement=False),
    Column("vector", LargeBinary, nullable=False),  # float32, little endian, unit length
)
changes = Table(
    "changes",
    metadata,
    Column("seq", _BigId, primary_key=True),
    Column("collection_id", ForeignKey("collections.id"), nullable=False),
    Column("document_id", BigInteger, nullable=False),
    Column("kind", String, nullable=False),  # add | remove | reset
    Index("changes_of_collection", "collection_id", "seq"),
    sqlite_autoincrement=True,
)

# From version n to n + 1. There is one version so far, so there is nothing to upgrade.
MIGRATIONS: Mapping[int, Callable[[Connection], None]] = {}


def sqlite_url(path: Path) -> str:
    """Address of a SQLite file for SQLAlchemy."""
    return f"sqlite:///{path}"


def connect(url: str) -> Engine:
    """Engine over ``url``; makes the tables when missing and upgrades old ones.

    Connections with the execution option ``write=True`` take SQLite's write lock when a
    transaction begins, so that two writers wait for each other instead of failing midway.

    Raises:
        RuntimeError: the database was made by a newer version.
    """
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    with engine.connect().execution_options(write=True) as conn, conn.begin():
        metadata.create_all(conn)
        _upgrade(conn)
    return engine


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
    found = conn.scalar(select(meta.c.value).where(meta.c.key == "schema_version"))
    if found is None:
        conn.execute(insert(meta).values(key="schema_version", value=str(SCHEMA_VERSION)))
        return
    version = int(found)
    if version > SCHEMA_VERSION:
        raise RuntimeError(
            f"this library has schema version {version}, this Quoth reads up to {SCHEMA_VERSION}: "
            "upgrade Quoth, or open another library"
        )
    for step in range(version, SCHEMA_VERSION):
        MIGRATIONS[step](conn)
    changed = update(meta).where(meta.c.key == "schema_version")
    conn.execute(changed.values(value=str(SCHEMA_VERSION)))


def truncate_log(engine: Engine) -> None:
    """Empties SQLite's write-ahead log into the main file, so that no old page stays in it."""
    if engine.dialect.name == "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
