"""PDF pages drawn with pdfium: words where they are told to stand, and lines between them."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

SIZE = 10.0
LEADING = 12.0

Column = tuple[float, int]  # its left edge, and how many letters fit into a line
Line = tuple[float, float, float, float]  # x0, y0, x1, y1


@dataclass(frozen=True)
class Page:
    """Words in the order in which a file holds them, and lines."""

    words: Sequence[tuple[float, float, str]]  # the left edge, the baseline, the text
    lines: Sequence[Line] = ()
    rotation: int = 0  # degrees clockwise, by which it is turned when it is shown


def draw(path: Path, pages: Sequence[Page]) -> Path:
    document = pdfium.PdfDocument.new()
    for drawn in pages:
        page = document.new_page(612, 792)
        for left, bottom, text in drawn.words:
            piece = pdfium_c.FPDFPageObj_NewTextObj(document, b"Helvetica", SIZE)
            coded = (text + "\0").encode("utf-16-le")
            letters = ctypes.cast(coded, ctypes.POINTER(ctypes.c_ushort))
            assert pdfium_c.FPDFText_SetText(piece, letters)
            pdfium_c.FPDFPageObj_Transform(piece, 1, 0, 0, 1, left, bottom)
            pdfium_c.FPDFPage_InsertObject(page, piece)
        for x0, y0, x1, y1 in drawn.lines:
            line = pdfium_c.FPDFPageObj_CreateNewPath(x0, y0)
            pdfium_c.FPDFPath_LineTo(line, x1, y1)
            pdfium_c.FPDFPath_SetDrawMode(line, 0, True)
            pdfium_c.FPDFPage_InsertObject(page, line)
        page.gen_content()
        page.set_rotation(drawn.rotation)
    document.save(path)
    document.close()
    return path


def wrapped(text: str, n_chars: int) -> list[str]:
    """Lines as a printing program breaks them."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > n_chars:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def table(
    rows: Sequence[Sequence[str]],
    columns: Sequence[Column],
    *,
    top: float = 720,
    padding: float = 4,
    ruled: bool = False,
) -> Page:
    """A table as most programs write it: cell by cell, each with all of its lines."""
    words, edges, y = [], [top], top
    for row in rows:
        cells = [wrapped(cell, n) for cell, (_, n) in zip(row, columns, strict=True)]
        first = y - padding - SIZE
        for lines, (left, _) in zip(cells, columns, strict=True):
            words += [(left, first - LEADING * i, line) for i, line in enumerate(lines) if line]
        y = first - LEADING * (max(map(len, cells)) - 1) - padding - 2
        edges.append(y)
    lefts = [left - 4 for left, _ in columns] + [columns[-1][0] + 6 * columns[-1][1]]
    across = [(lefts[0], edge, lefts[-1], edge) for edge in edges]
    down = [(left, edges[0], left, edges[-1]) for left in lefts]
    return Page(words, [*across, *down] if ruled else [])
