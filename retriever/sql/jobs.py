"""The queue in SQL: what waits, what is under way, how it ended.

Knows no file and does no work. All functions belong to a transaction of their caller.
"""

from __future__ import annotations

from collections.abc import Collection as Many
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    delete,
    exists,
    func,
    insert,
    not_,
    select,
    update,
)

from ..types import Document, Job, JobState, Outcome, UnknownJob
from .schema import JOBS

ACTIVE: tuple[JobState, ...] = ("parsing", "embedding")
UNPACKED: JobState = "embedding"  # an archive whose files have all become jobs
UNFINISHED: tuple[JobState, ...] = ("waiting", *ACTIVE)
MAY_RETRY: tuple[JobState, ...] = ("broken", "no_text", "cancelled")  # may go well next time
CHUNK = 500  # ids a statement
MAX_TRIES = 3  # of a file whose reading ended the whole process


@dataclass(frozen=True, slots=True)
class Work:
    """A job that was claimed, with what its worker needs."""

    job: Job
    stored: str
    sha256: str


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job about to be written; one that is done already has its outcome."""

    collection: str
    name: str
    source: str
    stored: str
    size_bytes: int
    sha256: str
    state: JobState = "waiting"
    reason: str = ""
    outcome: Outcome = ""
    document_id: int | None = None
    parent_id: int | None = None


def add(conn: Connection, new: NewJob) -> Job:
    """Writes a job; earlier ones of its source stay: see ``superseded``."""
    values = {name: getattr(new, name) for name in NewJob.__slots__} | {
        "fraction": float(new.state != "waiting"),
        "tries": 0,
        "changed_at": _now(),
    }
    made = conn.execute(insert(JOBS).values(**values)).inserted_primary_key
    assert made is not None, "the database gave no key for a new row"
    return one(conn, int(made[0]), [new.collection])


def state_of(document: Document) -> tuple[JobState, str]:
    """How the job of a document that is done ended, and what is said of it."""
    lost = document.state == "indexed" and document.warnings
    state: JobState = "partly_failed" if lost else document.state
    return state, document.reason or " ".join(document.warnings)


def superseded(
    conn: Connection, collection: str, source: str, before: int | None = None
) -> list[int]:
    """Ids of jobs that a newer version of their source makes needless, but for one in hand.

    With an archive's job go those of its files. ``before``: only jobs that came before this one.
    """
    ids = of_source(conn, collection, source)
    mine = JOBS.c.id.in_(ids if before is None else [i for i in ids if i < before])
    found = list(conn.scalars(select(JOBS.c.id).where(mine, not_(_in_hand()))))
    return found + [inner for one in found for inner in of_archive(conn, one)]


def _in_hand() -> ColumnElement[bool]:
    """Worked on, and not only waiting for the jobs of an archive's files."""
    return and_(JOBS.c.state.in_(ACTIVE), not_(_unpacked()))


def _unpacked() -> ColumnElement[bool]:
    """An archive that only waits for the jobs of its files."""
    inner = JOBS.alias("inner_jobs")
    return and_(JOBS.c.state == UNPACKED, exists().where(inner.c.parent_id == JOBS.c.id))


def of_source(conn: Connection, collection: str, source: str) -> list[int]:
    """Ids of all jobs of a source."""
    query = select(JOBS.c.id).where(JOBS.c.collection == collection, JOBS.c.source == source)
    return list(conn.scalars(query))


def of_documents(conn: Connection, document_ids: Sequence[int]) -> list[int]:
    """Ids of finished jobs that became one of the documents."""
    query = select(JOBS.c.id).where(JOBS.c.state.not_in(UNFINISHED))
    found: list[int] = []
    for start in range(0, len(document_ids), CHUNK):
        part = document_ids[start : start + CHUNK]
        found += conn.scalars(query.where(JOBS.c.document_id.in_(part)))
    return found


def of_collection(conn: Connection, collection: str) -> list[int]:
    """Ids of all jobs of the collection."""
    return list(conn.scalars(select(JOBS.c.id).where(JOBS.c.collection == collection)))


def finished_before(conn: Connection, moment: str) -> list[int]:
    """Ids of jobs that ended before ``moment`` (ISO 8601, UTC)."""
    query = select(JOBS.c.id).where(JOBS.c.state.not_in(UNFINISHED), JOBS.c.changed_at < moment)
    return list(conn.scalars(query))


def remove(conn: Connection, ids: Sequence[int]) -> list[str]:
    """Takes jobs out; returns the queue's copies that nobody needs any more."""
    stored: list[str] = []
    for start in range(0, len(ids), CHUNK):
        mine = JOBS.c.id.in_(ids[start : start + CHUNK])
        stored += conn.scalars(select(JOBS.c.stored).where(mine, JOBS.c.stored != ""))
        conn.execute(delete(JOBS).where(mine))
    return stored


