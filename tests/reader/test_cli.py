"""The reader's command line: JSON out, exit status 0, 1 and 2, one line on standard error."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from chatbot.views.terminal import ReplyFields
from reader.__main__ import main

TEXT = "Übersicht: The Eiffel Tower was completed on 31 March 1889.\r\nIt is 330 metres tall."


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tower.txt"
    path.write_bytes(TEXT.encode())
    return path


def test_ask_prints_one_json_object(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "When was the Eiffel Tower completed?", str(file), "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["answer"] == "31 March 1889"
    assert TEXT[row["char_start"] : row["char_end"]] == "31 March 1889"
    assert (row["document"], row["page_number"]) == (str(file), 1)
    assert row["passage"] == TEXT
    assert 0 < row["confidence"] <= 1
    assert all(
        set(other) | {"question", "beside", "alternatives"} == set(row)
        for other in row["alternatives"]
    )
    assert row["beside"] == []
    assert set(row) == ReplyFields.__required_keys__


def test_abstaining_prints_the_same_fields(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "Who was the pope in 1378?", str(file), "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["answer"] is row["document"] is row["char_start"] is row["passage"] is None
    assert 0 <= row["confidence"] < 1
    assert row["beside"] == []
    assert row["alternatives"]
    assert set(row) == ReplyFields.__required_keys__


def test_ask_prints_the_quotation_for_people(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", "When was the Eiffel Tower completed?", str(file)]) == 0
    assert "31 March 1889" in capsys.readouterr().out.splitlines()[0]


def test_predict_writes_the_official_form(tmp_path: Path) -> None:
    qas = [
        {"id": "q1", "question": "When was it completed?", "answers": []},
        {"id": "q2", "question": " ", "answers": []},
    ]
    data = {"data": [{"title": "t", "paragraphs": [{"context": TEXT, "qas": qas}]}]}
    (tmp_path / "in.json").write_text(json.dumps(data), encoding="utf-8")
    out = tmp_path / "out.json"
    assert main(["predict", str(tmp_path / "in.json"), "--out", str(out)]) == 0
    assert json.loads(out.read_text(encoding="utf-8")) == {"q1": "31 March 1889", "q2": ""}


@pytest.mark.parametrize(
    "content, message",
    [(b"\xff\xfe\x00bad", "not UTF-8"), (None, "No such file")],
)
def test_failure_is_one_clear_line(
    content: bytes | None, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.txt"
    if content is not None:
        path.write_bytes(content)
    assert main(["ask", "Who?", str(path)]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert str(path) in error
    assert len(error.splitlines()) == 1


def test_a_file_that_cannot_be_read_costs_itself_alone(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = str(tmp_path / "absent.txt")
    assert main(["ask", "When was it completed?", absent, str(file), "--json"]) == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["answer"] == "31 March 1889"
    assert said.err == f"reader: {absent}: No such file or directory\n"


def test_a_folder_is_read_and_what_is_no_text_is_named(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "cake.txt").write_text("The cake was baked by Ada Holm on Monday.")
    (tmp_path / "more" / "page.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    assert main(["ask", "Who baked the cake?", str(tmp_path), "--json"]) == 0
    said = capsys.readouterr()
    row = json.loads(said.out)
    assert row["answer"] == "Ada Holm"
    assert row["document"] == str(tmp_path / "more" / "cake.txt")
    assert str(file) in [other["document"] for other in row["alternatives"]]
    assert said.err.startswith(f"reader: {tmp_path / 'more' / 'page.png'}: not UTF-8 text")
    assert said.err.endswith("; skipped\n")


def test_a_folder_without_text_is_a_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", "Who?", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"reader: no text to read in {tmp_path}\n"


def test_standard_input_is_read_where_no_path_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for paths in ([], ["-"]):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
        assert main(["ask", "--json", "When was the Eiffel Tower completed?", *paths]) == 0
        row = json.loads(capsys.readouterr().out)
        assert (row["answer"], row["document"]) == ("31 March 1889", "-")


def test_questions_of_a_file_are_answered_in_their_order(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = tmp_path / "questions.txt"
    asked.write_text(
        'How tall is the Eiffel Tower?\n{bad\n\n{"id": "b", "question": "When was it completed?"}\n'
    )
    assert main(["ask", "--questions", str(asked), str(file), "--json", "-k", "1"]) == 2
    said = capsys.readouterr()
    tall, completed = map(json.loads, said.out.splitlines())
    assert tall["question"] == "How tall is the Eiffel Tower?"
    assert "330 metres" in tall["answer"]
    assert "id" not in tall
    assert (completed["id"], completed["answer"]) == ("b", "31 March 1889")
    assert completed["alternatives"] == []
    assert said.err.splitlines() == [said.err.strip()]
    assert said.err.startswith(f"reader: {asked}, line 2: not JSON")


def test_one_or_many_questions_get_the_same_answers(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    questions = ["How tall is it?", "When was the Eiffel Tower completed?", "Who built it?"]
    (tmp_path / "q.jsonl").write_text("".join(f"{q}\n" for q in questions))
    assert main(["ask", "--questions", str(tmp_path / "q.jsonl"), str(file), "--json"]) == 0
    many = capsys.readouterr().out
    for question in questions:
        assert main(["ask", question, str(file), "--json"]) == 0
    assert capsys.readouterr().out == many


def test_the_least_probability_decides_whether_to_answer(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for least, answered in (("0", True), ("1", False)):
        asked = ["ask", "Who was the pope in 1378?", str(file), "--min-probability", least]
        assert main([*asked, "--json"]) == 0
        assert (json.loads(capsys.readouterr().out)["answer"] is not None) == answered
        assert main(asked) == 0
        assert ("could not find" not in capsys.readouterr().out) == answered


def test_a_document_does_not_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "\x1b[2J.txt").write_text("The bell was cast by Ada\n\x1b[31mHolm in 1871.")
    assert main(["ask", "Who cast the bell?", str(tmp_path), "--min-probability", "0"]) == 0
    out = capsys.readouterr().out
    assert "Ada" in out
    assert "\x1b" not in out


def test_whoever_reads_may_stop_early(file: Path, tmp_path: Path, repo_root: Path) -> None:
    asked = tmp_path / "questions"
    asked.write_text("How tall is it?\n" * 30)
    shell = '"$0" -m reader ask --questions "$1" "$2" | head -1'
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", shell, sys.executable, str(asked), str(file)],
        cwd=repo_root,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "How tall is it?\n", "")


@pytest.mark.parametrize(
    "content, message",
    [
        ('{"rows": []}', "not in SQuAD form"),
        ('{"data": [{"paragraphs": [{"context": "a", "qas": ["b"]}]}]}', "not in SQuAD form"),
        ("{bad", "not JSON"),
    ],
)
def test_a_file_that_is_not_squad_is_named(
    content: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.json").write_text(content, encoding="utf-8")
    assert main(["predict", str(tmp_path / "in.json"), "--out", str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert "in.json" in error


def test_a_missing_output_folder_is_told_before_reading(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", "absent.json", "--out", str(tmp_path / "no" / "out.json")]) == 1
    assert "no folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["ask"], "required"),
        (["ask", " ", "x.txt"], "an empty one"),
        (["ask", "Who?", "x.txt", "--k", "0"], "from 1"),
        (["ask", "Who?", "x.txt", "--min-probability", "2"], "from 0 to 1"),
        (["ask", "Who?", "-", "-"], "can be read once"),
        (["ask", "--questions", "-"], "can be read once"),
        (["ask", "Who?", "--jsn", "x.txt"], "unrecognized arguments: --jsn"),
        (["predict", "in.json", "--out", "x", "more"], "unrecognized arguments: more"),
    ],
)
def test_misuse_exits_with_two(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert message in capsys.readouterr().err
