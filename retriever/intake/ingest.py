"""A received file becomes a document: parsed, split, embedded, and there in one switch.

Knows the store, but neither parsers nor who waits. A bad file ends as a document that says why;
a large one is written batch by batch, so that neither memory nor a crash holds more than one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..encoding import identity
from ..files import Files, Incoming
from ..memory import give_back
from ..records import Collection, Entry
from ..sql import jobs, leases, sources, staging, store
from ..types import (
    Document,
    Outcome,
    ParsedDocument,
    Slice,
    Taken,
    UnreadableFile,
)
from .pace import Pace
from .read import failed, parsed_file, slices_of
from .removal import Removal
from .watch import Paused, Watch

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ..encoding.embed import Encoder
    from ..index.indexes import Indexes
    from ..records import FloatArray
    from ..sql.database import Database

BATCH = 128  # passages at most that are embedded and written together; a crash costs one batch
TOUCH_EVERY_S = 60.0  # so that a received file that waits is not taken for abandoned
LOOK_AGAIN_S = 0.2  # while another process works on the same bytes
ATTEMPTS = 3  # at a document that others take away while it is written


@dataclass(frozen=True, slots=True)
class Arrival:
    """A received file and where it is to go."""

    incoming: Incoming
    collection: str
    name: str
    source: str


class Ingest:
    """Takes files in. May be used by several threads and processes."""

    def __init__(
        self,
        database: Database,
        files: Files,
        indexes: Indexes,
        removal: Removal,
        encoder: Callable[[], Encoder],
    ) -> None:
        """``encoder`` is asked outside of transactions: it may wait for one to end."""
        self._database = database
        self._files = files
        self._indexes = indexes
        self._removal = removal
        self._encoder = encoder
        self._pace = Pace()

    def take_in(self, arrival: Arrival, watch: Watch) -> Taken:
        """Reads a file to the end; never raises for its content. When this returns, the
        document outlives a crash.

        Raises:
            Stopped: or whatever else ``watch`` raised but Paused; then nothing of the file is
                there.
            WrongEncoder: the library was made with another encoder.
        """
        if known := self._known(arrival, watch):
            return known
        watch.tell("parsing", 0.0)
        try:
            entry = self._read(arrival, watch)
        except UnreadableFile as failure:
            entry = failed(arrival.incoming, arrival.name, failure)
            return self._commit(arrival, watch, lambda conn, owner: store.add(conn, owner, entry))
        watch.tell("embedding", 0.0)
        if len(entry.slices) > BATCH:
            return self._take_in_large(arrival, entry, watch)
        return self._take_in_small(arrival, entry, watch)

    def _take_in_small(self, arrival: Arrival, entry: Entry, watch: Watch) -> Taken:
        encoder = self._encoder()
        parts = [rows for _, rows in self._embedded(encoder, entry.slices, 0, watch)]
        whole = replace(entry, rows=np.concatenate(parts))

        def add(conn: Connection, owner: Collection) -> Document:
            identity.agree(conn, encoder)
            return self._add(conn, owner, arrival, whole)

        return self._commit(arrival, watch, add)

    def _known(self, arrival: Arrival, watch: Watch) -> Taken | None:
        """The document that has these bytes already; its source may be a new one."""
        with self._database.reading() as conn:
            found = store.document_of_bytes(conn, arrival.incoming.sha256, arrival.collection)
            if found is None or found.state != "indexed":
                return None
            owner = store.collection_named(conn, arrival.collection)
            is_same = owner and sources.gives(conn, owner, arrival.source, found.id)
            if is_same and not watch.older:
                return Taken(found, "unchanged")
        try:
            return self._commit(arrival, watch, _must_be_there)
        except staging.StagedLost:
            return None

    def _read(self, arrival: Arrival, watch: Watch) -> Entry:
        incoming = arrival.incoming
        parsed = self._staged_text(arrival)
        if parsed is None:
            parsed = parsed_file(incoming.path, arrival.name, watch)
        rows = np.zeros((0, 0), dtype=np.float32)
        slices = slices_of(parsed)
        return Entry(parsed, "indexed", "", incoming.size_bytes, incoming.sha256, slices, rows)

    def _staged_text(self, arrival: Arrival) -> ParsedDocument | None:
        """What an attempt that a crash ended had parsed."""
        with self._database.reading() as conn:
            owner = store.collection_named(conn, arrival.collection)
            staged = staging.find(conn, owner, arrival.incoming.sha256) if owner else None
        return replace(staged.parsed, name=arrival.name) if staged else None

    def _add(self, conn: Connection, owner: Collection, arrival: Arrival, entry: Entry) -> Document:
        if staged := staging.find(conn, owner, entry.sha256):
            staging.drop(conn, owner, [staged.document_id])
        document = store.add(conn, owner, entry)
        self._files.keep(owner.key, arrival.incoming)  # last: until here it can be tried again
        return document

    def _embedded(
        self, encoder: Encoder, slices: Sequence[Slice], n_done: int, watch: Watch
    ) -> Iterator[tuple[int, FloatArray]]:
        """(place of the first, rows) of each batch after ``n_done`` passages, as they come."""
        began_at, start = time.monotonic(), n_done
        while start < len(slices):
            batch_at, part = time.monotonic(), slices[start : start + self._pace.size(BATCH)]
            rows = encoder.encode([piece.text for piece in part])
            self._pace.note(len(part), time.monotonic() - batch_at)
            yield start, rows
            start += len(part)
            rate = (start - n_done) / max(time.monotonic() - began_at, 1e-6)
            watch.tell("embedding", start / len(slices), (len(slices) - start) / rate)

    # Large documents

    @staticmethod
    def _await_turn(arrival: Arrival, watch: Watch) -> None:
        while not watch.may_write(TOUCH_EVERY_S):
            arrival.incoming.touch()

    def _take_in_large(self, arrival: Arrival, entry: Entry, watch: Watch) -> Taken:
        self._await_turn(arrival, watch)
        for _ in range(ATTEMPTS):
            lease = self._lease(arrival, watch)
            try:
                # Another process may have been here while this one waited for the lease.
                return self._known(arrival, watch) or self._write(arrival, entry, lease, watch)
            except (staging.StagedLost, leases.LeaseLost):
                continue
            except (Paused, TimeoutError):  # a busy database passes
                raise
            except Exception:
                self._drop(arrival)
                raise
            finally:
                self._release(lease)
                give_back()
        raise RuntimeError(f"{arrival.name} was taken away {ATTEMPTS} times while it was indexed")

    def _lease(self, arrival: Arrival, watch: Watch) -> leases.Lease:
        name = f"{arrival.collection}/{arrival.incoming.sha256}"
        while True:
            with self._database.writing() as conn:
                if lease := leases.take(conn, name):
                    return lease
            watch.tell("embedding", 0.0)
            arrival.incoming.touch()
            time.sleep(LOOK_AGAIN_S)

    def _release(self, lease: leases.Lease) -> None:
        with suppress(OSError), self._database.writing() as conn:  # else it runs out by itself
            leases.release(conn, lease)

    def _write(self, arrival: Arrival, entry: Entry, lease: leases.Lease, watch: Watch) -> Taken:
        slices, encoder = entry.slices, self._encoder()  # first: it may wait for who writes
        staged, others = self._begin(arrival, entry, encoder, watch)
        for start, rows in self._embedded(encoder, slices, staged.n_done, watch):
            part = slices[start : start + len(rows)]
            with self._database.writing() as conn:
                watch.guard(conn)
                leases.renew(conn, lease)
                identity.agree(conn, encoder)
                staging.append(conn, staged, part, rows, start)
            arrival.incoming.touch()

        def publish(conn: Connection, owner: Collection) -> Document:
            identity.agree(conn, encoder)
            document = staging.publish(conn, owner, staged, len(slices))
            _point_idle(conn, owner, others, document)
            self._files.keep(owner.key, arrival.incoming)  # last: until here it can be tried again
            return document

        return self._commit(arrival, watch, publish)

    def _begin(
        self, arrival: Arrival, entry: Entry, encoder: Encoder, watch: Watch
    ) -> tuple[staging.Staged, list[str]]:
        """What is there of the document already, or a new beginning, and the sources of the
        failed one whose place it takes.
        """
        with self._database.writing() as conn:
            watch.guard(conn)
            owner = store.lock_collection(conn, arrival.collection)
            identity.agree(conn, encoder)
            staged = staging.find(conn, owner, entry.sha256)
            if staged and staging.agrees(conn, staged, entry.slices):
                return replace(staged, parsed=entry.parsed), []
            if staged:
                staging.drop(conn, owner, [staged.document_id])
            others: list[str] = []
            if earlier := store.document_of_bytes(conn, entry.sha256, owner.name):
                if earlier.state == "indexed":
                    raise staging.StagedLost("another process was faster")
                others = sources.of_document(conn, earlier.id)
                store.remove(conn, owner, [earlier.id])
            return staging.begin(conn, owner, entry), others

    def _drop(self, arrival: Arrival) -> None:
        with self._database.writing() as conn:
            owner = store.collection_named(conn, arrival.collection)
            staged = staging.find(conn, owner, arrival.incoming.sha256) if owner else None
            if owner and staged:
                staging.drop(conn, owner, [staged.document_id])
        self._database.scrub()

    # The switch

    def _commit(
        self,
        arrival: Arrival,
        watch: Watch,
        make: Callable[[Connection, Collection], Document],
    ) -> Taken:
        """Makes the document and takes out what it replaces, in one transaction."""
        self._await_turn(arrival, watch)
        try:
            owner, taken, unneeded = self._switch(arrival, watch, make)
        except Exception:
            self._sweep(arrival.collection)  # its original may have its place already
            raise
        has_replaced = taken.outcome == "replaced"
        self._removal.clear(owner, unneeded, has_removed=has_replaced)
        if not has_replaced and taken.outcome != "unchanged":
            self._indexes.later(owner)
        return taken

    def _sweep(self, collection: str) -> None:
        with self._database.writing() as conn:  # nobody adds meanwhile
            owner = store.collection_named(conn, collection)
            if owner and store.hold(conn, owner):
                self._files.sweep(owner.key, store.hashes(conn, owner))

    def _switch(
        self,
        arrival: Arrival,
        watch: Watch,
        make: Callable[[Connection, Collection], Document],
    ) -> tuple[Collection, Taken, list[str]]:
        """And where it is, and the queue's copies that nobody needs any more."""
        with self._database.writing() as conn:
            watch.guard(conn)
            owner = store.lock_collection(conn, arrival.collection)
            earlier = store.document_of_bytes(conn, arrival.incoming.sha256, owner.name)
            is_new = earlier is None or earlier.state != "indexed"
            given_by = {arrival.source}
            if is_new and earlier:
                given_by.update(sources.of_document(conn, earlier.id))
                store.remove(conn, owner, [earlier.id])
            # Not new: another thread or process was faster, or the file has a second source.
            document = make(conn, owner) if is_new or earlier is None else earlier
            stale = _point(conn, owner, sorted(given_by), document)
            replaced = any(store.document_of(conn, i, [owner.name]).n_passages for i in stale)
            ended = jobs.of_documents(conn, stale)
            store.remove(conn, owner, stale)
            unneeded = jobs.remove(conn, [*watch.older, *ended])
            taken = Taken(document, _outcome(document, is_new, replaced))
            unneeded += watch.taken(conn, taken)
        return owner, taken, unneeded


def _point(
    conn: Connection, owner: Collection, given_by: Sequence[str], document: Document
) -> list[int]:
    """From now on these sources give the document; returns what no source gives any more."""
    return [i for source in given_by for i in sources.point(conn, owner, source, document)]


def _point_idle(
    conn: Connection, owner: Collection, others: Sequence[str], document: Document
) -> None:
    """From now on those of the sources give the document that give nothing else by now."""
    idle = [source for source in others if source not in sources.below(conn, owner, source)]
    _point(conn, owner, idle, document)


def _must_be_there(conn: Connection, owner: Collection) -> Document:
    raise staging.StagedLost("the document was removed while the same file was added")


def _outcome(document: Document, is_new: bool, replaced: bool) -> Outcome:
    if document.state != "indexed":
        return ""
    if replaced:
        return "replaced"
    return "added" if is_new else "unchanged"
