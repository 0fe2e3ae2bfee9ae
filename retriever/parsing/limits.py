"""What a file may cost to parse, and archives checked against it before a parser sees them.

Knows nothing of what the archives mean.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from retriever.types import UnreadableFile

MAX_MEMBERS = 20_000
SAFE_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others unpack without bound

# What zipfile raises for a damaged member; a negative place in the file is an OSError.
MEMBER_ERRORS = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, RuntimeError)

_CHUNK_BYTES = 1 << 20
_DIRECTORY_END, _DIRECTORY_END_64 = b"PK\x05\x06", b"PK\x06\x06"
_ENTRY_BYTES = 1000  # of the list of members for each: its name and what belongs to it
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
    max_members: int = MAX_MEMBERS
    max_pages: int = 20_000
    max_chars: int = 30_000_000
    max_ocr_s: float = 1800.0
    max_wall_s: float = 300.0  # for a file, or from one page read by OCR to the next
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


def open_archive(path: Path, max_members: int = MAX_MEMBERS) -> zipfile.ZipFile:
    """A zip file, after a look at how long a list of members it makes us read.

    Raises:
        UnreadableFile: ``broken`` when it is damaged or has more members.
    """
    n_bytes = _directory_bytes(path)
    if n_bytes > _ENTRY_BYTES * max_members:
        raise UnreadableFile("broken", f"its list of parts has {megabytes(n_bytes)}: too long")
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
        raise UnreadableFile("broken", f"damaged: {error}") from error
    if (n_members := len(archive.infolist())) > max_members:
        archive.close()
        raise UnreadableFile("broken", f"it holds {n_members} parts; the limit is {max_members}")
    return archive


def _directory_bytes(path: Path) -> int:
    """Size of the list of members, as the end of the archive states it; 0 where it does not.

    ``zipfile`` reads the whole list before it can be asked how long it is.
    """
    with path.open("rb") as stream:
        size_bytes = stream.seek(0, io.SEEK_END)
        stream.seek(max(0, size_bytes - (1 << 16) - 200))
        tail = stream.read()
    stated = [0]
    for mark, at, form in ((_DIRECTORY_END, 12, "<L"), (_DIRECTORY_END_64, 40, "<Q")):
        place = tail.rfind(mark)
        if 0 <= place <= len(tail) - at - struct.calcsize(form):
            stated.append(struct.unpack_from(form, tail, place + at)[0])
    return min(size_bytes, max(stated))


def check_archive(path: Path, limits: ParseLimits) -> None:
    """Unpack a zip file to nowhere and refuse it when it is damaged, locked or a bomb.

    Counts the bytes that really come out, whatever the archive's directory claims, and
    refuses XML that declares entities: no office format needs them.

    Raises:
        UnreadableFile: state ``encrypted`` or ``broken``.
    """
    expanded_bytes = xml_bytes = 0
    with open_archive(path, limits.max_members) as archive:
        for member in archive.infolist():
            if member.flag_bits & 1:
                raise UnreadableFile("encrypted", "it needs a password; save a copy without one")
            if member.compress_type not in SAFE_METHODS:
                raise UnreadableFile("broken", "its parts are packed in an unusual way")
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
