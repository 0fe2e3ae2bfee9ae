"""Zip archives as files to add: one member at a time, within limits, under names of our own.

Parses nothing. A member's name is a label for people; no path on disk is ever made of it.
"""

from __future__ import annotations

import errno
import stat
import tempfile
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from retriever.litter import is_litter
from retriever.parsing.encodings import decode
from retriever.parsing.limits import (
    MEMBER_ERRORS,
    SAFE_METHODS,
    ParseLimits,
    megabytes,
    open_archive,
)
from retriever.parsing.pages import clean
from retriever.parsing.sniff import is_archive
from retriever.types import UnreadableFile

_CHUNK_BYTES = 1 << 20
_SMALL_BYTES = 1 << 20  # below this, a high ratio is no danger
_MAX_NAME_CHARS = 500


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Bounds on one archive with all archives in it; ``parse`` bounds each of its files."""

    max_members: int = 10_000
    max_expanded_bytes: int = 4 << 30
    max_ratio: int = 200
    max_depth: int = 2  # an archive in an archive
    parse: ParseLimits = field(default_factory=ParseLimits)

    def __post_init__(self) -> None:
        for name in ("max_members", "max_expanded_bytes", "max_ratio", "max_depth"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above zero, got {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive: its label (``inner.zip/notes/a.txt``) and its bytes at ``path``.

    ``failure`` instead of ``path`` where it cannot be had, with the state and the reason.
    """

    name: str
    path: Path | None = None
    failure: UnreadableFile | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """How many files something would become, and of how many bytes."""

    n_files: int
    n_bytes: int


@dataclass(slots=True)
class _Budget:
    """What is left for an archive and those in it."""

    n_members: int
    n_bytes: int


def members(path: Path, folder: Path, limits: ArchiveLimits | None = None) -> Iterator[Member]:
    """Every file of a zip archive, in its order; those of archives in it as well.

    Args:
        path: the archive.
        folder: where each file lies while it is being looked at; it is deleted when the next
            one is asked for.
        limits: what the archive may cost. Files over a limit come as failures.

    Raises:
        UnreadableFile: ``broken`` when its list of files cannot be read, ``empty`` without any.
        OSError: it cannot be opened, or the disk is full.
    """
    limits = limits or ArchiveLimits()
    budget = _Budget(limits.max_members, limits.max_expanded_bytes)
    yield from _members(path, "", folder, limits, budget)


def _members(
    path: Path, prefix: str, folder: Path, limits: ArchiveLimits, budget: _Budget
) -> Iterator[Member]:
    with open_archive(path, budget.n_members) as archive:
        budget.n_members -= len(archive.infolist())
        infos = [info for info in archive.infolist() if not _is_skipped(info)]
        if not infos:
            raise UnreadableFile("empty", "there are no files in the archive")
        names = _names(infos)
        for info, name in zip(infos, names, strict=True):
            label = prefix + name
            try:
                with _extracted(archive, info, folder, limits, budget) as target:
                    if _is_inner(info, limits) and is_archive(target):
                        yield from _members(target, f"{label}/", folder, _within(limits), budget)
                    else:
                        yield Member(label, target)
            except UnreadableFile as failure:
                yield Member(label, failure=failure)


def listing(path: Path) -> Listing:
    """What a file counts for: itself, or the files that a zip archive says it holds.

    Those of archives in it count in their place; what cannot be unpacked counts as one file.

    Raises:
        OSError: it cannot be opened, or the disk is full.
    """
    if not is_archive(path):
        return Listing(1, path.stat().st_size)
    limits = ArchiveLimits()
    budget = _Budget(limits.max_members, limits.max_expanded_bytes)
    with tempfile.TemporaryDirectory() as folder:
        return _listing(path, Path(folder), limits, budget)


def _listing(path: Path, folder: Path, limits: ArchiveLimits, budget: _Budget) -> Listing:
    try:
        with open_archive(path, budget.n_members) as archive:
            budget.n_members -= len(archive.infolist())
            infos = [info for info in archive.infolist() if not _is_skipped(info)]
            found = [_listed(archive, info, folder, limits, budget) for info in infos]
    except UnreadableFile:
        return Listing(1, path.stat().st_size)
    return Listing(sum(one.n_files for one in found), sum(one.n_bytes for one in found))


