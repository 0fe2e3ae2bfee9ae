"""The queue of files: every file ends, one failure never stops the next, nothing is left over."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Event

from chatbot.intake import Intake
from retriever.types import Document, Progress, ProgressCallback
from tests.chatbot.records import document

PATIENCE_S = 10.0


def files_in(folder: Path, *names: str) -> list[tuple[Path, str]]:
    for name in names:
        (folder / name).write_text(name)
    return [(folder / name, name) for name in names]


def until_quiet(intake: Intake, collection: str) -> None:
    while intake.busy(collection):
        time.sleep(0.01)


def test_files_are_taken_in_order_and_show_where_they_stand(tmp_path: Path) -> None:
    go, started = Event(), Event()

    def add(path: Path, collection: str, name: str, progress: ProgressCallback) -> Document:
        progress(Progress(name, "parsing", 0.5))
        started.set()
        assert go.wait(PATIENCE_S)
        return document(name)

    intake = Intake(add)
    intake.submit(files_in(tmp_path, "a.txt", "b.txt"), "mine")
    assert started.wait(PATIENCE_S)
    first, second = intake.jobs("mine")
    assert (first.name, first.state, first.fraction) == ("a.txt", "parsing", 0.5)
    assert (second.name, second.state) == ("b.txt", "waiting")
    assert intake.jobs("yours") == ()
    go.set()
    until_quiet(intake, "mine")
    assert [job.state for job in intake.jobs("mine")] == ["indexed", "indexed"]
    intake.close()
    assert list(tmp_path.iterdir()) == []


def test_a_crash_is_told_and_the_next_file_has_its_turn(tmp_path: Path) -> None:
    def add(path: Path, collection: str, name: str, progress: ProgressCallback) -> Document:
        if name == "bad.txt":
            raise OSError(28, "No space left on device", str(path))
        return document(name)

    intake = Intake(add)
    intake.submit(files_in(tmp_path, "bad.txt", "good.txt"), "mine")
    until_quiet(intake, "mine")
    bad, good = intake.jobs("mine")
    assert bad.trouble == "No space left on device"  # and not where on the server
    assert good.document is not None
    assert list(tmp_path.iterdir()) == []
    intake.submit(files_in(tmp_path, "c.txt"), "mine")
    until_quiet(intake, "mine")
    assert [job.name for job in intake.jobs("mine")] == ["c.txt"]
    intake.close()


def test_equal_files_of_two_visitors_lie_at_one_path_and_both_are_read(tmp_path: Path) -> None:
    go = Event()

    def add(path: Path, collection: str, name: str, progress: ProgressCallback) -> Document:
        assert go.wait(PATIENCE_S)
        assert path.read_text() == "a.txt"
        return document(name)

    intake = Intake(add)
    for collection in ("mine", "yours"):
        intake.submit(files_in(tmp_path, "a.txt"), collection)
    go.set()
    for collection in ("mine", "yours"):
        until_quiet(intake, collection)
        assert [job.trouble for job in intake.jobs(collection)] == [""]
    intake.close()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_uploaded_anew_is_left_for_its_visitor(tmp_path: Path) -> None:
    def add(path: Path, collection: str, name: str, progress: ProgressCallback) -> Document:
        (tmp_path / "new").write_text("a.txt")
        (tmp_path / "new").replace(path)
        return document(name)

    intake = Intake(add)
    intake.submit(files_in(tmp_path, "a.txt"), "mine")
    until_quiet(intake, "mine")
    assert (tmp_path / "a.txt").exists()
    intake.close()


def test_files_that_still_wait_at_the_end_leave_the_disk(tmp_path: Path) -> None:
    go, started = Event(), Event()

    def add(path: Path, collection: str, name: str, progress: ProgressCallback) -> Document:
        started.set()
        assert go.wait(PATIENCE_S)
        return document(name)

    intake = Intake(add)
    intake.submit(files_in(tmp_path, "a.txt", "b.txt"), "mine")
    assert started.wait(PATIENCE_S)
    intake.close(0.0)
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    go.set()
    while not intake.jobs("mine")[0].done:
        time.sleep(0.01)
    assert list(tmp_path.iterdir()) == []
