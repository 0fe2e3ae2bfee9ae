"""What a file may cost to parse, and archives checked against it before a parser sees them.

Knows nothing of what the archives mean.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

from retriever.types import UnreadableFile

_CHUNK_BYTES = 1 << 20
_ENTITY_MARKS = tuple("<!ENTITY".encode(codec) for codec in ("ascii", "utf-16-le", "utf-16-be"))
_XML_SUFFIXES = (".xml", ".rels", ".opf", ".ncx", ".xhtml", ".html", ".htm")


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """Bounds on one file; over any of them it is refused as ``broken``, with the figure.

    The defaults keep a parse under 2 GiB of memory: an XML tree takes about ten times the
    bytes of its source. The last three are held by the system on a child process alone.
    """

    max_bytes: int = 128 << 20
    max_expanded_bytes: int = 512 << 20
    max_xml_bytes: int = 96 << 20
    max_members: int = 20_000
    max_pages: int = 20_000
    max_chars: int = 30_000_000
    max_wall_s: float = 300.0
    max_cpu_s: float = 240.0
    max_memory_bytes: int = 2 << 30

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above zero, got {getattr(self, name)}")

    @classmethod
    def of_a_page(cls) -> ParseLimits:
        """For a page that somebody waits to see."""
        return cls(max_wall_s=20.0, max_cpu_s=20.0, max_memory_bytes=1 << 30)


def megabytes(n_bytes: int) -> str:
    """A size for a person, in MB of 2**20 bytes."""
    return f"{n_bytes / (1 << 20):.0f} MB"


def check_size(path: Path, limits: ParseLimits) -> None:
    """Refuse a file that is empty or too large.

    Raises:
        UnreadableFile: state ``empty`` or ``broken``.
    """
    size_bytes = path.stat().st_size
    if size_bytes == 0:
        raise UnreadableFile("empty", "the file has no bytes")
    if size_bytes > limits.max_bytes:
        raise UnreadableFile(
            "broken",
            f"the file has {megabytes(size_bytes)}; the limit is {megabytes(limits.max_bytes)}",
        )


def check_archive(path: Path, limits: ParseLimits) -> None:
    """Unpack a zip file to nowhere and refuse it when it is damaged, locked or a bomb.

    Counts the bytes that really come out, whatever the archive's directory claims, and
    refuses XML that declares entities: no office format needs them.

    Raises:
        UnreadableFile: state ``encrypted`` or ``broken``.
    """
    expanded_bytes = xml_bytes = 0
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if len(members) > limits.max_members:
            raise UnreadableFile(
                "broken", f"it holds {len(members)} parts; the limit is {limits.max_members}"
            )
        for member in members:
            if member.flag_bits & 1:
                raise UnreadableFile("encrypted", "it needs a password; save a copy without one")
            room_bytes = limits.max_expanded_bytes - expanded_bytes
            n_bytes = _count_member(archive, member, room_bytes, limits)
            expanded_bytes += n_bytes
            xml_bytes += n_bytes if _is_xml(member) else 0
            if xml_bytes > limits.max_xml_bytes:
                raise _too_large(limits.max_xml_bytes)


def _count_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, room_bytes: int, limits: ParseLimits
) -> int:
    """Bytes that a member unpacks to, read in small pieces."""
    is_xml, n_bytes, tail = _is_xml(member), 0, b""
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            n_bytes += len(chunk)
            if n_bytes > room_bytes:
                raise _too_large(limits.max_expanded_bytes)
            if is_xml and any(mark in tail + chunk for mark in _ENTITY_MARKS):
                raise UnreadableFile("broken", "its XML declares entities, which is not allowed")
            tail = chunk[-20:]
    return n_bytes


def _is_xml(member: zipfile.ZipInfo) -> bool:
    return member.filename.lower().endswith(_XML_SUFFIXES)


def _too_large(limit_bytes: int) -> UnreadableFile:
    return UnreadableFile(
        "broken", f"it unpacks to more than {megabytes(limit_bytes)}, the limit for one file"
    )
