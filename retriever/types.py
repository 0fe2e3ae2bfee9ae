"""The records that pass through and out of the retriever. Plain data: no parser, no database."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

DEFAULT_COLLECTION = "default"

State = Literal[
    "waiting",  # in a queue, not yet touched
    "parsing",
    "embedding",
    "indexed",  # final: can be searched; may carry warnings
    "empty",  # final: no bytes, or no text in a format that holds text
    "no_text",  # final: pages are pictures; needs OCR
    "encrypted",  # final: needs a password
    "unsupported",  # final: a format that Quoth does not read
    "broken",  # final: damaged, or over a limit
]
FINAL_STATES: tuple[State, ...] = (
    "indexed",
    "empty",
    "no_text",
    "encrypted",
    "unsupported",
    "broken",
)


class UnreadableFile(Exception):
    """A file that cannot become a document: a final ``state`` and a ``reason`` for a person."""

    def __init__(self, state: State, reason: str) -> None:
        super().__init__(reason)
        self.state: State = state
        self.reason = reason


class UnknownDocument(LookupError):
    """No such document in the collections that were asked. Says nothing about other ones."""


def page_number_at(page_starts: Sequence[int], offset: int) -> int:
    """Page number (from 1) that holds the code point at ``offset``."""
    return max(1, bisect_right(page_starts, offset))


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A file as one string, never altered after this point.

    Attributes:
        name: the file's name, for people.
        media_type: for instance ``application/pdf``.
        text: the whole text; every offset anywhere counts code points of this string.
        page_starts: offset where each page starts, ascending, the first one 0. A page is a
            PDF page, a slide, a sheet or a chapter; formats without pages have one.
        warnings: what was lost on the way, each one sentence for a person.
    """

    name: str
    media_type: str
    text: str
    page_starts: tuple[int, ...]
    warnings: tuple[str, ...] = ()

    def page_of(self, offset: int) -> int:
        """Page number (from 1) that holds the code point at ``offset``."""
        return page_number_at(self.page_starts, offset)


def ranked_text(context: str, text: str) -> str:
    """What the indexes see of a passage: its context, then its text."""
    return f"{context}\n{text}" if context else text


@dataclass(frozen=True, slots=True)
class Slice:
    """A passage before it has an id: ``document.text[char_start:char_end] == text``.

    ``context`` (the document's title, the headings above) is for ranking, never for quoting.
    """

    char_start: int
    char_end: int
    text: str
    context: str = ""

    @property
    def ranked_text(self) -> str:
        """What the indexes see."""
        return ranked_text(self.context, self.text)


@dataclass(frozen=True, slots=True)
class Passage:
    """A slice of a document that can be found: ``text[char_start:char_end]`` of its document.

    ``page_number`` counts from 1 and is the page that holds ``char_start``.
    """

    id: int
    document_id: int
    document_name: str
    text: str
    char_start: int
    char_end: int
    page_number: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Which passages a search may find. What is None restricts nothing; all the rest must hold.

    Attributes:
        document_ids: of these documents.
        media_types: of documents of these types, for instance ``application/pdf``.
        added_from: of documents added at this time or later; with a time zone.
        added_before: of documents added before this time; with a time zone.
        pages: first and last page (from 1, both included) that a passage stands on, if only
            with a part of it.
    """

    document_ids: frozenset[int] | None = None
    media_types: frozenset[str] | None = None
    added_from: datetime | None = None
    added_before: datetime | None = None
    pages: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        for name in ("added_from", "added_before"):
            moment: datetime | None = getattr(self, name)
            if moment is not None and moment.tzinfo is None:
                raise ValueError(f"{name} needs a time zone, got {moment.isoformat()}")
        if self.pages is not None and not 1 <= self.pages[0] <= self.pages[1]:
            raise ValueError(f"expected first and last page from 1, got {self.pages}")


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage and how well it matches; higher is better, comparable within one search."""

    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class Document:
    """A file as the library knows it. ``reason`` is empty unless ``state`` is a failed one."""

    id: int
    collection: str
    name: str
    media_type: str
    state: State
    reason: str
    warnings: tuple[str, ...]
    n_pages: int
    n_passages: int
    size_bytes: int
    sha256: str
    added_at: str  # ISO 8601, UTC


@dataclass(frozen=True, slots=True)
class Progress:
    """Where one file stands; ``fraction`` of the present state, from 0 to 1."""

    name: str
    state: State
    fraction: float


ProgressCallback = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in fractions of its width and height from the top left corner."""

    page_number: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page drawn as PNG."""

    png: bytes
    width_px: int
    height_px: int
