"""The commands as a script outside meets them: output, exit status, one line of trouble."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from chatbot import desk
from chatbot.__main__ import main
from retriever import Library
from tests.retriever.hash_encoder import hash_encoder

TEXT = "The bell of Sankt Orran was cast by Mette Holm in 1714. It hangs in the north tower.\n"
KEYS = {
    "question", "answer", "confidence", "document", "page_number", "char_start", "char_end",
    "passage", "beside", "alternatives",
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    file = tmp_path_factory.mktemp("files") / "bell.txt"
    file.write_text(TEXT, encoding="utf-8")
    with Library.open(home) as library:
        assert library.add(file).state == "indexed"
        assert library.add(file, "other").state == "indexed"
    return home


def run(repo_root: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "chatbot", *arguments]
    return subprocess.run(
        command, cwd=repo_root, input=given, text=True, capture_output=True, check=False
    )


def test_ask_json_answers_every_line_of_standard_input(repo_root: Path, home: Path) -> None:
    questions = "Who cast the bell?\n\nHow deep is the harbour of Valparaiso?\n"
    done = run(repo_root, "ask", "-", "--home", str(home), "--json", given=questions)
    assert done.returncode == 0, done.stderr
    found, missing = map(json.loads, done.stdout.splitlines())
    assert set(found) == set(missing) == KEYS
    assert "Mette Holm" in found["answer"]
    assert TEXT[found["char_start"] : found["char_end"]] == found["answer"]
    assert (found["document"], found["page_number"]) == ("bell.txt", 1)
    assert 0 <= missing["confidence"] < found["confidence"] <= 1
    assert missing["answer"] is None


def test_a_byte_that_is_no_utf8_ends_no_batch(repo_root: Path, home: Path) -> None:
    command = [sys.executable, "-m", "chatbot", "ask", "-", "--home", str(home), "--json"]
    environment = os.environ | {"PYTHONIOENCODING": "utf-8:strict"}
    given = b"Who \xff cast the bell?\nWho cast the bell?\n"
    done = subprocess.run(
        command, cwd=repo_root, input=given, capture_output=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    first, second = map(json.loads, done.stdout.decode().splitlines())
    assert first["question"] == "Who \N{REPLACEMENT CHARACTER} cast the bell?"
    assert "Mette Holm" in second["answer"]


def test_ask_shows_a_person_the_sentence_and_the_page(repo_root: Path, home: Path) -> None:
    arguments = ("ask", "Who cast the bell?", "--home", str(home), "--collection", "other")
    done = run(repo_root, *arguments)
    assert done.returncode == 0, done.stderr
    assert "«Mette Holm»" in done.stdout
    assert "bell.txt · page 1" in done.stdout


def test_a_question_that_cannot_be_asked_costs_that_question_alone(
    repo_root: Path, home: Path
) -> None:
    arguments = ("ask", "-", "--home", str(home), "--collection", "other", "--json")
    done = run(repo_root, *arguments, given=f"{'w' * 501}\nWho cast the bell?\n")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    (row,) = map(json.loads, done.stdout.splitlines())
    assert "Mette Holm" in row["answer"]


@pytest.mark.parametrize("most, statuses", [(10, [2, 2]), (600, [0, 0]), (0, [0, 0])])
def test_the_longest_question_is_a_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, statuses: list[int]
) -> None:
    (tmp_path / "bell.txt").write_text(TEXT, encoding="utf-8")
    with Library.open(tmp_path / "home", encoder=hash_encoder()) as library:
        library.add(tmp_path / "bell.txt")
    opened = lambda settings: Library.open(settings.home, encoder=hash_encoder())  # noqa: E731
    monkeypatch.setattr(desk, "open_library", opened)
    monkeypatch.setattr(desk, "open_reader", lambda _: MagicMock(read=lambda *_, **__: []))
    monkeypatch.setenv("QUOTH_QUESTION_CHARS", str(most))
    monkeypatch.setattr(sys, "stdin", StringIO("w" * 501))
    home = ["--home", str(tmp_path / "home")]
    assert [main(["ask", asked, *home]) for asked in ("w" * 501, "-")] == statuses


def test_a_mistyped_collection_is_said(repo_root: Path, home: Path) -> None:
    done = run(repo_root, "ask", "Who?", "--home", str(home), "--collection", "othr", "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert "no collection 'othr'" in done.stderr
    assert done.stderr.rstrip().endswith("it has default, other")


def test_chat_answers_until_an_empty_line(repo_root: Path, home: Path) -> None:
    done = run(
        repo_root,
        "chat",
        "--home",
        str(home),
        given="Who cast it?\nWho cast the bell?\nwhere does it hang?\n\n",
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("read as") == 1
    assert "«Mette Holm»" in done.stdout
    assert "read as: Where does the bell hang?" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("dance",),
        ("ask",),
        ("ask", "Who?", "--threshold", "7"),
        ("ask", " "),
        ("ask", "w" * 501),
        ("serve", "--port", "99999"),
    ],
)
def test_misuse_ends_with_2(repo_root: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    homed = (*arguments, "--home", str(tmp_path)) if arguments[1:] else arguments
    done = run(repo_root, *homed)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


def test_failure_ends_with_1_and_one_line(repo_root: Path, tmp_path: Path) -> None:
    file = tmp_path / "a file"
    file.write_text("not a folder")
    done = run(repo_root, "ask", "Who?", "--home", str(file))
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "a file" in done.stderr


def test_a_home_without_a_library_is_told_and_left_as_it_was(
    repo_root: Path, tmp_path: Path
) -> None:
    done = run(repo_root, "ask", "Who?", "--home", str(tmp_path / "typo"), "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert "no library in" in done.stderr
    assert not (tmp_path / "typo").exists()


def test_corrections_of_no_library_are_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, out = tmp_path / "none", tmp_path / "out.json"
    assert main(["corrections", "--home", str(home), "--out", str(out)]) == 1
    assert "no library in" in capsys.readouterr().err
    assert not home.exists()
    assert not out.exists()


@pytest.mark.parametrize(
    ("counts", "said"),
    [((4, 1), "1 example from 4 verdicts"), ((1, 0), "0 examples from 1 verdict")],
)
def test_corrections_are_counted_in_words(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    counts: tuple[int, int],
    said: str,
) -> None:
    monkeypatch.setattr("chatbot.corrections.write_corrections", lambda *_: counts)
    assert main(["corrections", "--home", str(home), "--out", "out.json"]) == 0
    assert capsys.readouterr().out == f"{said}: out.json\n"
