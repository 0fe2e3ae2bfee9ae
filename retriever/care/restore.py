"""A backup becomes a home again.

Trusts nothing in the file: names, sizes and hashes are checked before anything has its place.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
import zlib
from pathlib import Path
from typing import IO

from ..files import sync_folder
from ..private import make_folder, opened
from ..sql.database import DATABASE
from ..sql.migrations import SCHEMA_VERSION
from .backup import CHUNK_BYTES, FORMAT, MANIFEST, Manifest, Part, is_safe, work_folder

RESTORING = ".restoring"
MAX_MANIFEST_BYTES = 1 << 30


def restore(source: Path, home: Path) -> Manifest:
    """Makes a home of a backup. Nothing is there before all of it is there and checked.

    Args:
        source: the file.
        home: a folder that does not exist or is empty.

    Raises:
        FileExistsError: the home holds something.
        ValueError: the file is no backup, or is damaged, or is of a newer version.
        OSError: it cannot be read, or the home cannot be written.
    """
    home = home.absolute()
    work = home / RESTORING
    if home.exists() and any(home.iterdir()) and (not work.is_dir() or (home / DATABASE).exists()):
        raise FileExistsError(f"{home} is not empty: restore into a new folder")
    make_folder(home)
    with work_folder(work):
        try:
            with zipfile.ZipFile(source) as archive:
                manifest = _manifest(archive, source)
                _check_space(manifest, home)
                for part in manifest.parts:
                    _take(archive, part, work)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise ValueError(f"{source} is damaged or no backup ({error})") from error
        _move(work, home)
    return manifest


def _move(work: Path, home: Path) -> None:
    """Gives everything its place, the database last: with it, the home is a library."""
    for path in sorted(work.iterdir(), key=lambda path: path.name == DATABASE):
        target = home / path.name
        if target.is_dir():
            shutil.rmtree(target)  # from a restoring that was interrupted here
        os.replace(path, target)
    sync_folder(home)


def _manifest(archive: zipfile.ZipFile, source: Path) -> Manifest:
    if MANIFEST not in archive.namelist():
        raise ValueError(f"{source} holds no {MANIFEST}: it is no backup, or an incomplete one")
    with archive.open(MANIFEST) as reading:
        text = reading.read(MAX_MANIFEST_BYTES)
    try:
        found = json.loads(text)
        manifest = Manifest(**{**found, "parts": tuple(Part(**part) for part in found["parts"])})
        names = sorted([part.path for part in manifest.parts] + [MANIFEST])
        safe = all(is_safe(part.path) and part.size_bytes >= 0 for part in manifest.parts)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{source}: its {MANIFEST} cannot be read ({error})") from error
    if manifest.format != FORMAT or manifest.schema_version > SCHEMA_VERSION:
        raise ValueError(
            f"{source} is a {manifest.format} of schema version {manifest.schema_version}, this "
            f"Quoth restores {FORMAT} up to {SCHEMA_VERSION}: upgrade Quoth"
        )
    whole = names == sorted(archive.namelist()) and len(set(names)) == len(names)
    if not (whole and safe and DATABASE in names):
        raise ValueError(f"{source}: its files are not those that its {MANIFEST} names")
    return manifest


def _check_space(manifest: Manifest, folder: Path) -> None:
    need = sum(part.size_bytes for part in manifest.parts)
    free = shutil.disk_usage(folder).free
    if need > free:
        raise OSError(f"restoring needs {need / 1e6:.0f} MB, {folder} has {free / 1e6:.0f} MB free")


def _take(archive: zipfile.ZipFile, part: Part, made: Path) -> None:
    target = made / part.path
    make_folder(target.parent)
    with archive.open(part.path) as reading, opened(target, "xb") as writing:
        sha256 = _copy(reading, writing, part.size_bytes)
        writing.flush()
        os.fsync(writing.fileno())
    if sha256 != part.sha256 or target.stat().st_size != part.size_bytes:
        raise ValueError(f"{part.path} is not what its {MANIFEST} says: the backup is damaged")


def _copy(reading: IO[bytes], writing: IO[bytes], most: int) -> str:
    """Copies at most one byte more than said: an archive may unpack to more than fits."""
    digest, left = hashlib.sha256(), most + 1
    while left and (chunk := reading.read(min(CHUNK_BYTES, left))):
        digest.update(chunk)
        writing.write(chunk)
        left -= len(chunk)
    return digest.hexdigest()
