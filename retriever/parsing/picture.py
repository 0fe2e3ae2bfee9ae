"""Pictures as documents (photographs of pages, screenshots, faxes): their words by OCR.

A frame of the file is a page. Knows no PDF.
"""

from __future__ import annotations

import io
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageOps, ImageSequence

from retriever.parsing import ocr
from retriever.parsing.limits import ParseLimits
from retriever.parsing.marks import boxes_on_scan
from retriever.parsing.ocr_text import ScannedPage
from retriever.parsing.pages import Pages, Piece, named
from retriever.parsing.steps import step
from retriever.types import Box, PagePicture, UnreadableFile

_MAX_PIXELS = 100_000_000
_SMALL_PX = 2000  # a longer side below this: a screenshot, whose letters are too small for OCR


def parse_picture(path: Path, limits: ParseLimits) -> Pages:
    """What is written on each frame.

    Raises:
        UnreadableFile: ``no_text`` without Tesseract or without words, ``broken``.
    """
    ocr.require()
    texts: list[str] = []
    said = ["read by OCR: letters may be wrong"]
    with _open(path) as image:
        n_frames = getattr(image, "n_frames", 1)
        if n_frames > limits.max_pages:
            raise UnreadableFile(
                "broken", f"it has {n_frames} pages; the limit is {limits.max_pages}"
            )
        end_s = time.monotonic() + limits.max_ocr_s
        for frame in ImageSequence.Iterator(image):
            if time.monotonic() > end_s:
                unread = range(len(texts), n_frames)
                said.append(f"{named(unread)} {ocr.not_read(limits.max_ocr_s)}")
                texts += [""] * len(unread)
                break
            try:
                texts.append(_read(frame).page.text)
            except ocr.OcrFailed as error:
                texts.append("")
                said.append(f"page {len(texts)} could not be read: {error}")
            step(len(texts) / n_frames)
        media_type = Image.MIME.get(image.format or "", "image/unknown")
    if not any(texts):
        reason = said[-1] if len(said) > 1 else "a picture in which OCR found no words"
        raise UnreadableFile("no_text", reason)
    return Pages(media_type, texts, said)


def draw_picture(path: Path, page_number: int, width_px: int) -> PagePicture:
    """A frame, counted from 1, at most as wide as asked; raises ValueError for none such."""
    with _frame(path, page_number - 1) as frame:
        frame.thumbnail((width_px, _SMALL_PX * 4))
        stream = io.BytesIO()
        frame.convert("RGB").save(stream, "PNG", compress_level=3)
    return PagePicture(stream.getvalue(), frame.width, frame.height)


def find_picture_boxes(path: Path, pieces: Iterable[Piece]) -> list[Box]:
    """One box for each line that the pieces touch: OCR reads their frames once more."""
    boxes: list[Box] = []
    for piece in pieces if ocr.languages() else ():
        with _frame(path, piece.page_index) as frame:
            boxes += boxes_on_scan(_read(frame), piece)
    return boxes


def _read(frame: Image.Image) -> ScannedPage:
    upright = ImageOps.exif_transpose(frame).convert("L")
    scale = 2.0 if max(upright.size) < _SMALL_PX else 1.0
    scale = min(scale, (ocr.MAX_PIXELS / (upright.width * upright.height)) ** 0.5)
    size = (max(1, int(upright.width * scale)), max(1, int(upright.height * scale)))
    return ocr.read_picture(upright.resize(size) if size != upright.size else upright)


@contextmanager
def _frame(path: Path, index: int) -> Iterator[Image.Image]:
    with _open(path) as image:
        n_frames = getattr(image, "n_frames", 1)
        if not 0 <= index < n_frames:
            raise ValueError(f"pages go from 1 to {n_frames}, got {index + 1}")
        image.seek(index)
        yield ImageOps.exif_transpose(image)


@contextmanager
def _open(path: Path) -> Iterator[Image.Image]:
    """The file, refused by the size that it states before a pixel is read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's own, about large and odd files
        with Image.open(path) as image:
            if image.width * image.height > _MAX_PIXELS:
                raise UnreadableFile(
                    "broken",
                    f"it has {image.width * image.height:,} pixels; the limit is {_MAX_PIXELS:,}",
                )
            yield image
