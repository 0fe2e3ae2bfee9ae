"""PDF: text page by page, and a page opened for those who draw it or look for boxes.

The only module besides pdf_pictures that knows pdfium. pdfium is not thread-safe: one lock.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from retriever.parsing.limits import ParseLimits
from retriever.parsing.pages import Pages
from retriever.parsing.pdf_lines import LineBox, union
from retriever.parsing.pdf_names import MAX_PAGES, Names
from retriever.parsing.pdf_paths import segments_of
from retriever.parsing.pdf_rules import Segment, rules_of
from retriever.parsing.pdf_text import PageText, page_text
from retriever.types import UnreadableFile

MEDIA_TYPE = "application/pdf"
PDFIUM_LOCK = threading.RLock()

_NO_TEXT = "no text layer: its pages are pictures"


def parse_pdf(path: Path, limits: ParseLimits) -> Pages:
    """Text of every page, by OCR where a page is a picture and Tesseract is there.

    A page that fails is empty and named in the warnings.

    Raises:
        UnreadableFile: ``encrypted``, ``no_text`` or ``broken``.
    """
    with open_pdf(path) as document:
        with PDFIUM_LOCK:
            n_pages = len(document)
        if n_pages > limits.max_pages:
            raise UnreadableFile(
                "broken", f"it has {n_pages} pages; the limit is {limits.max_pages}"
            )
        if not n_pages:
            raise UnreadableFile("broken", "the PDF has no pages")
        texts, broken = _read_texts(document, n_pages)
        silent = [i for i, text in enumerate(texts) if not text and i not in broken]
        said = _read_silent(document, silent, texts, limits) if silent else []
    if len(broken) == n_pages:
        raise UnreadableFile("broken", f"no page could be read: {broken[0]}")
    if not any(texts) and not broken and not said:
        raise UnreadableFile("empty", "its pages are blank")
    if not any(texts):
        raise UnreadableFile("no_text", f"{_NO_TEXT}; {'; '.join(said)}")
    warnings = [f"page {index + 1} could not be read: {reason}" for index, reason in broken.items()]
    return Pages(MEDIA_TYPE, texts, warnings + said)


def _read_texts(document: pdfium.PdfDocument, n_pages: int) -> tuple[list[str], dict[int, str]]:
    """Each page's text, and why some could not be read, by their index."""
    texts: list[str] = []
    broken: dict[int, str] = {}
    above: Names | None = None
    for index in range(n_pages):
        with PDFIUM_LOCK:
            try:
                page = _read(document, index, above)
                texts.append(page.text)
                above = page.told.names
            except (pdfium.PdfiumError, ValueError) as error:
                texts.append("")
                above = None
                broken[index] = str(error)
        time.sleep(0)  # whoever waits to draw a page goes first
    return texts, broken


def _read_silent(
    document: pdfium.PdfDocument, silent: list[int], texts: list[str], limits: ParseLimits
) -> list[str]:
    """Put what OCR reads on pages without text into ``texts``; say what was done and not."""
    from retriever.parsing import ocr, pdf_scan

    if not ocr.languages():
        return [f"{_pages(silent)} without a text layer; {ocr.HOW_TO_INSTALL} to read them"]
    scans = pdf_scan.read_scans(document, silent, limits.max_ocr_s)
    for index, text in scans.texts.items():
        texts[index] = text
    said = [
        (list(scans.texts), "read by OCR: letters may be wrong"),
        (scans.wordless, "without text: OCR found no words in the picture"),
        (scans.unread, f"not read: OCR of a file may take {limits.max_ocr_s:g} s"),
    ]
    failed = [f"page {index + 1} could not be read: {why}" for index, why in scans.failed.items()]
    return [f"{_pages(indices)} {what}" for indices, what in said if indices] + failed


def _pages(indices: list[int]) -> str:
    """``page 3`` or ``pages 2, 5-7``, of indices from 0."""
    word = "page" if len(indices) == 1 else "pages"
    return f"{word} {_ranges([index + 1 for index in indices])}"


def _ranges(numbers: list[int]) -> str:
    """Ascending numbers as ``2, 5-7``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


@contextmanager
def open_pdf(path: Path) -> Iterator[pdfium.PdfDocument]:
    """The document, closed at the end with all it lent; hold PDFIUM_LOCK to use it.

    Raises:
        UnreadableFile: ``encrypted`` or ``broken``.
    """
    try:
        with PDFIUM_LOCK:
            document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise UnreadableFile(
                "encrypted", "it needs a password; save a copy without one"
            ) from error
        raise UnreadableFile("broken", f"not a sound PDF: {error}") from error
    try:
        yield document
    finally:
        with PDFIUM_LOCK:
            document.close()


def read_page(document: pdfium.PdfDocument, index: int) -> PageText:
    """Text of the page at ``index`` (from 0) and where each code point stands.

    The caller holds PDFIUM_LOCK, also while the page it leaves behind is let go.

    Raises:
        PdfiumError: pdfium cannot load the page.
    """
    page = _read(document, index, None)
    above = _names_at_end(document, index - 1, MAX_PAGES) if page.told.may_continue else None
    return _read(document, index, above) if above else page


def _names_at_end(document: pdfium.PdfDocument, index: int, most_pages: int) -> Names | None:
    """Names of the table with which the page at ``index`` ends, from wherever they stand."""
    if index < 0 or not most_pages:
        return None
    try:
        page = _read(document, index, None)
    except (pdfium.PdfiumError, ValueError):
        return None
    if not page.told.is_open:
        return page.told.names
    above = _names_at_end(document, index - 1, most_pages - 1)
    return _read(document, index, above).told.names if above else None


def _read(document: pdfium.PdfDocument, index: int, above: Names | None) -> PageText:
    page = document[index]
    text_page = page.get_textpage()
    raw, rotation = text_page.raw, page.get_rotation()
    code_points = [
        pdfium_c.FPDFText_GetUnicode(raw, place) for place in range(text_page.count_chars())
    ]
    rect = pdfium_c.FS_RECTF()

    def box_of(first: int, last: int) -> LineBox:
        boxes = []
        for place in {first, (first + last) // 2, last}:
            if pdfium_c.FPDFText_GetLooseCharBox(raw, place, ctypes.byref(rect)):
                boxes.append(_upright(rect, rotation))
        return union(boxes)

    rules = rules_of(_upright_segment(it, rotation) for it in segments_of(page))
    return page_text(code_points, box_of, rules, above)


def _upright_segment(segment: Segment, rotation: int) -> Segment:
    x0, y0, x1, y1 = segment
    box = _upright(pdfium_c.FS_RECTF(min(x0, x1), max(y0, y1), max(x0, x1), min(y0, y1)), rotation)
    return box.left, box.bottom, box.right, box.top


def _upright(rect: pdfium_c.FS_RECTF, rotation: int) -> LineBox:
    """The box as the page is shown, ``rotation`` degrees clockwise; the origin may move."""
    left, bottom, right, top = rect.left, rect.bottom, rect.right, rect.top
    if rotation == 90:
        return LineBox(bottom, -right, top, -left)
    if rotation == 180:
        return LineBox(-right, -top, -left, -bottom)
    if rotation == 270:
        return LineBox(-top, left, -bottom, right)
    return LineBox(left, bottom, right, top)
