"""Every command ends misuse alike: status 2, one line on standard error, nothing on output."""

from __future__ import annotations

from importlib import import_module

import pytest

MISUSES = [
    ("retriever.__main__", []),
    ("retriever.__main__", ["search", "--home", "x"]),
    ("retriever.__main__", ["search", "When?", "--home", "x", "--k", "none"]),
    ("reader.__main__", ["ask"]),
    ("reader.__main__", ["predict", "squad.json", "--out", "x", "--runtime", "pencil"]),
    ("chatbot.__main__", ["ask"]),
    ("chatbot.__main__", ["serve", "--port", "many"]),
    ("chatbot.__main__", ["users", "promote", "ada"]),
    ("chatbot.__main__", ["serve", "--files", "many"]),
    ("chatbot.space", ["a-name-without-its-user"]),
    ("training.train_reader", []),
    ("training.evaluate", ["--model", "x"]),
    ("training.export", []),
    ("training.ablate", ["--seeds", "3"]),
    ("training.pretrain_mlm", ["a.toml", "b.toml"]),
    ("training.fit_calibration", ["--runtime", "pencil"]),
]


@pytest.mark.parametrize("module, arguments", MISUSES, ids=lambda part: str(part))
def test_misuse_is_one_line_and_status_two(
    module: str, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        import_module(module).main(arguments)
    said = capsys.readouterr()
    assert stop.value.code == 2
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert said.err.rstrip().endswith("--help")
