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
from retriever.parsing.odt_lists import BULLET, LABEL, number_items
from retriever.parsing.pages import Pages, clean
from retriever.parsing.rows import hang, table_lines
from retriever.types import UnreadableFile

MEDIA_TYPE = "application/vnd.oasis.opendocument.text"

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_SVG = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_GLYPHS = {_TEXT + "tab": "\t", _TEXT + "line-break": "\n"}
_SKIPPED = frozenset({
    _TEXT + "tracked-changes", _TEXT + "sequence-decls", _TEXT + "ruby-text",
    _OFFICE + "annotation",
})  # fmt: skip
_ROW_GROUPS = tuple(
    _TABLE + name for name in ("table-header-rows", "table-rows", "table-row-group")
)
_MARGINS = tuple(
    f"{_STYLE}{margin}{pages}"
    for margin in ("header", "footer")
    for pages in ("", "-left", "-first")
)
_MAX_REPEATS = 200

Element: TypeAlias = Any  # lxml's elements have no types of their own


def parse_odt(path: Path, limits: ParseLimits) -> Pages:
    """The body, then what headers and footers say that the body does not.

    Raises:
        UnreadableFile: ``encrypted`` or ``broken``.
    """
    check_archive(path, limits)
    with zipfile.ZipFile(path) as archive:
        if b"encryption-data" in archive.read("META-INF/manifest.xml"):
            raise UnreadableFile("encrypted", "it needs a password; save a copy without one")
        content = archive.read("content.xml")
        styles = archive.read("styles.xml") if "styles.xml" in archive.namelist() else b""
    roots = [_root(source) for source in (content, styles) if source.strip()]
    body = roots[0].find(f"{_OFFICE}body/{_OFFICE}text") if roots else None
    if body is None:
        raise UnreadableFile("broken", "it holds no text document")
    number_items(body, *roots)
    blocks = list(_blocks(body))
    for margins in roots[1:]:
        blocks += _margins(margins, set(blocks))
    return Pages(MEDIA_TYPE, [clean("".join(blocks))])


def _root(source: bytes) -> Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    return etree.fromstring(source, parser)


def _margins(styles: Element, seen: set[str]) -> Iterator[str]:
    """What headers and footers say, but for page numbers and what is in ``seen``."""
    for margin in styles.iter(*_MARGINS):
        for block in _blocks(margin):
            if block not in seen and not block.strip().isdigit():
                seen.add(block)
                yield block


def _blocks(container: Element) -> Iterator[str]:
    """Each paragraph, list item and table as text that ends with its line breaks."""
    for element in container.iterchildren(etree.Element):
        if element.tag in (_TEXT + "p", _TEXT + "h"):
            boxes: list[Element] = []
            yield "".join(_glyphs(element, boxes)).strip() + "\n\n"
            for box in boxes:
                yield from _blocks(box)
        elif element.tag == _TEXT + "list-item":
            item = "".join(_blocks(element)).strip().replace("\n\n", "\n")
            yield f"{element.get(LABEL, BULLET)} {item}\n"
        elif element.tag == _TABLE + "table":
            yield "\n".join(table_lines(hang(_rows(element, {})))) + "\n\n"
        elif element.tag in (_SVG + "title", _SVG + "desc"):  # of a picture
            yield (element.text or "").strip() + "\n\n"
        elif element.tag not in _SKIPPED:
            yield from _blocks(element)
            yield "\n"


def _rows(table: Element, hanging: dict[int, int]) -> Iterator[list[str | None]]:
    """The rows of a table itself, not of those in its cells; None goes on from above.

    Args:
        table: a table, or a group of rows in one.
        hanging: column -> rows that the cell in it still covers.
    """
    for element in table.iterchildren(_TABLE + "table-row", *_ROW_GROUPS):
        if element.tag == _TABLE + "table-row":
            yield _cells(element, hanging)
        else:
            yield from _rows(element, hanging)


def _cells(row: Element, hanging: dict[int, int]) -> list[str | None]:
    cells: list[str | None] = []
    for cell in row.iterchildren(_TABLE + "table-cell", _TABLE + "covered-table-cell"):
        text = "".join(_blocks(cell)).strip()
        for _ in range(min(_number(cell, "number-columns-repeated"), _MAX_REPEATS)):
            goes_on = cell.tag != _TABLE + "table-cell" and hanging.get(len(cells), 0) > 0
            hanging[len(cells)] = (
                hanging[len(cells)] - 1 if goes_on else _number(cell, "number-rows-spanned") - 1
            )
            cells.append(None if goes_on else text)
    return cells


def _number(cell: Element, name: str) -> int:
    return int(cell.get(_TABLE + name, "1"))


def _glyphs(element: Element, boxes: list[Element]) -> Iterator[str]:
    """Text of a paragraph; notes stand where they are anchored, in brackets.

    Text boxes and pictures are put aside into ``boxes``.
    """
    yield element.text or ""
    for child in element.iterchildren(etree.Element):
        if child.tag in _GLYPHS:
            yield _GLYPHS[child.tag]
        elif child.tag == _TEXT + "s":
            yield " " * min(int(child.get(_TEXT + "c", "1")), _MAX_REPEATS)
        elif child.tag == _TEXT + "note":
            note = child.find(_TEXT + "note-body")
            yield f" [{''.join(_blocks(note)).strip()}]" if note is not None else ""
        elif child.tag.startswith(_DRAW):
            boxes.append(child)
        elif child.tag not in _SKIPPED:
            yield from _glyphs(child, boxes)
        yield child.tail or ""
