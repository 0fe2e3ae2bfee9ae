"""Lines of a PDF page as pdfium gives them: which of them count, and how many are looked at."""

from __future__ import annotations

from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
import pytest

from retriever.parsing import pdf_paths
from retriever.parsing.pdf_page import PDFIUM_LOCK, open_pdf
from retriever.parsing.pdf_paths import segments_of
from retriever.parsing.pdf_rules import Segment
from tests.retriever.drawing import Page, draw

Colour = tuple[int, int, int, int]  # red, green, blue, and how opaque, of 255

WHITE, BLUE, CLEAR = (255, 255, 255, 255), (40, 60, 200, 255), (0, 0, 0, 0)
ACROSS: list[Segment] = [(50, 700.0 - 20 * i, 250, 700.0 - 20 * i) for i in range(3)]


def segments(path: Path) -> list[Segment]:
    with open_pdf(path) as document, PDFIUM_LOCK:
        return segments_of(document[0])


def coloured(path: Path, line: Colour, ground: Colour | None = None) -> Path:
    """Lines across, over an area that is filled if it has a colour."""
    document = pdfium.PdfDocument.new()
    page = document.new_page(612, 792)
    if ground:
        area = pdfium_c.FPDFPageObj_CreateNewRect(50, 660, 200, 40)
        pdfium_c.FPDFPageObj_SetFillColor(area, *ground)
        pdfium_c.FPDFPath_SetDrawMode(area, pdfium_c.FPDF_FILLMODE_WINDING, False)
        pdfium_c.FPDFPage_InsertObject(page, area)
    for x0, y0, x1, y1 in ACROSS:
        stroke = pdfium_c.FPDFPageObj_CreateNewPath(x0, y0)
        pdfium_c.FPDFPath_LineTo(stroke, x1, y1)
        pdfium_c.FPDFPageObj_SetStrokeColor(stroke, *line)
        pdfium_c.FPDFPath_SetDrawMode(stroke, 0, True)
        pdfium_c.FPDFPage_InsertObject(page, stroke)
    page.gen_content()
    document.save(path)
    document.close()
    return path


def with_forms(path: Path, drawn: Path, n_forms: int) -> Path:
    """A page on which the first page of another file stands so many times."""
    document = pdfium.PdfDocument.new()
    page = document.new_page(612, 792)
    with open_pdf(drawn) as source:
        form = pdfium_c.FPDF_NewXObjectFromPage(document, source, 0)
        for _ in range(n_forms):
            pdfium_c.FPDFPage_InsertObject(page, pdfium_c.FPDF_NewFormObjectFromXObject(form))
        page.gen_content()
        document.save(path)
        pdfium_c.FPDF_CloseXObject(form)
    document.close()
    return path


def test_what_stands_on_forms_counts_for_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each form may hold few objects and the page be a drawing all the same."""
    drawn = draw(tmp_path / "a.pdf", [Page([], ACROSS)])
    one = with_forms(tmp_path / "b.pdf", drawn, 1)
    three = with_forms(tmp_path / "c.pdf", drawn, 3)
    monkeypatch.setattr(pdf_paths, "_MAX_OBJECTS", 10)
    assert len(segments(one)) == len(ACROSS)
    assert segments(three) == []


@pytest.mark.parametrize(
    ("line", "ground", "is_seen"),
    [
        (BLUE, None, True),
        (WHITE, None, False),
        (WHITE, WHITE, False),
        (WHITE, BLUE, True),
        (CLEAR, None, False),
        (CLEAR, BLUE, False),
    ],
)
def test_a_line_counts_where_a_reader_sees_it(
    tmp_path: Path, line: Colour, ground: Colour | None, is_seen: bool
) -> None:
    found = segments(coloured(tmp_path / "a.pdf", line, ground))
    assert (ACROSS[1] in found) == is_seen
