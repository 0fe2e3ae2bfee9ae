"""The loop that empties the queue: one worker a library, whichever process holds the lease.

Knows jobs and the way of one file, but neither formats nor indexes. When its process dies,
another worker takes the lease over and goes on from the last batch.
"""

from __future__ import annotations

import errno
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sqlalchemy.exc import SQLAlchemyError

from ..care.housekeeping import tidy_queue
from ..parsing.sniff import is_archive
from ..sql import jobs, leases
from ..types import JobState, State, Taken, UnreadableFile
from .archives import unpack
from .ingest import Arrival
from .several import Stopped
from .watch import Paused, Watch

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ..files import Files
    from ..sql.database import Database
    from .ingest import Ingest
    from .queue import Queue
    from .removal import Removal

LEASE = "worker"
TICK_S = 0.2  # how soon a cancellation and a new file are seen
RENEW_EVERY_S = 10.0
SAVE_EVERY_S = 0.5  # how often progress is written
AFTER_TROUBLE_S = 2.0
TIDY_EVERY_S = 86_400.0

log = logging.getLogger(__name__)


class JobWatch(Watch):
    """A job as the one who waits for its file."""

    def __init__(self, worker: Worker, work: jobs.Work) -> None:
        self._worker = worker
        self._work = work
        self._told: tuple[JobState, float, float | None] = ("parsing", 0.0, None)
        self._saved_at = time.monotonic()
        self.cancelled = threading.Event()

    def tell(self, state: State, fraction: float, left_s: float | None = None) -> None:
        """Notes it, writes it now and then, and stops the work when it is not wanted."""
        self._check()
        is_due = time.monotonic() - self._saved_at > SAVE_EVERY_S
        self._told = (state, fraction, left_s)
        if is_due:
            self._worker.write(self)

    def stopped(self) -> bool:
        """Whether the job was cancelled or the worker ends."""
        return self.cancelled.is_set() or self._worker.ending.is_set()

    def guard(self, conn: Connection) -> None:
        """Writes the progress, unless the job or the lease is gone."""
        self._check()
        self._worker.hold(conn)
        if not jobs.progress(conn, self._work.job.id, *self._told):
            raise Stopped
        self._saved_at = time.monotonic()

    def taken(self, conn: Connection, taken: Taken) -> list[str]:
        """The job ends with the document's transaction: later it is too late to cancel it."""
        return _finish(conn, self._work, taken)

    def _check(self) -> None:
        if self.cancelled.is_set():
            raise Stopped
        if self._worker.ending.is_set():
            raise Paused