def listed(conn: Connection, collections: Sequence[str]) -> list[Job]:
    """All jobs of the collections, in the order they came."""
    query = select(JOBS).where(JOBS.c.collection.in_(collections)).order_by(JOBS.c.id)
    return [_job(row) for row in conn.execute(query).mappings()]


def one(conn: Connection, job_id: int, collections: Sequence[str]) -> Job:
    """One job of the collections.

    Raises:
        UnknownJob: there is none with this id in them.
    """
    query = select(JOBS).where(JOBS.c.id == job_id, JOBS.c.collection.in_(collections))
    row = conn.execute(query).mappings().first()
    if row is None:
        raise UnknownJob(f"no job {job_id} in {', '.join(collections)}: see the jobs command")
    return _job(row)


def unfinished(conn: Connection) -> list[Job]:
    """All jobs that wait or are under way, in the order they came."""
    query = select(JOBS).where(JOBS.c.state.in_(UNFINISHED)).order_by(JOBS.c.id)
    return [_job(row) for row in conn.execute(query).mappings()]


def states(conn: Connection) -> dict[str, int]:
    """How many jobs of the whole library are in each state."""
    rows = conn.execute(select(JOBS.c.state, func.count()).group_by(JOBS.c.state))
    return {str(state): int(count) for state, count in rows}


def with_ids(conn: Connection, ids: Sequence[int]) -> list[Job]:
    """Those of the jobs that are still listed, in the order they came."""
    found: list[Job] = []
    for start in range(0, len(ids), CHUNK):
        query = select(JOBS).where(JOBS.c.id.in_(ids[start : start + CHUNK]))
        found += [_job(row) for row in conn.execute(query.order_by(JOBS.c.id)).mappings()]
    return found


def sha256_of(conn: Connection, job_id: int) -> str:
    """Of the bytes of a job that exists."""
    return str(conn.scalar(select(JOBS.c.sha256).where(JOBS.c.id == job_id)))


def stored_names(conn: Connection) -> set[str]:
    """The queue's copies that some job needs."""
    return set(conn.scalars(select(JOBS.c.stored).where(JOBS.c.stored != "")))


def storing(conn: Connection, name: str) -> list[int]:
    """Ids of the jobs that need the queue's copy ``name``."""
    return list(conn.scalars(select(JOBS.c.id).where(JOBS.c.stored == name)))


def unfinished_bytes(conn: Connection) -> set[str]:
    """SHA-256 of every file that waits or is under way."""
    return set(conn.scalars(select(JOBS.c.sha256).where(JOBS.c.state.in_(UNFINISHED))))


# Archives


def of_archive(conn: Connection, parent_id: int) -> list[int]:
    """Ids of the jobs of an archive's files."""
    return list(conn.scalars(select(JOBS.c.id).where(JOBS.c.parent_id == parent_id)))


def settle(conn: Connection, parent_id: int | None) -> list[str]:
    """Says how an archive went, or how far it is, by the jobs of its files.

    Returns:
        The queue's copy of the archive, when nobody needs it any more.
    """
    if parent_id is None:
        return []
    mine = and_(JOBS.c.id == parent_id, JOBS.c.state == UNPACKED)
    if _any_open(conn, parent_id):
        _say_how_far(conn, parent_id, mine)
        return []
    counts = _counts(conn, parent_id)
    n_files = sum(counts.values())
    stored = conn.scalars(select(JOBS.c.stored).where(mine, JOBS.c.stored != "")).all()
    state, reason = _of_all(n_files, counts.get("indexed", 0) + counts.get("partly_failed", 0))
    ended = {"state": state, "reason": reason, "fraction": 1.0, "left_s": None, "stored": ""}
    conn.execute(update(JOBS).where(mine).values(changed_at=_now(), **ended))
    return list(stored)


def _any_open(conn: Connection, parent_id: int) -> bool:
    """Whether a file of the archive waits or is under way."""
    query = select(JOBS.c.id).where(JOBS.c.parent_id == parent_id, JOBS.c.state.in_(UNFINISHED))
    return conn.scalar(query.limit(1)) is not None


def _counts(conn: Connection, parent_id: int) -> dict[str, int]:
    """How many files of the archive are in each state."""
    query = select(JOBS.c.state, func.count()).where(JOBS.c.parent_id == parent_id)
    return {str(state): int(n) for state, n in conn.execute(query.group_by(JOBS.c.state))}


def _say_how_far(conn: Connection, parent_id: int, mine: ColumnElement[bool]) -> None:
    """Once a second at most: whoever counted at each file's end would count for ever."""
    now = _now()
    if conn.scalar(select(JOBS.c.id).where(mine, JOBS.c.changed_at != now)) is None:
        return
    counts = _counts(conn, parent_id)
    n_open = sum(counts.get(state, 0) for state in UNFINISHED)
    fraction = 1 - n_open / sum(counts.values())
    conn.execute(update(JOBS).where(mine).values(fraction=fraction, changed_at=now))


