"""What the source panel shows: a page as a picture with boxes, or the text around a mark.

Knows the library's door and nothing of HTML; a visitor's rights arrive as ``collections``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from chatbot.types import Citation
from retriever.types import Box, Document, PagePicture, Passage, UnreadableFile

SURROUNDINGS_CHARS = 1500  # on each side of a mark
MAX_PAGE_CHARS = 6000  # of a page that is shown without a mark


@dataclass(frozen=True, slots=True)
class Place:
    """A page to show and what to mark: nothing when ``char_start == char_end``.

    ``is_passage`` marks a whole passage, more softly than a quotation.
    """

    document_id: int
    page_number: int
    char_start: int = 0
    char_end: int = 0
    is_passage: bool = False
    as_text: bool = False

    @classmethod
    def of_citation(cls, citation: Citation) -> Place:
        """Where a quotation stands."""
        return cls(
            citation.document_id, citation.page_number, citation.char_start, citation.char_end
        )

    @classmethod
    def of_passage(cls, passage: Passage) -> Place:
        """Where a passage stands."""
        start, end = passage.char_start, passage.char_end
        return cls(passage.document_id, passage.page_number, start, end, is_passage=True)

    def turned(self, n_pages: int, by: int) -> Place:
        """Some pages on or back, never past the first or the last one."""
        return replace(self, page_number=min(max(1, self.page_number + by), max(1, n_pages)))


@dataclass(frozen=True, slots=True)
class Excerpt:
    """``before + marked + after`` is one slice of the document's text."""

    before: str
    marked: str
    after: str
    cut_before: bool
    cut_after: bool


@dataclass(frozen=True, slots=True)
class SourceView:
    """A page of a document: either ``picture`` with ``boxes``, or ``excerpt``."""

    document: Document
    place: Place
    picture: PagePicture | None
    boxes: tuple[Box, ...]
    excerpt: Excerpt | None
    has_pictures: bool


class SourceLibrary(Protocol):
    """The part of ``retriever.Library`` that a source panel needs."""

    def document(self, document_id: int, collections: Sequence[str]) -> Document:
        """The document, or ``UnknownDocument``."""

    def text(self, document_id: int, collections: Sequence[str]) -> str:
        """The whole text."""

    def page_starts(self, document_id: int, collections: Sequence[str]) -> tuple[int, ...]:
        """Offset where each page starts."""

    def page_picture(
        self, document_id: int, page_number: int, collections: Sequence[str]
    ) -> PagePicture | None:
        """A page drawn, or None for a format without pictures."""

    def mark_boxes(
        self, document_id: int, char_start: int, char_end: int, collections: Sequence[str]
    ) -> list[Box]:
        """Where characters stand on the pages."""


def look(library: SourceLibrary, collections: Sequence[str], place: Place) -> SourceView:
    """What to show for a place.

    Raises:
        UnknownDocument: no such document in these collections.
    """
    document = library.document(place.document_id, collections)
    place = place.turned(document.n_pages, 0)
    picture = _picture(library, collections, place)
    if picture is not None and not place.as_text:
        boxes = _boxes_on_page(library, collections, place)
        return SourceView(document, place, picture, boxes, None, True)
    text = library.text(document.id, collections)
    page_starts = library.page_starts(document.id, collections)
    excerpt = excerpt_of(text, page_starts, place)
    return SourceView(document, place, None, (), excerpt, picture is not None)


def excerpt_of(text: str, page_starts: Sequence[int], place: Place) -> Excerpt:
    """The part of the page that is worth showing: around the mark, or from its beginning."""
    page_start = page_starts[place.page_number - 1]
    last = place.page_number >= len(page_starts)
    page_end = len(text) if last else page_starts[place.page_number]
    start = min(max(place.char_start, page_start), page_end)
    end = min(max(place.char_end, start), page_end)
    if start == end:
        stop = _line_before(text, min(page_end, page_start + MAX_PAGE_CHARS), page_end)
        return Excerpt(text[page_start:stop], "", "", False, stop < page_end)
    left = _line_after(text, max(page_start, start - SURROUNDINGS_CHARS), page_start, start)
    right = _line_before(text, min(page_end, end + SURROUNDINGS_CHARS), page_end, end)
    return Excerpt(
        text[left:start], text[start:end], text[end:right], left > page_start, right < page_end
    )


def _picture(
    library: SourceLibrary, collections: Sequence[str], place: Place
) -> PagePicture | None:
    """The page drawn; None for a format without pictures, and for a page that is damaged."""
    try:
        return library.page_picture(place.document_id, place.page_number, collections)
    except (OSError, ValueError, RuntimeError, UnreadableFile):  # its text can still be shown
        return None


def _boxes_on_page(
    library: SourceLibrary, collections: Sequence[str], place: Place
) -> tuple[Box, ...]:
    if place.char_start == place.char_end:
        return ()
    try:
        boxes = library.mark_boxes(place.document_id, place.char_start, place.char_end, collections)
    except UnreadableFile:  # over a limit: the picture is shown without a mark
        return ()
    return tuple(box for box in boxes if box.page_number == place.page_number)


def _line_after(text: str, position: int, lowest: int, highest: int) -> int:
    """The beginning of a line soon after ``position``; ``position`` when there is none near."""
    if position <= lowest:
        return lowest
    line = text.find("\n", position, min(highest, position + 300))
    return line + 1 if line >= 0 else position


def _line_before(text: str, position: int, highest: int, lowest: int = 0) -> int:
    if position >= highest:
        return highest
    line = text.rfind("\n", max(lowest, position - 300), position)
    return line if line >= 0 else position
