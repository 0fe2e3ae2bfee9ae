"""The two indexes of one collection, kept up with SQL by its sequence numbers.

Knows the store and the indexes, but neither files nor the encoder model. Whatever is lost or
damaged here is made anew from SQL.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from . import contents, identity, store
from .database import Database
from .lexical import TantivyIndex, TermCounts, read_sequence
from .records import Change, Collection
from .vectors import FaissIndex, saved

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from .embed import FloatArray

ADD_AT_ONCE = 4096  # rows handed to FAISS together
SAVE_AFTER = 4096  # rows that a crash may leave to be read from SQL again


class Followers:
    """FAISS in memory with a saved copy, tantivy on disk. May be used by several threads."""

    def __init__(
        self, database: Database, collection: Collection, folder: Path, dimension: int
    ) -> None:
        self._database = database
        self.collection = collection
        self._folder = folder
        self._dimension = dimension
        self._lock = threading.RLock()
        self._vectors, self._vectors_at = FaissIndex.load(folder, dimension)
        self._saved_at, self._n_saved = self._vectors_at, len(self._vectors)
        self._words = TantivyIndex(folder / "words")
        self._checked = False  # whether the files hold as much as SQL says

    # Following

    def follow(self) -> None:
        """Catches up with SQL. After a removal, no file keeps anything of what was removed."""
        with self._lock:
            with self._database.reading() as conn:
                latest = contents.sequence(conn, self.collection)
                if self._checked and latest == self._vectors_at == self._words.sequence():
                    return
                forgets = self._follow_vectors(conn, latest)
            self._follow_words()
            self._checked = True
            if forgets or len(self._vectors) > SAVE_AFTER + self._n_saved * 5 // 4:
                self.save()

    def rebuild(self) -> None:
        """Makes both indexes anew from SQL alone."""
        with self._lock:
            with self._database.reading() as conn:
                self._vectors_at = contents.sequence(conn, self.collection)
                self._fill_vectors(conn)
            self._saved_at = -1
            self._follow_words(anew=True)
            self._checked = True
            self.save()

    def save(self) -> None:
        """Saves the vectors, unless the collection changed since they were read.

        Holding the collection while saving: no other process can remove a document in
        between and have its vectors written back.
        """
        with self._lock:
            if self._saved_at == self._vectors_at:
                return
            with self._database.writing() as conn:
                if not store.hold(conn, self.collection):
                    return
                if contents.sequence(conn, self.collection) == self._vectors_at:
                    self._vectors.save(self._folder, self._vectors_at)
                    self._saved_at = self._vectors_at
                    self._n_saved = len(self._vectors)

    def _follow_vectors(self, conn: Connection, latest: int) -> bool:
        """Returns whether something was taken out, which must leave the saved file as well."""
        changes = contents.changes_after(conn, self.collection, self._vectors_at)
        added, removed = _net(changes)
        anew = self._vectors_at > latest or _has_reset(changes)
        if not anew:
            self._vectors.remove(removed)
            self._add_rows(conn, added)
            known = self._checked and not changes
            anew = not known and len(self._vectors) != contents.count(conn, self.collection)
        if anew:
            self._fill_vectors(conn)
        if anew or removed:
            for path, _ in saved(self._folder):
                path.unlink(missing_ok=True)
            self._saved_at = -1
        self._vectors_at = latest  # last: after an error in between, the count tells
        return bool(anew or removed)

    def _fill_vectors(self, conn: Connection) -> None:
        # Asked again: all vectors may come from another encoder now.
        self._dimension = identity.dimension(conn) or self._dimension
        self._vectors = FaissIndex(self._dimension)
        self._add_rows(conn, None)

    def _add_rows(self, conn: Connection, document_ids: Sequence[int] | None) -> None:
        pairs = contents.vectors_of(conn, self.collection, document_ids)
        while part := list(islice(pairs, ADD_AT_ONCE)):
            ids = [passage_id for passage_id, _ in part]
            self._vectors.add(ids, np.stack([row for _, row in part]))

    def _follow_words(self, anew: bool = False) -> None:
        with self._words.writing() as writing, self._database.reading() as conn:
            # Asked again: another process may have done it while this one waited.
            latest, at = contents.sequence(conn, self.collection), self._words.sequence()
            changes = contents.changes_after(conn, self.collection, at or 0)
            added, removed = _net(changes)
            if at is None or at > latest or _has_reset(changes) or self._holds_any(removed):
                anew = True
            if not self._checked and not changes:
                anew = anew or len(self._words) != contents.count(conn, self.collection)
            if anew:
                # Also after a removal: tantivy keeps the words of a deleted passage in its
                # files, and in its statistics, until some later merge.
                writing.clear()
                added = None
            if anew or at != latest:
                writing.add(contents.texts_of(conn, self.collection, added))
                writing.commit(latest)

    def _holds_any(self, document_ids: Iterable[int]) -> bool:
        return any(self._words.count(document_id) for document_id in document_ids)

    # Asking

    def nearest(
        self, row: FloatArray, k: int, allowed: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float]]:
        """(passage id, cosine) of the ``k`` passages nearest to ``row``, best first.

        Among the passage ids ``allowed`` alone (ascending), if these are given.
        """
        with self._lock:
            return self._vectors.search(row, k, allowed)

    def question_terms(self, question: str) -> list[str]:
        """Distinct terms of a question."""
        return self._words.question_terms(question)

    def term_counts(self, question_terms: Sequence[str]) -> TermCounts:
        """How common the terms are in this collection."""
        return self._words.frequencies(question_terms)

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
        return self._words.search(question_terms, k, everywhere, allowed)

    def differences(self, conn: Connection) -> list[str]:
        """What these indexes hold otherwise than SQL says; empty when all is well."""
        name, found = self.collection.name, []
        pairs = list(contents.vectors_of(conn, self.collection))
        ids = [passage_id for passage_id, _ in pairs]
        with self._lock:
            held_ids, held_rows = self._vectors.content()
        if held_ids.tolist() != ids:
            found.append(f"{name}: FAISS holds {len(held_ids)} vectors, SQL {len(ids)} passages")
        elif pairs and not np.array_equal(held_rows, np.stack([row for _, row in pairs])):
            found.append(f"{name}: FAISS holds other numbers than SQL")
        if len(self._words) != len(ids):
            found.append(f"{name}: tantivy holds {len(self._words)} passages, SQL {len(ids)}")
        for document in store.documents_of(conn, [name]):
            if self._words.count(document.id) != document.n_passages:
                found.append(f"{name}: tantivy lacks passages of {document.name} ({document.id})")
        return found


def must_forget(folder: Path, last_removal: int) -> bool:
    """Whether files in ``folder`` may still hold what was removed. Opens no index."""
    marks = [number for _, number in saved(folder)]
    if (folder / "words").is_dir():
        marks.append(read_sequence(folder / "words") or 0)
    return min(marks, default=last_removal) < last_removal


def _net(changes: Sequence[Change]) -> tuple[list[int] | None, list[int]]:
    """Document ids to add and to take out; what came and went in between is only taken out."""
    removed = {change.document_id for change in changes if change.kind == "remove"}
    added = {change.document_id for change in changes if change.kind == "add"} - removed
    return sorted(added), sorted(removed)


def _has_reset(changes: Sequence[Change]) -> bool:
    return any(change.kind == "reset" for change in changes)
