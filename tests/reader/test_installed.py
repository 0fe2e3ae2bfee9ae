"""Which reader a home uses: the last one installed, whatever happens on the way."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from reader.artefact import MANIFEST, SHIPPED, Artefact, DamagedArtefact, manifest_to_json
from reader.installed import CURRENT, READERS, go_back, install, installed


def a_model(home: Path, name: str) -> Path:
    """A whole model folder beside the readers, told apart by its name in the manifest."""
    folder = home / READERS / f".made-{name}"
    shutil.copytree(SHIPPED, folder)
    manifest = replace(Artefact.load(folder).manifest, name=name)
    (folder / MANIFEST).write_text(manifest_to_json(manifest), encoding="utf-8")
    return folder


def name_of(home: Path) -> str | None:
    folder = installed(home)
    return None if folder is None else Artefact.load(folder).manifest.name


def test_the_last_one_is_used_and_each_can_be_taken_back(tmp_path: Path) -> None:
    assert installed(tmp_path) is None
    first = install(a_model(tmp_path, "one"), tmp_path)
    assert installed(tmp_path) == first
    second = install(a_model(tmp_path, "two"), tmp_path)
    assert name_of(tmp_path) == "two"
    assert go_back(tmp_path) == first
    assert not second.exists()
    assert go_back(tmp_path) is None
    assert installed(tmp_path) is None
    assert not first.exists()
    with pytest.raises(FileNotFoundError, match="uses the shipped reader"):
        go_back(tmp_path)


def test_the_same_reader_twice_counts_once(tmp_path: Path) -> None:
    install(a_model(tmp_path, "one"), tmp_path)
    install(a_model(tmp_path, "one"), tmp_path)
    assert go_back(tmp_path) is None


def test_a_model_cut_short_is_not_installed(tmp_path: Path) -> None:
    folder = a_model(tmp_path, "one")
    (folder / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DamagedArtefact, match=r"config\.json was altered"):
        install(folder, tmp_path)
    assert installed(tmp_path) is None


def test_what_a_crash_left_does_no_harm(tmp_path: Path) -> None:
    """Moved, but not yet named: the reader before it stays in use, and another try succeeds."""
    first = install(a_model(tmp_path, "one"), tmp_path)
    second = install(a_model(tmp_path, "two"), tmp_path)
    pointer = tmp_path / READERS / CURRENT
    pointer.write_text(json.dumps({"readers": [first.name]}), encoding="utf-8")
    assert installed(tmp_path) == first
    assert install(a_model(tmp_path, "two"), tmp_path) == second
    assert name_of(tmp_path) == "two"


def test_a_pointer_to_nothing_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    first = install(a_model(tmp_path, "one"), tmp_path)
    shutil.rmtree(first)
    with pytest.raises(DamagedArtefact, match=r"is not there; go back .* --back"):
        installed(tmp_path)
    assert go_back(tmp_path) is None


@pytest.mark.parametrize("text", ["", "[]", '{"readers": ["../../etc"]}', '{"readers": 3}'])
def test_a_damaged_pointer_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / READERS).mkdir()
    (tmp_path / READERS / CURRENT).write_text(text, encoding="utf-8")
    with pytest.raises(DamagedArtefact, match="delete it to use the shipped reader"):
        installed(tmp_path)
