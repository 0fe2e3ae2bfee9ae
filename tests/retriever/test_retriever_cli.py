"""The commands, run as a person or a script runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from retriever.__main__ import main

WriteFile = Callable[[str, str], Path]

WYE = "The Wye flows from Plynlimon to the Severn. It passes Hay, Hereford and Ross."
ORIGIN = "On the Origin of Species appeared on 24 November 1859. Darwin wrote it in Kent."


class Shell:
    """Runs commands on one library within this process."""

    def __init__(self, home: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.home, self._capture = home, capture
        self.status, self.errors = 0, ""

    def __call__(self, *words: object) -> list[str]:
        """Lines that the command printed; its status and errors are kept."""
        self._capture.readouterr()
        try:
            self.status = main([str(word) for word in words] + ["--home", str(self.home)])
        except SystemExit as end:
            self.status = int(str(end.code))
        out, self.errors = self._capture.readouterr()
        return out.splitlines()

    def json(self, *words: object) -> list[dict[str, Any]]:
        """The same with ``--json``."""
        return [json.loads(line) for line in self(*words, "--json")]


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    monkeypatch.setattr("retriever.__main__._be_quiet", lambda: None)  # it is for whole processes
    return Shell(tmp_path / "home", capsys)


def test_a_whole_life(shell: Shell, write_file: WriteFile) -> None:
    wye, empty = write_file("wye.txt", WYE), write_file("empty.txt", "")
    origin = write_file("origin.txt", ORIGIN)

    lines = shell.json("add", wye, origin)
    assert shell.status == 0
    final = [line for line in lines if "progress" not in line]
    assert [line["path"] for line in final] == [str(wye), str(origin)]
    assert all(line["state"] == "indexed" and line["pages"] == 1 for line in final)
    assert {line["state"] for line in lines if "progress" in line} == {"parsing", "embedding"}

    [failed] = [line for line in shell.json("add", empty) if "progress" not in line]
    assert (shell.status, failed["state"]) == (1, "empty")
    assert failed["reason"]
    assert len(shell.errors.splitlines()) == 1

    hits = shell.json("search", "When did Darwin publish the Origin?", "--k", 1)
    assert len(hits) == 1
    assert hits[0]["question"] == "When did Darwin publish the Origin?"
    assert hits[0]["document"] == "origin.txt"
    assert hits[0]["page_number"] == 1
    assert ORIGIN[hits[0]["char_start"] : hits[0]["char_end"]] == hits[0]["text"]
    assert hits[0]["score"] > 0

    listed = shell.json("list")
    assert [line["name"] for line in listed] == ["wye.txt", "origin.txt", "empty.txt"]
    assert shell.json("stats") == [
        {"collections": 1, "documents": 3, "passages": 2, "size_bytes": len(WYE) + len(ORIGIN)}
    ]
    assert shell.json("verify") == [{"differences": 0}]

    gone = shell.json("remove", "wye.txt", listed[1]["id"])
    assert [line["document"] for line in gone] == ["wye.txt", "origin.txt"]
    assert shell.json("search", "Darwin") == []
    assert shell.status == 0
    shell.json("rebuild")
    assert shell.status == 0


def test_for_people(shell: Shell, write_file: WriteFile) -> None:
    wye = write_file("wye.txt", WYE)
    assert shell("add", wye) == [f"{wye}: 1 page, 1 passage"]
    assert shell("list") == ["     1  wye.txt: 1 page, 1 passage"]
    assert shell("search", "Wye") == ["  1. wye.txt, page 1", f"     {WYE}"]
    assert shell("verify") == ["database, indexes and files agree"]
    assert shell("stats") == ["1 documents in 1 collections, 1 passages, 0.0 MB of files"]
    assert shell("remove", "wye.txt") == ["removed wye.txt (1)"]
    assert shell("search", "Wye") == ["nothing found"]


def test_collections_by_name(shell: Shell, write_file: WriteFile) -> None:
    shell("add", write_file("wye.txt", WYE), "--collection", "a")
    shell("add", write_file("origin.txt", ORIGIN), "--collection", "b")
    assert shell.json("list") == []
    both = shell.json("search", "Wye", "--collection", "a", "--collection", "b")
    assert [line["document"] for line in both] == ["wye.txt", "origin.txt"]
    shell("remove", "wye.txt", "--collection", "b")
    assert shell.status == 1
    assert len(shell.json("list", "--collection", "a")) == 1


def test_the_library_does_not_add_itself(shell: Shell, write_file: WriteFile) -> None:
    folder = write_file("wye.txt", WYE).parent
    shell.home = folder / "library"
    for _ in range(2):
        shell("add", folder)
        assert shell.status == 0
    assert [line["name"] for line in shell.json("list")] == ["wye.txt"]


def test_a_folder_without_files_is_told(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    assert shell("add", tmp_path / "nothing") == []
    assert shell.status == 1
    assert "no files to add" in shell.errors


def test_folders_are_walked_hidden_files_left_out(shell: Shell, write_file: WriteFile) -> None:
    folder = write_file("b.txt", WYE).parent
    (folder / "below").mkdir()
    (folder / "below" / "a.txt").write_text(ORIGIN)
    (folder / ".hidden").write_text("not this one")
    final = [line for line in shell.json("add", folder) if "progress" not in line]
    assert [line["document"] for line in final] == ["b.txt", "a.txt"]


def test_a_missing_file_does_not_stop_the_others(shell: Shell, write_file: WriteFile) -> None:
    wye = write_file("wye.txt", WYE)
    lines = shell.json("add", wye.parent / "none.txt", wye)
    assert shell.status == 1
    final = [line for line in lines if "progress" not in line]
    assert [line["state"] for line in final] == ["broken", "indexed"]
    assert "No such file" in final[0]["reason"]
    assert "none.txt" in shell.errors


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_what_is_no_file_does_not_stop_the_others(shell: Shell, write_file: WriteFile) -> None:
    wye = write_file("wye.txt", WYE)
    os.mkfifo(wye.with_name("pipe"))
    paths = (wye.with_name("pipe"), os.devnull, wye)
    final = finals(shell.json("add", *paths))
    assert [line["state"] for line in final] == ["broken", "broken", "indexed"]
    assert (shell.status, final[0]["reason"]) == (1, "not a regular file")
    wye.write_text(ORIGIN)
    queued = shell.json("add", *paths, "--later")
    assert [line["state"] for line in queued] == ["broken", "broken", "waiting"]
    assert shell.status == 1
    assert "2 of the files could not be queued, the first: pipe" in shell.errors


@pytest.mark.parametrize(
    "words",
    [(), ("fly",), ("add",), ("search", "x", "--k", "0"), ("search", "x", "--k", "many")],
)
def test_misuse_exits_with_2(shell: Shell, words: tuple[str, ...]) -> None:
    shell(*words)
    assert shell.status == 2
    assert shell.errors


def test_failures_are_one_line(shell: Shell, write_file: WriteFile) -> None:
    for words in (("list",), ("search", "x"), ("remove", "1"), ("verify",)):
        assert shell(*words) == []
        assert (shell.status, len(shell.errors.splitlines())) == (1, 1)
        assert "no library in" in shell.errors
    shell("add", write_file("wye.txt", WYE))
    assert shell("remove", "none.txt") == []
    assert (shell.status, shell.errors) == (
        1,
        "no document 'none.txt' in default: see the list command\n",
    )
    (shell.home / "library.db").write_bytes(b"no database" * 100)
    assert shell("list") == []
    assert (shell.status, len(shell.errors.splitlines())) == (1, 1)


def test_questions_from_standard_input_and_silent_libraries(
    tmp_path: Path, write_file: WriteFile, repo_root: Path
) -> None:
    """In a process of its own: nothing but our lines may reach either stream."""

    def run(*words: object, given: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "retriever", *map(str, words), "--home", str(home)]
        return subprocess.run(
            command, input=given, capture_output=True, text=True, cwd=repo_root, check=False
        )

    home = tmp_path / "home"
    added = run("add", write_file("wye.txt", WYE), write_file("origin.txt", ORIGIN), "--json")
    assert (added.returncode, added.stderr) == (0, "")
    assert all(json.loads(line)["state"] for line in added.stdout.splitlines())
    asked = run("search", "-", "--k", 1, "--json", given="Who wrote it?\n\nWo fließt der Wye?\n")
    assert (asked.returncode, asked.stderr) == (0, "")
    lines = [json.loads(line) for line in asked.stdout.splitlines()]
    assert [line["question"] for line in lines] == ["Who wrote it?", "Wo fließt der Wye?"]
    assert [line["document"] for line in lines] == ["origin.txt", "wye.txt"]


def test_a_search_is_restricted(shell: Shell, write_file: WriteFile) -> None:
    shell("add", write_file("wye.txt", WYE), write_file("origin.md", ORIGIN))

    def documents(*options: object) -> set[str]:
        return {hit["document"] for hit in shell.json("search", "Wye Darwin", *options)}

    assert documents() == {"wye.txt", "origin.md"}
    assert documents("--document", "wye.txt") == documents("--document", 1) == {"wye.txt"}
    assert documents("--document", 1, "--document", 2) == documents()
    assert documents("--type", "md") == documents("--type", "text/markdown") == {"origin.md"}
    assert documents("--since", "2020-01-01", "--page", 1) == documents()
    assert documents("--before", "2020-01-01T10:00+02:00") == documents("--page", "2-9") == set()
    assert shell("search", "Wye", "--page", 2) == ["nothing found"]
    for unknown in (("--document", "x.pdf"), ("--type", "pdf")):
        shell("search", "Wye", *unknown)
        assert shell.status == 1 and "see the list command" in shell.errors
    for wrong in (
        ("--page", "7-3"), ("--page", "0"), ("--page", f"1-{10**30}"), ("--since", "yesterday"),
        ("--since", "0001-01-01T00:00+14:00"),
    ):  # fmt: skip
        shell("search", "Wye", *wrong)
        assert shell.status == 2 and "expected a" in shell.errors


def test_a_mistyped_collection_is_said(shell: Shell, write_file: WriteFile) -> None:
    shell("add", write_file("wye.txt", WYE), "--collection", "rivers")
    for words in (
        ("search", "Wye", "--collection", "rivers", "--collection", "river"),
        ("list", "--collection", "river"),
        ("remove", "1", "--collection", "river"),
    ):
        assert shell(*words) == []
        assert shell.status == 1
        assert "no collection 'river'" in shell.errors
        assert shell.errors.rstrip().endswith("it has rivers")
    assert shell("search", "Wye") == []
    assert "no collection 'default'" in shell.errors
    assert shell.json("search", "Wye", "--collection", "rivers")


def finals(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line for line in lines if "progress" not in line]


def test_adding_a_folder_again_brings_the_library_in_line(
    shell: Shell, write_file: WriteFile
) -> None:
    wye, origin = write_file("wye.txt", WYE), write_file("origin.txt", ORIGIN)
    shell("add", wye.parent)
    wye.write_text(WYE.replace("Wye", "Usk"))
    origin.unlink()
    [changed] = finals(shell.json("add", wye.parent))
    assert (changed["document"], changed["outcome"]) == ("wye.txt", "replaced")
    assert shell("add", wye.parent) == [f"{wye}: 1 page, 1 passage (unchanged)"]
    assert len(shell("list")) == 2
    lines = shell("add", wye.parent, "--prune")
    assert lines[1].startswith("removed origin.txt")
    assert [line["name"] for line in shell.json("list")] == ["wye.txt"]
    wye.unlink()
    assert shell("add", wye.parent, "--prune") == []  # where a disk was mounted, maybe
    assert shell.status == 1 and f"{wye.parent} is empty" in shell.errors
    write_file(".kept", "")
    [gone] = shell.json("add", wye.parent, "--prune")
    assert (shell.status, gone["state"]) == (0, "removed")
    assert shell("list") == []


def test_files_are_queued_cancelled_and_worked_on(shell: Shell, write_file: WriteFile) -> None:
    wye, empty = write_file("wye.txt", WYE), write_file("empty.txt", "")
    assert shell("add", wye, empty, "--later") == [
        "     1  wye.txt: waiting",
        "     2  empty.txt: waiting",
    ]
    assert shell("cancel", 1) == ["     1  wye.txt: cancelled"]
    ended = shell.json("work")
    assert [(line["name"], line["state"]) for line in ended] == [("empty.txt", "empty")]
    assert shell("retry", 1) == ["     1  wye.txt: waiting"]
    assert shell("work") == ["     1  wye.txt: indexed"]
    assert [line["state"] for line in shell.json("jobs")] == ["indexed", "empty"]
    assert shell("retry", 1) == []
    assert (shell.status, len(shell.errors.splitlines())) == (1, 1)
    [lost] = shell.json("add", wye.parent / "none.txt", "--later")
    assert (shell.status, lost["state"]) == (1, "broken")
    assert "none.txt" in shell.errors
    assert shell("cancel", 99) == []
    assert "no job 99 in default" in shell.errors
    assert shell("cancel", 10**30) == []
    assert (shell.status, len(shell.errors.splitlines())) == (1, 1)


def test_nothing_is_waited_for_where_nothing_can_be_written(
    shell: Shell, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell("add", write_file("wye.txt", WYE), "--later")
    monkeypatch.setattr("retriever.library._is_read_only", lambda home: True)
    assert shell("work") == []
    assert shell.status == 1
    assert "the library cannot be written" in shell.errors


def test_an_archive_is_added_file_by_file(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "rivers.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("wye.txt", WYE)
        archive.writestr("inner/origin.txt", ORIGIN)
    assert sorted(shell("add", path)) == [
        f"{path}/inner/origin.txt: indexed",
        f"{path}/wye.txt: indexed",
        f"{path}: indexed",
    ]
    assert shell.status == 0
    [hit] = shell.json("search", "When did the Origin appear?", "--k", 1)
    assert hit["document"] == "rivers.zip/inner/origin.txt"


def test_pruning_an_archive_keeps_what_is_in_it(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "rivers.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("wye.txt", WYE)
    lines = shell("add", path, "--prune")
    assert not [line for line in lines if line.startswith("removed")]
    assert [line["name"] for line in shell.json("list")] == ["rivers.zip/wye.txt"]


def test_nothing_is_pruned_for_a_folder_that_is_missing(
    shell: Shell, write_file: WriteFile
) -> None:
    folder = write_file("wye.txt", WYE).parent
    shell("add", folder)
    folder.rename(folder.with_name("elsewhere"))  # as a disk that is not mounted
    assert not [line for line in shell("add", folder, "--prune") if line.startswith("removed")]
    assert shell.status == 1
    assert f"{folder} is not there: nothing that came from it was removed" in shell.errors
    assert [line["name"] for line in shell.json("list")] == ["wye.txt"]


def test_an_archive_that_left_the_queue_is_not_waited_for(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rivers.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("wye.txt", WYE)
    monkeypatch.setattr("retriever.intake.queue.Queue.jobs", lambda queue, collections: [])
    assert shell("add", path) == [f"{path}: broken: it was taken off the queue meanwhile"]
    assert shell.status == 1
