"""Files of many formats in, one kind of document out; the door to every parser.

Knows which parser reads which format, and turns whatever a parser raises into a state.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from retriever.parsing.limits import ParseLimits, check_size
from retriever.parsing.pages import Pages, Piece, assemble
from retriever.parsing.sniff import Format, sniff
from retriever.types import Box, PagePicture, ParsedDocument, UnreadableFile

__all__ = ["HAS_PICTURES", "ParseLimits", "find_boxes", "page_picture", "parse"]

# Media types whose pages can be drawn.
HAS_PICTURES = frozenset({
    "application/pdf", "image/png", "image/jpeg", "image/tiff", "image/bmp", "image/gif",
    "image/webp", "image/jp2",
})  # fmt: skip
_MIN_WIDTH_PX, _MAX_WIDTH_PX = 16, 8000

_log = logging.getLogger(__name__)

# Parsers load when the first file of their format comes.
_PARSERS: dict[Format, tuple[str, str]] = {
    "pdf": ("pdf", "parse_pdf"),
    "docx": ("docx", "parse_docx"),
    "pptx": ("pptx", "parse_pptx"),
    "xlsx": ("xlsx", "parse_xlsx"),
    "odt": ("odt", "parse_odt"),
    "epub": ("epub", "parse_epub"),
    "html": ("html", "parse_html"),
    "xml": ("html", "parse_xml"),
    "rtf": ("rtf", "parse_rtf"),
    "mail": ("mail", "parse_mail"),
    "markdown": ("plain", "parse_markdown"),
    "csv": ("csv", "parse_csv"),
    "text": ("plain", "parse_text"),
    "picture": ("picture", "parse_picture"),
}


def parse(path: Path, name: str | None = None, limits: ParseLimits | None = None) -> ParsedDocument:
    """Read a file of any supported format.

    Args:
        path: the file.
        name: what people call it, where ``path`` is a stored copy; its extension counts.
        limits: what the file may cost.

    Raises:
        UnreadableFile: with the final state and a reason for a person. Nothing else is
            raised for what a file holds; OSError only when it cannot be opened at all.
    """
    limits, name = limits or ParseLimits(), name or path.name
    check_size(path, limits)
    path.open("rb").close()  # from here on, an OSError is a place that a damaged file names
    try:
        return assemble(name, _parser(sniff(path, name))(path, limits), limits)
    except UnreadableFile:
        raise
    except MemoryError as error:
        raise UnreadableFile("broken", "it needs more memory than there is") from error
    except RecursionError as error:
        raise UnreadableFile("broken", "its parts are nested too deeply") from error
    except Exception as error:  # parsers raise whatever they please on a damaged file
        _log.info("could not parse %s", name, exc_info=True)
        detail = " ".join(str(error).split())[:200] or type(error).__name__
        raise UnreadableFile("broken", f"damaged: {detail}") from error


def _parser(kind: Format) -> Callable[[Path, ParseLimits], Pages]:
    module_name, function_name = _PARSERS[kind]
    module = importlib.import_module(f"{__name__}.{module_name}")
    function: Callable[[Path, ParseLimits], Pages] = getattr(module, function_name)
    return function


def page_picture(path: Path, page_number: int, width_px: int = 1000) -> PagePicture:
    """Draw a page of a PDF or a frame of a picture.

    Raises:
        ValueError: the file is neither, it has no such page, or the width is out of bounds.
        UnreadableFile: the file cannot be opened.
    """
    if not _MIN_WIDTH_PX <= width_px <= _MAX_WIDTH_PX:
        raise ValueError(
            f"width_px must be from {_MIN_WIDTH_PX} to {_MAX_WIDTH_PX}, got {width_px}"
        )
    if _is_pdf(path):
        from retriever.parsing.pdf_pictures import draw_page

        return draw_page(path, page_number, width_px)
    from retriever.parsing.picture import draw_picture

    return draw_picture(path, page_number, width_px)


def find_boxes(path: Path, pieces: Sequence[Piece]) -> list[Box]:
    """Where pieces of a document's text stand on its pages.

    Args:
        path: the PDF or picture that the document was parsed from.
        pieces: what ``pieces_of`` makes of a range of its text.

    Returns:
        One box a line, in reading order; none where a page's text cannot be matched again.

    Raises:
        ValueError: the file is neither.
        UnreadableFile: the file cannot be opened.
    """
    if _is_pdf(path):
        from retriever.parsing.pdf_pictures import find_page_boxes

        return find_page_boxes(path, pieces)
    from retriever.parsing.picture import find_picture_boxes

    return find_picture_boxes(path, pieces)


def _is_pdf(path: Path) -> bool:
    """Whether a file is a PDF, not a picture; raises ValueError when it is neither."""
    kind = sniff(path, path.name)
    if kind not in ("pdf", "picture"):
        raise ValueError(f"pages of PDF files and pictures can be drawn, {path.name} is neither")
    return kind == "pdf"
