"""Where a range of a document stands on its pages, found in this process."""

from __future__ import annotations

from pathlib import Path

from retriever.parsing import find_boxes
from retriever.parsing.pages import pieces_of
from retriever.types import Box, ParsedDocument


def mark_boxes(path: Path, document: ParsedDocument, char_start: int, char_end: int) -> list[Box]:
    return find_boxes(path, pieces_of(document, char_start, char_end))
