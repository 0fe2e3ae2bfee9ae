"""The records that pass through and out of the retriever. Plain data: no parser, no database."""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from typing_extensions import TypedDict

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

JobState = (
    State
    | Literal[
        "partly_failed",  # final: indexed, but pages or members were lost
        "cancelled",  # final: somebody stopped it
    ]
)
Outcome = Literal["", "added", "replaced", "unchanged"]


class UnreadableFile(Exception):
    """A file that cannot become a document: a final ``state`` and a ``reason`` for a person."""

    def __init__(self, state: State, reason: str) -> None:
        super().__init__(reason)
        self.state: State = state
        self.reason = reason


class UnknownCollection(LookupError):
    """The library has no collection of this name."""


class UnknownDocument(LookupError):
    """No such document in the collections that were asked. Says nothing about other ones."""


class UnknownJob(LookupError):
    """No such job in the collections that were asked. Says nothing about other ones."""


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


@dataclass(frozen=True, slots=True)
class Slice:
    """A passage before it has an id: ``document.text[char_start:char_end] == text``.

    ``context`` (the document's title, the headings above) is for finding and judging it, never
    for quoting.
    """

    char_start: int
    char_end: int
    text: str
    context: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A slice of a document that can be found: ``text[char_start:char_end]`` of its document.

    ``page_number`` counts from 1 and is the page that holds ``char_start``. ``context``, the
    document's title and the headings above, helps to find and to judge it; it is never quoted.
    """

    id: int
    document_id: int
    document_name: str
    text: str
    char_start: int
    char_end: int
    page_number: int
    context: str = ""


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


class PassageFields(TypedDict):
    """A found passage as plain fields, the same for every program that asks."""

    document: str
    document_id: int
    page_number: int
    char_start: int
    char_end: int
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage and how well it matches; higher is better, comparable within one search."""

    passage: Passage
    score: float

    @property
    def fields(self) -> PassageFields:
        """As command lines and calls give it."""
        passage = self.passage
        return {
            "document": passage.document_name,
            "document_id": passage.document_id,
            "page_number": passage.page_number,
            "char_start": passage.char_start,
            "char_end": passage.char_end,
            "text": passage.text,
            "score": self.score,
        }


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
    """Where one file stands.

    ``fraction`` of the present state is done, from 0 to 1; about ``left_s`` seconds of it are
    left, None while nobody knows.
    """

    name: str
    state: State
    fraction: float
    left_s: float | None = None


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to add, where it is known by another name than its own.

    Attributes:
        path: the file.
        name: what its document is called; by default the file's own name.
        source: what a later version is known by; by default the name that was given, or else
            where the file is (``located``).
    """

    path: Path
    name: str = ""
    source: str = ""

    @property
    def document_name(self) -> str:
        """The name, as text that can be stored; "?" stands for what is no text in it."""
        return (self.name or self.path.name).encode("utf-8", "replace").decode("utf-8")

    @property
    def origin(self) -> str:
        """The source, as ``stored_source`` writes it."""
        return stored_source(self.source or self.name or str(located(self.path)))


_NO_TEXT = r"d[89a-f][0-9a-f]{2}"  # code points that stand for a file name's odd bytes
_ODD = re.compile(rf"[\ud800-\udfff]|\\(?=u(?:005c|{_NO_TEXT}))")
_ESCAPED = re.compile(rf"\\u(005c|{_NO_TEXT})")


def stored_source(source: str) -> str:
    r"""A source as text that can be stored: a byte that is not UTF-8 becomes, say, \udce9.

    Two sources never become the same text.
    """
    return _ODD.sub(lambda found: f"\\u{ord(found[0]):04x}", source)


def given_source(stored: str) -> str:
    """The source that ``stored_source`` was given."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), stored)


def located(path: Path) -> Path:
    """A path from the root and without "..", the same from wherever it is named.

    Links stay as they are, unless ".." follows one: only the system knows where that leads.
    """
    plain = os.path.abspath(path)
    if ".." in path.parts and os.path.realpath(plain) != os.path.realpath(path):
        return Path(os.path.realpath(path))
    return Path(plain)


@dataclass(frozen=True, slots=True)
class Taken:
    """The document that a file became, and what that changed."""

    document: Document
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Job:
    """A file in the queue, as SQL knows it.

    Attributes:
        id: counts up over the whole library.
        collection: where the document goes.
        name: what the document is called.
        source: where it comes from; a new version of a source replaces the one before.
        state: waiting, parsing, embedding, or a final one.
        reason: why it failed, or what was lost; empty when all is well.
        fraction: how much of the present state is done, from 0 to 1.
        left_s: about how many seconds are left, None while nobody knows.
        outcome: what became of the library: added, replaced or unchanged; else "".
        document_id: of the document it became, also of a failed one; None without one.
        parent_id: the job of the archive that it lay in; None otherwise.
        size_bytes: of the file.
        can_retry: whether it ended badly and its bytes are still here.
    """

    id: int
    collection: str
    name: str
    source: str
    state: JobState
    reason: str
    fraction: float
    left_s: float | None
    outcome: Outcome
    document_id: int | None
    parent_id: int | None
    size_bytes: int
    can_retry: bool

    @property
    def done(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.state not in ("waiting", "parsing", "embedding")


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
