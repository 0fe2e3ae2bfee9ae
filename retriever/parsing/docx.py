"""Word documents (.docx): paragraphs, lists, tables, notes and headers, in reading order.

Walks the XML tree that python-docx opens, because its own walk leaves out content controls,
text boxes, formulas and tracked insertions. Word has no pages until it prints: one page.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from docx.document import Document
from docx.opc.part import PartFactory
from docx.package import Package
from docx.parts.document import DocumentPart
from lxml import etree

from retriever.parsing.docx_line import SKIPPED, Element, W, line_text
from retriever.parsing.docx_numbers import IS_HEADING, LABEL, Numbers
from retriever.parsing.limits import ParseLimits, check_archive
from retriever.parsing.pages import Pages, clean
from retriever.parsing.rows import hang, table_lines
from retriever.types import UnreadableFile

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

# Templates, and documents with macros: what they hold is the same.
for _kind in (
    "ms-word.document.macroEnabled.main",
    "ms-word.template.macroEnabledTemplate.main",
    "openxmlformats-officedocument.wordprocessingml.template.main",
):
    PartFactory.part_type_for[f"application/vnd.{_kind}+xml"] = DocumentPart
_MAX_SPAN = 200  # columns


def parse_docx(path: Path, limits: ParseLimits) -> Pages:
    """The body, then notes and comments, then what headers and footers say that it does not.

    Raises:
        UnreadableFile: ``broken`` when it holds something else.
    """
    check_archive(path, limits)
    part = Package.open(str(path)).main_document_part
    if not isinstance(part, DocumentPart):
        raise UnreadableFile("broken", "it holds no Word document")
    document = part.document
    lists = next(_related(document, ("numbering",)), None)
    numbers = Numbers(document.styles.element, lists)
    numbers.label(document.element.body)
    blocks = list(_blocks(document.element.body))
    for root in _related(document, ("footnotes", "endnotes")):
        numbers.label(root)
        blocks += _notes(root)
    for root in _related(document, ("comments",)):
        numbers.label(root)
        blocks += _comments(root)
    seen = set(blocks)
    for margin in _related(document, ("header", "footer")):
        numbers.label(margin)
        for block in _blocks(margin):
            if block not in seen and not block.strip().isdigit():  # a page number
                seen.add(block)
                blocks.append(block)
    return Pages(MEDIA_TYPE, [clean("".join(blocks))])


def _blocks(container: Element) -> Iterator[str]:
    """Each paragraph and table as text that ends with its line breaks."""
    for element in container.iterchildren(etree.Element):
        if element.tag == W + "p":
            yield from _paragraph(element)
        elif element.tag == W + "tbl":
            yield from (line + "\n" for line in _table_lines(element))
            yield "\n"
        elif element.tag not in SKIPPED:  # content controls, custom XML, insertions
            yield from _blocks(element)


def _paragraph(element: Element) -> Iterator[str]:
    """A paragraph's text, then that of the text boxes anchored in it."""
    boxes: list[Element] = []
    text = line_text(element, boxes).strip()
    if text:
        label = element.get(LABEL, "")
        is_item = bool(label) and not element.get(IS_HEADING)
        yield (f"{label} {text}" if label else text) + ("\n" if is_item else "\n\n")
    for box in boxes:
        yield from _blocks(box)


def _table_lines(table: Element) -> Iterator[str]:
    """A table's rows as lines; a table of one column is layout, not data."""
    marks = [row.find(f"{W}trPr/{W}tblHeader") is not None for row in _rows(table)]
    rows = [_cells(row) for row in _rows(table)]
    if rows and max(map(len, rows)) == 1:
        for row in rows:
            yield from filter(None, row)
        return
    n_marked = marks.index(False) if False in marks else 0
    n_headers = len(list(hang(rows[:n_marked])))
    filled = list(hang(rows))
    if not any(map(any, filled[:n_headers])):
        n_headers = 0
    yield from table_lines(filled[n_headers:], filled[:n_headers])


def _rows(table: Element) -> list[Element]:
    """A table's rows, but those that were deleted."""
    rows = _children(table, W + "tr")
    return [row for row in rows if row.find(f"{W}trPr/{W}del") is None]


def _cells(row: Element) -> list[str | None]:
    """A row's cells, one for each grid column: a wide cell is followed by empty ones.

    None goes on from the row above.
    """
    cells: list[str | None] = [""] * _number(row, f"{W}trPr/{W}gridBefore", 0)
    for cell in _children(row, W + "tc"):
        merge = cell.find(f"{W}tcPr/{W}vMerge")
        goes_on = merge is not None and merge.get(W + "val", "continue") == "continue"
        cells.append(None if goes_on else "".join(_blocks(cell)).strip())
        cells += [""] * (_number(cell, f"{W}tcPr/{W}gridSpan", 1) - 1)
    return cells


def _number(element: Element, path: str, otherwise: int) -> int:
    """The number that an element's property states, within reason."""
    found = element.find(path)
    stated = found.get(W + "val", "") if found is not None else ""
    return min(int(stated), _MAX_SPAN) if stated.isascii() and stated.isdigit() else otherwise


def _children(element: Element, tag: str) -> Iterator[Element]:
    """Children with a tag, seen through content controls."""
    for child in element.iterchildren(etree.Element):
        if child.tag == tag:
            yield child
        elif child.tag in (W + "sdt", W + "sdtContent", W + "ins", W + "customXml"):
            yield from _children(child, tag)


def _notes(root: Element) -> Iterator[str]:
    """Footnotes or endnotes, one paragraph each."""
    for note in root.iterchildren(etree.Element):
        if note.get(W + "type") in (None, "normal"):
            yield from _blocks(note)


def _comments(root: Element) -> Iterator[str]:
    """What people wrote beside the text, one paragraph each."""
    for comment in root.iterchildren(W + "comment"):
        if text := "".join(_blocks(comment)).strip():
            yield f"Comment by {comment.get(W + 'author', 'somebody')}: {text}\n\n"


def _related(document: Document, kinds: tuple[str, ...]) -> Iterator[Element]:
    """Roots of the parts that belong to the document, by the end of their relation's name."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    for relation in document.part.rels.values():
        if not relation.is_external and relation.reltype.rsplit("/", 1)[-1] in kinds:
            yield etree.fromstring(relation.target_part.blob, parser)
