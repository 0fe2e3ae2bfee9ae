"""A small sound file of every format that Quoth reads, to be damaged.

Knows nothing of damage. Each holds the word ``Zanzibar``, so that a reader can be seen to work.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from email.message import EmailMessage

import docx
import openpyxl
import pptx
from PIL import Image

PROSE = "The ship left Zanzibar on 3 May 1872 with 214 people and a cargo of cloves. " * 12
ROWS = [["Region", "Q1", "Q2"], ["North", "1200", "1350"], ["Zanzibar", "80", "95"]]


def sound_files() -> dict[str, bytes]:
    """Name -> bytes, one for each format."""
    table = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in ROWS)
    page = f"<html><head><title>Log</title></head><body><p>{PROSE}</p><table>{table}</table></body>"
    return {
        "a.pdf": pdf_of([PROSE, "Second page of Zanzibar."]),
        "a.docx": _docx(),
        "a.pptx": _pptx(),
        "a.xlsx": _xlsx(),
        "a.odt": _odt(),
        "a.epub": _epub(page),
        "a.html": page.encode(),
        "a.xml": f"<?xml version='1.0'?><log><port>Zanzibar</port><t>{PROSE}</t></log>".encode(),
        "a.rtf": rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\f0 " + PROSE.encode() + rb"\'e9 \par}",
        "a.eml": _mail(page),
        "a.md": f"# Log\n\n{PROSE}\n\n- one\n- two\n".encode(),
        "a.csv": "\n".join(map(",".join, ROWS)).encode(),
        "a.txt": PROSE.encode(),
        "a.zip": zip_of({"one/a.txt": PROSE.encode(), "b.csv": b"Port;Year\nZanzibar;1872\n"}),
        "a.png": _png(),
    }


def zip_of(members: Mapping[str, bytes]) -> bytes:
    """A zip file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name)  # dated 1980, the same whenever it is made
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return stream.getvalue()


def unzip(data: bytes) -> dict[str, bytes]:
    """Members of a sound zip file."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pdf_of(pages: Sequence[str]) -> bytes:
    """A PDF with a page for each text."""
    kids = [f"{4 + 2 * place} 0 R" for place in range(len(pages))]
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for place, text in enumerate(pages):
        lines = [text[start : start + 80] for start in range(0, len(text), 80)]
        stream = "BT /F 10 Tf 12 TL 40 740 Td " + " ".join(f"({line}) Tj T*" for line in lines)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * place} 0 R "
            "/Resources << /Font << /F 3 0 R >> >> >>".encode()
        )
        objects.append(pdf_stream(stream.encode() + b" ET"))
    return pdf_of_objects(objects)


def pdf_stream(data: bytes, entries: bytes = b"") -> bytes:
    """A stream object's body."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries, data)


def pdf_of_objects(objects: Sequence[bytes], trailer: bytes = b"/Root 1 0 R") -> bytes:
    """A PDF of the bodies of its objects, numbered from 1."""
    parts, offsets = [b"%PDF-1.5\n"], [9]
    for number, body in enumerate(objects, start=1):
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
        offsets.append(offsets[-1] + len(parts[-1]))
    place = offsets.pop()
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    head = b"xref\n0 %d\n0000000000 65535 f \n" % size
    end = b"trailer << /Size %d %s >>\nstartxref\n%d\n%%%%EOF" % (size, trailer, place)
    return b"".join([*parts, head, table, end])


def _docx() -> bytes:
    document = docx.Document()
    document.add_heading("Log", 1)
    document.add_paragraph(PROSE)
    table = document.add_table(rows=0, cols=3)
    for row in ROWS:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    return _saved(document)


def _pptx() -> bytes:
    show = pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[1])
    slide.shapes.title.text, slide.placeholders[1].text = "Log", PROSE
    return _saved(show)


def _xlsx() -> bytes:
    book = openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    return _saved(book)


def _saved(document: object) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    members = unzip(stream.getvalue())
    about = members["docProps/core.xml"]
    return zip_of({**members, "docProps/core.xml": re.sub(rb"20\d\d-[\dT:-]+Z", b"2026Z", about)})


def _odt() -> bytes:
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "text", "table")
    )
    cells = "".join(
        "<table:table-row>"
        + "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in row)
        + "</table:table-row>"
        for row in ROWS
    )
    content = (
        f"<office:document-content {names}><office:body><office:text><text:p>{PROSE}</text:p>"
        f"<table:table>{cells}</table:table></office:text></office:body></office:document-content>"
    )
    return zip_of({
        "mimetype": b"application/vnd.oasis.opendocument.text",
        "META-INF/manifest.xml": b"<manifest/>",
        "content.xml": content.encode(),
    })  # fmt: skip


def _epub(page: str) -> bytes:
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf"><manifest><item id="a" href="a.xhtml" '
        'media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/></spine>'
        "</package>"
    )
    return zip_of({
        "mimetype": b"application/epub+zip",
        "META-INF/container.xml": b'<container><rootfile full-path="b.opf"/></container>',
        "b.opf": package.encode(),
        "a.xhtml": page.encode(),
    })  # fmt: skip


def _mail(page: str) -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "Log", "a@example.org", "b@example.org"
    message.set_content(PROSE)
    message.add_alternative(page, subtype="html")
    message.add_attachment(b"x", maintype="application", subtype="pdf", filename="x.pdf")
    for place, part in enumerate(message.walk()):
        if part.is_multipart():
            part.set_boundary(f"frame-{place}")
    return bytes(message)


def _png() -> bytes:
    stream = io.BytesIO()
    Image.new("L", (200, 100), 255).save(stream, "PNG")
    return stream.getvalue()
