"""The commands that bring files in: add, and the queue's jobs, cancel, retry and work.

Knows the library's verbs and how to print; holds no logic of its own.
"""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ..intake.pace import pause_s
from ..intake.several import Turn, in_order
from ..intake.walk import files_below, is_empty_folder, is_readable
from ..types import DEFAULT_COLLECTION, Job, Progress, SourceFile, Taken
from . import terminal

if TYPE_CHECKING:
    from ..library import Library

Run = Callable[["Library", Namespace], int]


def add_commands(command: Callable[[str, Run, str], ArgumentParser]) -> None:
    """Declares the commands; ``command`` makes one of its name, function and description."""
    adding = command("add", _add, "add files; folders and zip archives are walked")
    adding.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    adding.add_argument("--collection", default=DEFAULT_COLLECTION, help="where to (%(default)s)")
    adding.add_argument(
        "--prune",
        action="store_true",
        help="remove documents that came from these folders and whose files are gone",
    )
    adding.add_argument(
        "--later", action="store_true", help="only queue them: a server or `work` takes them in"
    )
    listing = command("jobs", _jobs, "list queued files and how they went")
    listing.add_argument(
        "--collection", default=DEFAULT_COLLECTION, help="whose (%(default)s)", dest="collection"
    )
    for name, run, about in (
        ("cancel", _cancel, "stop queued files by their job's number"),
        ("retry", _retry, "queue failed or cancelled files again"),
    ):
        stopping = command(name, run, about)
        stopping.add_argument("jobs", nargs="+", type=int, metavar="JOB")
        stopping.add_argument("--collection", default=DEFAULT_COLLECTION, help="(%(default)s)")
    working = command("work", _work, "take queued files in until none waits")
    working.add_argument("--stay", action="store_true", help="wait for more, until Ctrl-C")


def _add(library: Library, options: Namespace) -> int:
    if options.later:
        queued = library.queue.enqueue(options.paths, options.collection)
        for job in queued:
            _say_job(job, options)
        lost = [job.name for job in queued if job.done and job.document_id is None]
        if lost:
            return fail(f"{len(lost)} of the files could not be queued, the first: {lost[0]}")
        return 0 if queued else _no_files(options)
    found = list(files_below(options.paths, options.home))
    if not found and not options.prune:
        return _no_files(options)
    failed = _add_all(library, found, options)
    pruned = _prune(library, options) if options.prune else 0
    if failed:
        return fail(f"{len(failed)} of the files could not be added, the first: {failed[0]}")
    return pruned


def _add_all(library: Library, found: Sequence[Path], options: Namespace) -> list[Path]:
    with closing(in_order(lambda path, turn: _take(library, path, options, turn), found)) as taken:
        both = zip(found, taken, strict=True)
        return [path for path, one in both if not _added(library, path, one, options)]


def _no_files(options: Namespace) -> int:
    return fail(f"no files to add in {', '.join(map(str, options.paths))}")


def _take(library: Library, path: Path, options: Namespace, turn: Turn) -> Taken | OSError | None:
    """Adds a file; what the file's own fault is comes back, and None for an archive."""

    def tell(progress: Progress) -> None:
        if options.json and progress.state in ("parsing", "embedding"):
            json_line(path=str(path), state=progress.state, progress=round(progress.fraction, 3))

    from ..parsing.sniff import is_archive

    try:
        if path.is_file() and is_archive(path):
            return None
        return library.take_in(SourceFile(path), options.collection, progress=tell, turn=turn)
    except OSError as error:
        if is_readable(path):
            raise
        return error


def _added(library: Library, path: Path, taken: Taken | OSError | None, options: Namespace) -> bool:
    """Says what became of a file; an archive is only now taken in."""
    if taken is None:
        return _add_archive(library, path, options)
    if isinstance(taken, OSError):
        _tell_failure(path, taken.strerror or "cannot be opened", options)
        return False
    if options.json:
        json_line(path=str(path), **terminal.final(taken.document), outcome=taken.outcome)
    else:
        note = f" ({taken.outcome})" if taken.outcome in ("replaced", "unchanged") else ""
        print(f"{path}: {terminal.summary(taken.document, note)}", flush=True)
    return taken.document.state == "indexed"


