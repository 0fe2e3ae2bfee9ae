"""Pieces of a page's text as boxes on its picture: letters' boxes joined to lines.

Pure: knows neither pdfium nor Tesseract, which say where letters stand.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

import numpy as np

from retriever.parsing.ocr_text import Rect, ScannedPage
from retriever.parsing.pages import Piece
from retriever.types import Box


def boxes_on_scan(scan: ScannedPage, piece: Piece) -> list[Box]:
    """One box a line; none where OCR reads something else this time."""
    offset = find_text(scan.page.text, piece.text, piece.page_offset)
    if offset is None:
        return []
    indices = scan.page.raw_index[offset : offset + len(piece.text)]
    places = np.unique(indices[indices >= 0]).tolist()
    boxes: list[Box] = []
    for _, line in groupby(places, key=lambda index: scan.lines[index]):
        rects = [scan.rects[index] for index in line]
        solid = [rect for rect in rects if rect[0] < rect[2] and rect[1] < rect[3]]
        boxes += [Box(piece.page_index + 1, *map(clip, rect)) for rect in merge(solid)]
    return boxes


def find_text(page_text: str, quoted: str, offset: int) -> int | None:
    """Where the quotation stands; elsewhere than expected if pdfium reads the page anew."""
    if page_text[offset : offset + len(quoted)] == quoted:
        return offset
    found = page_text.find(quoted)
    return None if found < 0 else found


def merge(rects: Iterable[Rect]) -> list[Rect]:
    """Join neighbours that overlap across the picture, or down it where a line runs down."""
    merged: list[Rect] = []
    for rect in rects:
        last = merged[-1] if merged else None
        if last and (_share(last, rect, 1) > 0.5 or _share(last, rect, 0) > 0.5):
            low = (min(last[0], rect[0]), min(last[1], rect[1]))
            merged[-1] = (*low, max(last[2], rect[2]), max(last[3], rect[3]))
        else:
            merged.append(rect)
    return merged


def _share(first: Rect, second: Rect, axis: int) -> float:
    """How much of the smaller one's extent two boxes share; axis 0 is across, 1 is down."""
    common = min(first[axis + 2], second[axis + 2]) - max(first[axis], second[axis])
    return common / min(first[axis + 2] - first[axis], second[axis + 2] - second[axis])


def clip(fraction: float) -> float:
    """A fraction of the picture, inside it."""
    return min(1.0, max(0.0, fraction))
