"""A model folder has a manifest once it has passed, and none before."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertForQuestionAnswering

from reader.artefact import MANIFEST, ONNX, SHIPPED, Artefact
from training import export as exporting
from training.base import leave_base
from training.checkpoint import CHECKPOINT
from training.export import ParityError, export, main
from training.recipe import DataSource, Recipe


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished run of a tiny reader, whose base is a bare encoder; its graph is a stub."""
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=1,
        intermediate_size=8, max_position_embeddings=8,
    )  # fmt: skip
    model = BertForQuestionAnswering(config)
    leave_base(model.bert, SHIPPED, tmp_path / "base")
    folder = tmp_path / "run"
    folder.mkdir()
    weights = {f"model.{name}": value.contiguous() for name, value in model.state_dict().items()}
    save_file(weights, folder / CHECKPOINT)
    a_recipe(folder, tmp_path / "base", 1.0)
    monkeypatch.setattr(exporting, "write_onnx", lambda _, path: path.write_bytes(b"graph"))
    return folder


def a_recipe(run: Path, base: Path, share: float) -> None:
    recipe = Recipe("tiny", str(base), (DataSource("a.json", "made"),), share=share)
    (run / "recipe.json").write_text(json.dumps({**asdict(recipe), "commit": "abc"}))


def test_the_manifest_is_written_after_all_else_was_checked(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def checked(artefact: Artefact) -> float:
        assert artefact.path(ONNX).read_bytes() == b"graph"
        assert not (artefact.folder / MANIFEST).exists()
        return 0.99

    monkeypatch.setattr(exporting, "check_parity", checked)
    artefact, parity = export(run, tmp_path / "model")
    assert parity == 0.99
    assert Artefact.load(tmp_path / "model") == artefact
    assert artefact.manifest.licences == {"a.json": "made"}
    assert not list((tmp_path / "model").glob("*.new"))


def test_what_does_not_pass_leaves_what_was_there(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failed(artefact: Artefact) -> float:
        raise ParityError("too far")

    monkeypatch.setattr(exporting, "check_parity", failed)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / MANIFEST).write_text("of an earlier export")
    with pytest.raises(ParityError):
        export(run, tmp_path / "model")
    assert [file.name for file in (tmp_path / "model").iterdir()] == [MANIFEST]
    assert (tmp_path / "model" / MANIFEST).read_text() == "of an earlier export"


def test_parity_is_checked_once(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checked: list[Artefact] = []
    monkeypatch.setattr(exporting, "check_parity", lambda a: checked.append(a) or 0.9876)
    assert main([str(run)]) == 0
    assert "parity 0.9876" in capsys.readouterr().out
    assert len(checked) == 1


def test_no_share_of_the_way_from_a_bare_encoder(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a_recipe(run, tmp_path / "base", 0.5)
    assert main([str(run)]) == 1
    assert "the base has none of the trained weights, such as bert." in capsys.readouterr().err