def _listed(
    archive: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    folder: Path,
    limits: ArchiveLimits,
    budget: _Budget,
) -> Listing:
    if _is_inner(info, limits):
        with (
            suppress(UnreadableFile),
            _extracted(archive, info, folder, limits, budget) as target,
        ):
            if is_archive(target):
                return _listing(target, folder, _within(limits), budget)
    return Listing(1, info.file_size)


def _is_inner(info: zipfile.ZipInfo, limits: ArchiveLimits) -> bool:
    """Whether a member is to be unpacked as well, by its name, if it is an archive."""
    return limits.max_depth > 1 and info.filename.lower().endswith(".zip")


def _within(limits: ArchiveLimits) -> ArchiveLimits:
    """The limits of an archive in an archive."""
    return replace(limits, max_depth=limits.max_depth - 1)


@contextmanager
def _extracted(
    archive: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    folder: Path,
    limits: ArchiveLimits,
    budget: _Budget,
) -> Iterator[Path]:
    """A member as a file, for as long as it is looked at; ``UnreadableFile`` without."""
    target = folder / f"member-{uuid.uuid4().hex}"
    try:
        _check(info, limits, budget)
        _extract(archive, info, target, limits, budget)
        yield target
    finally:
        target.unlink(missing_ok=True)


def _is_skipped(info: zipfile.ZipInfo) -> bool:
    """Folders, and what file managers leave behind."""
    parts = PurePosixPath(info.filename.replace("\\", "/")).parts
    return info.is_dir() or is_litter(parts)


def _names(infos: list[zipfile.ZipInfo]) -> list[str]:
    """Labels: in the encoding that they were written in, without roots, drives and ``..``."""
    old = [info for info in infos if not info.flag_bits & 0x800]  # no Unicode, says the flag
    raw = [info.orig_filename.encode("cp437", "replace") for info in old]
    read = decode(b"\n".join(raw)).text.split("\n")
    spelt = dict(zip(map(id, old), read, strict=False)) if len(read) == len(old) else {}
    return [_label(spelt.get(id(info), info.orig_filename)) for info in infos]


def _label(name: str) -> str:
    parts = PurePosixPath(name.replace("\\", "/").replace("\x00", "")).parts
    kept = [part for part in parts if part not in ("/", "//", "..") and not part.endswith(":")]
    return clean("/".join(kept)).replace("\n", " ")[-_MAX_NAME_CHARS:] or "a file without a name"


def _check(info: zipfile.ZipInfo, limits: ArchiveLimits, budget: _Budget) -> None:
    """Refuse a member by what the archive says of it, before a byte of it is unpacked."""
    most = limits.parse.max_bytes
    if info.flag_bits & 1:
        raise UnreadableFile("encrypted", "it needs a password; pack it without one")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise UnreadableFile("unsupported", "a link to another file, not a file")
    if info.compress_type not in SAFE_METHODS:
        raise UnreadableFile("unsupported", "packed in an unusual way; pack it as a usual zip")
    if info.file_size > most:
        raise _broken(f"the file has {megabytes(info.file_size)}; the limit is {megabytes(most)}")
    if info.file_size > budget.n_bytes:
        raise _all_used(limits)


def _extract(
    archive: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    target: Path,
    limits: ArchiveLimits,
    budget: _Budget,
) -> None:
    """Write a member to ``target``, counting the bytes that really come out."""
    most = max(_SMALL_BYTES, limits.max_ratio * info.compress_size)
    try:
        with archive.open(info) as source, target.open("xb") as sink:
            n_bytes = 0
            while chunk := source.read(_CHUNK_BYTES):
                n_bytes += len(chunk)
                budget.n_bytes -= len(chunk)
                if n_bytes > most:
                    raise _broken(f"it unpacks to more than {limits.max_ratio} times its size")
                if budget.n_bytes < 0:
                    raise _all_used(limits)
                sink.write(chunk)
    except (*MEMBER_ERRORS, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise  # a full disk
        raise _broken(f"damaged in the archive: {error}") from error


def _all_used(limits: ArchiveLimits) -> UnreadableFile:
    total = megabytes(limits.max_expanded_bytes)
    return _broken(f"the archive unpacks to more than {total}, the limit for one archive")


def _broken(reason: str) -> UnreadableFile:
    return UnreadableFile("broken", reason)
