"""The records that calls return: plain fields, the same in every door.

Knows no desk; pure functions from the rooms' records.
"""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import TypedDict

from chatbot.people.collections import Named
from retriever.types import Document, Job


class CollectionFields(TypedDict):
    """A collection; name and id both name it in a call. ``shared``: everybody here can read it."""

    collection: str
    collection_id: str
    shared: bool


FIRST: CollectionFields = {"collection": "", "collection_id": "", "shared": False}


class DocumentFields(TypedDict):
    """A document; ``shared`` as its collection is.

    Its collection is named as in ``CollectionFields``; both are "" for a caller's first one,
    which has no name.
    """

    document: str
    document_id: int
    collection: str
    collection_id: str
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

    collections: list[CollectionFields]
    documents: list[DocumentFields]
    files: list[FileFields]


def collection_fields(named: Named) -> CollectionFields:
    """One of a caller's own collections as plain fields."""
    return {"collection": named.title, "collection_id": named.id, "shared": False}


def shared_fields(name: str) -> CollectionFields:
    """A shared collection as plain fields: its name is its id."""
    return {"collection": name, "collection_id": name, "shared": True}


def document_fields(document: Document, within: Mapping[str, CollectionFields]) -> DocumentFields:
    """A document as plain fields; ``within`` are collections by the library's names."""
    found = within.get(document.collection, FIRST)
    return {
        "document": document.name,
        "document_id": document.id,
        "collection": found["collection"],
        "collection_id": found["collection_id"],
        "state": document.state,
        "reason": document.reason,
        "warnings": list(document.warnings),
        "pages": document.n_pages,
        "passages": document.n_passages,
        "size_bytes": document.size_bytes,
        "added_at": document.added_at,
        "shared": found["shared"],
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
