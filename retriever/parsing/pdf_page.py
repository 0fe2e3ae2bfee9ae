"""A PDF opened, and a page of it as text with the place of every letter.

pdfium is not thread-safe: one lock, which all hold who use a document.
"""

from __future__ import annotations

import ctypes
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from math import degrees, isfinite
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from retriever.parsing.pdf_lines import LineBox, union
from retriever.parsing.pdf_names import MAX_PAGES, Names
from retriever.parsing.pdf_paths import segments_of
from retriever.parsing.pdf_rules import Segment, rules_of
from retriever.parsing.pdf_text import PageText, page_text
from retriever.types import UnreadableFile

PDFIUM_LOCK = threading.RLock()

_LETTERS_LOOKED_AT = 40  # to see which way lines run


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
        raise UnreadableFile(
            "broken", "damaged, or not a PDF after all; save it as a PDF again"
        ) from error
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
    page = read_below(document, index, None)
    above = _names_at_end(document, index - 1, MAX_PAGES) if page.told.may_continue else None
    return read_below(document, index, above) if above else page


def _names_at_end(document: pdfium.PdfDocument, index: int, most_pages: int) -> Names | None:
    """Names of the table with which the page at ``index`` ends, from wherever they stand."""
    if index < 0 or not most_pages:
        return None
    try:
        page = read_below(document, index, None)
    except (pdfium.PdfiumError, ValueError):
        return None
    if not page.told.is_open:
        return page.told.names
    above = _names_at_end(document, index - 1, most_pages - 1)
    return read_below(document, index, above).told.names if above else None


def read_below(document: pdfium.PdfDocument, index: int, above: Names | None) -> PageText:
    """As ``read_page``, by whoever knows the names of the table that the page before ends with."""
    page = document[index]
    text_page, rotation = turned_text(page)
    raw = text_page.raw
    code_points = [
        pdfium_c.FPDFText_GetUnicode(raw, place) for place in range(text_page.count_chars())
    ]
    rect = pdfium_c.FS_RECTF()

    def box_of(first: int, last: int) -> LineBox:
        boxes = []
        for place in {first, (first + last) // 2, last}:
            found = pdfium_c.FPDFText_GetLooseCharBox(raw, place, ctypes.byref(rect))
            if found and all(map(isfinite, (rect.left, rect.bottom, rect.right, rect.top))):
                boxes.append(_upright(rect, rotation))
        return union(boxes)

    rules = rules_of(_upright_segment(it, rotation) for it in segments_of(page))
    return page_text(code_points, box_of, rules, above)


def turned_text(page: pdfium.PdfPage) -> tuple[pdfium.PdfTextPage, int]:
    """The page's characters as whoever turns it to read them, and by how many degrees it is turned.

    pdfium puts lines in order from the top of the page as it is shown, whatever way they run.
    The caller holds PDFIUM_LOCK.
    """
    text_page, shown = page.get_textpage(), page.get_rotation()
    turn = _turn(text_page)
    if turn is None or turn == shown:
        return text_page, shown
    page.set_rotation(turn)
    try:
        return page.get_textpage(), turn
    finally:
        page.set_rotation(shown)


def _turn(text_page: pdfium.PdfTextPage) -> int | None:
    """By how many degrees, clockwise, most of the letters are upright; None where they differ."""
    raw, n_chars = text_page.raw, text_page.count_chars()
    places = range(0, n_chars, n_chars // _LETTERS_LOOKED_AT + 1)
    letters = [it for it in places if pdfium_c.FPDFText_GetUnicode(raw, it) > 0x20]
    angles = [degrees(pdfium_c.FPDFText_GetCharAngle(raw, it)) for it in letters]
    turns = Counter(-90 * round(angle / 90) % 360 for angle in angles if isfinite(angle))
    return next((turn for turn, n in turns.items() if 2 * n > len(letters)), None)


def _upright_segment(segment: Segment, rotation: int) -> Segment:
    x0, y0, x1, y1 = segment
    box = _upright(pdfium_c.FS_RECTF(min(x0, x1), max(y0, y1), max(x0, x1), min(y0, y1)), rotation)
    return box.left, box.bottom, box.right, box.top


def _upright(rect: pdfium_c.FS_RECTF, rotation: int) -> LineBox:
    """The box on the page turned ``rotation`` degrees clockwise; the origin may move."""
    left, bottom, right, top = rect.left, rect.bottom, rect.right, rect.top
    if rotation == 90:
        return LineBox(bottom, -right, top, -left)
    if rotation == 180:
        return LineBox(-right, -top, -left, -bottom)
    if rotation == 270:
        return LineBox(-top, left, -bottom, right)
    return LineBox(left, bottom, right, top)
