"""The queue's door: files come in, are listed, stopped, tried again and waited for.

Does no work: a worker of this or of another process does.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from ..sql import jobs, leases, sources, staging, store
from ..types import DEFAULT_COLLECTION, Document, Job, SourceFile
from .pace import pause_s
from .walk import files_below, is_readable

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ..files import Files
    from ..sql.database import Database

AT_ONCE = 20  # files that become jobs in one transaction


class Queue:
    """Jobs of one library. May be used by several threads and processes."""

    def __init__(self, database: Database, files: Files, home: Path) -> None:
        self._database = database
        self._files = files
        self._home = home

    def enqueue(
        self, given: Iterable[Path | SourceFile], collection: str = DEFAULT_COLLECTION
    ) -> list[Job]:
        """Queues files for a worker; folders are walked.

        When this returns, the files are copied, and their jobs outlive a crash. A file that
        cannot be opened comes back as a failed job, one whose bytes the library has from the
        same source as a finished job that changed nothing. A newer version of a file that
        waits takes its place.
        """
        found: list[Job] = []
        files = iter(_source_files(given, self._home))
        while part := list(islice(files, AT_ONCE)):
            found += self.add(self._received(part, collection))
        return found

    def _received(self, files: Sequence[SourceFile], collection: str) -> list[jobs.NewJob]:
        """As ``receive`` for each; what is raised on the way leaves no bytes."""
        new: list[jobs.NewJob] = []
        try:
            for file in files:
                new.append(self.receive(file, collection))
        except BaseException:
            self.discard(new)
            raise
        return new

    def add(
        self, new: Sequence[jobs.NewJob], guard: Callable[[Connection], None] = lambda conn: None
    ) -> list[Job]:
        """Writes jobs whose bytes are in the queue already.

        ``guard`` is called within the transaction; what it raises leaves no job and no bytes.
        """
        made, unneeded = [], []
        try:
            with self._database.writing() as conn:
                guard(conn)
                for one in new:
                    ids = jobs.superseded(conn, one.collection, one.source)
                    unneeded += jobs.remove(conn, ids)
                    made.append(jobs.add(conn, one))
        except BaseException:
            self.discard(new)
            raise
        self._files.unqueue(unneeded)
        return made

    def discard(self, new: Sequence[jobs.NewJob]) -> None:
        """Deletes the bytes of jobs that are not written after all."""
        self._files.unqueue(one.stored for one in new)

    def receive(self, file: SourceFile, collection: str) -> jobs.NewJob:
        """A job about to be written, its bytes in the queue; failed if there are none."""
        new = jobs.NewJob(collection, file.document_name, file.origin, "", 0, "")
        try:
            if known := self.unchanged(file, collection):
                return _of_known(new, known)
            return self._keep(file.path, new)
        except OSError as error:
            if is_readable(file.path):
                raise
            reason = error.strerror or "it cannot be opened"
            return replace(new, state="broken", reason=reason)

    def _keep(self, path: Path, new: jobs.NewJob) -> jobs.NewJob:
        incoming = self._files.receive(path)
        try:
            stored = self._files.enqueue(incoming)
        finally:
            incoming.discard()  # where it was not moved
        size, sha256 = incoming.size_bytes, incoming.sha256
        return replace(new, stored=stored, size_bytes=size, sha256=sha256)

    def unchanged(self, file: SourceFile, collection: str) -> Document | None:
        """The document, if the library has these very bytes from this very source."""
        with self._database.reading() as conn:
            owner = store.collection_named(conn, collection)
            known = sources.document_of(conn, owner, file.origin) if owner else None
        if known is None or file.path.stat().st_size != known.size_bytes:
            return None
        with file.path.open("rb") as reading:
            same = hashlib.file_digest(reading, "sha256").hexdigest() == known.sha256
        return known if same else None

    def of_source(self, file: SourceFile, collection: str) -> tuple[int, ...]:
        """Numbers of the jobs of earlier versions of a file."""
        with self._database.reading() as conn:
            return tuple(jobs.of_source(conn, collection, file.origin))

    def jobs(self, collections: Sequence[str] = (DEFAULT_COLLECTION,)) -> list[Job]:
        """Every file of the collections and how it went, in the order they came.

        Finished jobs leave the list with ``forget``, with a newer version of their file, with
        their document, and a week after they ended: when the library is next opened, or within
        a day where a worker is at work.
        """
        with self._database.reading() as conn:
            return jobs.listed(conn, collections)

    def unfinished(self) -> list[Job]:
        """Every file of any collection that waits or is under way."""
        with self._database.reading() as conn:
            return jobs.unfinished(conn)

    def states(self) -> dict[str, int]:
        """How many files of the whole library are in each state; only states that have some."""
        with self._database.reading() as conn:
            return jobs.states(conn)

    def job(self, job_id: int, collections: Sequence[str] = (DEFAULT_COLLECTION,)) -> Job:
        """One job; raises UnknownJob."""
        with self._database.reading() as conn:
            return jobs.one(conn, job_id, collections)

    def cancel(self, job_id: int, collections: Sequence[str] = (DEFAULT_COLLECTION,)) -> Job:
        """Stops a job: nothing of its file will be there; one that is done stays as it is.

        With an archive's job, those of its files stop as well.

        Raises:
            UnknownJob: the collections do not have it.
        """
        with self._database.writing() as conn:
            job = jobs.one(conn, job_id, collections)
            numbers = [job_id, *jobs.of_archive(conn, job_id)]
            for number in numbers:
                jobs.cancel(conn, number)
            unneeded = jobs.settle(conn, job.parent_id)
            hashes = {jobs.sha256_of(conn, number) for number in numbers}
            is_half_done = _drop_staged(conn, job.collection, hashes)
            cancelled = jobs.one(conn, job_id, collections)
        self._files.unqueue(unneeded)
        if is_half_done:
            self._database.scrub()
        return cancelled

    def retry(self, job_id: int, collections: Sequence[str] = (DEFAULT_COLLECTION,)) -> Job:
        """Queues the file of a failed or cancelled job again; its original may be gone.

        Raises:
            UnknownJob: the collections do not have it.
            ValueError: the job did not end badly, or its bytes are not kept any more.
        """
        with self._database.writing() as conn:
            job = jobs.one(conn, job_id, collections)
            if not job.can_retry:
                raise ValueError(
                    f"expected a failed or cancelled job whose file is kept, got {job.state}: "
                    f"add {job.name} again"
                )
            anew = {"state": "waiting", "reason": "", "fraction": 0.0, "tries": 0}
            jobs.set_values(conn, job_id, **anew)
            return jobs.one(conn, job_id, collections)

    def forget(
        self, job_ids: Sequence[int], collections: Sequence[str] = (DEFAULT_COLLECTION,)
    ) -> None:
        """Takes finished jobs off the list, and their bytes off the disk.

        Raises:
            UnknownJob: the collections do not have one of them.
        """
        with self._database.writing() as conn:
            found = [jobs.one(conn, i, collections) for i in job_ids]
            unneeded = jobs.remove(conn, [job.id for job in found if job.done])
        self._files.unqueue(unneeded)

    def wait(self, job_ids: Sequence[int], timeout_s: float | None = None) -> list[Job]:
        """The jobs when all are done; those that left the list meanwhile are left out.

        Raises:
            TimeoutError: they are not after ``timeout_s`` seconds.
        """
        until = None if timeout_s is None else time.monotonic() + timeout_s
        wanted = set(job_ids)
        while True:
            began_at = time.monotonic()
            with self._database.reading() as conn:
                found = jobs.with_ids(conn, sorted(wanted))
            pending = [job.name for job in found if not job.done]
            if not pending:
                return found
            now = time.monotonic()
            if until is not None and now >= until:
                raise TimeoutError(
                    f"{len(pending)} of {len(wanted)} files are not done after {timeout_s:g} s: "
                    f"is a worker running (python -m retriever work)?"
                )
            pause = pause_s(now - began_at)
            time.sleep(pause if until is None else min(pause, until - now))


def _source_files(given: Iterable[Path | SourceFile], home: Path) -> Iterable[SourceFile]:
    for file in given:
        if isinstance(file, SourceFile):
            yield file
        else:
            yield from (SourceFile(path) for path in files_below([Path(file)], home))


def _drop_staged(conn: Connection, collection: str, hashes: set[str]) -> bool:
    """Takes out what an ended worker had done of files; one at work does so itself."""
    owner = store.collection_named(conn, collection)
    if owner is None:
        return False
    dropped = [
        document_id
        for document_id, sha256 in staging.begun(conn, owner)
        if sha256 in hashes and not leases.is_held(conn, f"{collection}/{sha256}")
    ]
    staging.drop(conn, owner, dropped)
    return bool(dropped)


def _of_known(new: jobs.NewJob, known: Document) -> jobs.NewJob:
    """A finished job that changed nothing."""
    state, reason = jobs.state_of(known)
    return replace(
        new,
        size_bytes=known.size_bytes,
        sha256=known.sha256,
        state=state,
        reason=reason,
        outcome="unchanged",
        document_id=known.id,
    )
