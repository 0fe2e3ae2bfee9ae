"""Feeds a thousand damaged and hostile files to the parsers: who crashes, hangs or swells?

``PYTHONPATH=. python bench/damaged.py``. Real documents of ``../shared/documents`` are damaged
as well where they are there. Exits with status 1 when any file breaks a promise.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from corpus import REPO
from damage import DamagedFile, damaged_files

from retriever.parsing.archive import members
from retriever.parsing.child import parse_in_child, picture_in_child, result_of, run
from retriever.parsing.limits import ParseLimits
from retriever.parsing.sniff import is_archive
from retriever.parsing.wire import Job, unpack_document
from retriever.types import FINAL_STATES, UnreadableFile

LIMITS = ParseLimits(max_wall_s=30, max_cpu_s=20, max_memory_bytes=1 << 30)
DOCUMENTS = REPO.parent / "shared" / "documents"
GRACE_S = 8.0  # starting a process after one was killed, on a busy machine
BASE_BYTES = 100 << 20  # what a parsing process holds before it opens a file


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a file ended and what it cost."""

    file: DamagedFile
    state: str
    reason: str
    wall_s: float
    peak_bytes: int

    def faults(self) -> Iterator[str]:
        """Promises that this file broke."""
        if self.state not in FINAL_STATES:
            yield f"ended as {self.state}: {self.reason}"
        if self.state != "indexed" and not self.reason:
            yield "no reason"
        if self.wall_s > LIMITS.max_wall_s + GRACE_S:
            yield f"took {self.wall_s:.1f} s"
        if self.peak_bytes > LIMITS.max_memory_bytes + BASE_BYTES:
            yield f"took {self.peak_bytes >> 20} MB"


def feed(file: DamagedFile, folder: Path) -> Outcome:
    """Parse a file as the library does; a PDF that gives text is drawn as well."""
    path = folder / "file"
    path.write_bytes(file.data)
    start_s, peak_bytes = time.monotonic(), 0
    try:
        if is_archive(path):
            return _feed_archive(file, path, folder, start_s)
        job = Job("parse", str(path), {"name": file.name}, LIMITS)
        answer = run(job)
        peak_bytes = answer.peak_bytes
        document = unpack_document(result_of(job, answer), file.name, LIMITS)
        state, reason = "indexed", "; ".join(document.warnings)
        if document.media_type == "application/pdf":
            picture_in_child(path, 1, 300, LIMITS)
    except UnreadableFile as failure:
        state, reason = failure.state, failure.reason
    except Exception as error:  # a fault, to be told at the end
        state, reason = "exception", repr(error)
    return Outcome(file, state, reason, time.monotonic() - start_s, peak_bytes)


def _feed_archive(file: DamagedFile, path: Path, folder: Path, start_s: float) -> Outcome:
    states: Counter[str] = Counter()
    try:
        for member in members(path, folder):
            try:
                if member.failure:
                    raise member.failure
                parse_in_child(member.path, Path(member.name).name, LIMITS)
                states["indexed"] += 1
            except UnreadableFile as failure:
                states[failure.state] += 1
        state, reason = "indexed", ", ".join(f"{n} {state}" for state, n in states.items())
    except UnreadableFile as failure:
        state, reason = failure.state, failure.reason
    return Outcome(file, state, reason, time.monotonic() - start_s, 0)


def own_peak_bytes() -> int:
    """The most memory that this process ever held."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main() -> None:
    """Feed all files, then tell what broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000, help="how many (default 1000)")
    parser.add_argument("--seed", type=int, default=20261120, help="of the dice")
    parser.add_argument("--small-alone", action="store_true", help="damage no real documents")
    args = parser.parse_args()
    seeds = {} if args.small_alone or not DOCUMENTS.is_dir() else _documents()
    outcomes: list[Outcome] = []
    growth_bytes = 0
    with tempfile.TemporaryDirectory() as folder:
        for file in damaged_files(args.files, args.seed, seeds):
            before_bytes = own_peak_bytes()
            outcome = feed(file, Path(folder))
            growth_bytes = max(growth_bytes, own_peak_bytes() - before_bytes)
            outcomes.append(outcome)
            faults = "; ".join(outcome.faults())
            print(
                f"{file.number:4} {file.name:12.12} {file.kind:26} {outcome.state:11} "
                f"{outcome.wall_s:6.2f} s {outcome.peak_bytes >> 20:5} MB  {outcome.reason[:90]}"
                + (f"  FAULT: {faults}" if faults else ""),
                flush=True,
            )
    n_faults = _report(outcomes, growth_bytes)
    sys.exit(1 if n_faults else 0)


def _documents() -> dict[str, bytes]:
    found = sorted(path for path in DOCUMENTS.iterdir() if path.name != "SOURCES.md")
    return {path.name: data for path in found if (data := path.read_bytes())}


def _report(outcomes: list[Outcome], growth_bytes: int) -> int:
    n_faults = sum(any(outcome.faults()) for outcome in outcomes)
    slowest = max(outcomes, key=lambda outcome: outcome.wall_s)
    largest = max(outcomes, key=lambda outcome: outcome.peak_bytes)
    print(f"\n{len(outcomes)} files:", dict(Counter(outcome.state for outcome in outcomes)))
    print(f"slowest {slowest.wall_s:.1f} s ({slowest.file.kind}, {slowest.file.name})")
    print(f"largest {largest.peak_bytes >> 20} MB ({largest.file.kind}, {largest.file.name})")
    print(f"this process grew by at most {growth_bytes >> 20} MB for one file")
    print(f"{n_faults} faults")
    return n_faults


if __name__ == "__main__":
    main()
