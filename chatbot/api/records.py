"""The records that calls return: plain fields, the same in every door.

Knows no desk; pure functions from the rooms' records.
"""

from __future__ import annotations

from typing_extensions import TypedDict

from retriever.types import Document, Job


class DocumentFields(TypedDict):
    """A document; ``shared`` ones can be read and not removed."""

    document: str
    document_id: int
    state: str
    reason: str
    warnings: list[str]
    pages: int
    passages: int
    size_bytes: int
    added_at: str
    shared: bool


class FileFields(TypedDict):
    """A file that was added. ``document_id`` is None until ``done``, or when nothing came of it."""

    document: str
    document_id: int | None
    state: str
    reason: str
    progress: float
    done: bool


class Library(TypedDict):
    """What a caller can ask, and the files that are on their way or failed."""

    documents: list[DocumentFields]
    files: list[FileFields]


def document_fields(document: Document, *, shared: bool) -> DocumentFields:
    """A document as plain fields."""
    return {
        "document": document.name,
        "document_id": document.id,
        "state": document.state,
        "reason": document.reason,
        "warnings": list(document.warnings),
        "pages": document.n_pages,
        "passages": document.n_passages,
        "size_bytes": document.size_bytes,
        "added_at": document.added_at,
        "shared": shared,
    }


def file_fields(job: Job) -> FileFields:
    """A queued file as plain fields."""
    return {
        "document": job.name,
        "document_id": job.document_id,
        "state": job.state,
        "reason": job.reason,
        "progress": round(job.fraction, 3),
        "done": job.done,
    }


def added_fields(document: Document) -> FileFields:
    """The file that became this document, when its place in the queue is known no more."""
    return {
        "document": document.name,
        "document_id": document.id,
        "state": document.state,
        "reason": document.reason,
        "progress": 1.0,
        "done": True,
    }
