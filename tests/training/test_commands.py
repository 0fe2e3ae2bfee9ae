"""One door for all commands of training: it lists them from their docstrings and starts them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from training.__main__ import main
from training.cli import commands


def test_every_module_that_runs_is_listed(repo_root: Path) -> None:
    runs = {
        path.stem
        for path in (repo_root / "training").glob("*.py")
        if "raise SystemExit(main" in path.read_text(encoding="utf-8")
    } - {"__main__"}
    assert {"train_reader", "export", "evaluate", "fit_calibration", "model_card"} <= runs
    assert set(commands()) == runs


@pytest.mark.parametrize("words", [[], ["--help"]])
def test_the_list_has_a_line_for_each(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    for name, summary in commands().items():
        assert summary
        (line,) = (line for line in lines if line.split()[:1] == [name])
        assert line.endswith(summary)


def test_a_command_gets_its_words_and_gives_its_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["model-card", str(tmp_path)]) == 1
    assert "no model folder" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stop:
        main(["export", "--help"])
    assert stop.value.code == 0
    assert "python -m training.export" in capsys.readouterr().out


def test_a_command_that_is_not_there_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["trian"])
    error = capsys.readouterr().err
    assert stop.value.code == 2
    assert "train_reader" in error
    assert len(error.splitlines()) == 1


def test_the_list_needs_nothing_heavy(repo_root: Path) -> None:
    code = "import sys, training.__main__ as m; m.main([]); assert 'torch' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], cwd=repo_root, capture_output=True)
    assert done.returncode == 0, done.stderr