def _of_all(n_files: int, n_good: int) -> tuple[JobState, str]:
    """State and reason of an archive."""
    if not n_files:
        return "empty", "the archive holds no files"
    if n_good == n_files:
        return "indexed", ""
    reason = f"{n_files - n_good} of {n_files} files were not added"
    return ("partly_failed" if n_good else "broken"), reason


# Working


def claim(conn: Connection, busy: Many[tuple[str, str]]) -> Work | None:
    """The first waiting job, now under way.

    Args:
        conn: the transaction.
        busy: (collection, source) pairs under way: their newer versions wait.
    """
    waiting = select(JOBS).where(JOBS.c.state == "waiting").order_by(JOBS.c.id)
    for row in conn.execute(waiting.limit(len(busy) + 1)).mappings():
        if (row["collection"], row["source"]) not in busy:
            values = {"state": "parsing", "fraction": 0.0, "tries": row["tries"] + 1}
            set_values(conn, row["id"], **values)
            return Work(one(conn, row["id"], [row["collection"]]), row["stored"], row["sha256"])
    return None


def any_waiting(conn: Connection) -> bool:
    """Whether there is something to claim."""
    query = select(JOBS.c.id).where(JOBS.c.state == "waiting").limit(1)
    return conn.scalar(query) is not None


def still_wanted(conn: Connection, ids: Sequence[int]) -> set[int]:
    """Those of the jobs that are under way and were not cancelled."""
    query = select(JOBS.c.id).where(JOBS.c.id.in_(ids), JOBS.c.state.in_(ACTIVE))
    return set(conn.scalars(query))


def progress(
    conn: Connection, job_id: int, state: JobState, fraction: float, left_s: float | None
) -> bool:
    """Says how far a job is; False if it was cancelled or removed."""
    mine = update(JOBS).where(JOBS.c.id == job_id, JOBS.c.state.in_(ACTIVE))
    values = {"state": state, "fraction": fraction, "left_s": left_s, "changed_at": _now()}
    return conn.execute(mine.values(**values)).rowcount == 1


def end(
    conn: Connection,
    work: Work,
    state: JobState,
    reason: str,
    **values: Any,  # noqa: ANN401 (columns differ)
) -> list[str]:
    """Says how a job ended, unless it ended before: what was cancelled stays so.

    Returns:
        The queue's copies that nobody needs any more.
    """
    ended = {"state": state, "reason": reason, "fraction": 1.0, "left_s": None} | values
    unneeded = [] if state in MAY_RETRY else [work.stored]
    if unneeded:
        ended["stored"] = ""
    mine = update(JOBS).where(JOBS.c.id == work.job.id, JOBS.c.state.in_(ACTIVE))
    if not conn.execute(mine.values(changed_at=_now(), **ended)).rowcount:
        return []
    return unneeded + settle(conn, work.job.parent_id)


def cancel(conn: Connection, job_id: int) -> None:
    """Stops a job, unless it is done."""
    mine = update(JOBS).where(JOBS.c.id == job_id, JOBS.c.state.in_(UNFINISHED))
    conn.execute(mine.values(state="cancelled", reason="", left_s=None, changed_at=_now()))


def set_values(conn: Connection, job_id: int, **values: Any) -> bool:  # noqa: ANN401 (columns differ)
    """Writes columns of a job; False if there is none."""
    changed = update(JOBS).where(JOBS.c.id == job_id).values(changed_at=_now(), **values)
    return conn.execute(changed).rowcount == 1


def requeue(conn: Connection) -> list[str]:
    """What a worker left under way when its process ended waits again, or is given up.

    Returns:
        The queue's copies of archives whose last open file was given up.
    """
    orphans = update(JOBS).where(_in_hand())
    reason = f"reading it ended the program {MAX_TRIES} times: it may be damaged, or too large"
    given_up = {"state": "broken", "reason": reason, "left_s": None, "changed_at": _now()}
    conn.execute(orphans.where(JOBS.c.tries >= MAX_TRIES).values(**given_up))
    conn.execute(orphans.values(state="waiting", fraction=0.0, left_s=None, changed_at=_now()))
    archives = conn.scalars(select(JOBS.c.id).where(_unpacked())).all()
    return [stored for archive in archives for stored in settle(conn, archive)]


def _job(row: RowMapping) -> Job:
    values = {name: row[name] for name in Job.__slots__ if name != "can_retry"}
    return Job(**values, can_retry=bool(row["stored"]) and row["state"] in MAY_RETRY)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
