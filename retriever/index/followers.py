"""The two indexes of one collection, kept up with SQL by its sequence numbers.

Knows when they follow, grow and are asked, but not how. Whatever is lost or damaged here is made
anew from SQL.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..memory import give_back
from ..private import tighten
from ..records import Collection
from ..sql import contents, store
from ..sql.database import Database
from ..trouble import disk_trouble
from . import snapshots, word_follower
from .lexical import TermCounts
from .sizing import Sizing
from .vector_follower import VectorFollower
from .word_follower import WordFollower

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ..records import FloatArray

COMPARED_AT_ONCE = 4096

log = logging.getLogger(__name__)


class Followers:
    """FAISS and tantivy with their files. May be used by several threads.

    What takes long in a large collection (another kind of index, words to erase) is done by a
    thread of its own while searches go on; ``close`` waits for it.
    """

    def __init__(
        self,
        database: Database,
        collection: Collection,
        folder: Path,
        dimension: int,
        sizing: Sizing | None = None,
    ) -> None:
        sizing = sizing or Sizing()
        self._database = database
        self.collection = collection
        self._lock = threading.RLock()
        self._folder = folder
        with disk_trouble(folder):
            self._vectors = VectorFollower(database, collection, folder, dimension, sizing)
            self._words = WordFollower(database, collection, folder, sizing)
        self._checked = False
        self._is_gone = False
        self._tending: threading.Thread | None = None

    # Following

    def follow(self) -> None:
        """Catches up with SQL. What was removed is found no more, and leaves the files: at
        once, but for the words of a large collection, which a thread erases.
        """
        with self._lock, disk_trouble(self._folder):
            if self._is_gone:
                return
            with self._database.reading() as conn:
                latest = contents.sequence(conn, self.collection)
            if self._checked and latest == self._vectors.at == self._words.sequence():
                return
            must_save = self._vectors.follow()
            self._words.follow()
            self._checked = True
            if must_save or self._vectors.must_save():
                self.save()
            tighten(self._folder)
        give_back()
        self._tend()

    def rebuild(self) -> None:
        """Makes both indexes anew from SQL alone."""
        self._wait()
        with self._lock, disk_trouble(self._folder):
            self._vectors.rebuild()
            self._words.follow(anew=True)
            self._checked = True
            self.save()
        give_back()

    def save(self) -> None:
        """Saves the vectors, unless the collection changed since they were read."""
        if self._database.read_only:
            return
        with self._lock, disk_trouble(self._folder):
            if self._is_gone:
                return
            self._vectors.save()
            tighten(self._folder)

    def delete(self) -> None:
        """Deletes the files of a removed collection; whoever still asks here makes no new ones."""
        with self._lock:
            self._is_gone = True
        self._wait()
        with self._lock:
            shutil.rmtree(self._folder, ignore_errors=True)

    def close(self) -> None:
        """Follows a last time, finishes what was begun, and saves."""
        self.follow()
        self._tend()
        self._wait()
        self.save()

    # Growing

    def _tend(self) -> None:
        """Starts a thread for what is due, unless there is one."""
        with self._lock:
            busy = self._tending is not None and self._tending.is_alive()
            if busy or self._database.read_only or not (self._vectors.due() or self._words.due()):
                return
            name = f"tending {self.collection.name}"
            self._tending = threading.Thread(target=self._do_what_is_due, name=name, daemon=True)
            self._tending.start()

    def _do_what_is_due(self) -> None:
        try:
            while self._words.due():
                self._words.erase()
            if self._vectors.due():
                self._vectors.grow(self._lock)
            tighten(self._folder)
            give_back()
        except Exception as error:
            log.warning(
                "%s: its indexes stay as they are until it changes again: %s",
                self.collection.name,
                error,
            )

    def _wait(self) -> None:
        if self._tending is not None:
            self._tending.join()

    # Asking

    def nearest(
        self, row: FloatArray, k: int, allowed: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float]]:
        """(passage id, cosine) of the ``k`` passages nearest to ``row``, best first.

        Among the passage ids ``allowed`` alone (ascending), if these are given.
        """
        with self._lock:
            return self._vectors.nearest(row, k, allowed)

    def question_terms(self, question: str) -> list[str]:
        """Distinct terms of a question."""
        return self._words.index.question_terms(question)

    def text_terms(self, text: str) -> list[str]:
        """All terms of a text, in order."""
        return self._words.index.text_terms(text)

    def term_counts(self, question_terms: Sequence[str]) -> TermCounts:
        """How common the terms are in this collection."""
        return self._words.index.frequencies(question_terms)

    def matching(
        self,
        question_terms: Sequence[str],
        k: int,
        everywhere: TermCounts,
        allowed: NDArray[np.int64] | None = None,
    ) -> list[tuple[int, float]]:
        """(passage id, BM25) of the ``k`` passages that match best, best first.

        Among the passage ids ``allowed`` alone (ascending), if these are given.
        """
        return self._words.index.search(question_terms, k, everywhere, allowed)

    # Comparing

    def position(self) -> tuple[int, int | None]:
        """Numbers of the changes that vectors and words followed up to."""
        with self._lock:
            return self._vectors.at, self._words.sequence()

    def differences(self, conn: Connection) -> list[str]:
        """What these indexes hold otherwise than SQL says; empty when all is well."""
        self._wait()
        name, words = self.collection.name, self._words.index
        with self._lock:
            found = list(self._vector_differences(conn))
        n_passages = contents.count(conn, self.collection)
        if len(words) != n_passages:
            found.append(f"{name}: tantivy holds {len(words)} passages, SQL {n_passages}")
        for document in store.documents_of(conn, [name]):
            if words.count(document.id) != document.n_passages:
                found.append(f"{name}: tantivy lacks passages of {document.name} ({document.id})")
        return found

    def _vector_differences(self, conn: Connection) -> Iterator[str]:
        name, index = self.collection.name, self._vectors.index
        held, n_other = index.ids(), 0
        n_passages = contents.count(conn, self.collection)
        if len(held) != n_passages:
            yield f"{name}: FAISS holds {len(held)} vectors, SQL {n_passages} passages"
            return
        pairs = contents.vectors_of(conn, self.collection)
        runs = [held[at : at + COMPARED_AT_ONCE] for at in range(0, len(held), COMPARED_AT_ONCE)]
        for ids, told in zip(runs, index.rows(runs), strict=True):
            part = list(islice(pairs, len(ids)))
            if [i for i, _ in part] != ids.tolist():
                yield f"{name}: FAISS and SQL hold other passages"
                return
            true = index.as_held(np.stack([row for _, row in part]))
            n_other += int((told != true).any(axis=1).sum())
        if n_other:
            yield f"{name}: FAISS holds other numbers than SQL for {n_other} passages"


def must_forget(folder: Path, last_removal: int) -> bool:
    """Whether files in ``folder`` may still hold what was removed. Opens no index."""
    marks = [snapshot.forgotten for snapshot in snapshots.saved(folder)]
    words = word_follower.followed(folder)
    if words is not None:
        marks.append(words)
    return min(marks, default=last_removal) < last_removal or bool(snapshots.abandoned(folder))
