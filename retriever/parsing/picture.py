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

from PIL import Image, ImageOps

from retriever.parsing import ocr
from retriever.parsing.limits import ParseLimits
from retriever.parsing.marks import boxes_on_scan
from retriever.parsing.ocr_text import ScannedPage
from retriever.parsing.pages import Pages, Piece, named
from retriever.parsing.steps import step
from retriever.types import Box, PagePicture, UnreadableFile

_MAX_PIXELS = 100_000_000
_WITH_PREVIEWS = "MPO"  # a JPEG by a camera: its other frames are the same picture once more
_SMALL_PX = 2000  # a longer side below this: a screenshot, whose letters are too small for OCR


def parse_picture(path: Path, limits: ParseLimits) -> Pages:
    """What is written on each frame; one that fails is empty and named in the warnings.

    Raises:
        UnreadableFile: ``no_text`` without Tesseract or without words, ``broken``.
    """
    ocr.require()
    with _open(path) as image:
        n_frames = _n_frames(image)
        if n_frames > limits.max_pages:
            raise UnreadableFile(
                "broken", f"it has {n_frames} pages; the limit is {limits.max_pages}"
            )
        format_name = "JPEG" if image.format == _WITH_PREVIEWS else image.format or ""
        texts, broken, said = _read_frames(image, n_frames, limits.max_ocr_s)
    if len(broken) == n_frames:
        raise UnreadableFile("broken", f"damaged: {broken[0]}")
    said += [f"page {index + 1} could not be read: {reason}" for index, reason in broken.items()]
    if not any(texts):
        reason = said[-1] if said else "a picture in which OCR found no words"
        raise UnreadableFile("no_text", reason)
    media_type = Image.MIME.get(format_name, "image/unknown")
    return Pages(media_type, texts, ["read by OCR: letters may be wrong", *said])


def _read_frames(
    image: Image.Image, n_frames: int, max_s: float
) -> tuple[list[str], dict[int, str], list[str]]:
    """Each frame's text, why some are damaged (by their index), and what else was not read."""
    texts, end_s = [""] * n_frames, time.monotonic() + max_s
    broken: dict[int, str] = {}
    said: list[str] = []
    for index in range(n_frames):
        if time.monotonic() > end_s:
            said.append(f"{named(range(index, n_frames))} {ocr.not_read(max_s)}")
            break
        try:
            image.readonly = 1  # else a frame that libtiff refuses shows the one before it
            image.seek(index)
            texts[index] = _read(image).page.text
        except ocr.OcrFailed as error:
            said.append(f"page {index + 1} could not be read: {error}")
        except MemoryError:
            raise
        except Exception as error:  # whatever is odd about a frame costs that frame alone
            broken[index] = str(error) or type(error).__name__
        step((index + 1) / n_frames)
    return texts, broken, said


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
    if upright.getextrema() == (0, 0):  # as Pillow leaves a frame that libtiff refuses
        raise ocr.OcrFailed("it is all black")
    scale = 2.0 if max(upright.size) < _SMALL_PX else 1.0
    scale = min(scale, (ocr.MAX_PIXELS / (upright.width * upright.height)) ** 0.5)
    size = (max(1, int(upright.width * scale)), max(1, int(upright.height * scale)))
    return ocr.read_picture(upright.resize(size) if size != upright.size else upright)


@contextmanager
def _frame(path: Path, index: int) -> Iterator[Image.Image]:
    with _open(path) as image:
        n_frames = _n_frames(image)
        if not 0 <= index < n_frames:
            raise ValueError(f"pages go from 1 to {n_frames}, got {index + 1}")
        image.seek(index)
        yield ImageOps.exif_transpose(image)


def _n_frames(image: Image.Image) -> int:
    """How many frames are pages; of a damaged file, as far as they can be found."""
    if image.format == _WITH_PREVIEWS:
        return 1
    try:
        return int(getattr(image, "n_frames", 1))
    except MemoryError:
        raise
    except Exception:  # a frame of a TIFF cannot even be found
        return _n_found(image)


def _n_found(image: Image.Image) -> int:
    """Frames up to the end, or up to the first of two in a row that cannot be found."""
    index, n_found = 1, 1
    while True:
        try:
            image.seek(index)
            n_found = index + 1
        except EOFError:
            return index
        except MemoryError:
            raise
        except Exception:
            if index > n_found:
                return index
        index += 1


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
