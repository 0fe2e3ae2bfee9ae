"""PowerPoint slides (.pptx): a slide is a page, with its tables, charts, diagrams and notes.

A slide that cannot be read costs that slide alone; so does a chart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

from lxml import etree
from pptx.package import Package

from retriever.parsing.limits import ParseLimits, check_archive
from retriever.parsing.pages import Pages, clean
from retriever.parsing.pptx_chart import chart_blocks
from retriever.parsing.rows import hang, table_lines
from retriever.types import UnreadableFile

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_DGM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MARGINS = frozenset({"dt", "ftr", "hdr", "sldNum", "sldImg"})  # date, footer, page number

Node: TypeAlias = Any  # neither python-pptx nor lxml has types


def parse_pptx(path: Path, limits: ParseLimits) -> Pages:
    """Every slide in order; shapes as they are stacked, titles first.

    Raises:
        UnreadableFile: ``broken`` when no slide could be read.
    """
    check_archive(path, limits)
    # A slide show or a template holds the same, but is refused by pptx.Presentation.
    presentation = Package.open(str(path)).presentation_part.presentation
    texts: list[str] = []
    warnings: list[str] = []
    n_lost = 0
    for number, slide_id in enumerate(presentation.slides._sldIdLst, start=1):
        try:
            slide = presentation.part.related_slide(slide_id.rId)
            texts.append(clean("".join(_slide_blocks(slide, f"slide {number}", warnings))))
        except Exception as error:
            texts.append("")
            warnings.append(f"slide {number} could not be read: {type(error).__name__} {error}")
            n_lost += 1
    if n_lost and n_lost == len(texts):
        raise UnreadableFile("broken", warnings[0])
    return Pages(MEDIA_TYPE, texts, warnings)


def _slide_blocks(slide: Node, name: str, warnings: list[str]) -> Iterator[str]:
    """Paragraph after paragraph, each with its line breaks; what is lost goes to ``warnings``."""
    tree = slide.shapes._spTree
    shapes = sorted(tree.iterchildren(etree.Element), key=lambda shape: not _is_title(shape))
    for shape in shapes:
        yield from _shape_blocks(shape, slide.part, name, warnings)
    if slide.has_notes_slide:
        notes = slide.notes_slide
        blocks = [
            block
            for shape in notes.shapes._spTree.iterchildren(etree.Element)
            for block in _shape_blocks(shape, notes.part, name, warnings)
        ]
        if blocks:
            yield "".join(["Notes:\n", *blocks])


def _placeholder(shape: Node) -> str | None:
    found = shape.find(f"*/{_P}nvPr/{_P}ph")
    return None if found is None else found.get("type", "body")


def _is_title(shape: Node) -> bool:
    return _placeholder(shape) in ("title", "ctrTitle")


def _shape_blocks(shape: Node, part: Node, name: str, warnings: list[str]) -> Iterator[str]:
    """Text of a shape, of the shapes in a group, of a table, a chart or a diagram."""
    if _placeholder(shape) in _MARGINS or shape.tag == _MC + "Fallback":
        return
    if shape.tag in (_P + "grpSp", _MC + "AlternateContent", _MC + "Choice"):
        for child in shape.iterchildren(etree.Element):
            yield from _shape_blocks(child, part, name, warnings)
        return
    for table in shape.iter(_A + "tbl"):
        rows = ([_cell(cell) for cell in row.iter(_A + "tc")] for row in table.iter(_A + "tr"))
        yield "\n".join(table_lines(hang(rows))) + "\n\n"
        return
    yield _lines(shape)
    for kind, tag, attribute, blocks_of in _FRAMES:
        for frame in shape.iter(tag):
            try:
                yield from list(blocks_of(part.related_part(frame.get(attribute)).blob))
            except Exception as error:  # whatever is damaged in it costs this one alone
                warnings.append(f"{name}: its {kind} could not be read: {type(error).__name__}")


def _diagram_blocks(source: bytes) -> Iterator[str]:
    """The words of a SmartArt diagram, a line each; how they are arranged says its layout."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    for words in etree.fromstring(source, parser).iter(_DGM + "t"):
        yield _lines(words).replace("\n\n", "\n")
    yield "\n"


# What a frame holds, the element that names its part, and who reads that.
_FRAMES: tuple[tuple[str, str, str, Callable[[bytes], Iterator[str]]], ...] = (
    (
        "chart",
        "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart",
        _R + "id",
        chart_blocks,
    ),
    ("diagram", _DGM + "relIds", _R + "dm", _diagram_blocks),
)


def _lines(container: Node) -> str:
    """Its paragraphs in one block, or nothing."""
    lines = [_line(paragraph) for paragraph in container.iter(_A + "p")]
    return "\n".join(filter(None, lines)) + "\n\n" if any(lines) else ""


def _cell(cell: Node) -> str | None:
    """A cell's text; None where it goes on from the row above."""
    if cell.get("vMerge") in ("1", "true"):
        return None
    return " ".join(filter(None, (_line(paragraph) for paragraph in cell.iter(_A + "p"))))


def _line(paragraph: Node) -> str:
    """A paragraph's text, line breaks kept."""
    glyphs = []
    for node in paragraph.iter(_A + "t", _A + "br"):
        glyphs.append("\n" if node.tag == _A + "br" else node.text or "")
    return "".join(glyphs).strip()