def _add_archive(library: Library, path: Path, options: Namespace) -> bool:
    """Through the queue, which makes a document of each file in it."""
    told: set[int] = set()
    with library.worker():
        [job] = library.queue.enqueue([SourceFile(path)], options.collection)
        while True:
            began_at = time.monotonic()
            found = library.queue.jobs([options.collection])
            look_s = time.monotonic() - began_at
            now = next((one for one in found if one.id == job.id), None)
            for one in found:
                if one.parent_id == job.id and one.done and one.id not in told:
                    told.add(one.id)
                    _say_job(one, options, path=path.parent / one.name)
            if now is None:
                _tell_failure(path, "it was taken off the queue meanwhile", options)
                return False
            if now.done:
                _say_job(now, options, path=path)
                return now.state == "indexed"
            time.sleep(pause_s(look_s))


def _tell_failure(path: Path, reason: str, options: Namespace) -> None:
    if options.json:
        json_line(path=str(path), state="broken", reason=reason, warnings=[], pages=0, passages=0)
    else:
        print(f"{path}: broken: {reason}", flush=True)


def _prune(library: Library, options: Namespace) -> int:
    status = 0
    for folder in options.paths:
        if not folder.exists():  # a disk that is not mounted, say: its documents are not gone
            status = fail(f"{folder} is not there: nothing that came from it was removed")
            continue
        if is_empty_folder(folder):  # where one was mounted, most likely
            status = fail(
                f"{folder} is empty: nothing that came from it was removed; "
                f"if its files are really gone, the remove command takes them out"
            )
            continue
        for document in library.prune(folder, options.collection):
            if options.json:
                json_line(document_id=document.id, document=document.name, state="removed")
            else:
                print(f"removed {document.name} ({document.id}): its file is gone", flush=True)
    return status


# The queue


def _jobs(library: Library, options: Namespace) -> int:
    for job in library.queue.jobs([options.collection]):
        _say_job(job, options)
    return 0


def _cancel(library: Library, options: Namespace) -> int:
    for job_id in options.jobs:
        _say_job(library.queue.cancel(job_id, [options.collection]), options)
    return 0


def _retry(library: Library, options: Namespace) -> int:
    for job_id in options.jobs:
        _say_job(library.queue.retry(job_id, [options.collection]), options)
    return 0


def _work(library: Library, options: Namespace) -> int:
    library.check_writable()  # else nothing would ever be done
    with library.worker():
        for job in _ended(library, stay=options.stay):
            _say_job(job, options)
    return 0


def _ended(library: Library, *, stay: bool) -> Iterator[Job]:
    """Jobs of all collections as they end, until none is left."""
    open_ids: set[int] = set()
    while True:
        began_at = time.monotonic()
        found = library.queue.unfinished()
        look_s = time.monotonic() - began_at
        gone = open_ids - {job.id for job in found}
        yield from library.queue.wait(sorted(gone))
        open_ids = {job.id for job in found}
        if not open_ids and not stay:
            return
        time.sleep(pause_s(look_s))


def _say_job(job: Job, options: Namespace, path: Path | None = None) -> None:
    if options.json:
        json_line(**({"path": str(path)} if path else {}), **asdict(job))
    elif path:
        print(f"{path}: {terminal.job_state(job)}", flush=True)
    else:
        print(f"{job.id:>6}  {job.name}: {terminal.job_state(job)}", flush=True)


# Printing


def fail(message: str) -> int:
    """One line on standard error; returns the exit status."""
    print(" ".join(message.split()), file=sys.stderr)
    return 1


def json_line(**values: object) -> None:
    """One JSON object on standard output."""
    sys.stdout.write(json.dumps(values, ensure_ascii=False) + "\n")  # in one: lines never mix
    sys.stdout.flush()
