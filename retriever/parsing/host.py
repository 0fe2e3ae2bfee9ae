"""The process that parses: takes jobs on standard input, does each in a fork of itself.

Loads parsers and never a file: what a file does to its parser dies with the fork. Where there
is no fork (Windows) jobs run in the process itself, which the asker ends when one misbehaves.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO

from retriever.parsing import confine, find_boxes, page_picture, parse
from retriever.parsing.limits import megabytes
from retriever.parsing.pages import Piece
from retriever.parsing.steps import listening
from retriever.parsing.wire import Job, Result, failure, pack_document, write_frame
from retriever.types import UnreadableFile

CAN_FORK = hasattr(os, "fork")


def main() -> None:
    """Jobs until standard input ends."""
    jobs, results = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints, prints no frames
    confine.leave_network()
    with contextlib.suppress(BrokenPipeError):  # whoever asked was killed
        while line := jobs.readline():
            job = Job.of_line(line)
            _load(job.modules)
            end = _fork(job, results) if CAN_FORK else _work(job, results)
            write_frame(results, b"E", end.pack())


def _load(modules: tuple[str, ...]) -> None:
    """Import parsers for this job and all that follow; their pages are shared with the forks."""
    names = [f"retriever.parsing.{module}" for module in modules]
    for name in [name for name in names if name not in sys.modules]:
        with contextlib.suppress(ImportError):  # the job will say so
            importlib.import_module(name)
            gc.collect()
            gc.freeze()


def _fork(job: Job, results: IO[bytes]) -> Result:
    """Do a job in a child and say how it ended and what it cost."""
    child = os.fork()
    if child == 0:
        try:
            os.setpgid(0, 0)
            write_frame(results, b"S", str(os.getpid()).encode())  # ahead of all else that it says
            null = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(null, stream)
            confine.confine(job.limits, Path(job.path))
            with listening(partial(_tell, job, results)):
                _work(job, results)
        finally:
            os._exit(0)
    with contextlib.suppress(OSError):
        os.setpgid(child, child)  # whoever is first
    _, status, usage = os.wait4(child, 0)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)  # whatever it started
    code = os.waitstatus_to_exitcode(status)
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    cpu_s = usage.ru_utime + usage.ru_stime
    return Result({"signal": max(0, -code), "peak_bytes": peak, "cpu_s": cpu_s})


def _tell(job: Job, results: IO[bytes], done: float) -> None:
    """A page is read: the time for the next one begins."""
    confine.set_alarm(job.limits)
    write_frame(results, b"P", f"{done:.4f}".encode())


def _work(job: Job, results: IO[bytes]) -> Result:
    """Do a job and send what it gave, or what it raised."""
    before = set(sys.modules)
    try:
        done = _CALLS[job.call](job)
    except UnreadableFile as error:
        done = failure(error)
    except OSError as error:
        done = Result({"errno": error.errno or 0, "message": error.strerror or str(error)})
    except MemoryError:
        done = failure(_needs_memory(job))
    except ValueError as error:
        done = Result({"mistake": str(error)})
    except Exception as error:  # pdfium's own, while drawing
        done = failure(UnreadableFile("broken", f"damaged: {error}"))
    values = {**done.values, "modules": _parsers_since(before)}
    write_frame(results, b"R", Result(values, done.bulk).pack())
    return Result({})


def _needs_memory(job: Job) -> UnreadableFile:
    limit = megabytes(job.limits.max_memory_bytes)
    return UnreadableFile("broken", f"it needs more than {limit} of memory, the limit for one file")


def _parse(job: Job) -> Result:
    try:
        return pack_document(parse(Path(job.path), job.arguments["name"], job.limits))
    except UnreadableFile as error:
        if isinstance(error.__cause__, MemoryError):
            raise _needs_memory(job) from error
        if error.state == "broken" and confine.is_short_of_memory():  # libxml2 does not say so
            also = _needs_memory(job).reason
            raise UnreadableFile("broken", f"{error.reason}; or {also}") from error
        raise


def _parsers_since(before: set[str]) -> list[str]:
    """Parser modules that this job was the first to need."""
    prefix = f"{__package__}."
    return sorted(
        name.removeprefix(prefix) for name in set(sys.modules) - before if name.startswith(prefix)
    )


def _picture(job: Job) -> Result:
    picture = page_picture(Path(job.path), **job.arguments)
    return Result({"width_px": picture.width_px, "height_px": picture.height_px}, picture.png)


def _boxes(job: Job) -> Result:
    boxes = find_boxes(Path(job.path), [Piece(*piece) for piece in job.arguments["pieces"]])
    rows = [[box.page_number, box.left, box.top, box.right, box.bottom] for box in boxes]
    return Result({"boxes": rows})


_CALLS: dict[str, Callable[[Job], Result]] = {
    "parse": _parse,
    "picture": _picture,
    "boxes": _boxes,
}


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):  # whoever asked is gone
        main()
