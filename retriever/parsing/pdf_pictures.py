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
from PIL import Image, ImageChops, ImageStat

from retriever.parsing import ocr
from retriever.parsing.marks import boxes_on_scan, clip, find_text, merge
from retriever.parsing.ocr_text import Rect
from retriever.parsing.pages import Piece
from retriever.parsing.pdf_forms import with_entries
from retriever.parsing.pdf_lines import LINE_BREAKS
from retriever.parsing.pdf_page import PDFIUM_LOCK, open_pdf, read_page, turned_text
from retriever.parsing.pdf_scan import STAMP_CHARS, read_scan
from retriever.parsing.pdf_text import PageText
from retriever.types import Box, PagePicture

_MAX_PIXELS = 50_000_000
# Mean difference of a channel, of 255: on pages of text up to 1.4, a fifth of photograph 3.
_UNSEEN = 2.0
# Points are asked for on a grid this fine, whatever size the page is drawn in.
_GRID = 1 << 20


def draw_page(path: Path, page_number: int, width_px: int) -> PagePicture:
    """Draw a page, counted from 1, as it is shown: cropped and turned.

    A page so tall that its picture would be too large is drawn narrower than asked.

    Raises:
        ValueError: no such page.
        UnreadableFile: the file cannot be opened.
    """
    with PDFIUM_LOCK, open_pdf(path) as document:
        if not 1 <= page_number <= len(document):
            raise ValueError(f"pages go from 1 to {len(document)}, got {page_number}")
        page = with_entries(document, page_number - 1)
        width, height = page.get_size()
        scale = min(width_px / width, (_MAX_PIXELS / (width * height)) ** 0.5)
        image = page.render(scale=scale).to_pil().convert("RGB")
    stream = io.BytesIO()
    _in_few_colours(image).save(stream, format="PNG", compress_level=3)
    return PagePicture(stream.getvalue(), image.width, image.height)


def _in_few_colours(image: Image.Image) -> Image.Image:
    """The picture in 256 colours where nobody sees the difference, as on a page of text.

    That is a third of the bytes; a page with photographs stays as it is.
    """
    few = image.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    difference = ImageStat.Stat(ImageChops.difference(image, few.convert("RGB")))
    return few if max(difference.mean) <= _UNSEEN else image


def find_page_boxes(path: Path, pieces: Iterable[Piece]) -> list[Box]:
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
            offset = find_text(page.text, piece.text, piece.page_offset)
            if offset is None and len(page.text) < STAMP_CHARS:
                boxes += _scan_boxes(pdf, piece)
            elif offset is not None:
                boxes += _boxes(pdf, piece.page_index, page, offset, offset + len(piece.text))
    return boxes


def _scan_boxes(pdf: pdfium.PdfDocument, piece: Piece) -> list[Box]:
    """Boxes on a page that is a picture: OCR reads it once more."""
    scan = read_scan(pdf, piece.page_index) if ocr.languages() else None
    return boxes_on_scan(scan, piece) if scan else []


def _boxes(
    pdf: pdfium.PdfDocument, index: int, page: PageText, start: int, end: int
) -> Iterator[Box]:
    """Boxes of a range of a page's text, one a line."""
    pdf_page = pdf[index]
    text_page, _ = turned_text(pdf_page)
    raw_indices = page.raw_index[start:end]
    for line in _lines(text_page, np.unique(raw_indices[raw_indices >= 0]).tolist()):
        for left, top, right, bottom in merge(_char_rects(pdf_page, text_page, line)):
            yield Box(index + 1, clip(left), clip(top), clip(right), clip(bottom))


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
