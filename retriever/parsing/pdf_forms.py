"""What people wrote into the fields of a PDF form: which pages hold some, and how they look then.

Reads no value: the fields stand apart from the text around them. The caller holds PDFIUM_LOCK.
"""

from __future__ import annotations

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

_MAX_FIELDS = 1000  # of a page, that are looked at


def filled_in(document: pdfium.PdfDocument) -> list[int]:
    """Indices, from 0, of the pages with a field that holds something written."""
    if document.get_formtype() == pdfium_c.FORMTYPE_NONE:
        return []
    return [index for index in range(len(document)) if _is_filled_in(document, index)]


def _is_filled_in(document: pdfium.PdfDocument, index: int) -> bool:
    try:
        page = document[index]
    except pdfium.PdfiumError:  # whoever reads the page says so
        return False
    n_fields = min(pdfium_c.FPDFPage_GetAnnotCount(page.raw), _MAX_FIELDS)
    return any(_has_value(page, place) for place in range(n_fields))


def _has_value(page: pdfium.PdfPage, place: int) -> bool:
    field = pdfium_c.FPDFPage_GetAnnot(page.raw, place)
    if not field:
        return False
    try:
        n_bytes = pdfium_c.FPDFAnnot_GetStringValue(field, b"V", None, 0)
        is_field = pdfium_c.FPDFAnnot_GetSubtype(field) == pdfium_c.FPDF_ANNOT_WIDGET
        return bool(is_field and n_bytes > len("\0".encode("utf-16-le")))
    finally:
        pdfium_c.FPDFPage_CloseAnnot(field)


def with_entries(document: pdfium.PdfDocument, index: int) -> pdfium.PdfPage:
    """The page at ``index``, to be drawn: its fields are part of it. The file stays as it is."""
    page = document[index]
    if not pdfium_c.FPDFPage_GetAnnotCount(page.raw):
        return page
    if pdfium_c.FPDFPage_Flatten(page.raw, 0) != pdfium_c.FLATTEN_SUCCESS:
        return page
    page.close()  # it shows what it held when it was loaded
    return document[index]
