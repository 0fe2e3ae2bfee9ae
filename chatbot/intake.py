"""Files on their way into the library: a queue with a few workers, and where each file stands.

Knows no page and no visitor; a collection's name is all it is told.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread

from retriever.types import Document, Progress, ProgressCallback, State

Adder = Callable[[Path, str, str, ProgressCallback], Document]
log = logging.getLogger(__name__)
Mark = tuple[int, int] | None  # tells a file from its successor of the same name


@dataclass(frozen=True, slots=True)
class Job:
    """One file on its way. ``document`` is None until the file has a final state."""

    id: int
    collection: str
    name: str
    state: State = "waiting"
    fraction: float = 0.0
    document: Document | None = None
    trouble: str = ""

    @property
    def done(self) -> bool:
        """Whether nothing more will happen to this job."""
        return self.document is not None or bool(self.trouble)


class Intake:
    """Adds files in threads of its own, in the order they came; safe to call from any thread."""

    def __init__(self, add: Adder, workers: int = 1) -> None:
        self._add = add
        self._queue: SimpleQueue[tuple[Job, Path] | None] = SimpleQueue()
        self._jobs: dict[int, Job] = {}
        self._claims: dict[Path, tuple[int, Mark]] = {}  # jobs that need a file, its latest mark
        self._lock = Lock()
        self._numbers = count(1)
        self._workers = [Thread(target=self._work, daemon=True) for _ in range(workers)]
        for worker in self._workers:
            worker.start()

    def submit(self, files: Sequence[tuple[Path, str]], collection: str) -> None:
        """Queue files with their names. They belong to the intake now: each is deleted when read.

        Equal files of two visitors may lie at one path; it is deleted when the last has read it.
        What is known of this collection's finished files is forgotten.
        """
        jobs = []
        with self._lock:
            self._forget_done(collection)
            for path, name in files:
                self._claim(path)
                jobs.append(Job(next(self._numbers), collection, name))
            self._jobs |= {job.id: job for job in jobs}
        for job, (path, _) in zip(jobs, files, strict=True):
            self._queue.put((job, path))

    def jobs(self, collection: str) -> tuple[Job, ...]:
        """This collection's files in the order they came; finished ones until the next submit."""
        with self._lock:
            return tuple(job for job in self._jobs.values() if job.collection == collection)

    def busy(self, collection: str) -> bool:
        """Whether a file of this collection is still on its way."""
        return any(not job.done for job in self.jobs(collection))

    def close(self, patience_s: float = 5.0) -> None:
        """Drop the files that wait; those in hand have ``patience_s`` to finish.

        A file that does not make it was not acknowledged: it is not in the library.
        """
        while (dropped := self._next_or_none()) is not None:
            self._release(dropped[1])
        for _ in self._workers:
            self._queue.put(None)
        for worker in self._workers:
            worker.join(patience_s)

    def _next_or_none(self) -> tuple[Job, Path] | None:
        try:
            return self._queue.get_nowait()
        except Empty:
            return None

    def _work(self) -> None:
        while (waiting := self._queue.get()) is not None:
            self._run(*waiting)

    def _run(self, job: Job, path: Path) -> None:
        def follow(progress: Progress) -> None:
            self._put(replace(job, state=progress.state, fraction=progress.fraction))

        try:
            try:
                document = self._add(path, job.collection, job.name, follow)
            finally:
                self._release(path)
        except Exception as error:
            # The page must say it, and the next file must still have its turn.
            log.exception("a file could not be added")
            self._put(replace(job, trouble=_reason(error), state="broken"))
        else:
            self._put(replace(job, document=document, state=document.state, fraction=1.0))

    def _put(self, job: Job) -> None:
        with self._lock:
            self._jobs[job.id] = job

    def _claim(self, path: Path) -> None:
        users, _ = self._claims.get(path, (0, None))
        self._claims[path] = (users + 1, _mark(path))

    def _release(self, path: Path) -> None:
        """Delete a file that no job needs any more, unless it was uploaded anew meanwhile."""
        with self._lock:
            users, mark = self._claims.pop(path)
            if users > 1:
                self._claims[path] = (users - 1, mark)
            elif _mark(path) == mark:
                path.unlink(missing_ok=True)

    def _forget_done(self, collection: str) -> None:
        for job in tuple(self._jobs.values()):
            if job.collection == collection and job.done:
                del self._jobs[job.id]


def _mark(path: Path) -> Mark:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _reason(error: Exception) -> str:
    """What may be told: the system's own words, or the kind of error; never a path."""
    words = error.strerror if isinstance(error, OSError) else None
    return words or type(error).__name__
