"""Straight lines that are drawn on a PDF page, as pdfium knows them.

Knows nothing of tables: it gives segments across and down, of strokes and of filled areas' edges.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from retriever.parsing.pdf_rules import Segment

_MAX_OBJECTS = 20_000  # with those of forms: more are a drawing; each takes microseconds
_MAX_POINTS = 3_000  # of all paths
_MAX_DEPTH = 3  # forms within forms
_THIN = 3.0  # points: a filled area so thin is a line, whatever its colour
_STRAIGHT = 0.5
_SHORTEST = 3.0
_WHITE = 250

_Matrix = tuple[float, float, float, float, float, float]
_SAME: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def segments_of(page: pdfium.PdfPage) -> list[Segment]:
    """Segments across and down in the page's own points; none of a page that is a drawing.

    The caller holds PDFIUM_LOCK.
    """
    if pdfium_c.FPDFPage_CountObjects(page.raw) > _MAX_OBJECTS:
        return []
    segments: list[Segment] = []
    budget = _MAX_POINTS
    for number, (drawn, matrix) in enumerate(_objects(page)):
        if number == _MAX_OBJECTS:
            return []
        if pdfium_c.FPDFPageObj_GetType(drawn) != pdfium_c.FPDF_PAGEOBJ_PATH:
            continue
        budget -= pdfium_c.FPDFPath_CountSegments(drawn)
        if budget < 0:
            return []
        segments += _of_path(drawn, matrix)
    return segments


def _objects(page: pdfium.PdfPage) -> Iterator[tuple[pdfium_c.FPDF_PAGEOBJECT, _Matrix]]:
    """What is on the page and on the forms on it, each with the matrix around it."""
    for place in range(pdfium_c.FPDFPage_CountObjects(page.raw)):
        yield from _with_inner(pdfium_c.FPDFPage_GetObject(page.raw, place), _SAME, 0)


def _with_inner(
    drawn: pdfium_c.FPDF_PAGEOBJECT, outer: _Matrix, depth: int
) -> Iterator[tuple[pdfium_c.FPDF_PAGEOBJECT, _Matrix]]:
    yield drawn, outer
    is_form = pdfium_c.FPDFPageObj_GetType(drawn) == pdfium_c.FPDF_PAGEOBJ_FORM
    if is_form and depth < _MAX_DEPTH:
        inner = _product(_matrix(drawn), outer)
        for place in range(pdfium_c.FPDFFormObj_CountObjects(drawn)):
            yield from _with_inner(pdfium_c.FPDFFormObj_GetObject(drawn, place), inner, depth + 1)


def _of_path(path: pdfium_c.FPDF_PAGEOBJECT, outer: _Matrix) -> Iterator[Segment]:
    if not _is_seen(path):
        return
    matrix = _product(_matrix(path), outer)
    start = here = (0.0, 0.0)
    for place in range(pdfium_c.FPDFPath_CountSegments(path)):
        piece = pdfium_c.FPDFPath_GetPathSegment(path, place)
        kind = pdfium_c.FPDFPathSegment_GetType(piece)
        before, here = here, _point(piece, matrix)
        if kind == pdfium_c.FPDF_SEGMENT_MOVETO:
            start = here
        elif kind == pdfium_c.FPDF_SEGMENT_LINETO:
            yield from _straight(before, here)
        if pdfium_c.FPDFPathSegment_GetClose(piece):
            yield from _straight(here, start)


def _straight(start: tuple[float, float], end: tuple[float, float]) -> Iterator[Segment]:
    width, height = abs(start[0] - end[0]), abs(start[1] - end[1])
    if min(width, height) <= _STRAIGHT and max(width, height) >= _SHORTEST:
        yield (*start, *end)


def _is_seen(path: pdfium_c.FPDF_PAGEOBJECT) -> bool:
    """Whether a path is drawn; a white area is paper, unless it is as thin as a line."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium_c.FPDFPath_GetDrawMode(path, ctypes.byref(fill), ctypes.byref(stroke))
    if stroke.value or not fill.value:
        return bool(stroke.value)
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    pdfium_c.FPDFPageObj_GetFillColor(path, red, green, blue, alpha)
    is_white = min(red.value, green.value, blue.value) >= _WHITE
    return alpha.value > 0 and (not is_white or _is_thin(path))


def _is_thin(path: pdfium_c.FPDF_PAGEOBJECT) -> bool:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    pdfium_c.FPDFPageObj_GetBounds(path, left, bottom, right, top)
    return min(right.value - left.value, top.value - bottom.value) <= _THIN


def _matrix(drawn: pdfium_c.FPDF_PAGEOBJECT) -> _Matrix:
    matrix = pdfium_c.FS_MATRIX()
    if not pdfium_c.FPDFPageObj_GetMatrix(drawn, ctypes.byref(matrix)):
        return _SAME
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _product(first: _Matrix, then: _Matrix) -> _Matrix:
    a, b, c, d, e, f = first
    return (
        a * then[0] + b * then[2],
        a * then[1] + b * then[3],
        c * then[0] + d * then[2],
        c * then[1] + d * then[3],
        e * then[0] + f * then[2] + then[4],
        e * then[1] + f * then[3] + then[5],
    )


def _point(piece: pdfium_c.FPDF_PATHSEGMENT, matrix: _Matrix) -> tuple[float, float]:
    x, y = ctypes.c_float(), ctypes.c_float()
    pdfium_c.FPDFPathSegment_GetPoint(piece, ctypes.byref(x), ctypes.byref(y))
    a, b, c, d, e, f = matrix
    return a * x.value + c * y.value + e, b * x.value + d * y.value + f
