"""Straight lines on a PDF page, as pdfium knows them, and how much of it pictures cover.

Knows nothing of tables: it gives segments across and down, of strokes and of filled areas' edges.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from itertools import islice

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from retriever.parsing.pdf_rules import Segment

_MAX_OBJECTS = 20_000  # with those of forms: more are a drawing; each takes microseconds
_MAX_POINTS = 3_000  # of all paths
_MAX_DEPTH = 3  # forms within forms
_THIN = 3.0  # points: a filled area so thin is a line
_STRAIGHT = 0.5
_SHORTEST = 3.0
_PALEST = 250  # of 255: colours of which no part is darker are white
_WHITE, _DARK = "white", "dark"

_Matrix = tuple[float, float, float, float, float, float]
_SAME: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def segments_of(page: pdfium.PdfPage) -> list[Segment]:
    """Segments across and down in the page's own points; none of a page that is a drawing.

    The caller holds PDFIUM_LOCK.
    """
    objects = list(islice(_objects(page), _MAX_OBJECTS + 1))
    paths = [it for it in objects if _kind(it[0]) == pdfium_c.FPDF_PAGEOBJ_PATH]
    n_points = sum(pdfium_c.FPDFPath_CountSegments(path) for path, _ in paths)
    if len(objects) > _MAX_OBJECTS or n_points > _MAX_POINTS:
        return []
    has_ground = any(_is_ground(drawn) for drawn, _ in objects)
    seen = [it for it in paths if _is_seen(it[0], has_ground)]
    return [segment for path, matrix in seen for segment in _of_path(path, matrix)]


def picture_share(page: pdfium.PdfPage) -> float:
    """The part of the page's area that its pictures have; above 1 where they lie on each other.

    The caller holds PDFIUM_LOCK.
    """
    width, height = page.get_size()
    found = islice(_objects(page), _MAX_OBJECTS)
    pictures = [it for it in found if _kind(it[0]) == pdfium_c.FPDF_PAGEOBJ_IMAGE]
    matrices = [_product(_matrix(picture), outer) for picture, outer in pictures]
    areas = [abs(a * d - b * c) for a, b, c, d, _, _ in matrices]
    return sum(areas) / max(float(width * height), 1.0)


def _objects(page: pdfium.PdfPage) -> Iterator[tuple[pdfium_c.FPDF_PAGEOBJECT, _Matrix]]:
    """What is on the page and on the forms on it, each with the matrix around it."""
    for place in range(pdfium_c.FPDFPage_CountObjects(page.raw)):
        yield from _with_inner(pdfium_c.FPDFPage_GetObject(page.raw, place), _SAME, 0)


def _with_inner(
    drawn: pdfium_c.FPDF_PAGEOBJECT, outer: _Matrix, depth: int
) -> Iterator[tuple[pdfium_c.FPDF_PAGEOBJECT, _Matrix]]:
    yield drawn, outer
    if _kind(drawn) == pdfium_c.FPDF_PAGEOBJ_FORM and depth < _MAX_DEPTH:
        inner = _product(_matrix(drawn), outer)
        for place in range(pdfium_c.FPDFFormObj_CountObjects(drawn)):
            yield from _with_inner(pdfium_c.FPDFFormObj_GetObject(drawn, place), inner, depth + 1)


def _of_path(path: pdfium_c.FPDF_PAGEOBJECT, outer: _Matrix) -> Iterator[Segment]:
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


def _is_seen(path: pdfium_c.FPDF_PAGEOBJECT, has_ground: bool) -> bool:
    """Whether a path is drawn; white is paper, unless it is a line and the page has a ground."""
    stroke, fill = _inks(path)
    if _DARK in (stroke, fill) or not has_ground:
        return _DARK in (stroke, fill)
    return stroke == _WHITE or (fill == _WHITE and _is_thin(path))


def _is_ground(drawn: pdfium_c.FPDF_PAGEOBJECT) -> bool:
    """Whether a white line may be seen on it: a picture, or an area that is not white."""
    kind = _kind(drawn)
    if kind == pdfium_c.FPDF_PAGEOBJ_PATH:
        return _inks(drawn)[1] == _DARK and not _is_thin(drawn)
    return kind in (pdfium_c.FPDF_PAGEOBJ_IMAGE, pdfium_c.FPDF_PAGEOBJ_SHADING)


def _inks(path: pdfium_c.FPDF_PAGEOBJECT) -> tuple[str | None, str | None]:
    """What its line and what its area are drawn with, if anything."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium_c.FPDFPath_GetDrawMode(path, ctypes.byref(fill), ctypes.byref(stroke))
    return (
        _ink(path, pdfium_c.FPDFPageObj_GetStrokeColor) if stroke.value else None,
        _ink(path, pdfium_c.FPDFPageObj_GetFillColor) if fill.value else None,
    )


def _ink(path: pdfium_c.FPDF_PAGEOBJECT, colour_of: Callable[..., int]) -> str | None:
    """White or dark; None where nothing is seen. A pattern, which has no colour, is dark."""
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not colour_of(path, red, green, blue, alpha):
        return _DARK
    if not alpha.value:
        return None
    return _WHITE if min(red.value, green.value, blue.value) >= _PALEST else _DARK


def _is_thin(path: pdfium_c.FPDF_PAGEOBJECT) -> bool:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    pdfium_c.FPDFPageObj_GetBounds(path, left, bottom, right, top)
    return min(right.value - left.value, top.value - bottom.value) <= _THIN


def _kind(drawn: pdfium_c.FPDF_PAGEOBJECT) -> int:
    return int(pdfium_c.FPDFPageObj_GetType(drawn))


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
