"""The queue at work: every file ends, is cancelled or goes on, whatever happens to the worker."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from retriever import Job, Library, SourceFile, UnknownJob
from retriever.files import Files, Incoming
from retriever.sql import jobs
from retriever.trouble import NoSpace
from tests.retriever.hash_encoder import hash_encoder
from tests.retriever.slow_encoder import Gate, watched_encoder
from tests.retriever.test_ingest import BATCH, ORIGIN, USK, WYE, Killed, book, dying
from tests.waiting import PATIENCE_S, until

WriteFile = Callable[[str, str], Path]


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retriever.intake.ingest.BATCH", BATCH)


def queued_files(library: Library) -> list[Path]:
    """What the queue keeps of its own on disk."""
    return sorted((library.home / "files").glob(".*"))


def states(found: list[Job]) -> list[str]:
    return [job.state for job in found]


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def gated(tmp_path: Path, gate: Gate) -> Iterator[Library]:
    """A library whose encoder waits at a gate."""
    with Library.open(tmp_path / "gated", encoder=gate.encoder) as opened:
        yield opened


def test_queued_files_become_documents(library: Library, write_file: WriteFile) -> None:
    broken = write_file("broken.pdf", "%PDF-1.7 no more")
    paths = [write_file("wye.txt", WYE), broken, write_file("usk.txt", USK)]
    queued = library.queue.enqueue(paths)
    assert states(queued) == ["waiting"] * 3
    assert library.queue.jobs() == queued
    assert library.documents() == []
    for path in paths:
        path.unlink()  # the queue has its own copies
    with library.worker():
        done = library.queue.wait([job.id for job in queued], PATIENCE_S)
    assert states(done) == ["indexed", "broken", "indexed"]
    assert [job.outcome for job in done] == ["added", "", "added"]
    assert [job.can_retry for job in done] == [False, True, False]
    assert done[1].reason
    assert [job.document_id for job in done] == [document.id for document in library.documents()]
    assert library.verify() == []
    assert len(queued_files(library)) == 1  # the failed one's, for another try
    library.remove([done[1].document_id or 0])
    assert queued_files(library) == []
    assert [job.id for job in library.queue.jobs()] == [queued[0].id, queued[2].id]


def test_the_queue_outlives_its_process(tmp_path: Path, write_file: WriteFile) -> None:
    home = tmp_path / "home"
    with Library.open(home, encoder=hash_encoder()) as library:
        queued = library.queue.enqueue([write_file("wye.txt", WYE)], "mine")
    with Library.open(home, encoder=hash_encoder()) as library:
        assert library.queue.jobs() == []
        assert library.queue.jobs(["mine"]) == queued
        with library.worker():
            library.queue.wait([queued[0].id], PATIENCE_S)
        assert [document.name for document in library.documents(["mine"])] == ["wye.txt"]


def test_unchanged_files_change_nothing_and_changed_ones_replace(
    library: Library, write_file: WriteFile
) -> None:
    folder = write_file("wye.txt", WYE).parent
    write_file("usk.txt", USK)
    with library.worker():
        library.queue.wait([job.id for job in library.queue.enqueue([folder])], PATIENCE_S)
        write_file("usk.txt", ORIGIN)
        again = library.queue.enqueue([folder])
        assert states(again) == ["waiting", "indexed"]
        done = library.queue.wait([job.id for job in again], PATIENCE_S)
    assert [(job.name, job.outcome) for job in done] == [
        ("usk.txt", "replaced"),
        ("wye.txt", "unchanged"),
    ]
    assert len(library.documents()) == len(library.queue.jobs()) == 2


def test_a_newer_version_takes_the_place_of_one_that_waits(
    library: Library, write_file: WriteFile
) -> None:
    [old] = library.queue.enqueue([write_file("river.txt", WYE)])
    [new] = library.queue.enqueue([write_file("river.txt", USK)])
    assert library.queue.jobs() == [new]
    assert len(queued_files(library)) == 1
    assert library.queue.wait([old.id], 1.0) == []


def test_an_older_version_that_was_cancelled_in_hand_is_not_tried_again(
    gated: Library, gate: Gate, write_file: WriteFile
) -> None:
    [old] = gated.queue.enqueue([write_file("river.txt", WYE)])
    with gated.worker():
        assert gate.reached.wait(PATIENCE_S)
        [new] = gated.queue.enqueue([write_file("river.txt", USK)])
        assert gated.queue.cancel(old.id).can_retry
        gate.is_open.set()
        [done] = gated.queue.wait([new.id], PATIENCE_S)
        assert gated.queue.jobs() == [done]
        with pytest.raises(UnknownJob):
            gated.queue.retry(old.id)
        until(lambda: queued_files(gated) == [])
    [document] = gated.documents()
    assert gated.text(document.id) == USK


def end_in_hand(library: Library, job: Job, meanwhile: Path) -> Job:
    """The job ends badly, after a newer version of its file was queued."""
    with library._database.writing() as conn:
        work = jobs.claim(conn, [])
    assert work is not None and work.job.id == job.id
    [new] = library.queue.enqueue([meanwhile])
    with library._database.writing() as conn:
        jobs.end(conn, work, "broken", "not today")
    assert library.queue.job(job.id).can_retry
    return new


@pytest.mark.parametrize("is_known", [False, True])
def test_an_older_version_that_failed_in_hand_is_not_tried_again(
    library: Library, write_file: WriteFile, is_known: bool
) -> None:
    if is_known:  # from another source
        library.add(write_file("other.txt", USK))
    [old] = library.queue.enqueue([write_file("river.txt", WYE)])
    new = end_in_hand(library, old, write_file("river.txt", USK))
    with library.worker():
        [done] = library.queue.wait([new.id], PATIENCE_S)
        assert (done.state, library.queue.jobs()) == ("indexed", [done])
        until(lambda: queued_files(library) == [])


def test_an_older_version_may_be_tried_again_while_the_newer_cannot_be_read(
    library: Library, write_file: WriteFile
) -> None:
    [old] = library.queue.enqueue([write_file("river.pdf", WYE)])
    new = end_in_hand(library, old, write_file("river.pdf", "%PDF-1.7 no more"))
    with library.worker():
        assert states(library.queue.wait([new.id], PATIENCE_S)) == ["broken"]
    assert [job.can_retry for job in library.queue.jobs()] == [True, True]


def test_what_is_added_by_hand_is_not_undone_by_what_waited(
    library: Library, write_file: WriteFile
) -> None:
    library.queue.enqueue([write_file("river.txt", WYE)])
    new = library.add(write_file("river.txt", USK))
    with library.worker():
        [last] = library.queue.enqueue([write_file("last.txt", ORIGIN)])
        library.queue.wait([last.id], PATIENCE_S)
    assert [document.name for document in library.documents()] == ["river.txt", "last.txt"]
    assert library.document(new.id) == new
    assert queued_files(library) == []


def test_a_file_that_cannot_be_opened_is_a_failed_job(library: Library, tmp_path: Path) -> None:
    [job] = library.queue.enqueue([SourceFile(tmp_path / "none.txt", "none.txt")])
    assert (job.state, job.can_retry) == ("broken", False)
    assert "No such file" in job.reason
    with pytest.raises(ValueError, match=r"add none\.txt again"):
        library.queue.retry(job.id)
    library.queue.forget([job.id])
    assert library.queue.jobs() == []


def running_out(
    monkeypatch: pytest.MonkeyPatch, after: int, has_room: threading.Event | None = None
) -> list[Path]:
    """The disk is full after so many copies, until there is room; returns what was copied."""
    receive, received = Files.receive, []

    def received_or_full(files: Files, source: Path) -> Incoming:
        if len(received) >= after and not (has_room and has_room.is_set()):
            raise NoSpace(errno.ENOSPC, "no space is left")
        received.append(source)
        return receive(files, source)

    monkeypatch.setattr(Files, "receive", received_or_full)
    return received


def test_a_full_disk_midway_leaves_no_copies(
    library: Library, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [write_file("wye.txt", WYE), write_file("usk.txt", USK)]
    running_out(monkeypatch, after=1)
    with pytest.raises(NoSpace):
        library.queue.enqueue(paths)
    assert library.queue.jobs() == []
    assert queued_files(library) == []


def test_an_archive_waits_for_a_full_disk_and_leaves_no_copies_on_it(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rivers.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in (("wye", WYE), ("usk", USK)):
            archive.writestr(f"{name}.txt", text)
    [job] = library.queue.enqueue([path])
    has_room = threading.Event()
    received = running_out(monkeypatch, 1, has_room)
    with library.worker():
        until(lambda: bool(received) and states(library.queue.jobs()) == ["waiting"])
        until(lambda: len(queued_files(library)) == 1)  # the archive itself
        has_room.set()
        [done] = library.queue.wait([job.id], PATIENCE_S)
    assert done.state == "indexed"
    assert len(library.documents()) == 2


@pytest.mark.parametrize(
    "trouble", [NoSpace(errno.ENOSPC, "full"), OSError(errno.ENOSPC, "full"), TimeoutError("busy")]
)
def test_a_file_waits_for_what_passes_and_is_not_tried_without_a_pause(
    library: Library, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch, trouble: OSError
) -> None:
    has_passed, tries, keep = threading.Event(), [], Files.keep

    def troubled(files: Files, key: str, incoming: Incoming) -> None:
        tries.append(time.monotonic())
        if not has_passed.is_set():
            raise trouble
        keep(files, key, incoming)

    monkeypatch.setattr(Files, "keep", troubled)
    monkeypatch.setattr("retriever.intake.worker.AFTER_TROUBLE_S", 0.4)
    [job] = library.queue.enqueue([write_file("wye.txt", WYE)])
    with library.worker(threads=2):
        until(lambda: len(tries) >= 2)
        until(lambda: library.queue.job(job.id).state == "waiting")
        has_passed.set()
        assert states(library.queue.wait([job.id], PATIENCE_S)) == ["indexed"]
    assert all(later - earlier >= 0.4 for earlier, later in pairwise(tries))
    assert library.verify() == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_pipe_is_a_failed_job(library: Library, write_file: WriteFile) -> None:
    wye = write_file("wye.txt", WYE)
    os.mkfifo(wye.with_name("pipe"))
    queued = library.queue.enqueue([wye.with_name("pipe"), Path(os.devnull), wye])
    assert states(queued) == ["broken", "broken", "waiting"]
    assert {job.reason for job in queued[:2]} == {"not a regular file"}


def test_jobs_are_seen_by_nobody_outside_their_collection(
    library: Library, write_file: WriteFile
) -> None:
    [job] = library.queue.enqueue([write_file("wye.txt", WYE)], "mine")
    for act in (library.queue.cancel, library.queue.retry, library.queue.job):
        with pytest.raises(UnknownJob):
            act(job.id, ["yours"])
    with pytest.raises(UnknownJob):
        library.queue.forget([job.id], ["yours"])
    assert library.queue.jobs(["yours"]) == []
    assert library.queue.jobs(["mine"]) == [job]


def test_a_waiting_job_is_cancelled_and_tried_again(
    library: Library, write_file: WriteFile
) -> None:
    [job] = library.queue.enqueue([write_file("wye.txt", WYE)])
    cancelled = library.queue.cancel(job.id)
    assert (cancelled.state, cancelled.can_retry) == ("cancelled", True)
    with library.worker():
        assert states(library.queue.wait([job.id], PATIENCE_S)) == ["cancelled"]
        library.queue.retry(job.id)
        assert states(library.queue.wait([job.id], PATIENCE_S)) == ["indexed"]
        assert library.queue.cancel(job.id).state == "indexed"  # too late
    assert queued_files(library) == []


def test_cancelling_in_the_middle_leaves_nothing(
    gated: Library, gate: Gate, write_file: WriteFile
) -> None:
    [job] = gated.queue.enqueue([write_file("book.txt", book(BATCH + 2, "Quetzal"))])
    with gated.worker():
        assert gate.reached.wait(PATIENCE_S)
        now = gated.queue.job(job.id)
        assert now.state in ("parsing", "embedding")
        assert gated.queue.cancel(job.id).state == "cancelled"
        gate.is_open.set()
        until(lambda: len(queued_files(gated)) == 1)
    assert gated.documents() == []
    gated.queue.forget([job.id])
    assert gated.verify() == []
    for path in gated.home.rglob("*"):
        assert not path.is_file() or b"Quetzal" not in path.read_bytes(), path


def test_a_worker_that_stops_leaves_its_file_for_the_next(
    gated: Library, gate: Gate, write_file: WriteFile
) -> None:
    [job] = gated.queue.enqueue([write_file("book.txt", book(4 * BATCH))])
    worker = gated.worker().start()
    assert gate.reached.wait(PATIENCE_S)
    worker.ending.set()
    gate.is_open.set()
    worker.stop(PATIENCE_S)
    assert gated.queue.job(job.id).state == "waiting"
    n_before = gate.n_texts
    assert n_before < 4 * BATCH
    with gated.worker():
        gated.queue.wait([job.id], PATIENCE_S)
    [document] = gated.documents()
    assert gate.n_texts <= document.n_passages + BATCH
    assert gated.verify() == []


def stop_half_way(gated: Library, gate: Gate, job_id: int) -> None:
    """A worker begins a text of Quetzal and ends before it is done."""
    worker = gated.worker().start()
    assert gate.reached.wait(PATIENCE_S)
    gate.is_open.set()
    until(lambda: gate.n_texts > BATCH)
    worker.stop(PATIENCE_S)
    if gated.queue.job(job_id).state == "indexed":
        pytest.skip("the worker was quicker than this test")
    assert any(b"Quetzal" in path.read_bytes() for path in gated.home.glob("library.db*"))


def test_cancelling_what_an_ended_worker_had_half_done_leaves_nothing(
    gated: Library, gate: Gate, write_file: WriteFile
) -> None:
    [job] = gated.queue.enqueue([write_file("book.txt", book(4 * BATCH, "Quetzal"))])
    stop_half_way(gated, gate, job.id)
    gated.queue.cancel(job.id)
    gated.queue.forget([job.id])
    for path in gated.home.rglob("*"):
        assert not path.is_file() or b"Quetzal" not in path.read_bytes(), path


def test_one_worker_at_a_time(library: Library, tmp_path: Path, write_file: WriteFile) -> None:
    with Library.open(library.home, encoder=hash_encoder()) as other:
        first, second = library.worker(threads=3).start(), other.worker(threads=3).start()
        paths = [write_file(f"{n}.txt", f"document{n} speaks. {WYE}") for n in range(12)]
        queued = library.queue.enqueue(paths)
        done = library.queue.wait([job.id for job in queued], PATIENCE_S)
        assert states(done) == ["indexed"] * 12
        assert [job.outcome for job in done] == ["added"] * 12
        first.stop()
        [last] = library.queue.enqueue([write_file("last.txt", ORIGIN)])
        assert states(other.queue.wait([last.id], PATIENCE_S)) == ["indexed"]  # taken over
        second.stop()
    assert library.verify() == []


def test_removing_a_collection_stops_its_files(
    gated: Library, gate: Gate, write_file: WriteFile
) -> None:
    gated.queue.enqueue([write_file("wye.txt", WYE), write_file("usk.txt", USK)], "guest")
    with gated.worker():
        assert gate.reached.wait(PATIENCE_S)
        gated.remove_collection("guest")
        gate.is_open.set()
        until(lambda: queued_files(gated) == [])
    assert gated.queue.jobs(["guest"]) == []
    assert gated.documents(["guest"]) == []
    assert gated.stats().collections == 0


def test_an_archive_becomes_a_document_for_each_file(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "rivers.zip"

    def pack(**files: str) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in files.items():
                archive.writestr(f"wales/{name}.txt", text)

    pack(wye=WYE, usk=USK, empty="")
    with library.worker(threads=2):
        [job] = library.queue.enqueue([path])
        [done] = library.queue.wait([job.id], PATIENCE_S)
        assert (done.state, done.reason) == ("partly_failed", "1 of 3 files were not added")
        listed = {document.name: document.state for document in library.documents()}
        assert listed == {
            "rivers.zip/wales/wye.txt": "indexed",
            "rivers.zip/wales/usk.txt": "indexed",
            "rivers.zip/wales/empty.txt": "empty",
        }
        until(lambda: queued_files(library) == [])  # deleted once the end is written
        assert {one.parent_id for one in library.queue.jobs()} == {None, job.id}
        pack(wye=ORIGIN, usk=USK)
        [job] = library.queue.enqueue([path])
        [done] = library.queue.wait([job.id], PATIENCE_S)
        assert (done.state, done.reason) == ("indexed", "")
    names = sorted(document.name for document in library.documents())
    assert names == ["rivers.zip/wales/usk.txt", "rivers.zip/wales/wye.txt"]
    assert all("Plynlimon" not in hit.passage.text for hit in library.search("Plynlimon"))
    assert library.verify() == []
    path.unlink()
    assert len(library.prune(tmp_path)) == 2


@pytest.mark.parametrize("is_unpacked", [False, True])
def test_a_newer_archive_ends_what_the_older_one_queued(
    gated: Library, gate: Gate, tmp_path: Path, is_unpacked: bool
) -> None:
    path = tmp_path / "rivers.zip"
    for version, names in enumerate((("wye", "usk", "teme"), ("usk", "lugg"))):
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(f"{name}.txt", f"The {name} in version {version}. {WYE}")
        [last] = gated.queue.enqueue([path])
        if version == 0:
            worker = gated.worker().start()
            until(lambda: len(gated.queue.jobs()) > int(is_unpacked))
            assert not is_unpacked or gate.reached.wait(PATIENCE_S)
    gate.is_open.set()
    [done] = gated.queue.wait([last.id], PATIENCE_S)
    assert (done.state, done.reason) == ("indexed", "")
    until(lambda: all(job.done for job in gated.queue.jobs()))
    worker.stop()
    names_now = sorted(document.name for document in gated.documents())
    assert names_now == ["rivers.zip/lugg.txt", "rivers.zip/usk.txt"]
    assert all("version 1" in hit.passage.text for hit in gated.search("version rivers", 9))
    assert len(gated.queue.jobs()) == 3
    assert queued_files(gated) == []


def test_an_archive_without_files_says_so(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "nothing.zip"
    zipfile.ZipFile(path, "w").close()
    with library.worker():
        [job] = library.queue.enqueue([path])
        [done] = library.queue.wait([job.id], PATIENCE_S)
    assert done.state in ("empty", "broken", "unsupported")
    assert done.reason


class Child:
    """A process with a worker whose encoder is slow."""

    def __init__(self, home: Path, repo_root: Path) -> None:
        command = [sys.executable, "-m", "tests.retriever.working_child", str(home)]
        self.process = subprocess.Popen(command, cwd=repo_root)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_killed_worker_costs_one_batch(
    tmp_path: Path, write_file: WriteFile, repo_root: Path
) -> None:
    home, gate = tmp_path / "home", Gate()
    gate.is_open.set()
    with Library.open(home, encoder=gate.encoder) as library:
        [job] = library.queue.enqueue([write_file("book.txt", book(20 * BATCH))])
        child = Child(home, repo_root)
        until(lambda: library.queue.job(job.id).fraction >= 0.4)
        assert library.queue.job(job.id).state == "embedding"
        child.kill()
        fraction = library.queue.job(job.id).fraction
        with library.worker():
            [done] = library.queue.wait([job.id], PATIENCE_S)
        assert done.state == "indexed"
        [document] = library.documents()
        assert gate.n_texts <= (1 - fraction) * document.n_passages + 1
        assert library.verify() == []


def test_a_file_that_ends_the_program_again_and_again_is_given_up(
    library: Library, write_file: WriteFile
) -> None:
    [job] = library.queue.enqueue([write_file("wye.txt", WYE)])
    for _ in range(jobs.MAX_TRIES):
        with library._database.writing() as conn:  # as a worker that is killed while it reads
            jobs.requeue(conn)
            assert jobs.claim(conn, []) is not None
    with library.worker():
        [done] = library.queue.wait([job.id], PATIENCE_S)
    assert (done.state, done.can_retry) == ("broken", True)
    assert "3 times" in done.reason


def test_an_archive_ends_when_its_last_file_is_given_up(
    library: Library, write_file: WriteFile, tmp_path: Path
) -> None:
    path = tmp_path / "rivers.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("wye.txt", WYE)
    [job] = library.queue.enqueue([path])
    wye = SourceFile(write_file("wye.txt", WYE), "rivers.zip/wye.txt")
    inner = replace(library.queue.receive(wye, job.collection), parent_id=job.id)
    with library._database.writing() as conn:  # as a worker that unpacks it
        assert jobs.claim(conn, []) is not None
        jobs.progress(conn, job.id, jobs.UNPACKED, 0.0, None)
    library.queue.add([inner])
    for _ in range(jobs.MAX_TRIES):
        with library._database.writing() as conn:  # and is killed while it reads the file
            assert jobs.requeue(conn) == []
            assert jobs.claim(conn, []) is not None
    with library.worker():
        [done] = library.queue.wait([job.id], PATIENCE_S)
        until(lambda: [path.name for path in queued_files(library)] == [inner.stored])
    assert (done.state, done.reason) == ("broken", "1 of 1 files were not added")
    assert [one.can_retry for one in library.queue.jobs()] == [False, True]


def test_an_archive_too_deep_in_others_is_not_unpacked(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "0.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("wye.txt", WYE)
    for n in range(1, 4):
        with zipfile.ZipFile(tmp_path / f"{n}.zip", "w") as archive:
            archive.write(tmp_path / f"{n - 1}.zip", f"{n - 1}.zip")
    with library.worker():
        (job,) = library.queue.enqueue([tmp_path / "3.zip"])
        library.queue.wait([job.id], PATIENCE_S)
    assert [one.name for one in library.documents()] == ["3.zip/2.zip/1.zip"]
    assert [one.state for one in library.documents()] == ["unsupported"]


def test_archives_nested_too_deeply_end(library: Library, tmp_path: Path) -> None:
    inner, path = tmp_path / "usk.txt", tmp_path / "0.zip"
    inner.write_text(USK)
    for name in ("2.zip", "1.zip", "0.zip"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.write(inner, inner.name)
        inner = tmp_path / name
    with library.worker():
        [job] = library.queue.enqueue([path])
        [done] = library.queue.wait([job.id], PATIENCE_S)
    assert (done.state, done.reason) == ("broken", "1 of 1 files were not added")
    [document] = library.documents()
    assert (document.name, document.state) == ("0.zip/1.zip/2.zip", "unsupported")


def test_what_was_cancelled_stays_so(library: Library, write_file: WriteFile) -> None:
    [job] = library.queue.enqueue([write_file("wye.txt", WYE)])
    with library._database.writing() as conn:
        work = jobs.claim(conn, [])
        assert work is not None
        jobs.cancel(conn, job.id)
        assert jobs.end(conn, work, "broken", "too late") == []
    assert library.queue.job(job.id).state == "cancelled"


def test_whoever_cancels_after_the_commit_is_told_that_it_is_too_late(
    library: Library, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    [job] = library.queue.enqueue([write_file("wye.txt", WYE)])
    told: list[str] = []

    def clear(*_: object, **__: object) -> None:
        told.append(library.queue.cancel(job.id).state)

    monkeypatch.setattr("retriever.intake.removal.Removal.clear", clear)
    with library.worker():
        until(lambda: bool(told))
    assert told == ["indexed"]
    assert states(library.queue.jobs()) == ["indexed"]
    assert [document.name for document in library.documents()] == ["wye.txt"]


def test_cancelling_an_archive_leaves_nothing_of_its_half_done_files(
    gated: Library, gate: Gate, tmp_path: Path
) -> None:
    path = tmp_path / "books.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("book.txt", book(8 * BATCH, "Quetzal"))
    [job] = gated.queue.enqueue([path])
    stop_half_way(gated, gate, job.id)
    gated.queue.cancel(job.id)
    for path in gated.home.glob("library.db*"):
        assert b"Quetzal" not in path.read_bytes(), path


def test_a_worker_that_runs_for_days_tidies_the_library(
    tmp_path: Path, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, before = dying(2 * BATCH)
    with Library.open(tmp_path / "home", encoder=watched_encoder(before)) as library:
        with pytest.raises(Killed):
            library.add(write_file("book.txt", book(3 * BATCH, "Quetzal")))
        [job] = library.queue.enqueue([write_file("broken.pdf", "%PDF-1.7 no more")])
        with library.worker():
            assert states(library.queue.wait([job.id], PATIENCE_S)) == ["broken"]

        def is_half_done() -> bool:
            return any(b"Quetzal" in path.read_bytes() for path in library.home.glob("library.db*"))

        assert is_half_done() and len(queued_files(library)) == 1
        for kept in ("HALF_DONE_KEPT", "FAILED_KEPT"):
            monkeypatch.setattr(f"retriever.care.housekeeping.{kept}", timedelta(days=-1))
        monkeypatch.setattr("retriever.intake.worker.TIDY_EVERY_S", 0.0)
        with library.worker():
            until(lambda: not (library.queue.jobs() or queued_files(library) or is_half_done()))
