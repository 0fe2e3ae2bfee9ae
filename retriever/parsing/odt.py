"""OpenDocument text (.odt): headings, paragraphs, lists and tables from its content.xml.

One page: like Word's, this format has no pages until it is printed.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

from lxml import etree

from retriever.parsing.limits import ParseLimits, check_archive
from retriever.parsing.pages import Pages, clean
from retriever.parsing.rows import Row, table_lines
from retriever.types import UnreadableFile

MEDIA_TYPE = "application/vnd.oasis.opendocument.text"

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_GLYPHS = {_TEXT + "tab": "\t", _TEXT + "line-break": "\n"}
_SKIPPED = frozenset({_TEXT + "tracked-changes", _TEXT + "sequence-decls", _OFFICE + "annotation"})
_MAX_REPEATS = 200

Element: TypeAlias = Any  # lxml's elements have no types of their own


def parse_odt(path: Path, limits: ParseLimits) -> Pages:
    """The body of the document.

    Raises:
        UnreadableFile: ``encrypted`` or ``broken``.
    """
    check_archive(path, limits)
    with zipfile.ZipFile(path) as archive:
        if b"encryption-data" in archive.read("META-INF/manifest.xml"):
            raise UnreadableFile("encrypted", "it needs a password; save a copy without one")
        content = archive.read("content.xml")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    body = etree.fromstring(content, parser).find(f"{_OFFICE}body/{_OFFICE}text")
    if body is None:
        raise UnreadableFile("broken", "it holds no text document")
    return Pages(MEDIA_TYPE, [clean("".join(_blocks(body)))])


def _blocks(container: Element) -> Iterator[str]:
    """Each paragraph, list item and table as text that ends with its line breaks."""
    for element in container.iterchildren(etree.Element):
        if element.tag in (_TEXT + "p", _TEXT + "h"):
            yield "".join(_glyphs(element)).strip() + "\n\n"
        elif element.tag == _TEXT + "list-item":
            item = "".join(_blocks(element)).strip().replace("\n\n", "\n")
            yield f"- {item}\n"
        elif element.tag == _TABLE + "table":
            rows = [_cells(row) for row in element.iter(_TABLE + "table-row")]
            yield "\n".join(table_lines(rows)) + "\n\n"
        elif element.tag not in _SKIPPED:
            yield from _blocks(element)
            yield "\n"


def _cells(row: Element) -> Row:
    cells: list[str] = []
    for cell in row.iterchildren(_TABLE + "table-cell", _TABLE + "covered-table-cell"):
        text = "".join(_blocks(cell)).strip()
        repeats = int(cell.get(_TABLE + "number-columns-repeated", "1"))
        cells += [text] * min(repeats, _MAX_REPEATS)
    return cells


def _glyphs(element: Element) -> Iterator[str]:
    """Text of a paragraph; notes stand where they are anchored, in brackets."""
    yield element.text or ""
    for child in element.iterchildren(etree.Element):
        if child.tag in _GLYPHS:
            yield _GLYPHS[child.tag]
        elif child.tag == _TEXT + "s":
            yield " " * min(int(child.get(_TEXT + "c", "1")), _MAX_REPEATS)
        elif child.tag == _TEXT + "note":
            note = child.find(_TEXT + "note-body")
            yield f" [{''.join(_blocks(note)).strip()}]" if note is not None else ""
        elif child.tag not in _SKIPPED:
            yield from _glyphs(child)
        yield child.tail or ""
