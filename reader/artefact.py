"""The model folder as a type: what is in it, and proof that it is what it says.

Reads and writes JSON, hashes files. Loads no weights: that is the runtime's job. Only
safetensors, ONNX and JSON are ever named here, so no file of a model can run code.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from reader.calibrate import Calibration
from reader.windows import WindowConfig

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
CONFIG = "config.json"
TOKENIZER = "tokenizer.json"
WEIGHTS = "model.safetensors"
ONNX = "model.int8.onnx"
SHIPPED = Path(__file__).parent / "model"


class DamagedArtefact(ValueError):
    """A model folder that is incomplete, altered or of another format."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a model is: written last into its folder, so that its presence means complete.

    Attributes:
        name: the recipe's name.
        sha256: file name -> hex SHA-256 of its bytes.
        windows: how texts must be cut for this model.
        max_answer_tokens: longest span it gives.
        calibration: score -> probability, and the threshold to answer.
        recipe: the whole training recipe, with the hash of every data file.
        licences: data set -> its licence, as stated by its publisher.
        scores: data set -> figures, as ``training.evaluate`` gave them.
        commit: of the code that trained it.
        format_version: of this record.
    """

    name: str
    sha256: dict[str, str]
    windows: WindowConfig
    max_answer_tokens: int
    calibration: Calibration
    recipe: dict[str, Any] = field(default_factory=dict)
    licences: dict[str, str] = field(default_factory=dict)
    scores: dict[str, Any] = field(default_factory=dict)
    commit: str = ""
    format_version: int = FORMAT_VERSION


@dataclass(frozen=True, slots=True)
class Artefact:
    """A model folder with its manifest. ``path`` hands out files only after checking them."""

    folder: Path
    manifest: Manifest

    @classmethod
    def load(cls, folder: Path) -> Artefact:
        """Read a model folder's manifest.

        Raises:
            DamagedArtefact: if the manifest is missing, or of a format not known here.
        """
        file = folder / MANIFEST
        if not file.is_file():
            raise DamagedArtefact(
                f"{folder} is no model folder: it has no {MANIFEST}; "
                "make one with  python -m training.export RUN"
            )
        try:
            return cls(folder, manifest_from_json(file.read_text(encoding="utf-8")))
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedArtefact(f"{file} cannot be read as a model manifest: {error}") from error

    def path(self, name: str) -> Path:
        """A file of the model, its bytes verified against the manifest.

        Raises:
            DamagedArtefact: if the file is missing, unlisted or altered.
        """
        file = self.folder / name
        expected = self.manifest.sha256.get(name)
        if expected is None or not file.is_file():
            listed = ", ".join(sorted(self.manifest.sha256))
            raise DamagedArtefact(f"{self.folder} has no {name}; its manifest lists {listed}")
        found = sha256_of(file)
        if found != expected:
            raise DamagedArtefact(
                f"{file} was altered or cut short: expected SHA-256 {expected}, found {found}; "
                "fetch or export the model again"
            )
        return file


def manifest_to_json(manifest: Manifest) -> str:
    """The manifest as indented JSON."""
    return json.dumps(asdict(manifest), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write or replace a model folder's manifest in one step, when all else lies there."""
    new = folder / f"{MANIFEST}.{os.getpid()}.new"
    new.write_text(manifest_to_json(manifest), encoding="utf-8")
    os.replace(new, folder / MANIFEST)


def manifest_from_json(text: str) -> Manifest:
    """Read what :func:`manifest_to_json` wrote; ValueError for another form or version."""
    row = json.loads(text)
    if not isinstance(row, dict) or not isinstance(row.get("sha256", {}), dict):
        raise ValueError("expected a JSON object with an object of hashes under sha256")
    if row.get("format_version") != FORMAT_VERSION:
        raise ValueError(
            f"format_version {row.get('format_version')!r}, this Quoth reads {FORMAT_VERSION}"
        )
    row["windows"] = WindowConfig(**row["windows"])
    row["calibration"] = Calibration(**row["calibration"])
    return Manifest(**row)


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
