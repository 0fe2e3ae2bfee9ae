"""A PDF page drawn as a picture, and where on it a piece of the document's text stands.

Knows nothing of documents and answers: it is told pieces of pages.
"""

from __future__ import annotations

import ctypes
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from retriever.parsing.pages import Piece
from retriever.parsing.pdf import PDFIUM_LOCK, open_pdf, read_page
from retriever.parsing.pdf_text import LINE_BREAKS, PageText
from retriever.types import Box, PagePicture

_MIN_WIDTH_PX, _MAX_WIDTH_PX = 16, 8000
_MAX_PIXELS = 50_000_000
# Points are asked for on a grid this fine, whatever size the page is drawn in.
_GRID = 1 << 20

Rect = tuple[float, float, float, float]  # left, top, right, bottom; fractions from top left


def page_picture(path: Path, page_number: int, width_px: int) -> PagePicture:
    """Draw a page, counted from 1, as it is shown: cropped and turned.

    A page so tall that its picture would be too large is drawn narrower than asked.

    Raises:
        ValueError: no such page, or a width out of bounds.
        UnreadableFile: the file cannot be opened.
    """
    if not _MIN_WIDTH_PX <= width_px <= _MAX_WIDTH_PX:
        raise ValueError(
            f"width_px must be from {_MIN_WIDTH_PX} to {_MAX_WIDTH_PX}, got {width_px}"
        )
    with PDFIUM_LOCK, open_pdf(path) as document:
        if not 1 <= page_number <= len(document):
            raise ValueError(f"pages go from 1 to {len(document)}, got {page_number}")
        page = document[page_number - 1]
        width, height = page.get_size()
        scale = min(width_px / width, (_MAX_PIXELS / (width * height)) ** 0.5)
        image = page.render(scale=scale).to_pil()
        stream = io.BytesIO()
        image.save(stream, format="PNG", compress_level=3)
    return PagePicture(stream.getvalue(), image.width, image.height)


def find_boxes(path: Path, pieces: Iterable[Piece]) -> list[Box]:
    """One box for each line that the pieces touch; none where a piece is not found again.

    Raises:
        UnreadableFile: the file cannot be opened.
    """
    boxes: list[Box] = []
    with PDFIUM_LOCK, open_pdf(path) as pdf:
        for piece in pieces:
            if piece.page_index >= len(pdf):
                break
            page = read_page(pdf, piece.page_index)
            offset = _find(page.text, piece.text, piece.page_offset)
            if offset is not None:
                boxes += _boxes(pdf, piece.page_index, page, offset, offset + len(piece.text))
    return boxes


def _find(page_text: str, quoted: str, offset: int) -> int | None:
    """Where the quotation stands; elsewhere than expected if pdfium reads the page anew."""
    if page_text[offset : offset + len(quoted)] == quoted:
        return offset
    found = page_text.find(quoted)
    return None if found < 0 else found


def _boxes(
    pdf: pdfium.PdfDocument, index: int, page: PageText, start: int, end: int
) -> Iterator[Box]:
    """Boxes of a range of a page's text, one a line."""
    pdf_page = pdf[index]
    text_page = pdf_page.get_textpage()
    raw_indices = page.raw_index[start:end]
    for line in _lines(text_page, np.unique(raw_indices[raw_indices >= 0]).tolist()):
        for left, top, right, bottom in _merge(_char_rects(pdf_page, text_page, line)):
            yield Box(index + 1, _clip(left), _clip(top), _clip(right), _clip(bottom))


def _lines(text_page: pdfium.PdfTextPage, places: list[int]) -> Iterator[list[int]]:
    """Ascending character indices, cut where pdfium has a line end or a hyphen between."""
    line: list[int] = []
    for place in places:
        between = range(line[-1] + 1, place) if line else range(0)
        if any(pdfium_c.FPDFText_GetUnicode(text_page.raw, k) in LINE_BREAKS for k in between):
            yield line
            line = []
        line.append(place)
    if line:
        yield line


def _char_rects(
    page: pdfium.PdfPage, text_page: pdfium.PdfTextPage, places: list[int]
) -> Iterator[Rect]:
    """Boxes of pdfium's characters on the page as it is drawn."""
    rect = pdfium_c.FS_RECTF()
    for place in places:
        if not pdfium_c.FPDFText_GetLooseCharBox(text_page.raw, place, ctypes.byref(rect)):
            continue
        (x0, y0), (x1, y1) = (
            _on_picture(page, rect.left, rect.top),
            _on_picture(page, rect.right, rect.bottom),
        )
        if x0 != x1 and y0 != y1:
            yield min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _on_picture(page: pdfium.PdfPage, x: float, y: float) -> tuple[float, float]:
    """A point of the page, in points, as fractions of its picture."""
    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium_c.FPDF_PageToDevice(
        page.raw, 0, 0, _GRID, _GRID, 0, x, y, ctypes.byref(across), ctypes.byref(down)
    )
    return across.value / _GRID, down.value / _GRID


def _merge(rects: Iterator[Rect]) -> list[Rect]:
    """Join neighbours that overlap across the picture, or down it where a line runs down."""
    merged: list[Rect] = []
    for rect in rects:
        last = merged[-1] if merged else None
        if last and (_share(last, rect, 1) > 0.5 or _share(last, rect, 0) > 0.5):
            low = (min(last[0], rect[0]), min(last[1], rect[1]))
            merged[-1] = (*low, max(last[2], rect[2]), max(last[3], rect[3]))
        else:
            merged.append(rect)
    return merged


def _share(first: Rect, second: Rect, axis: int) -> float:
    """How much of the smaller one's extent two boxes share; axis 0 is across, 1 is down."""
    common = min(first[axis + 2], second[axis + 2]) - max(first[axis], second[axis])
    return common / min(first[axis + 2] - first[axis], second[axis + 2] - second[axis])


def _clip(fraction: float) -> float:
    return min(1.0, max(0.0, fraction))
