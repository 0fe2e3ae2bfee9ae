"""A home is its user's alone: what is made is private, what is there is tightened."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from retriever import Library
from retriever.private import make_folder, tighten
from tests.retriever.hash_encoder import hash_encoder

WriteFile = Callable[[str, str], Path]
WYE = "The Wye flows from Plynlimon to the Severn. It passes Hay, Hereford and Ross."

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs modes of files")


@pytest.fixture(autouse=True)
def generous() -> Iterator[None]:
    """A system that lets everybody read what is made."""
    before = os.umask(0o000)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> dict[str, str]:
    """What others may do with a folder and all below it: paths with their modes."""
    every = [folder, *folder.rglob("*")]
    modes = {str(path.relative_to(folder)): path.lstat().st_mode for path in every}
    return {name: oct(mode) for name, mode in modes.items() if mode & 0o077}


def test_what_the_library_makes_is_private(tmp_path: Path, write_file: WriteFile) -> None:
    home, backup = tmp_path / "deep" / "home", tmp_path / "quoth.backup"
    with Library.open(home, encoder=hash_encoder()) as library:
        document = library.add(write_file("wye.txt", WYE))
        library.queue.enqueue([write_file("later.txt", f"{WYE} Later.")])
        assert library.search("Where does the Wye flow?")
        assert open_to_others(home) == {}
        library.remove([document.id])
        library.add(write_file("again.txt", f"{WYE} Again."))
        library.rebuild()
        library.back_up(backup)
    assert open_to_others(home.parent) == {}
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    Library.restore(backup, tmp_path / "again")
    assert open_to_others(tmp_path / "again") == {}


def test_a_backup_that_others_could_read_is_replaced_by_a_private_one(
    tmp_path: Path, write_file: WriteFile
) -> None:
    backup = tmp_path / "quoth.backup"
    backup.write_bytes(b"old")
    with Library.open(tmp_path / "home", encoder=hash_encoder()) as library:
        library.back_up(backup)
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600


def test_the_command_line_makes_a_private_home(tmp_path: Path, write_file: WriteFile) -> None:
    home = tmp_path / "home"
    file = write_file("wye.txt", WYE)
    command = [sys.executable, "-m", "retriever", "add", str(file), "--home", str(home)]
    subprocess.run(command, check=True, capture_output=True)
    assert open_to_others(home) == {}


def test_an_open_home_is_tightened_when_it_is_opened_for_writing(
    tmp_path: Path, write_file: WriteFile
) -> None:
    home = tmp_path / "home"
    with Library.open(home, encoder=hash_encoder()) as library:
        library.add(write_file("wye.txt", WYE))
    (home / "readers").mkdir()
    (home / "users.json").write_text("{}")
    for path in [home, *home.rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o666)
    Library.open(home, encoder=hash_encoder()).close()
    assert open_to_others(home) == {}


def test_modes_are_narrowed_and_never_widened_and_links_are_not_followed(tmp_path: Path) -> None:
    outside, home = tmp_path / "outside", tmp_path / "home"
    make_folder(home / "inner")
    outside.write_text("not of the home")
    outside.chmod(0o644)
    (home / "link").symlink_to(outside)
    (home / "kept.txt").write_text("x")
    (home / "kept.txt").chmod(0o444)
    tighten(home)
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644
    assert stat.S_IMODE((home / "kept.txt").stat().st_mode) == 0o400


def test_what_belongs_to_somebody_else_is_left_alone(tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("only root may give files away")
    other = tmp_path / "other"
    other.mkdir(mode=0o755)
    os.chown(other, 12345, 12345)
    tighten(other)
    assert stat.S_IMODE(other.stat().st_mode) == 0o755
