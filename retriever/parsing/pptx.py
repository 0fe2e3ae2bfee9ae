"""PowerPoint slides (.pptx): a slide is a page, with its tables, charts and notes.

A slide that cannot be read costs that slide alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pptx
from lxml import etree

from retriever.parsing.limits import ParseLimits, check_archive
from retriever.parsing.pages import Pages, clean
from retriever.parsing.rows import table_lines
from retriever.types import UnreadableFile

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_MARGINS = frozenset({"dt", "ftr", "hdr", "sldNum", "sldImg"})  # date, footer, page number

Node: TypeAlias = Any  # neither python-pptx nor lxml has types


def parse_pptx(path: Path, limits: ParseLimits) -> Pages:
    """Every slide in order; shapes as they are stacked, titles first.

    Raises:
        UnreadableFile: ``broken`` when no slide could be read.
    """
    check_archive(path, limits)
    presentation = pptx.Presentation(str(path))
    texts: list[str] = []
    warnings: list[str] = []
    for number, slide_id in enumerate(presentation.slides._sldIdLst, start=1):
        try:
            slide = presentation.part.related_slide(slide_id.rId)
            texts.append(clean("".join(_slide_blocks(slide))))
        except Exception as error:
            texts.append("")
            warnings.append(f"slide {number} could not be read: {type(error).__name__} {error}")
    if warnings and len(warnings) == len(texts):
        raise UnreadableFile("broken", warnings[0])
    return Pages(MEDIA_TYPE, texts, warnings)


def _slide_blocks(slide: Node) -> Iterator[str]:
    """Paragraph after paragraph, each with its line breaks."""
    tree = slide.shapes._spTree
    shapes = sorted(tree.iterchildren(etree.Element), key=lambda shape: not _is_title(shape))
    for shape in shapes:
        yield from _shape_blocks(shape, slide)
    if slide.has_notes_slide:
        notes = slide.notes_slide
        blocks = [
            block
            for shape in notes.shapes._spTree.iterchildren(etree.Element)
            for block in _shape_blocks(shape, notes)
        ]
        if blocks:
            yield "".join(["Notes:\n", *blocks])


def _placeholder(shape: Node) -> str | None:
    found = shape.find(f"*/{_P}nvPr/{_P}ph")
    return None if found is None else found.get("type", "body")


def _is_title(shape: Node) -> bool:
    return _placeholder(shape) in ("title", "ctrTitle")


def _shape_blocks(shape: Node, slide: Node) -> Iterator[str]:
    """Text of a shape, of the shapes in a group, of a table or a chart."""
    if _placeholder(shape) in _MARGINS or shape.tag == _MC + "Fallback":
        return
    if shape.tag in (_P + "grpSp", _MC + "AlternateContent", _MC + "Choice"):
        for child in shape.iterchildren(etree.Element):
            yield from _shape_blocks(child, slide)
        return
    for table in shape.iter(_A + "tbl"):
        rows = [[_cell(cell) for cell in row.iter(_A + "tc")] for row in table.iter(_A + "tr")]
        yield "\n".join(table_lines(rows)) + "\n\n"
        return
    lines = [_line(paragraph) for paragraph in shape.iter(_A + "p")]
    if any(lines):
        yield "\n".join(filter(None, lines)) + "\n\n"
    for chart in shape.iter("{http://schemas.openxmlformats.org/drawingml/2006/chart}chart"):
        yield from _chart_blocks(chart, slide)


def _cell(cell: Node) -> str:
    return " ".join(filter(None, (_line(paragraph) for paragraph in cell.iter(_A + "p"))))


def _line(paragraph: Node) -> str:
    """A paragraph's text, line breaks kept."""
    glyphs = []
    for node in paragraph.iter(_A + "t", _A + "br"):
        glyphs.append("\n" if node.tag == _A + "br" else node.text or "")
    return "".join(glyphs).strip()


def _chart_blocks(frame: Node, slide: Node) -> Iterator[str]:
    """A chart's title and its figures as a table: categories down, series across."""
    relation = frame.get("{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id")
    chart = slide.part.related_part(relation).chart
    if chart.has_title and chart.chart_title.has_text_frame:
        yield chart.chart_title.text_frame.text + "\n"
    for plot in chart.plots:
        series = list(plot.series)
        rows = [
            [str(category), *(_figure(one.values, place) for one in series)]
            for place, category in enumerate(plot.categories)
        ]
        names = ["", *(one.name or "" for one in series)]
        yield "\n".join(table_lines(rows, [names])) + "\n\n"


def _figure(values: Node, place: int) -> str:
    value = values[place] if place < len(values) else None
    return "" if value is None else f"{value:.15g}"
