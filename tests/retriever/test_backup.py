"""A home becomes one file and comes back whole; a bad file makes no home."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import sqlite3
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from retriever import Library
from retriever.__main__ import main
from retriever.care import backup
from retriever.files import ABANDONED_AFTER_S
from retriever.sql.database import Database
from tests.retriever.hash_encoder import hash_encoder

WriteFile = Callable[[str, str], Path]
Meanwhile = Callable[[Callable[[], object]], None]

WYE = "The Wye flows from Plynlimon to the Severn. It passes Hay, Hereford and Ross."
ORIGIN = "On the Origin of Species appeared on 24 November 1859. Darwin wrote it in Kent."


@pytest.fixture
def saved(tmp_path: Path, library: Library, write_file: WriteFile) -> Path:
    """A backup of two collections with a removal between, and a key beside them."""
    library.add(write_file("wye.txt", WYE), "rivers")
    gone = library.add(write_file("gone.txt", "Something confidential was here."))
    library.add(write_file("origin.txt", ORIGIN))
    library.add(write_file("empty.txt", ""))
    library.remove([gone.id])
    (library.home / "visitors.key").write_bytes(b"k" * 32)
    manifest = library.back_up(tmp_path / "home.quoth")
    assert (manifest.collections, manifest.documents) == (2, 3)
    return tmp_path / "home.quoth"


def test_another_database_in_the_home_is_copied_in_one_state(
    tmp_path: Path, library: Library
) -> None:
    path = library.home / "chats.db"
    writer = sqlite3.connect(path)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("CREATE TABLE said (word TEXT)")
    writer.execute("INSERT INTO said VALUES ('kept')")
    writer.commit()
    assert b"kept" not in path.read_bytes()  # but in its log
    writer.execute("INSERT INTO said VALUES ('not yet')")
    library.back_up(tmp_path / "home.quoth")
    writer.close()
    Library.restore(tmp_path / "home.quoth", tmp_path / "again")
    again = sqlite3.connect(tmp_path / "again" / "chats.db")
    assert again.execute("SELECT word FROM said").fetchall() == [("kept",)]
    again.close()
    names = {path.name for path in (tmp_path / "again").iterdir()}
    assert not {"chats.db-wal", "chats.db-shm"} & names


def answers(library: Library) -> list[object]:
    every = ["default", "rivers"]
    hits = library.search("Darwin Wye Severn", 10, every)
    return [
        library.documents(every),
        hits,
        [library.text(d.id, every) for d in library.documents(every)],
    ]


def test_a_home_comes_back_whole(tmp_path: Path, library: Library, saved: Path) -> None:
    Library.restore(saved, tmp_path / "again")
    with Library.open(tmp_path / "again", encoder=hash_encoder()) as again:
        assert answers(again) == answers(library)
        assert again.verify() == []
        assert (again.home / "visitors.key").read_bytes() == b"k" * 32
        assert not [p for p in again.home.rglob("*") if p.name.startswith(".restoring")]
    assert saved.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(saved) as archive:
        assert archive.namelist()[-1] == "manifest.json"
        whole = b"".join(archive.read(name) for name in archive.namelist())
    assert b"confidential" not in whole
    assert b"Plynlimon" in whole
    assert [p.name for p in tmp_path.iterdir() if ".part" in p.name] == []


def test_it_is_one_state_while_another_thread_writes(
    tmp_path: Path, library: Library, write_file: WriteFile
) -> None:
    stop = threading.Event()

    def work() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            document = library.add(write_file(f"{number}.txt", f"Text number{number}. " * 20))
            if number % 2:
                library.remove([document.id])

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for turn in range(5):
            library.back_up(tmp_path / f"{turn}.quoth")
    finally:
        stop.set()
        worker.join()
    for turn in range(5):
        home = tmp_path / f"home-{turn}"
        manifest = Library.restore(tmp_path / f"{turn}.quoth", home)
        with Library.open(home, encoder=hash_encoder()) as again:
            assert again.verify() == []
            assert len(again.documents()) == manifest.documents


def test_who_lost_its_original_is_not_in_the_copy(
    tmp_path: Path, library: Library, write_file: WriteFile
) -> None:
    kept = library.add(write_file("wye.txt", WYE))
    lost = library.add(write_file("origin.txt", ORIGIN))
    [path] = library.home.glob(f"files/*/{lost.sha256}")
    path.unlink()
    manifest = library.back_up(tmp_path / "home.quoth")
    assert manifest.documents == 1
    Library.restore(tmp_path / "home.quoth", tmp_path / "again")
    with Library.open(tmp_path / "again", encoder=hash_encoder()) as again:
        assert again.documents() == [kept]
        assert again.verify() == []


def test_what_waits_in_the_queue_is_in_the_copy(
    tmp_path: Path, library: Library, write_file: WriteFile
) -> None:
    library.queue.enqueue([write_file("wye.txt", WYE), write_file("origin.txt", ORIGIN)])
    [_, lost] = sorted(library.home.glob("files/.queued-*"), key=lambda path: path.stat().st_size)
    assert lost.read_text() == ORIGIN
    lost.unlink()
    library.back_up(tmp_path / "home.quoth")
    Library.restore(tmp_path / "home.quoth", tmp_path / "again")
    with Library.open(tmp_path / "again", encoder=hash_encoder()) as again:
        [job] = again.queue.jobs()
        with again.worker():
            [done] = again.queue.wait([job.id], timeout_s=60)
        assert (done.name, done.state) == ("wye.txt", "indexed")
        assert again.search("Wye")[0].passage.text == WYE
        assert again.verify() == []


@pytest.fixture(params=["before the files are held", "before they are written"])
def meanwhile(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Lets something happen once while a home is backed up, after its database was copied."""
    acts: list[Callable[[], object]] = []

    def copy_to(database: Database, path: Path) -> None:
        real_copy_to(database, path)
        if request.param == "before the files are held":
            while acts:
                acts.pop()()

    def write(*given: Any) -> backup.Manifest:
        while acts:
            acts.pop()()
        return real_write(*given)

    real_copy_to, real_write = Database.copy_to, backup._write
    monkeypatch.setattr(Database, "copy_to", copy_to)
    monkeypatch.setattr(backup, "_write", write)
    return acts.append


