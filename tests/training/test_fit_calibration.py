"""Fitting keeps what others wrote into the manifest meanwhile."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reader import Reader
from reader.artefact import MANIFEST, SHIPPED, Artefact, write_manifest
from reader.calibrate import UNCALIBRATED
from training import fit_calibration
from training.calibration import Read


def test_figures_recorded_while_it_reads_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copyfile(SHIPPED / MANIFEST, tmp_path / MANIFEST)

    def read_all(*_: object) -> list[Read]:
        manifest = Artefact.load(tmp_path).manifest
        manifest.scores["dev onnx"] = {"f1": 80.0}
        write_manifest(tmp_path, manifest)
        return []

    monkeypatch.setattr(Reader, "load", lambda *_: None)
    monkeypatch.setattr(fit_calibration, "held_out", lambda *_: {})
    monkeypatch.setattr(fit_calibration, "read_all", read_all)
    monkeypatch.setattr(fit_calibration, "fit", lambda _: UNCALIBRATED)
    monkeypatch.setattr(fit_calibration, "cross_fitted", lambda _: {"alone": {"ece": 0.01}})
    assert fit_calibration.calibrate(tmp_path, Path()) == {"alone": {"ece": 0.01}}
    found = Artefact.load(tmp_path).manifest
    assert found.calibration == UNCALIBRATED
    assert found.scores["dev onnx"] == {"f1": 80.0}
    assert found.scores["calibration, held-out questions"] == {"alone": {"ece": 0.01}}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("en/squad.json", "squad"),
        ("bullets:en/squad.json", "squad as bullets"),
        ("/srv/q:1/corrections.json", "corrections"),
    ],
)
def test_regimes_are_called_by_file_and_form(path: str, name: str) -> None:
    assert fit_calibration._name(path) == name
