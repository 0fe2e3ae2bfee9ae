"""PDF: text page by page, by OCR where a page is a picture; what could not be read, in words."""

from __future__ import annotations

import time
from pathlib import Path

import pypdfium2 as pdfium

from retriever.parsing import ocr, pdf_scan
from retriever.parsing.limits import ParseLimits
from retriever.parsing.pages import Pages, named
from retriever.parsing.pdf_forms import filled_in
from retriever.parsing.pdf_names import Names
from retriever.parsing.pdf_page import PDFIUM_LOCK, open_pdf, read_below
from retriever.types import UnreadableFile

MEDIA_TYPE = "application/pdf"

_NO_TEXT = "no text layer: its pages are pictures"
_MORE = 2  # times as long as what stands on a picture, that what OCR reads on it is the page


def parse_pdf(path: Path, limits: ParseLimits) -> Pages:
    """Text of every page, by OCR where a page is a picture and Tesseract is there.

    A few words that a scanner put on its picture make it no page of text. A page that
    fails is empty and named in the warnings.

    Raises:
        UnreadableFile: ``encrypted``, ``no_text`` or ``broken``.
    """
    with open_pdf(path) as document:
        with PDFIUM_LOCK:
            n_pages = len(document)
            forms = filled_in(document) if n_pages <= limits.max_pages else []
        if n_pages > limits.max_pages:
            raise UnreadableFile(
                "broken", f"it has {n_pages} pages; the limit is {limits.max_pages}"
            )
        if not n_pages:
            raise UnreadableFile("broken", "the PDF has no pages")
        texts, broken = _read_texts(document, n_pages)
        silent = [i for i, text in enumerate(texts) if not text and i not in broken]
        stamped = [i for i, text in enumerate(texts) if pdf_scan.is_stamped(document, i, text)]
        pictures = [*silent, *stamped]
        said = _read_pictures(document, pictures, texts, limits) if pictures else []
    if forms:
        said.append(f"{named(forms)} of a form: what is written in its fields is not read")
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


def _read_pictures(
    document: pdfium.PdfDocument, pictures: list[int], texts: list[str], limits: ParseLimits
) -> list[str]:
    """Put what OCR reads on pages that are pictures into ``texts``; say what was done and not.

    A page that has a text keeps it where the picture says little more: there may be a photograph
    behind the words of a slide.
    """
    if not ocr.languages():
        silent = [index for index in pictures if not texts[index]]
        stamped = [index for index in pictures if texts[index]]
        missing = [(silent, "without a text layer"), (stamped, "with little text on a picture")]
        lacking = [f"{named(indices)} {what}" for indices, what in missing if indices]
        # What is indexed stays as it is when the same file is added again.
        again = ", then remove this document and add it again" if any(texts) else ""
        return [f"{' and '.join(lacking)}; {ocr.HOW_TO_INSTALL} to read them{again}"]
    scans = pdf_scan.read_scans(document, pictures, limits.max_ocr_s)
    read = sorted(i for i, text in scans.texts.items() if len(text) > _MORE * len(texts[i]))
    wordless = [index for index in scans.wordless if not texts[index]]
    for index in read:
        texts[index] = scans.texts[index]
    said = [
        (read, "read by OCR: letters may be wrong"),
        (wordless, "without text: OCR found no words in the picture"),
        (sorted(scans.unread), ocr.not_read(limits.max_ocr_s)),
    ]
    failed = [f"page {index + 1} could not be read: {why}" for index, why in scans.failed.items()]
    return [f"{named(indices)} {what}" for indices, what in said if indices] + failed
