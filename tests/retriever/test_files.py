"""Originals on disk: received whole, kept under their hash, swept when nobody wants them."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import time
from pathlib import Path
from typing import IO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retriever.care.housekeeping import _remove_abandoned
from retriever.files import ABANDONED_AFTER_S, Files
from retriever.trouble import NoSpace


def aged(path: Path, age_s: float) -> None:
    moment = time.time() - age_s
    os.utime(path, (moment, moment))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=5000))
def test_bytes_arrive_whole_under_their_hash(tmp_path: Path, content: bytes) -> None:
    source, files = tmp_path / "source", Files(tmp_path / "files")
    source.write_bytes(content)
    incoming = files.receive(source)
    assert incoming.sha256 == hashlib.sha256(content).hexdigest()
    assert incoming.size_bytes == len(content)
    files.keep("key", incoming)
    assert files.path("key", incoming.sha256).read_bytes() == content
    assert not incoming.path.exists()
    incoming.discard()  # kept: nothing left to discard
    assert files.path("key", incoming.sha256).exists()


def test_what_is_not_kept_is_gone(tmp_path: Path) -> None:
    files = Files(tmp_path)
    source = tmp_path / "source"
    source.write_bytes(b"text")
    files.receive(source).discard()
    assert list(tmp_path.iterdir()) == [source]


def test_nothing_is_made_for_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Files(tmp_path / "files").receive(tmp_path / "none")
    assert not (tmp_path / "files").exists()


def test_sweeping_keeps_what_is_wanted(tmp_path: Path) -> None:
    files = Files(tmp_path)
    (tmp_path / "key").mkdir()
    for name in ("aa", "bb", "cc"):
        files.path("key", name).write_bytes(b"x")
    files.sweep("key", ["bb", "never there"])
    assert files.names("key") == {"bb"}
    files.sweep("no such key", [])
    assert files.names("no such key") == set()


def test_only_abandoned_copies_are_swept(tmp_path: Path) -> None:
    files, source = Files(tmp_path / "files"), tmp_path / "source"
    source.write_bytes(b"text")
    old, young, touched = (files.receive(source) for _ in range(3))
    for incoming in (old, touched):
        aged(incoming.path, ABANDONED_AFTER_S + 60)
    touched.touch()  # its embedding still goes on
    files.sweep_incoming()
    assert [i.path.exists() for i in (old, young, touched)] == [False, True, True]


def test_a_copy_at_work_is_young_however_long_it_waited(tmp_path: Path) -> None:
    files, source = Files(tmp_path / "files"), tmp_path / "source"
    source.write_bytes(b"text")
    incoming = files.receive(source)
    name = files.enqueue(incoming)
    aged(files.root / name, ABANDONED_AFTER_S + 60)
    at_work = files.dequeue(name, incoming.sha256, incoming.size_bytes)
    files.sweep_incoming()
    assert at_work.path.read_bytes() == b"text"


def refuse(*_: object) -> None:
    raise OSError(errno.EPERM, "no links here")


def test_where_files_cannot_be_linked_they_are_copied_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, source = Files(tmp_path / "files"), tmp_path / "source"
    source.write_bytes(b"text")
    incoming = files.receive(source)
    name = files.enqueue(incoming)
    synced: list[int] = []
    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(os, "fsync", synced.append)
    at_work = files.dequeue(name, incoming.sha256, incoming.size_bytes)
    assert at_work.path.read_bytes() == b"text"
    assert len(synced) == 1
    assert at_work.path.stat().st_mode & 0o077 == 0 or os.name != "posix"
    with pytest.raises(FileNotFoundError):
        files.dequeue("never there", incoming.sha256, incoming.size_bytes)


def test_a_copy_that_found_no_room_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files, source = Files(tmp_path / "files"), tmp_path / "source"
    source.write_bytes(b"text")
    incoming = files.receive(source)
    name = files.enqueue(incoming)

    def full(_reading: object, writing: IO[bytes], _length: int) -> None:
        writing.write(b"te")
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(NoSpace):
        files.dequeue(name, incoming.sha256, incoming.size_bytes)
    assert [path.name for path in files.root.iterdir()] == [name]


def test_only_old_folders_of_unknown_collections_are_removed(tmp_path: Path) -> None:
    for name in ("known", "old", "young"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_bytes(b"x")
    for name in ("known", "old"):
        aged(tmp_path / name, ABANDONED_AFTER_S + 60)
    _remove_abandoned(tmp_path, {"known"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["known", "young"]


def test_a_folder_that_another_process_removed_is_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Files, "keys", lambda _: {"gone a moment ago"})
    _remove_abandoned(tmp_path, set())
