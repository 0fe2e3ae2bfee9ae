"""The vectors of one collection, kept up with SQL: exact while small, in mapped lists beyond.

Knows the store, the kinds of index and their files, but neither words nor questions.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..encoding import identity
from ..records import Collection
from ..sql import contents, store
from ..sql.database import Database
from ..sql.history import has_reset, net
from . import snapshots
from .building import ADD_AT_ONCE, build
from .estimate import estimate, free_bytes, refuse_unless_fits
from .quantised import QuantisedIndex
from .sizing import Sizing, n_lists
from .vectors import FaissIndex

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ..records import FloatArray


COMPARED_ONE_BY_ONE = 1000  # allowed passages, whose rows are quicker to read than to look for


class VectorFollower:
    """An index in memory, or mapped to it, with its file. Not thread-safe but for ``grow``."""

    def __init__(
        self,
        database: Database,
        collection: Collection,
        folder: Path,
        dimension: int,
        sizing: Sizing,
    ) -> None:
        self._database = database
        self._collection = collection
        self._folder = folder
        self._sizing = sizing
        self._checked = False  # whether it holds as much as SQL says
        self._gave_up_at = -1
        snapshots.sweep(folder)
        self._take(*snapshots.load(folder, dimension))

    def _take(self, index: FaissIndex | QuantisedIndex, sequence: int, saved: bool = True) -> None:
        self.index, self.at = index, sequence
        self._saved_at = sequence if saved else -1
        self._n_saved = len(index) if saved else 0

    # Following

    def follow(self) -> bool:
        """Catches up with SQL; True if a file had to go, so that ``save`` is due.

        After a removal no file keeps anything of what was removed.
        """
        with self._database.reading() as conn:
            must_save = self._followed(conn)
        if must_save is None:  # takes long: no transaction may stay open meanwhile
            return self.rebuild()
        return must_save

    def _followed(self, conn: Connection) -> bool | None:
        """As ``follow``; None if the index must be made anew instead."""
        self._take_newer()
        latest = contents.sequence(conn, self._collection)
        n_passages = contents.count(conn, self._collection)
        more = n_passages - len(self.index)
        if self.index.exact and more > max(len(self.index), self._sizing.exact_up_to):
            return None  # as lists at once: rows as they are would not fit
        changes = contents.changes_after(conn, self._collection, self.at)
        if self.at > latest or has_reset(changes):
            return None
        added, removed = net(changes)
        known, self._checked = self._checked and not changes, False  # until all is done
        self.index.remove(removed)
        self._add(conn, added)
        if not known and len(self.index) != n_passages:
            return None
        self.at, self._checked = latest, True  # last: after an error in between, the count tells
        return bool(removed) and self._forget(latest)

    def rebuild(self) -> bool:
        """Makes the index anew from SQL alone; as ``follow``.

        Raises:
            TooLarge: there is too little memory or disk for it.
        """
        self._check_room()
        index, sequence = build(self._database, self._collection, self._sizing, self._folder)
        self._take(index, sequence, saved=False)
        self._checked = True
        if index.exact:
            return self._forget(sequence)
        return True

    def _check_room(self) -> None:
        with self._database.reading() as conn:
            n_passages = contents.count(conn, self._collection)
            dimension = identity.dimension(conn) or 0
        if self._sizing.trained_on(n_passages):
            needed = estimate(n_passages, dimension, self._sizing)
            refuse_unless_fits(needed, *free_bytes(self._folder))

    def _forget(self, latest: int) -> bool:
        """Whether the file had to go whole."""
        if isinstance(self.index, QuantisedIndex) and self.index.mapped:
            snapshots.note_forgotten(self._folder, self._saved_at, latest)
            return False
        snapshots.keep_only(self._folder, None)
        self._saved_at = -1
        return True

    def _add(self, conn: Connection, document_ids: Sequence[int] | None) -> None:
        pairs = contents.vectors_of(conn, self._collection, document_ids)
        while part := list(islice(pairs, ADD_AT_ONCE)):
            ids = [passage_id for passage_id, _ in part]
            self.index.add(ids, np.stack([row for _, row in part]))

    def _take_newer(self) -> None:
        """Takes lists that another process made since."""
        newest = max(snapshots.saved(self._folder), default=None)
        if newest and newest.quantised and newest.sequence > self._saved_at:
            try:
                self._take(snapshots.read(newest), newest.sequence)
            except (RuntimeError, OSError):  # gone again, or damaged
                return

    # Keeping

    def must_save(self) -> bool:
        """Whether a crash would leave much to be read again. The lists see to themselves."""
        n_unsaved = len(self.index) - self._n_saved * 5 // 4
        return self.index.exact and n_unsaved > self._sizing.unsaved

    def save(self) -> None:
        """Saves the vectors, unless the collection changed since they were read.

        Holding the collection while saving: no other process can remove a document in
        between and have its vectors written back.
        """
        if isinstance(self.index, QuantisedIndex):
            if not self.index.mapped:
                self._publish(self.index, self.at, threading.RLock())
            return
        if self._saved_at == self.at:
            return
        with self._database.writing() as conn:
            if not store.hold(conn, self._collection):
                return
            if contents.sequence(conn, self._collection) == self.at:
                with suppress(FileNotFoundError):  # another process forgets: see note_forgotten
                    self.index.save(self._folder, self.at)
                    self._take(self.index, self.at)

    # Growing

    def due(self) -> bool:
        """Whether another kind of index, other lists or a new file would serve better now."""
        n, have = len(self.index), 0
        if self._gave_up_at == self.at:
            return False
        if isinstance(self.index, QuantisedIndex):
            have = self.index.lists
            if max(self.index.n_fresh, self.index.n_gone) > max(self._sizing.unsaved, n // 4):
                return True
        return self._wanted_lists(n) > have or have > self._wanted_lists(2 * n)

    def _wanted_lists(self, n_passages: int) -> int:
        trained_on = self._sizing.trained_on(n_passages)
        return n_lists(trained_on) if trained_on else 0

    def grow(self, lock: AbstractContextManager[bool]) -> None:
        """Makes the index that suits the collection now, and takes it. Searches go on meanwhile.

        ``lock`` is what everything else of this object runs under.
        """
        with lock:
            at = self.at
        try:
            self._check_room()
            made, sequence = self._made(lock)
            if isinstance(made, QuantisedIndex):
                self._publish(made, sequence, lock)
        except BaseException:
            self._gave_up_at = at
            raise
        if isinstance(made, FaissIndex):
            with lock:
                self._take(made, sequence, saved=False)
                snapshots.keep_only(self._folder, None)
                self.follow()
                self.save()

    def _made(self, lock: AbstractContextManager[bool]) -> tuple[FaissIndex | QuantisedIndex, int]:
        """What suits the collection now: the lists at hand if there are as many as it wants."""
        with lock:
            index, wanted = self.index, self._wanted_lists(len(self.index))
            if isinstance(index, QuantisedIndex) and index.lists == wanted and self._checked:
                return index.so_far(), self.at
        return build(self._database, self._collection, self._sizing, self._folder)

    def _publish(
        self, made: QuantisedIndex, sequence: int, lock: AbstractContextManager[bool]
    ) -> None:
        """Writes lists to their file and takes them from there, unless they are outdated.

        What was removed meanwhile leaves the file before it gets its name. Holding the
        collection, so that no other process removes something in between.
        """
        # Of this call alone: a thread that grows and one that saves may be here at once.
        name = f"vectors-{sequence}.{secrets.token_hex(4)}.{os.getpid()}.part"
        part = self._folder / name
        try:
            made.write(part)
            with lock:
                if not part.exists():  # another process forgets: see note_forgotten
                    return
                mapped = QuantisedIndex.open(part)
                if self._name(mapped, part, sequence):
                    self._take(mapped, sequence)
                    self.follow()
        finally:
            part.unlink(missing_ok=True)

    def _name(self, mapped: QuantisedIndex, part: Path, sequence: int) -> bool:
        with self._database.writing() as conn:
            if not store.hold(conn, self._collection):
                return False
            changes = contents.changes_after(conn, self._collection, sequence)
            newer = any(
                s.quantised and s.sequence > sequence for s in snapshots.saved(self._folder)
            )
            if newer or has_reset(changes):
                return False
            mapped.remove(net(changes)[1])
            latest = contents.sequence(conn, self._collection)
            target = snapshots.lists_path(self._folder, sequence, latest)
            try:
                os.replace(part, target)
            except FileNotFoundError:
                return False
            snapshots.keep_only(self._folder, target)
        return True

    # Asking

    def nearest(
        self, row: FloatArray, k: int, allowed: NDArray[np.int64] | None
    ) -> list[tuple[int, float]]:
        """As ``FaissIndex.search``. Lists give more than asked, which the true rows then rank."""
        if self.index.exact:
            return self.index.search(row, k, allowed)
        if allowed is not None and len(allowed) <= COMPARED_ONE_BY_ONE:
            ids = allowed.tolist()
        else:
            ids = [i for i, _ in self.index.search(row, k + k // 5 + 10, allowed)]
        with self._database.reading() as conn:
            rows = contents.rows_of(conn, self._collection, ids)
        if not rows:
            return []
        found = sorted(rows)
        true = np.stack([rows[i] for i in found]) @ np.asarray(row, dtype=np.float32)  # (n,)
        hits = zip(found, true.tolist(), strict=True)
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:k]
