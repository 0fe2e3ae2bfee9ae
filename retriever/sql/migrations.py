"""The schema's versions: which one a library has, and its way to the latest.

Knows no query of a library, and no connection but its caller's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, insert, inspect, select, update

from .schema import META, metadata

SCHEMA_VERSION = 3


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


def version_of(conn: Connection) -> int:
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


def is_latest(conn: Connection, *, read_only: bool) -> bool:
    """Whether nothing is to be made or upgraded.

    Raises:
        RuntimeError: the database was made by a newer version, or is older and ``read_only``.
    """
    version = version_of(conn)
    if read_only and 0 < version < SCHEMA_VERSION:
        raise RuntimeError(
            f"this library has schema version {version}, which is read after an upgrade to "
            f"{SCHEMA_VERSION}: open it once where it can be written"
        )
    return version == SCHEMA_VERSION


def upgrade(conn: Connection) -> None:
    """Makes the tables when missing, and upgrades older ones step by step."""
    version = version_of(conn)  # asked again: another process may have been faster
    metadata.create_all(conn)
    if not version:
        conn.execute(insert(META).values(key="schema_version", value=str(SCHEMA_VERSION)))
        return
    for step in range(version, SCHEMA_VERSION):
        MIGRATIONS[step](conn)
    changed = update(META).where(META.c.key == "schema_version")
    conn.execute(changed.values(value=str(SCHEMA_VERSION)))
