"""Files of many formats in, one kind of document out; the door to every parser.

Knows which parser reads which format, and turns whatever a parser raises into a state.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable
from pathlib import Path

from retriever.parsing.limits import ParseLimits, check_size
from retriever.parsing.pages import Pages, assemble, pieces_of
from retriever.parsing.sniff import Format, sniff
from retriever.types import Box, PagePicture, ParsedDocument, UnreadableFile

__all__ = ["HAS_PICTURES", "ParseLimits", "mark_boxes", "page_picture", "parse"]

HAS_PICTURES = frozenset({"application/pdf"})

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
    try:
        return assemble(name, _parser(sniff(path, name))(path, limits), limits)
    except (UnreadableFile, OSError):
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
    """Draw a page of a PDF.

    Raises:
        ValueError: the file is no PDF, it has no such page, or the width is out of bounds.
        UnreadableFile: the PDF cannot be opened.
    """
    from retriever.parsing.pdf_pictures import page_picture as draw

    _require_pdf(path)
    return draw(path, page_number, width_px)


def mark_boxes(path: Path, document: ParsedDocument, char_start: int, char_end: int) -> list[Box]:
    """Where ``document.text[char_start:char_end]`` stands on the pages of a PDF.

    Args:
        path: the PDF that ``document`` was parsed from.
        document: its text and page starts.
        char_start: first code point.
        char_end: one past the last code point.

    Returns:
        One box a line, in reading order; none where a page's text cannot be matched again.

    Raises:
        ValueError: the file is no PDF, or the range does not lie in the text.
        UnreadableFile: the PDF cannot be opened.
    """
    from retriever.parsing.pdf_pictures import find_boxes

    _require_pdf(path)
    return find_boxes(path, pieces_of(document, char_start, char_end))


def _require_pdf(path: Path) -> None:
    with path.open("rb") as stream:
        if b"%PDF-" not in stream.read(1024):
            raise ValueError(f"page pictures come from PDF files only, {path.name} is none")
