"""A person's documents, as plain calls: list, add, paste, stop, try again, remove.

Knows no page, and no question that is asked of them.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from chatbot.history import History
from chatbot.paste import pasted_name
from chatbot.people.collections import EVERYTHING, Collections
from chatbot.people.limits import MB, Gate, LimitReached
from chatbot.people.workspace import Visitor
from chatbot.teaching import Teaching
from chatbot.understood import Languages
from retriever import Library
from retriever.types import (
    Document,
    Job,
    SourceFile,
    UnknownCollection,
    UnknownDocument,
    UnknownJob,
)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the library column lists.

    ``languages`` are by a document's id, ``titles`` of a person's own collections by their
    name; from shared collections that are ``writable`` they may remove.
    """

    jobs: tuple[Job, ...]
    own: tuple[Document, ...]
    shared: tuple[Document, ...]
    languages: Mapping[int, str | None] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    writable: tuple[str, ...] = ()


class Documents:
    """Everybody's documents, each within their rights. Thread-safe."""

    def __init__(
        self,
        library: Library,
        collections: Collections,
        history: History,
        teaching: Teaching,
        gate: Gate,
        max_file_mb: int,
    ) -> None:
        """``max_file_mb`` is the largest text to paste; the page's server stops larger files."""
        self._library = library
        self._collections = collections
        self._history = history
        self._teaching = teaching
        self._gate = gate
        self._max_file_mb = max_file_mb
        self._languages = Languages(library)
        self._adding = threading.Lock()

    def shelf(self, visitor: Visitor, among: str = EVERYTHING) -> Shelf:
        """What this visitor can read, or what is in one collection; and what is on its way.

        Raises:
            UnknownCollection: this visitor has no such collection.
        """
        if among == EVERYTHING:
            mine, others = visitor.own, visitor.shared
        elif among in visitor.shared and among not in visitor.writable:
            mine, others = (), (among,)
        else:
            mine, others = (self._collections.chosen(visitor, among),), ()
        own = tuple(self._library.documents(mine))
        shared = tuple(self._library.documents(others))
        return Shelf(
            jobs=tuple(self._library.queue.jobs(visitor.writable if among == EVERYTHING else mine)),
            own=own,
            shared=shared,
            languages=self._languages.of((*own, *shared), (*mine, *others)),
            titles={one.collection: one.title for one in self._collections.of(visitor)},
            writable=tuple(name for name in visitor.writable if name not in visitor.own),
        )

    def add(
        self, visitor: Visitor, files: Sequence[tuple[Path, str]], among: str = EVERYTHING
    ) -> tuple[Job, ...]:
        """Queue files with their names for one of the visitor's collections; they are consumed.

        A file of the same name takes the place of the earlier one. What is known of files that
        ended well is forgotten.

        Raises:
            LimitReached: they are too many or too large; none of them was taken.
            UnknownCollection: this visitor has no such collection.
        """
        try:
            goal = self._collections.chosen(visitor, among)
            with self._adding:  # one after the other, so that two uploads count each other
                self._gate.upload(visitor.id, len(files))
                self._check_room(visitor, [path for path, _ in files])
                made = self._enqueue(files, goal)
            self._collections.settle(visitor, goal)
            return made
        except (LimitReached, UnknownCollection):
            for path, _ in files:
                path.unlink(missing_ok=True)
            raise

    def paste(
        self, visitor: Visitor, name: str, text: str, among: str = EVERYTHING
    ) -> tuple[Job, ...]:
        """Queue a text as a document; as ``add``, and ValueError for a blank text."""
        if not text.strip():
            raise ValueError("expected a text, got a blank one")
        if (n_mb := len(text) // MB) >= self._max_file_mb:
            raise LimitReached("text_mb", self._max_file_mb, n_mb + 1)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "pasted"
            path.write_text(text, encoding="utf-8", errors="replace", newline="")
            return self.add(visitor, [(path, pasted_name(name, text))], among)

    def _check_room(self, visitor: Visitor, paths: Sequence[Path]) -> None:
        """LimitReached when the files would be too much beside what is there and on its way."""
        held = self._library.stats(visitor.own)
        moving = [job for job in self._library.queue.jobs(visitor.own) if not job.done]
        n_bytes = sum(path.stat().st_size for path in paths if path.is_file())
        n_bytes += held.size_bytes + sum(job.size_bytes for job in moving)
        self._gate.holdings(held.documents + len(moving) + len(paths), n_bytes)

    def _enqueue(self, files: Sequence[tuple[Path, str]], collection: str) -> tuple[Job, ...]:
        queue, made = self._library.queue, []
        past = [job.id for job in queue.jobs((collection,)) if job.done and not job.can_retry]
        queue.forget(past, (collection,))
        for path, name in files:
            mark = _mark(path)
            made += queue.enqueue([SourceFile(path, name)], collection)
            if _mark(path) == mark:  # not uploaded anew meanwhile, by whomever
                path.unlink(missing_ok=True)
        return tuple(made)

    def job(self, visitor: Visitor, job_id: int) -> Job:
        """One of the visitor's own files as it stands now; raises UnknownJob."""
        return self._library.queue.job(job_id, visitor.writable)

    def busy(self, visitor: Visitor) -> bool:
        """Whether a file of this visitor is still on its way."""
        return any(not job.done for job in self._library.queue.jobs(visitor.writable))

    def cancel(self, visitor: Visitor, job_id: int) -> None:
        """Stop one of the visitor's own files; nothing happens when it is not theirs."""
        with suppress(UnknownJob):
            self._library.queue.cancel(job_id, visitor.writable)

    def retry(self, visitor: Visitor, job_id: int) -> None:
        """Try one of the visitor's own files again; nothing happens when that cannot be."""
        with suppress(UnknownJob, ValueError):
            self._library.queue.retry(job_id, visitor.writable)

    def dismiss(self, visitor: Visitor, job_id: int) -> None:
        """Take one of the visitor's own finished files off the list, with its bytes."""
        with suppress(UnknownJob):
            self._library.queue.forget([job_id], visitor.writable)

    def remove(
        self, visitor: Visitor, document_id: int, among: str = EVERYTHING
    ) -> Document | None:
        """Remove a document that the visitor may remove; None when there is none such.

        Raises:
            UnknownCollection: this visitor may not remove from the one that it is to be in.
        """
        within = visitor.writable
        if among != EVERYTHING:
            within = (self._collections.chosen(visitor, among),)
        try:
            found = self._library.document(document_id, within)
            removed = self._library.remove([document_id], found.collection)[0]
        except UnknownDocument:
            return None
        self._forget(visitor, [removed])
        return removed

    def remove_collection(self, visitor: Visitor, collection_id: str) -> None:
        """Remove one of the visitor's collections with all in it; UnknownCollection without."""
        inside = self._library.documents((self._collections.chosen(visitor, collection_id),))
        self._collections.remove(visitor, collection_id)
        self._forget(self._collections.known(visitor), inside)

    def _forget(self, visitor: Visitor, removed: Sequence[Document]) -> None:
        """What was said of documents, and read out of them, goes with them."""
        self._history.tidy(visitor)
        for document in removed:
            self._teaching.forget(document.id)


def _mark(path: Path) -> tuple[int, int] | None:
    """Tells a file from its successor of the same name."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns
