"""Which format a file is in: what it holds decides first, what it is called second.

Reads a file's first bytes and an archive's list of members; parses nothing.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Literal

from retriever.parsing.encodings import wide_encoding
from retriever.parsing.limits import MEMBER_ERRORS, SAFE_METHODS, open_archive
from retriever.types import UnreadableFile

Format = Literal[
    "pdf", "docx", "pptx", "xlsx", "odt", "epub", "html", "xml", "rtf", "mail", "markdown",
    "csv", "text", "picture",
]  # fmt: skip

_HEAD_BYTES = 8192
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIPS = (b"PK\x03\x04", b"PK\x05\x06")
_PICTURES = (
    b"\x89PNG", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*",
    b"\x00\x00\x00\x0cjP",
)  # fmt: skip
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"7z\xbc\xaf", "an archive; unpack it and add the files in it"),
    (b"\x1f\x8b", "a compressed file; unpack it first"),
    (b"\x7fELF", "a program, not a document"),
    (b"%!PS", "PostScript; save it as PDF"),
)
# Marks with which a text may begin as well: only where control characters follow.
_WORDS: tuple[tuple[bytes, str], ...] = (
    (b"Rar!", "an archive; unpack it and add the files in it"),
    (b"BZh", "a compressed file; unpack it first"),
    (b"MZ", "a program, not a document"),
    (b"ID3", "a sound recording, not a document"),
    (b"OggS", "a sound recording, not a document"),
)
_CONTROLS = bytes((*range(8), *range(14, 27), 127))  # all but white space and escape
_PDF_MARK = b"%PDF-"
_PDF_MARK_BEFORE = 1024  # bytes; what pdfium allows before it
# Names of streams in old Office files, as they stand in the directory (UTF-16).
_OLE_KINDS: tuple[tuple[str, str], ...] = (
    ("Workbook", "an old Excel file (.xls); save it as .xlsx"),
    ("Book", "an old Excel file (.xls); save it as .xlsx"),
    ("WordDocument", "an old Word file (.doc); save it as .docx"),
    ("PowerPoint Document", "an old PowerPoint file (.ppt); save it as .pptx"),
    ("__substg1.0_", "an Outlook message (.msg); save it as .eml"),
)
_OFFICE_PART = "[Content_Types].xml"  # in every Office file; few archives have it
_ZIP_KINDS: tuple[tuple[str, Format], ...] = (
    ("word/", "docx"),
    ("ppt/", "pptx"),
    ("xl/", "xlsx"),
)
# Parts by which documents are known that would be taken for something else.
_OTHER_ZIPS: tuple[tuple[str, str], ...] = (
    ("xl/workbook.bin", "a binary Excel file (.xlsb); save it as .xlsx"),
    ("visio/document.xml", "a Visio drawing (.vsdx); save it as PDF"),
    ("Index/Document.iwa", "a Pages, Numbers or Keynote file; save it as PDF"),
)
_OTHER_MIMES: tuple[tuple[str, str], ...] = (
    ("spreadsheet", "an OpenDocument sheet (.ods); save it as .xlsx"),
    ("presentation", "OpenDocument slides (.odp); save them as .pptx"),
    ("graphics", "an OpenDocument drawing (.odg); save it as PDF"),
)
_STRICT = b"http://purl.oclc.org/ooxml/"  # names that no parser of Office files knows
_MAX_RELATIONS_BYTES = 1 << 16
_MIME_KINDS: dict[str, Format] = {
    "application/epub+zip": "epub",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.text-template": "odt",
}
_EXTENSIONS: dict[str, Format] = {
    ".md": "markdown", ".markdown": "markdown", ".csv": "csv", ".tsv": "csv", ".tab": "csv",
    ".eml": "mail", ".html": "html", ".htm": "html", ".xhtml": "html", ".xml": "xml",
    ".rss": "xml",
}  # fmt: skip
# A comment is taken once and for all: otherwise thirty of them, and no page, take for ever.
_HTML_START = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?><!--.*?-->\s*)*+<(?:!doctype\s+html|html)\b",
    re.IGNORECASE | re.DOTALL,
)
_MAIL_START = re.compile(rb"(?:[A-Za-z-]+:[^\n]*\n(?:[ \t][^\n]*\n)*){2,}")
_MAIL_FIELD = re.compile(rb"^(?:received|message-id|mime-version|return-path):", re.I | re.M)


def sniff(path: Path, name: str) -> Format:
    """The format of a file.

    Raises:
        UnreadableFile: ``unsupported`` for a format that Quoth does not read, ``encrypted``
            for an Office file under a password, ``broken`` for a damaged archive.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if _is_pdf(head):
        return "pdf"
    if head.startswith(_ZIPS):
        return _sniff_zip(path)
    if head.startswith(_OLE):
        raise _ole_file(path)
    if head.startswith(b"{\\rtf"):
        return "rtf"
    if _is_picture(head):
        return "picture"
    _refuse_binary(head)
    return _sniff_text(head, Path(name).suffix.lower())


