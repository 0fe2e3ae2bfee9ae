"""Pages of a PDF that are pictures: which are, and what OCR reads on them.

The caller holds PDFIUM_LOCK while a page is drawn, not while it is read.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import pypdfium2 as pdfium
from PIL.Image import Image

from retriever.parsing import ocr
from retriever.parsing.ocr_text import ScannedPage
from retriever.parsing.pdf_page import PDFIUM_LOCK
from retriever.parsing.pdf_paths import picture_share
from retriever.parsing.steps import step

STAMP_CHARS = 100  # a text below this may be what a scanner put on its picture
_MOSTLY = 0.5  # of a page's area


@dataclass(slots=True)
class Scans:
    """What became of the pages that are pictures and not blank; indices from 0."""

    texts: dict[int, str] = field(default_factory=dict)
    wordless: list[int] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)


def read_scans(document: pdfium.PdfDocument, indices: Iterable[int], max_s: float) -> Scans:
    """OCR of pages, until ``max_s`` are over."""
    scans, end_s = Scans(), time.monotonic() + max_s
    indices = list(indices)
    for done, index in enumerate(indices):
        if time.monotonic() > end_s:
            scans.unread.append(index)
            continue
        try:
            page = read_scan(document, index)
        except MemoryError:
            raise
        except Exception as error:  # whatever is odd about a page costs that page alone
            scans.failed[index] = str(error) or type(error).__name__
        else:
            if page is not None and page.page.text:
                scans.texts[index] = page.page.text
            elif page is not None:
                scans.wordless.append(index)
        step((done + 1) / len(indices))
    return scans


def is_stamped(document: pdfium.PdfDocument, index: int, text: str) -> bool:
    """Whether a page is mostly a picture, with as few words on it as scanners leave there."""
    if not 0 < len(text) < STAMP_CHARS:
        return False
    with PDFIUM_LOCK:
        return picture_share(document[index]) > _MOSTLY


def read_scan(document: pdfium.PdfDocument, index: int) -> ScannedPage | None:
    """A page's words by OCR; None for a page without a mark on it.

    Raises:
        OcrFailed, PdfiumError, ValueError: it cannot be read, or not be drawn.
    """
    with PDFIUM_LOCK:
        picture = draw(document, index)
    darkest, lightest = picture.getextrema()
    if darkest == lightest:
        return None
    return ocr.read_picture(picture)


def draw(document: pdfium.PdfDocument, index: int) -> Image:
    """A page in grey, as large as OCR likes it."""
    page = document[index]
    width, height = page.get_size()
    if not width * height:
        raise ValueError("the page has no size")
    scale = min(ocr.DPI / 72, (ocr.MAX_PIXELS / (width * height)) ** 0.5)
    picture: Image = page.render(scale=scale, grayscale=True).to_pil().convert("L")
    return picture