class Worker:
    """Takes queued files in, in threads of its own, between ``start`` and ``stop``."""

    def __init__(
        self,
        database: Database,
        files: Files,
        queue: Queue,
        ingest: Ingest,
        removal: Removal,
        threads: int = 1,
    ) -> None:
        if threads < 1:
            raise ValueError(f"expected at least one thread, got {threads}")
        self._database = database
        self._files = files
        self._queue = queue
        self._ingest = ingest
        self._removal = removal
        self._lease: leases.Lease | None = None
        self._renewed_at = 0.0
        self._tidied_at = time.monotonic()  # the library was when it was opened
        self._running: dict[int, tuple[JobWatch, tuple[str, str]]] = {}
        self._guard = threading.Lock()
        self.ending = threading.Event()
        targets = [self._keep, *[self._run] * threads]
        self._threads = [threading.Thread(target=target, daemon=True) for target in targets]

    def start(self) -> Self:
        """Begins; files wait while another process's worker holds the lease.

        In a library that cannot be written nothing waits, and nothing begins.
        """
        if self._database.read_only:
            return self
        for thread in self._threads:
            thread.start()
        return self

    @property
    def alive(self) -> bool:
        """Whether every thread that was started still runs."""
        return all(thread.is_alive() for thread in self._threads if thread.ident)

    def stop(self, patience_s: float = 5.0) -> None:
        """Ends after the batches in hand; what is not done waits, with what is done of it."""
        self.ending.set()
        until = time.monotonic() + patience_s
        for thread in [thread for thread in self._threads if thread.ident]:
            thread.join(max(0.0, until - time.monotonic()))
        if self._lease and not any(thread.is_alive() for thread in self._threads):
            with self._database.writing() as conn:
                leases.release(conn, self._lease)
            self._lease = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # The lease, and who was cancelled

    def _keep(self) -> None:
        if self._database.read_only:
            return
        while not self.ending.is_set():
            try:
                self._tick()
            except Exception:
                # A full disk or a busy database passes; the worker must still be there then.
                log.exception("the queue's worker could not go on")
                self.ending.wait(AFTER_TROUBLE_S)
            self.ending.wait(TICK_S)

    def _tick(self) -> None:
        if self._lease is None:
            self._take_over()
            return
        if time.monotonic() - self._renewed_at > RENEW_EVERY_S:
            with self._database.writing() as conn:
                self.hold(conn)
            self._renewed_at = time.monotonic()
        with self._guard:
            running = {number: watch for number, (watch, _) in self._running.items()}
        if running:
            with self._database.reading() as conn:
                wanted = jobs.still_wanted(conn, list(running))
            for number in running.keys() - wanted:
                running[number].cancelled.set()

    def _take_over(self) -> None:
        with self._guard:
            if self._running:  # of a lease that was lost: they end first
                return
        with self._database.reading() as conn:
            if leases.is_held(conn, LEASE):
                return
        with self._database.writing() as conn:
            lease = leases.take(conn, LEASE)
            unneeded = jobs.requeue(conn) if lease else []
        self._lease, self._renewed_at = lease, time.monotonic()
        self._files.unqueue(unneeded)

    def hold(self, conn: Connection) -> None:
        """Renews the lease within a transaction; raises Paused if it is lost."""
        lease = self._lease
        if lease is None:
            raise Paused
        try:
            leases.renew(conn, lease)
        except leases.LeaseLost as error:
            self._lease = None
            raise Paused from error

    def write(self, watch: JobWatch) -> None:
        """Writes a job's progress in a transaction of its own."""
        with self._database.writing() as conn:
            watch.guard(conn)

    # The work

    def _run(self) -> None:
        while not self.ending.is_set():
            try:
                self._tidy()
                claimed = self._claim()
                if claimed is None:
                    self.ending.wait(TICK_S)
                    continue
                self._do(*claimed)
            except Exception:
                log.exception("the queue's worker could not go on")
                self.ending.wait(AFTER_TROUBLE_S)

    def _tidy(self) -> None:
        """Once a day: a server may not be started anew for months."""
        with self._guard:
            if self._lease is None or time.monotonic() - self._tidied_at < TIDY_EVERY_S:
                return
            self._tidied_at = time.monotonic()  # first: what fails waits for another day
        tidy_queue(self._database, self._files)

    def _claim(self) -> tuple[jobs.Work, JobWatch] | None:
        with self._guard:
            if self._lease is None:
                return None
            with self._database.reading() as conn:
                if not jobs.any_waiting(conn):
                    return None
            busy = {source for _, source in self._running.values()}
            with self._database.writing() as conn:
                try:
                    self.hold(conn)
                except Paused:
                    return None
                work = jobs.claim(conn, busy)
            if work is None:
                return None
            watch = JobWatch(self, work)
            self._running[work.job.id] = (watch, (work.job.collection, work.job.source))
            return work, watch

    def _do(self, work: jobs.Work, watch: JobWatch) -> None:
        try:
            self._take_in(work, watch)
        except Stopped:
            pass  # the job says so already, or is gone
        except Paused:
            self._surely(self._put_back, work)
        except Exception as error:
            if _passes(error):
                log.warning("a full disk or a busy database: the file waits", exc_info=True)
                self._surely(self._put_back, work)
                self.ending.wait(AFTER_TROUBLE_S)  # the job is not claimed meanwhile
                return
            log.exception("a queued file could not be added")
            self._surely(self._end, work, "broken", _reason(error))
        finally:
            with self._guard:
                del self._running[work.job.id]

    def _surely(self, write: Callable[..., None], *values: object) -> None:
        """Writes as soon as the disk and other processes let it, or until the worker ends."""
        while True:
            try:
                write(*values)
                return
            except (OSError, SQLAlchemyError):
                log.exception("the queue could not be written")
                if self.ending.wait(AFTER_TROUBLE_S):
                    return

    def _take_in(self, work: jobs.Work, watch: JobWatch) -> None:
        job = work.job
        try:
            incoming = self._files.dequeue(work.stored, work.sha256, job.size_bytes)
        except FileNotFoundError:
            self._end(work, "broken", "the queue has lost its copy of the file: add it again")
            return
        try:
            if job.parent_id is None and is_archive(incoming.path):
                self._unpack(work, incoming.path, watch)
                return
            arrival = Arrival(incoming, job.collection, job.name, job.source)
            taken = self._ingest.take_in(arrival, watch)
            self._written(lambda conn: _finish(conn, work, taken))
        except UnreadableFile as failure:  # an archive that cannot be listed
            self._end(work, failure.state, failure.reason)
        finally:
            incoming.discard()

    def _unpack(self, work: jobs.Work, path: Path, watch: JobWatch) -> None:
        """The job stays under way until those of the archive's files are done."""
        job = work.job
        with self._database.writing() as conn:
            watch.guard(conn)
            older = jobs.superseded(conn, job.collection, job.source, before=job.id)
            unneeded = jobs.remove(conn, older)
        self._files.unqueue(unneeded)
        found = unpack(path, work.job, self._queue, self._files.root, watch)
        below = f"{work.job.source}/"
        self._removal.remove_vanished(below, set(found).__contains__, work.job.collection)
        with self._database.writing() as conn:
            watch.guard(conn)
            jobs.progress(conn, work.job.id, jobs.UNPACKED, 0.0, None)
            unneeded = jobs.settle(conn, work.job.id)
        self._files.unqueue(unneeded)

    def _end(self, work: jobs.Work, state: JobState, reason: str) -> None:
        self._written(lambda conn: jobs.end(conn, work, state, reason))

    def _written(self, write: Callable[[Connection], list[str]]) -> None:
        """Writes, then deletes what the queue needs no more."""
        with self._database.writing() as conn:
            unneeded = write(conn)
        self._files.unqueue(unneeded)

    def _put_back(self, work: jobs.Work) -> None:
        """The job waits again, unless it was cancelled or another process took over."""
        if self._lease is None:
            return
        with self._database.writing() as conn:
            with suppress(Paused):
                self.hold(conn)
                if jobs.still_wanted(conn, [work.job.id]):
                    jobs.set_values(conn, work.job.id, state="waiting", fraction=0.0, tries=0)


def _finish(conn: Connection, work: jobs.Work, taken: Taken) -> list[str]:
    """The job ends as its document did; older versions of its file cannot be tried again."""
    job, document = work.job, taken.document
    older: list[int] = []
    if document.state == "indexed" and jobs.still_wanted(conn, [job.id]):
        older = jobs.superseded(conn, job.collection, job.source, before=job.id)
    unneeded = jobs.remove(conn, older)  # first: an archive is settled without them
    state, reason = jobs.state_of(document)
    values = {"document_id": document.id, "outcome": taken.outcome}
    return unneeded + jobs.end(conn, work, state, reason, **values)


def _passes(error: Exception) -> bool:
    """Whether the same file may go well later: the disk was full, or the database busy."""
    is_full = isinstance(error, OSError) and error.errno == errno.ENOSPC
    return is_full or isinstance(error, TimeoutError)


def _reason(error: Exception) -> str:
    """What may be told: the system's own words, or the kind of error; never a path."""
    words = error.strerror if isinstance(error, OSError) else None
    return words or (str(error) if isinstance(error, ValueError) else type(error).__name__)
