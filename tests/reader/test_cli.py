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
    assert row["file"] == str(file)
    assert 0 < row["confidence"] <= 1


def test_ask_prints_the_quotation_for_people(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", "When was the Eiffel Tower completed?", str(file)]) == 0
    assert "31 March 1889" in capsys.readouterr().out.splitlines()[0]


def test_predict_writes_the_official_form(tmp_path: Path) -> None:
    qas = [{"id": "q1", "question": "When was it completed?", "answers": []}]
    data = {"data": [{"title": "t", "paragraphs": [{"context": TEXT, "qas": qas}]}]}
    (tmp_path / "in.json").write_text(json.dumps(data), encoding="utf-8")
    out = tmp_path / "out.json"
    assert main(["predict", str(tmp_path / "in.json"), "--out", str(out)]) == 0
    assert json.loads(out.read_text(encoding="utf-8")) == {"q1": "31 March 1889"}


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


def test_a_file_that_is_not_squad_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.json").write_text('{"rows": []}', encoding="utf-8")
    assert main(["predict", str(tmp_path / "in.json"), "--out", str(tmp_path / "out")]) == 1
    assert "not in SQuAD form" in capsys.readouterr().err


def test_misuse_exits_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["ask"])
    assert stop.value.code == 2
    assert "required" in capsys.readouterr().err
