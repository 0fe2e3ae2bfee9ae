"""Which reader a home uses: the shipped one, or one that was adapted to its documents.

Knows folders and one pointer file; loads no model. ``HOME/readers/current.json`` names the
readers that were installed, the last one in use; without it the shipped reader is.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from reader.artefact import MANIFEST, Artefact, DamagedArtefact, sha256_of

READERS = "readers"
CURRENT = "current.json"
NAME_CHARS = 16  # of the manifest's SHA-256


def installed(home: Path) -> Path | None:
    """The folder of the reader that was installed last; None where the shipped one is used.

    Raises:
        DamagedArtefact: if the pointer cannot be read, or the folder that it names is gone.
    """
    names = _names(home)
    if not names:
        return None
    folder = home / READERS / names[-1]
    if not (folder / MANIFEST).is_file():
        raise DamagedArtefact(
            f"{home / READERS / CURRENT} names the reader {names[-1]}, which is not there; go "
            f"back to the one before it:  python -m training.adapt --home {home} --back"
        )
    return folder


def install(model: Path, home: Path) -> Path:
    """Move a finished model folder into a home and use it from the next start on.

    A crash leaves the reader before it in use. Readers that are named nowhere are removed.

    Args:
        model: on the same disk as ``home``; it is gone afterwards.
        home: the library's folder.

    Returns:
        Where the reader lies now.

    Raises:
        DamagedArtefact: if the folder is no complete model.
    """
    names = _names(home)
    artefact = Artefact.load(model)
    for file in artefact.manifest.sha256:
        artefact.path(file)
    name = sha256_of(model / MANIFEST)[:NAME_CHARS]
    target = home / READERS / name
    if target.exists() and name not in names:  # of an installation that was cut short
        shutil.rmtree(target)
    if not target.exists():
        model.rename(target)
        target.chmod(0o700)  # a home is its user's alone, and this learned from its documents
    names = [*(known for known in names if known != name), name]
    _write(home, names)
    _sweep(home, names)
    return target


def go_back(home: Path) -> Path | None:
    """Use the reader before the last one again, and remove that; None means the shipped one.

    Raises:
        FileNotFoundError: if no reader was installed.
    """
    names = _names(home)
    if not names:
        raise FileNotFoundError(f"{home} uses the shipped reader; there is none to go back to")
    _write(home, names[:-1])
    _sweep(home, names[:-1])
    return installed(home)


def _names(home: Path) -> list[str]:
    path = home / READERS / CURRENT
    try:
        names = list(json.loads(path.read_text(encoding="utf-8"))["readers"])
    except FileNotFoundError:
        return []
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedArtefact(
            f"{path} cannot be read ({error}); delete it to use the shipped reader"
        ) from error
    if not all(isinstance(name, str) and name.isalnum() for name in names):
        raise DamagedArtefact(f"{path} names no readers; delete it to use the shipped reader")
    return names


def _write(home: Path, names: list[str]) -> None:
    """Replace the pointer in one step."""
    path = home / READERS / CURRENT
    new = path.with_suffix(".new")
    with new.open("w", encoding="utf-8") as file:
        json.dump({"readers": names}, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)


def _sweep(home: Path, names: list[str]) -> None:
    for folder in (home / READERS).iterdir():
        if folder.is_dir() and folder.name not in names and folder.name.isalnum():
            shutil.rmtree(folder, ignore_errors=True)
