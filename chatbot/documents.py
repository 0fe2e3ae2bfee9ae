"""A person's documents, as plain calls: list, add, paste, stop, try again, remove.

Knows no page, and no question that is asked of them.
"""

from __future__ import annotations

import math
import tempfile
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from chatbot.history import History
from chatbot.paste import free_name, pasted_name
from chatbot.people.collections import EVERYTHING, Collections
from chatbot.people.limits import MB, Gate, LimitReached
from chatbot.people.workspace import Visitor
from chatbot.teaching import Teaching
from chatbot.understood import Languages
from retriever import Library
from retriever.parsing.archive import Listing, listing
from retriever.types import (
    Document,
    Job,
    SourceFile,
    UnknownDocument,
    UnknownJob,
)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the library column lists.

    ``languages`` are by a document's id, ``titles`` of a person's own collections by their
    name; ``writable`` are those of the listed collections that everybody can read and they may
    fill.
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
        self._adding = threading.RLock()
        self._listed: dict[int, Listing] = {}  # by the id of a file's job
        self._pasted: dict[int, str] = {}  # hashes of texts, likewise

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
            writable=tuple(
                name
                for name in visitor.writable
                if name not in visitor.own and name in (*mine, *others)
            ),
        )

    def add(
        self, visitor: Visitor, files: Sequence[tuple[Path, str]], among: str = EVERYTHING
    ) -> tuple[Job, ...]:
        """Queue files with their names for one of the visitor's collections; they are consumed.

        A file of the same name takes the place of the earlier one. What is known of files that
        ended well is forgotten. An archive is one upload, and takes the room of the files that it
        says it holds.

        Raises:
            LimitReached: they are too many or too large; none of them was taken.
            UnknownCollection: this visitor has no such collection.
        """
        try:
            goal = self._collections.chosen(visitor, among)
            listed = [_listing(path) for path, _ in files]
            with self._adding:  # one after the other, so that two uploads count each other
                self._check_room(visitor, listed)  # first: what is refused costs nothing
                self._gate.upload(visitor.id, len(files))
                made = self._enqueue(files, listed, goal)
            self._collections.settle(visitor, goal)
            return made
        except BaseException:
            for path, _ in files:
                path.unlink(missing_ok=True)
            raise

    def paste(
        self, visitor: Visitor, name: str, text: str, among: str = EVERYTHING
    ) -> tuple[Job, ...]:
        """Queue a text as a document; as ``add``, and ValueError for a blank text.

        One that nobody named, or whose name is too long, takes no other's place.
        """
        if not text.strip():
            raise ValueError("expected a text, got a blank one")
        content = text.encode("utf-8", "replace")
        if len(content) > self._max_file_mb * MB:
            raise LimitReached("text_mb", self._max_file_mb, math.ceil(len(content) / MB))
        pasted, digest = pasted_name(name, text), sha256(content).hexdigest()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "pasted"
            path.write_bytes(content)
            with self._adding:  # so that nothing of its name comes meanwhile
                label = pasted.text
                if not pasted.is_given:
                    held = self._held(self._collections.chosen(visitor, among))
                    label = free_name(label, held, digest)
                made = self.add(visitor, [(path, label)], among)
                self._pasted |= {job.id: digest for job in made}
                return made

    def _held(self, collection: str) -> Mapping[str, Set[str]]:
        """The hashes of what has each name in a collection, as ``free_name`` takes them."""
        held: dict[str, set[str]] = defaultdict(set)
        for job in self._library.queue.jobs((collection,)):  # first: these may be documents soon
            if job.document_id is None:
                held[job.source].add(self._pasted.get(job.id, ""))
        for document in self._library.documents((collection,)):
            held[document.name].add(document.sha256)
        return held

    def _check_room(self, visitor: Visitor, listed: Sequence[Listing]) -> None:
        """LimitReached when the files would be too much beside what is there and on its way."""
        held = self._library.stats(visitor.own)
        moving = [job for job in self._library.queue.jobs(visitor.own) if not job.done]
        counted = [*listed, *map(self._counted, moving)]
        n_files = held.documents + sum(one.n_files for one in counted)
        self._gate.holdings(n_files, held.size_bytes + sum(one.n_bytes for one in counted))

    def _counted(self, job: Job) -> Listing:
        """What a file on its way counts for; those of an unpacked archive have their own jobs."""
        itself = Listing(1, job.size_bytes)
        return itself if job.state == "embedding" else self._listed.get(job.id, itself)

    def _enqueue(
        self, files: Sequence[tuple[Path, str]], listed: Sequence[Listing], collection: str
    ) -> tuple[Job, ...]:
        queue, made = self._library.queue, []
        past = [job.id for job in queue.jobs((collection,)) if job.done and not job.can_retry]
        queue.forget(past, (collection,))
        unfinished = {job.id for job in queue.unfinished()}
        self._listed = {key: one for key, one in self._listed.items() if key in unfinished}
        self._pasted = {key: one for key, one in self._pasted.items() if key in unfinished}
        for (path, name), size in zip(files, listed, strict=True):
            queued = queue.enqueue([SourceFile(path, name)], collection)
            self._listed |= {job.id: size for job in queued}
            made += queued
            path.unlink(missing_ok=True)
        return tuple(made)

    def job(self, visitor: Visitor, job_id: int) -> Job:
        """One of the visitor's own files as it stands now; raises UnknownJob."""
        return self._library.queue.job(job_id, visitor.writable)

    def became(self, job: Job) -> Document | None:
        """The document of a file that is on the list no more; None when that is gone as well."""
        inside = self._library.documents((job.collection,))
        return next((one for one in reversed(inside) if one.name == job.name), None)

    def busy(self, visitor: Visitor) -> bool:
        """Whether a file of this visitor is still on its way."""
        return self.on_their_way(visitor.writable)

    def on_their_way(self, collections: Sequence[str]) -> bool:
        """Whether a file of these collections waits or is being read: it cannot be quoted yet."""
        return any(job.collection in collections for job in self._library.queue.unfinished())

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


def _listing(path: Path) -> Listing:
    return listing(path) if path.is_file() else Listing(1, 0)
