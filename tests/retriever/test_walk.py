"""Which files there are to add: below folders, without the library's own, and none that waits."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from retriever.intake.walk import files_below, is_readable


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
