"""What a run keeps is whole or not there, whoever else writes it."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from training.kept import kept_places, replacing


def test_places_are_made_once_for_a_key(tmp_path: Path) -> None:
    made = [np.array([[2, 1]]), np.array([[5, 4]])]
    assert kept_places(tmp_path, "ranked", ["a", "b"], lambda: made[0]).tolist() == [[2, 1]]
    assert kept_places(tmp_path, "ranked", ["a", "b"], lambda: made[1]).tolist() == [[2, 1]]
    assert kept_places(tmp_path, "mined", ["a", "b"], lambda: made[1]).tolist() == [[5, 4]]
    assert kept_places(tmp_path, "ranked", ["a"], lambda: made[1]).tolist() == [[5, 4]]
    assert len(list(tmp_path.iterdir())) == 3


def test_what_was_cut_short_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: Path, array: object, allow_pickle: bool) -> NoReturn:
        file.write_bytes(b"half")
        raise OSError("no space left")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(OSError, match="no space"):
        kept_places(tmp_path, "ranked", ["a"], lambda: np.array([[1]]))
    assert list(tmp_path.iterdir()) == []


def test_two_processes_write_to_names_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "places.npy"
    monkeypatch.setattr("os.getpid", lambda: 1)
    with replacing(path) as one:
        monkeypatch.setattr("os.getpid", lambda: 2)
        with replacing(path) as other:
            assert len({path, one, other}) == 3
            assert one.suffix == other.suffix == ".npy"  # which np.save would add
            one.write_text("one")
            other.write_text("other")
        assert path.read_text() == "other"
    assert path.read_text() == "one"
    assert list(tmp_path.iterdir()) == [path]
