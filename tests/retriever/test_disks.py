"""A full disk and a home that cannot be written: a clear error, nothing lost, still searched."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from retriever import Library
from retriever.__main__ import main
from retriever.trouble import NoSpace, NotWritable
from tests.retriever.hash_encoder import hash_encoder

WriteFile = Callable[[str, str], Path]

WYE = "The Wye flows from Plynlimon to the Severn. It passes Hay, Hereford and Ross."
ORIGIN = "On the Origin of Species appeared on 24 November 1859. Darwin wrote it in Kent."


def mount(*arguments: str) -> None:
    """Mounts, or skips the test with what the system said."""
    if shutil.which("mount") is None or os.name != "posix" or os.geteuid():
        pytest.skip("only root may mount a disk of a few megabytes")
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"mounting is not allowed here: {done.stderr.strip()}")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", "size=3m", "quoth-test", str(folder))
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def written(tmp_path: Path, write_file: WriteFile) -> Path:
    """A home with two documents, closed."""
    with Library.open(tmp_path / "home", encoder=hash_encoder()) as library:
        library.add(write_file("wye.txt", WYE))
        library.add(write_file("origin.txt", ORIGIN))
    return tmp_path / "home"


@pytest.fixture
def read_only(written: Path) -> Iterator[Path]:
    """The same home where nothing can be written, by a mount for root, by its mode for others."""
    if os.name != "posix":
        pytest.skip("needs modes of files")
    if os.geteuid():
        folders = [written, *(path for path in written.rglob("*") if path.is_dir())]
        for folder in folders:
            folder.chmod(0o500)
        yield written
        for folder in folders:
            folder.chmod(0o700)
        return
    mount("--bind", str(written), str(written))
    try:
        mount("-o", "remount,ro,bind", str(written))
        yield written
    finally:
        subprocess.run(["umount", "--lazy", str(written)], check=True)


def fill(library: Library, write_file: WriteFile) -> list[str]:
    """Adds documents until there is no space; names of those that were acknowledged."""
    names: list[str] = []
    for number in range(1000):
        text = f"Document number{number} fills the disk with its words. " * 80
        try:
            names.append(library.add(write_file(f"{number}.txt", text)).name)
        except NoSpace as error:
            assert "free some, then try again" in str(error)
            return names
    raise AssertionError("the disk is larger than it should be")


def test_a_full_disk_loses_nothing(small_disk: Path, tmp_path: Path, write_file: WriteFile) -> None:
    with Library.open(small_disk / "home", encoder=hash_encoder()) as library:
        library.add(write_file("wye.txt", WYE))
        names = ["wye.txt", *fill(library, write_file)]
        assert len(names) > 5
        assert not list(small_disk.glob("home/files/.incoming-*"))
        more = write_file("more.txt", ORIGIN * 500)
        for act in (
            lambda: library.add(more),
            lambda: library.queue.enqueue([more]),
            lambda: library.back_up(small_disk / "home.quoth"),
        ):
            with pytest.raises(NoSpace, match="no space is left"):
                act()
        assert [document.name for document in library.documents()] == names
        assert "Plynlimon" in library.text(1)
    assert sorted(path.name for path in small_disk.iterdir()) == ["home"]
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    with Library.open(small_disk / "home", encoder=hash_encoder()) as library:
        assert [document.name for document in library.documents()] == names
        assert library.verify() == []
        for name in names[1:]:
            [hit] = library.search(f"number{name.removesuffix('.txt')}", 1)
            assert hit.passage.document_name == name
        library.remove([1])
        assert library.add(more).state == "indexed"
        assert library.verify() == []


def test_an_index_survives_a_full_disk(small_disk: Path, write_file: WriteFile) -> None:
    with Library.open(small_disk / "home", encoder=hash_encoder()) as library:
        library.add(write_file("wye.txt", WYE))
        assert library.search("Wye", 1)
        free = shutil.disk_usage(small_disk).free
        (small_disk / "filler").write_bytes(bytes(free))
        assert library.search("Wye", 1)  # nothing to follow, nothing to write
        with pytest.raises(NoSpace):
            library.rebuild()
        (small_disk / "filler").unlink()
        assert library.search("Wye", 1)
        assert library.verify() == []


def test_a_read_only_home_is_searched_and_left_alone(
    read_only: Path, write_file: WriteFile
) -> None:
    before = {path: path.stat().st_mtime_ns for path in read_only.rglob("*")}
    with Library.open(read_only, encoder=hash_encoder()) as library:
        assert library.search("Darwin", 1)[0].passage.text == ORIGIN
        assert library.search("Wye", 1)[0].passage.text == WYE
        assert library.text(1) == WYE
        assert library.read_only
        assert library.verify() == []
        with library.worker():
            assert library.queue.jobs() == []
        for act in (
            lambda: library.add(write_file("new.txt", "Something else.")),
            lambda: library.queue.enqueue([write_file("new.txt", "Something else.")]),
            lambda: library.remove([1]),
            lambda: library.remove_collection("default"),
            library.rebuild,
        ):
            with pytest.raises(NotWritable, match="searching works, adding and removing need"):
                act()
        copy = library.home.parent / "copy.quoth"
        library.back_up(copy)
    assert {path: path.stat().st_mtime_ns for path in read_only.rglob("*")} == before
    Library.restore(copy, copy.with_suffix(".home"))
    with Library.open(copy.with_suffix(".home"), encoder=hash_encoder()) as library:
        assert library.verify() == []
        library.remove([1])


def test_a_read_only_home_without_indexes_is_searched(written: Path, tmp_path: Path) -> None:
    shutil.rmtree(written / "indexes")
    mount("--bind", str(written), str(written))
    try:
        mount("-o", "remount,ro,bind", str(written))
        with Library.open(written, encoder=hash_encoder()) as library:
            assert library.search("Darwin", 1)[0].passage.text == ORIGIN
            assert library.verify() == []
    finally:
        subprocess.run(["umount", "--lazy", str(written)], check=True)


def test_what_a_crash_left_in_the_log_is_read(tmp_path: Path, write_file: WriteFile) -> None:
    crashed = tmp_path / "crashed"
    with Library.open(tmp_path / "home", encoder=hash_encoder()) as library:
        library.add(write_file("wye.txt", WYE))
        shutil.copytree(tmp_path / "home", crashed)  # as a process that was killed leaves it
    assert (crashed / "library.db-wal").stat().st_size > 0
    for has_shared_memory in (True, False):
        if not has_shared_memory:
            (crashed / "library.db-shm").unlink()
        mount("--bind", str(crashed), str(crashed))
        try:
            mount("-o", "remount,ro,bind", str(crashed))
            if has_shared_memory:
                with Library.open(crashed, encoder=hash_encoder()) as library:
                    assert library.search("Wye", 1)[0].passage.text == WYE
                    assert library.verify() == []
            else:
                with pytest.raises(NotWritable, match="open the library once where it can be"):
                    Library.open(crashed, encoder=hash_encoder())
        finally:
            subprocess.run(["umount", "--lazy", str(crashed)], check=True)


def test_a_reader_sees_what_a_writer_adds_beside_it(
    written: Path, tmp_path: Path, write_file: WriteFile
) -> None:
    """The same home, mounted read-only in a second place while the first is written."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    mount("--bind", str(written), str(elsewhere))
    try:
        mount("-o", "remount,ro,bind", str(elsewhere))
        with (
            Library.open(elsewhere, encoder=hash_encoder()) as reader,
            Library.open(written, encoder=hash_encoder()) as writer,
        ):
            assert len(reader.documents()) == 2
            writer.add(write_file("new.txt", "Something about lighthouses."))
            assert "lighthouses" in reader.search("lighthouses", 1)[0].passage.text
            writer.remove([1])
            assert reader.verify() == []
            assert [d.name for d in reader.documents()] == ["origin.txt", "new.txt"]
    finally:
        subprocess.run(["umount", "--lazy", str(elsewhere)], check=True)


def test_the_command_line_says_it_in_one_line(
    read_only: Path,
    write_file: WriteFile,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("retriever.__main__._be_quiet", lambda: None)
    path = write_file("new.txt", "Something else.")
    assert main(["add", str(path), "--home", str(read_only)]) == 1
    said = capsys.readouterr()
    assert len(said.err.splitlines()) == 1
    assert "read-only" in said.err
    assert main(["list", "--home", str(read_only)]) == 0
    assert "wye.txt" in capsys.readouterr().out


def test_a_home_that_cannot_be_made_says_what_to_do(read_only: Path) -> None:
    with pytest.raises(NotWritable, match=r"no library can be made in .*; let this user"):
        Library.open(read_only / "new", encoder=hash_encoder())
