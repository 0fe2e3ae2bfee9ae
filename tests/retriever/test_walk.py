"""Which files there are to add: below folders, without the library's own, and none that waits."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from retriever.intake.walk import files_below, is_empty_folder, is_gone, is_readable


def test_the_own_folder_is_known_however_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docs, home = tmp_path / "docs", tmp_path / "docs" / "quoth"
    home.mkdir(parents=True)
    for path in (docs / "a.txt", home / "library.db"):
        path.write_text("a")
    monkeypatch.chdir(home)
    (tmp_path / "link").symlink_to(docs)
    for folder, own in ((Path(".."), Path()), (docs, Path()), (tmp_path / "link", home)):
        assert list(files_below([folder], own)) == [folder / "a.txt"]
    assert list(files_below([Path("../a.txt"), Path("none.txt")], home)) == [
        Path("../a.txt"),
        Path("none.txt"),
    ]


def test_litter_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "__MACOSX").mkdir()
    for name in ("a.docx", "~$a.docx", "Desktop.ini", "Thumbs.db", "__MACOSX/a.docx"):
        (tmp_path / name).write_text("a")
    assert list(files_below([tmp_path], tmp_path / "home")) == [tmp_path / "a.docx"]


def test_a_folder_that_cannot_be_looked_into_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "link").symlink_to(tmp_path / "none.txt")
    scan, look = os.scandir, Path.stat

    def refused(path: Path) -> PermissionError:
        return PermissionError(13, "Permission denied", str(path))

    def scandir(path: Path) -> object:
        if Path(path) == closed:
            raise refused(path)
        return scan(path)

    def stat(path: Path, **how: bool) -> os.stat_result:
        if path.parent == closed:
            raise refused(path)
        return look(path, **how)

    monkeypatch.setattr(os, "scandir", scandir)
    assert list(files_below([tmp_path], tmp_path / "home")) == [tmp_path / "a.txt", closed]
    assert not is_empty_folder(tmp_path)
    monkeypatch.setattr(Path, "stat", stat)
    assert not is_gone(closed / "b.txt") and is_gone(tmp_path / "b.txt")


def test_what_is_no_file_is_not_readable(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    assert is_readable(tmp_path / "a.txt")
    assert not is_readable(tmp_path / "none.txt")
    assert not is_readable(tmp_path)
    assert not is_readable(Path(os.devnull))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert not is_readable(tmp_path / "pipe")
