"""Documents in, passages out. The door of the retriever; importing it loads no library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .types import (
    Box,
    Document,
    Filter,
    Hit,
    Job,
    PagePicture,
    Passage,
    Progress,
    SourceFile,
    UnknownCollection,
    UnknownDocument,
    UnknownJob,
    UnreadableFile,
)

if TYPE_CHECKING:
    from .library import Library

__all__ = [
    "Box",
    "Document",
    "Filter",
    "Hit",
    "Job",
    "Library",
    "PagePicture",
    "Passage",
    "Progress",
    "SourceFile",
    "UnknownCollection",
    "UnknownDocument",
    "UnknownJob",
    "UnreadableFile",
]


def __getattr__(name: str) -> object:
    if name == "Library":
        from .library import Library

        return Library
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