@pytest.fixture(params=["the same disk", "another disk", "no links"])
def disk(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where backups are written, as seen from the home."""

    def link(path: Path, target: Path) -> None:
        if Path(target).name.startswith(".incoming-"):
            return real_link(path, target)
        if request.param == "no links":
            raise PermissionError(errno.EPERM, "no links here")
        if request.param == "another disk" and tmp_path / "home" not in Path(target).parents:
            raise OSError(errno.EXDEV, "another disk")
        return real_link(path, target)

    real_link = os.link
    monkeypatch.setattr(os, "link", link)
    return str(request.param)


def work_on_queue(library: Library) -> None:
    with library.worker():
        library.queue.wait([job.id for job in library.queue.jobs()], timeout_s=60)


def strays(tmp_path: Path) -> list[Path]:
    """What a backup left, in the home and beside its file."""
    return [*tmp_path.rglob(".backup-*"), *tmp_path.rglob("*.part")]


def test_what_was_queued_before_is_there_when_the_worker_took_it_meanwhile(
    tmp_path: Path, library: Library, write_file: WriteFile, meanwhile: Meanwhile, disk: str
) -> None:
    names = [f"{number}.txt" for number in range(4)]
    library.queue.enqueue([write_file(name, f"Text of {name}. {WYE}") for name in names])
    meanwhile(lambda: work_on_queue(library))
    library.back_up(tmp_path / "home.quoth")
    assert not list(library.home.glob("files/.queued-*"))
    assert strays(tmp_path) == []
    Library.restore(tmp_path / "home.quoth", tmp_path / "again")
    with Library.open(tmp_path / "again", encoder=hash_encoder()) as again:
        work_on_queue(again)
        assert sorted(document.name for document in again.documents()) == names
        assert again.verify() == []


def test_a_document_is_there_when_a_newer_version_took_its_place_meanwhile(
    tmp_path: Path, library: Library, write_file: WriteFile, meanwhile: Meanwhile, disk: str
) -> None:
    older = library.add(write_file("report.txt", f"First. {WYE}"))
    kept = library.add(write_file("origin.txt", ORIGIN))
    meanwhile(lambda: library.add(write_file("report.txt", f"Second. {WYE}")))
    library.back_up(tmp_path / "home.quoth")
    assert older not in library.documents()
    assert strays(tmp_path) == []
    Library.restore(tmp_path / "home.quoth", tmp_path / "again")
    with Library.open(tmp_path / "again", encoder=hash_encoder()) as again:
        [report] = [d for d in again.documents() if d.name == "report.txt"]
        assert again.text(report.id)[:6] in ("First.", "Second")
        assert kept in again.documents()
        assert again.verify() == []


def test_what_is_removed_meanwhile_leaves_the_home_with_the_backup(
    tmp_path: Path, library: Library, write_file: WriteFile, meanwhile: Meanwhile, disk: str
) -> None:
    gone = library.add(write_file("gone.txt", "Something confidential was here."))
    library.add(write_file("origin.txt", ORIGIN))
    meanwhile(lambda: library.remove([gone.id]))
    library.back_up(tmp_path / "home.quoth")
    assert strays(tmp_path) == []
    Library.restore(tmp_path / "home.quoth", tmp_path / "again")
    with Library.open(tmp_path / "again", encoder=hash_encoder()) as again:
        assert again.verify() == []
    library.close()
    for path in library.home.rglob("*"):
        assert path.is_dir() or b"confidential" not in path.read_bytes(), path


def test_held_files_are_private_and_gone_after_an_error(
    tmp_path: Path, library: Library, write_file: WriteFile, disk: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    document = library.add(write_file("wye.txt", WYE))
    library.queue.enqueue([write_file("origin.txt", ORIGIN)])
    seen: list[tuple[bool, str]] = []

    def write(copy: Path, home: Path, part: Path, held: backup._Held) -> backup.Manifest:
        place = held.path(f"{home_key(home)}/{document.sha256}")
        seen.append((home in place.parents, place.read_text()))
        with Library.open(home, encoder=hash_encoder()):
            assert place.exists()  # not swept while somebody works on it
        folders = {place.parent, place.parents[1]}
        assert os.name != "posix" or not [f for f in folders if f.stat().st_mode & 0o077]
        raise OSError(errno.EIO, "the disk fails")

    monkeypatch.setattr(backup, "_write", write)
    with pytest.raises(OSError, match="the disk fails"):
        library.back_up(tmp_path / "home.quoth")
    assert seen == [(disk == "another disk", WYE)]
    assert strays(tmp_path) == []
    assert not (tmp_path / "home.quoth").exists()
    assert library.verify() == []


def home_key(home: Path) -> str:
    [key] = [path.name for path in (home / "files").iterdir() if path.name[0] != "."]
    return key


def test_a_long_backup_keeps_what_it_holds_and_a_killed_one_is_swept(
    tmp_path: Path, library: Library
) -> None:
    root = library.home / "files"
    working, killed = root / f"{backup.HELD}working", root / f"{backup.HELD}killed"
    long_ago = time.time() - 2 * ABANDONED_AFTER_S
    for folder in (working, killed):
        folder.mkdir(parents=True)
        (folder / "abc").write_bytes(b"a document")
        os.utime(folder, (long_ago, long_ago))
    held = backup._Held(root, tmp_path / "beside", working)
    assert held.path("abc") == working / "abc"
    with Library.open(library.home, encoder=hash_encoder()):
        assert [path.name for path in root.iterdir()] == [working.name]


def test_files_that_go_at_every_copy_leave_the_last_one(
    tmp_path: Path, library: Library, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = library.add(write_file("wye.txt", WYE))
    copies: list[int] = []

    def copy_to(database: Database, path: Path) -> None:
        added = library.add(write_file(f"{len(copies)}.txt", f"Text number{len(copies)}."))
        real_copy_to(database, path)
        library.remove([added.id])
        copies.append(added.id)

    real_copy_to = Database.copy_to
    monkeypatch.setattr(Database, "copy_to", copy_to)
    assert library.back_up(tmp_path / "home.quoth").documents == 1
    assert len(copies) == backup.COPIES
    Library.restore(tmp_path / "home.quoth", tmp_path / "again")
    with Library.open(tmp_path / "again", encoder=hash_encoder()) as again:
        assert again.documents() == [kept]


def test_a_home_that_holds_something_is_left_alone(
    tmp_path: Path, library: Library, saved: Path
) -> None:
    with pytest.raises(FileExistsError, match="not empty: restore into a new folder"):
        Library.restore(saved, library.home)
    with pytest.raises(ValueError, match="lies in the home itself"):
        library.back_up(library.home / "x.quoth")
    (tmp_path / "empty").mkdir()
    Library.restore(saved, tmp_path / "empty")


def test_an_interrupted_restoring_can_be_run_again(tmp_path: Path, saved: Path) -> None:
    home = tmp_path / "again"
    (home / ".restoring" / "files").mkdir(parents=True)
    (home / "files" / "abc").mkdir(parents=True)  # moved, but not the database
    Library.restore(saved, home)
    with Library.open(home, encoder=hash_encoder()) as again:
        assert again.verify() == []
    assert not (home / "files" / "abc").exists()


@pytest.mark.parametrize("where", [0.02, 0.3, 0.6, 0.9, 0.999])
def test_a_damaged_backup_makes_no_home(tmp_path: Path, saved: Path, where: float) -> None:
    whole = saved.read_bytes()
    place = int(len(whole) * where)
    cut, flipped = tmp_path / "cut", tmp_path / "flipped"
    cut.write_bytes(whole[:place])
    flipped.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
    with pytest.raises(ValueError, match=r"damaged|no backup|is not what"):
        Library.restore(cut, tmp_path / "home-cut")
    try:
        Library.restore(flipped, tmp_path / "home-flipped")
    except ValueError:
        assert list((tmp_path / "home-flipped").iterdir()) == []
    else:  # a bit that says nothing, such as a time
        with Library.open(tmp_path / "home-flipped", encoder=hash_encoder()) as again:
            assert again.verify() == []
    assert list((tmp_path / "home-cut").iterdir()) == []


def forged(path: Path, members: dict[str, bytes], **changes: object) -> Path:
    """An archive with a manifest that fits its members, but for the changes."""
    parts = [
        {"path": name, "size_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in members.items()
    ]
    manifest = {
        "format": backup.FORMAT, "schema_version": 2, "made_at": "", "collections": 0,
        "documents": 0, "passages": 0, "parts": parts, **changes,
    }  # fmt: skip
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        archive.writestr("manifest.json", json.dumps(manifest))
    return path


@pytest.mark.parametrize(
    "name", ["../outside", "/outside", "files/../../outside", "a\\..\\b", "C:/outside", "a//b", "."]
)
def test_no_part_leaves_the_home(tmp_path: Path, name: str) -> None:
    file = forged(tmp_path / "evil.quoth", {"library.db": b"", name: b"x"})
    with pytest.raises(ValueError, match="not those that"):
        Library.restore(file, tmp_path / "deep" / "home")
    assert not list(tmp_path.rglob("outside"))


def test_forged_manifests_are_refused(tmp_path: Path) -> None:
    newer = forged(tmp_path / "a", {"library.db": b""}, schema_version=99)
    with pytest.raises(ValueError, match=r"schema version 99.*upgrade Quoth"):
        Library.restore(newer, tmp_path / "home")
    part = {"path": "library.db", "size_bytes": 3, "sha256": hashlib.sha256(b"abc").hexdigest()}
    bomb = forged(tmp_path / "b", {"library.db": b"abc" + bytes(10_000_000)}, parts=[part])
    with pytest.raises(ValueError, match="is not what its manifest"):
        Library.restore(bomb, tmp_path / "home")
    huge = forged(tmp_path / "c", {"library.db": b"abc"}, parts=[{**part, "size_bytes": 1 << 60}])
    with pytest.raises(OSError, match="restoring needs"):
        Library.restore(huge, tmp_path / "home")
    for parts in ([], [{"path": 3}], 7, [part, part]):
        with pytest.raises(ValueError, match="manifest"):
            Library.restore(
                forged(tmp_path / "d", {"library.db": b"abc"}, parts=parts), tmp_path / "home"
            )
    (tmp_path / "e").write_bytes(os.urandom(1000))
    with pytest.raises(ValueError, match="no backup"):
        Library.restore(tmp_path / "e", tmp_path / "home")


def test_the_commands_say_what_they_did(
    tmp_path: Path, saved: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retriever.__main__._be_quiet", lambda: None)
    again, file = str(tmp_path / "again"), str(tmp_path / "second.quoth")
    assert main(["restore", str(saved), "--home", again]) == 0
    assert "3 documents in 2 collections" in capsys.readouterr().out
    assert main(["backup", file, "--home", again, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["file"], said["documents"]) == (file, 3)
    assert main(["restore", str(saved), "--home", again]) == 1
    assert "not empty" in capsys.readouterr().err