def _is_pdf(head: bytes) -> bool:
    """Whether a PDF begins here: not a text that speaks of its mark."""
    before, mark, _ = head[:_PDF_MARK_BEFORE].partition(_PDF_MARK)
    is_readable = before.strip(b"\xef\xbb\xbf \t\r\n") and b"\x1b" not in before
    return bool(mark) and not (is_readable and not _n_controls(head))


def _is_picture(head: bytes) -> bool:
    is_bitmap = head.startswith(b"BM") and head[6:10] == bytes(4)  # reserved: a text has letters
    is_webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    return head.startswith(_PICTURES) or is_bitmap or is_webp


def _n_controls(head: bytes) -> int:
    return len(head) - len(head.translate(None, _CONTROLS))


def is_archive(path: Path) -> bool:
    """Whether a file is a zip archive of other files, rather than one document."""
    with path.open("rb") as stream:
        if not stream.read(4).startswith(_ZIPS):
            return False
    try:
        return _zip_kind(path) is None
    except UnreadableFile:
        return False  # its parser says what is wrong with it


def _sniff_zip(path: Path) -> Format:
    kind = _zip_kind(path)
    if kind is None:
        raise UnreadableFile("unsupported", "an archive; unpack it and add the files in it")
    return kind


def _zip_kind(path: Path) -> Format | None:
    """The format of a document that is a zip file; None for an archive of other files."""
    with open_archive(path) as archive:
        names = archive.namelist()
        mime = _member(archive, "mimetype", 200).decode("ascii", "replace").strip()
        is_strict = _STRICT in _member(archive, "_rels/.rels", _MAX_RELATIONS_BYTES)
    if mime in _MIME_KINDS:
        return _MIME_KINDS[mime]
    if "META-INF/container.xml" in names and any(name.endswith(".opf") for name in names):
        return "epub"
    is_office = _OFFICE_PART in names
    if reason := _refusal(names, mime, is_office and is_strict):
        raise UnreadableFile("unsupported", reason)
    for folder, kind in _ZIP_KINDS if is_office else ():
        if any(name.startswith(folder) for name in names):
            return kind
    return None


def _refusal(names: list[str], mime: str, is_strict: bool) -> str:
    """Why a document that is a zip file is not read; nothing where it may be, or is none."""
    others = [reason for part, reason in _OTHER_ZIPS if part in names]
    others += [reason for kind, reason in _OTHER_MIMES if f"opendocument.{kind}" in mime]
    if is_strict:
        others.append("a Strict Open XML file; save it as an ordinary .docx, .xlsx or .pptx")
    return next(iter(others), "")


def _member(archive: zipfile.ZipFile, name: str, max_bytes: int) -> bytes:
    """A short part of an archive; nothing where it is missing, damaged or too long."""
    try:
        info = archive.getinfo(name)
        is_fit = info.file_size < max_bytes and info.compress_type in SAFE_METHODS
        return archive.read(info) if is_fit else b""
    except (KeyError, *MEMBER_ERRORS, OSError):
        return b""


def _ole_file(path: Path) -> UnreadableFile:
    """An old Office file, or a new one under a password: both come in this container."""
    data = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in data:
        return UnreadableFile("encrypted", "it needs a password; save a copy without one")
    for stream_name, reason in _OLE_KINDS:
        if stream_name.encode("utf-16-le") in data:
            return UnreadableFile("unsupported", reason)
    return UnreadableFile("unsupported", "an old Office file; save it in a present format")


def _refuse_binary(head: bytes) -> None:
    n_controls = _n_controls(head)
    for mark, reason in (*_OTHERS, *(_WORDS if n_controls else ())):
        if head.startswith(mark):
            raise UnreadableFile("unsupported", reason)
    is_wide = wide_encoding(head) is not None  # any byte may stand in UTF-16 and UTF-32
    if head[4:8] == b"ftyp" or (not is_wide and n_controls > len(head) // 50 + 4):
        raise UnreadableFile("unsupported", "not a document: the bytes are no text")


def _sniff_text(head: bytes, extension: str) -> Format:
    plain = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xfe\xff")
    if _HTML_START.match(plain):
        return "html"
    if plain.lstrip().startswith(b"<?xml") and extension not in (".html", ".htm", ".xhtml"):
        return "xml"
    if extension in _EXTENSIONS:
        return _EXTENSIONS[extension]
    if (fields := _MAIL_START.match(plain)) and _MAIL_FIELD.search(fields[0]):
        return "mail"
    return "text"
