"""The reader's command line: JSON out, exit status 0, 1 and 2, one line on standard error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

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
        set(other) | {"question", "alternatives"} == set(row) for other in row["alternatives"]
    )


def test_abstaining_prints_the_same_fields(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "Who was the pope in 1378?", str(file), "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["answer"] is row["document"] is row["char_start"] is row["passage"] is None
    assert 0 <= row["confidence"] < 1
    assert row["alternatives"]


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
    assert len(error.splitlines()) == 1


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
    ],
)
def test_misuse_exits_with_two(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert message in capsys.readouterr().err
