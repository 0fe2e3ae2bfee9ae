"""Pictures of writing into words, by the program Tesseract where it is installed.

Knows no document format: it is given a picture and a time limit.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from retriever.parsing.ocr_text import ScannedPage, scanned_page, words_of
from retriever.types import UnreadableFile

if TYPE_CHECKING:
    from PIL.Image import Image

DPI = 300.0  # what Tesseract's models were trained on
MAX_PIXELS = 40_000_000
PAGE_TIMEOUT_S = 60.0
HOW_TO_INSTALL = "install Tesseract (Debian: tesseract-ocr)"

_LIST_TIMEOUT_S = 10.0
_NO_LANGUAGES = frozenset({"osd", "equ"})  # models that find a page's direction and formulas
_FIRST = ("eng",)  # the first language decides what is doubtful


class OcrFailed(Exception):
    """Tesseract could not read one picture; the message says why."""


@functools.cache
def languages() -> tuple[str, ...]:
    """Languages that Tesseract has models of here; () where it is not installed."""
    program = shutil.which("tesseract")
    if program is None:
        return ()
    try:
        done = subprocess.run(
            [program, "--list-langs"], capture_output=True, text=True, timeout=_LIST_TIMEOUT_S,
            check=True, env=_environment(),
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return ()
    found = {line.strip() for line in done.stdout.splitlines()[1:]} - _NO_LANGUAGES - {""}
    return tuple(sorted(found, key=lambda name: (name not in _FIRST, name)))


def require() -> None:
    """Raises UnreadableFile (``no_text``) where there is no Tesseract."""
    if not languages():
        raise UnreadableFile(
            "no_text", f"a picture of a page: {HOW_TO_INSTALL}, or add a searchable PDF"
        )


def not_read(max_s: float) -> str:
    """What is said of pages that are left when a file's time is over."""
    return f"not read: OCR of a file may take {max_s:g} s"


def read_picture(image: Image, timeout_s: float = PAGE_TIMEOUT_S) -> ScannedPage:
    """What is written on a picture, in any direction.

    Raises:
        OcrFailed: it took too long, or Tesseract gave up.
    """
    names = "+".join(languages())
    command = ["tesseract", "stdin", "stdout", "-l", names, "--psm", "1", "--dpi", f"{DPI:.0f}"]
    grey = image.convert("L")
    header = f"P5 {grey.width} {grey.height} 255\n".encode()
    try:
        done = subprocess.run(
            [*command, "tsv"], input=header + grey.tobytes(), capture_output=True,
            timeout=timeout_s, env=_environment(),
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise OcrFailed(f"OCR took more than {timeout_s:.0f} s") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise OcrFailed(f"OCR failed: {said[-1][:100] if said else done.returncode}")
    words = words_of(done.stdout.decode("utf-8", "replace"))
    return scanned_page(words, grey.width, grey.height)


def _environment() -> dict[str, str]:
    return {**os.environ, "OMP_THREAD_LIMIT": "1"}
