"""PDF: text page by page, by OCR where a page is a picture; what could not be read, in words."""

from __future__ import annotations

import time
from pathlib import Path

import pypdfium2 as pdfium

from retriever.parsing.limits import ParseLimits
from retriever.parsing.pages import Pages, named
from retriever.parsing.pdf_names import Names
from retriever.parsing.pdf_page import PDFIUM_LOCK, open_pdf, read_below
from retriever.types import UnreadableFile

MEDIA_TYPE = "application/pdf"

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
                page = read_below(document, index, above)
                texts.append(page.text)
                above = page.told.names
            except MemoryError:
                raise
            except Exception as error:  # whatever is odd about a page costs that page alone
                texts.append("")
                above = None
                broken[index] = str(error) or type(error).__name__
        time.sleep(0)  # whoever waits to draw a page goes first
    return texts, broken


def _read_silent(
    document: pdfium.PdfDocument, silent: list[int], texts: list[str], limits: ParseLimits
) -> list[str]:
    """Put what OCR reads on pages without text into ``texts``; say what was done and not."""
    from retriever.parsing import ocr, pdf_scan

    if not ocr.languages():
        return [f"{named(silent)} without a text layer; {ocr.HOW_TO_INSTALL} to read them"]
    scans = pdf_scan.read_scans(document, silent, limits.max_ocr_s)
    for index, text in scans.texts.items():
        texts[index] = text
    said = [
        (list(scans.texts), "read by OCR: letters may be wrong"),
        (scans.wordless, "without text: OCR found no words in the picture"),
        (scans.unread, ocr.not_read(limits.max_ocr_s)),
    ]
    failed = [f"page {index + 1} could not be read: {why}" for index, why in scans.failed.items()]
    return [f"{named(indices)} {what}" for indices, what in said if indices] + failed
