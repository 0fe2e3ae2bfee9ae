"""What the source panel shows: a page as a picture with boxes, or the text around a mark.

Knows the library's door and nothing of HTML; a visitor's rights arrive as ``collections``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chatbot.marks import NO_MARKS, Marks, Stretch, marks_of, same_words
from chatbot.types import Citation
from retriever import Library
from retriever.headings import contexts
from retriever.types import (
    Box,
    Document,
    PagePicture,
    ParsedDocument,
    Passage,
    UnreadableFile,
    page_number_at,
)

SURROUNDINGS_CHARS = 1500  # on each side of a mark
MAX_PAGE_CHARS = 6000  # of a page that is shown without a mark


@dataclass(frozen=True, slots=True)
class Place:
    """A page to show and what to mark: nothing when ``char_start == char_end``.

    ``is_passage`` marks a whole passage, more softly than a quotation. ``quoted`` is all that
    the same reply quotes of this document, first of all what was opened; ``others`` are those
    that are no answer but other candidates. ``text_start`` is where the text begins that is
    shown, once somebody moved it.
    """

    document_id: int
    page_number: int
    char_start: int = 0
    char_end: int = 0
    is_passage: bool = False
    as_text: bool = False
    quoted: tuple[Stretch, ...] = ()
    text_start: int | None = None
    others: tuple[Stretch, ...] = ()

    @classmethod
    def of_citation(
        cls,
        citation: Citation,
        beside: Sequence[Citation] = (),
        others: Sequence[Citation] = (),
    ) -> Place:
        """Where a quotation stands; what else its reply quotes can be stepped to from there.

        ``beside`` are answers, ``others`` other candidates.
        """
        start, end = citation.char_start, citation.char_end
        return cls(
            citation.document_id,
            citation.page_number,
            start,
            end,
            quoted=_in_document(citation, (citation, *beside, *others)),
            others=_in_document(citation, others),
        )

    @classmethod
    def of_passage(cls, passage: Passage, others: Sequence[Passage] = ()) -> Place:
        """Where a passage stands; the others of its reply can be stepped to from there."""
        start, end = passage.char_start, passage.char_end
        quoted = _in_document(passage, (passage, *others))
        return cls(
            passage.document_id, passage.page_number, start, end, is_passage=True, quoted=quoted
        )

    def moved(self, at: int, by: int) -> Place:
        """The text from ``at`` on; or as much before it, where ``by`` is negative."""
        return replace(self, text_start=max(0, at if by > 0 else at - MAX_PAGE_CHARS))

    def turned(self, n_pages: int, by: int) -> Place:
        """Some pages on or back, never past the first or the last one."""
        return replace(self, page_number=min(max(1, self.page_number + by), max(1, n_pages)))


def _in_document(
    chosen: Citation | Passage, quoted: Sequence[Citation | Passage]
) -> tuple[Stretch, ...]:
    """Where quotations of the same document stand, each place once."""
    same = [one for one in quoted if one.document_id == chosen.document_id]
    return tuple(dict.fromkeys((one.char_start, one.char_end) for one in same))


@dataclass(frozen=True, slots=True)
class Excerpt:
    """``before + marked + after`` is one slice of the document's text, from ``char_start`` on.

    ``above`` are the headings that it stands under and does not show, the outermost first.
    """

    before: str
    marked: str
    after: str
    cut_before: bool
    cut_after: bool
    char_start: int
    above: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceView:
    """A page of a document: either ``picture`` with ``boxes``, or ``excerpt``.

    ``marks`` can be stepped through; ``mark_page`` is the page of the one that ``place`` is at,
    which is not the page that is shown once somebody turned it. ``is_other`` says that this one
    is another candidate, in other words than what was opened.
    """

    document: Document
    place: Place
    picture: PagePicture | None
    boxes: tuple[Box, ...]
    excerpt: Excerpt | None
    has_pictures: bool
    marks: Marks = NO_MARKS
    mark_page: int = 0
    is_other: bool = False


def look(library: Library, collections: Sequence[str], place: Place) -> SourceView:
    """What to show for a place.

    Raises:
        UnknownDocument: no such document in these collections.
    """
    document = library.document(place.document_id, collections)
    place = place.turned(document.n_pages, 0)
    text = library.text(document.id, collections)
    page_starts = library.page_starts(document.id, collections)
    marks = _marks(text, place)
    mark_page = page_number_at(page_starts, place.char_start)
    is_other = _is_other(text, place)
    picture = _picture(library, collections, place)
    if picture is not None and not place.as_text:
        boxes = _boxes_on_page(library, collections, place)
        return SourceView(document, place, picture, boxes, None, True, marks, mark_page, is_other)
    excerpt = excerpt_of(text, page_starts, place)
    if excerpt.cut_before:
        excerpt = replace(excerpt, above=_headings_above(document, text, excerpt.char_start))
    has_pictures = picture is not None
    return SourceView(document, place, None, (), excerpt, has_pictures, marks, mark_page, is_other)


def step(library: Library, collections: Sequence[str], place: Place, by: int) -> Place:
    """The place of the next mark (``by`` is 1) or the one before (-1); 0 is the mark itself.

    Raises:
        UnknownDocument: no such document in these collections.
    """
    marks = _marks(library.text(place.document_id, collections), place)
    if not marks.count:
        return place
    start, end = marks.step(by)
    page_starts = library.page_starts(place.document_id, collections)
    page_number = page_number_at(page_starts, start)
    return replace(place, page_number=page_number, char_start=start, char_end=end, text_start=None)


def _marks(text: str, place: Place) -> Marks:
    """The stretches of a place; a passage is stepped through as such, not looked for again."""
    if not 0 <= place.char_start < place.char_end <= len(text):
        return NO_MARKS
    shown = place.char_start, place.char_end
    if place.is_passage:
        stretches = tuple(sorted({*place.quoted, shown}))
        return Marks(stretches, stretches.index(shown))
    return marks_of(text, shown, place.quoted)


def _is_other(text: str, place: Place) -> bool:
    """Whether what is marked is another candidate than what was opened, and says another thing."""
    shown = place.char_start, place.char_end
    return shown in place.others and not same_words(text, shown, place.quoted[0])


def excerpt_of(text: str, page_starts: Sequence[int], place: Place) -> Excerpt:
    """The part of the page that is worth showing: around the mark, or from its beginning.

    Or the part that somebody moved to.
    """
    page_start = page_starts[place.page_number - 1]
    last = place.page_number >= len(page_starts)
    page_end = len(text) if last else page_starts[place.page_number]
    start = min(max(place.char_start, page_start), page_end)
    end = min(max(place.char_end, start), page_end)
    if start == end or place.text_start is not None:
        begin = min(max(place.text_start or 0, page_start), page_end)
        left = _line_after(text, begin, page_start, page_end)
        right = _line_before(text, min(page_end, left + MAX_PAGE_CHARS), page_end, left)
        start, end = (min(max(at, left), right) for at in (start, end))
        if start == end:
            start = end = right
    else:
        left = _line_after(text, max(page_start, start - SURROUNDINGS_CHARS), page_start, start)
        right = _line_before(text, min(page_end, end + SURROUNDINGS_CHARS), page_end, end)
    return Excerpt(
        before=text[left:start],
        marked=text[start:end],
        after=text[end:right],
        cut_before=left > page_start,
        cut_after=right < page_end,
        char_start=left,
    )


def _headings_above(document: Document, text: str, char_start: int) -> tuple[str, ...]:
    """The title and the nearest headings over a place, without what only repeats the name."""
    parsed = ParsedDocument(document.name, document.media_type, text, (0,))
    (lines,) = contexts(parsed, [char_start])
    return tuple(line for line in lines.split("\n") if line)


def _picture(library: Library, collections: Sequence[str], place: Place) -> PagePicture | None:
    """The page drawn; None for a format without pictures, and for a page that is damaged."""
    try:
        return library.page_picture(place.document_id, place.page_number, collections)
    except (OSError, ValueError, RuntimeError, UnreadableFile):  # its text can still be shown
        return None


def _boxes_on_page(library: Library, collections: Sequence[str], place: Place) -> tuple[Box, ...]:
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
