"""The words of one collection, kept up with SQL: hidden at once when removed, erased soon.

Knows the store and the word index, but neither vectors nor questions. tantivy keeps the words of
a deleted passage in its files, and in its statistics, until some later merge. So after a removal
everything is written anew: a small collection at once, a large one behind the searches into a
second folder, which then takes the place of the first. A mark on the disk says that this is owed.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..records import Collection
from ..sql import contents
from ..sql.database import Database
from ..sql.history import has_reset, net
from .building import pieces
from .lexical import TantivyIndex, Writing, read_sequence
from .sizing import Sizing
from .snapshots import lives

if TYPE_CHECKING:
    from sqlalchemy import Connection

FIRST = "words"  # the folder's name while nothing was ever written anew
NAME_FILE = "words.name"  # says which folder is the present one, after that
OWED_FILE = "words.owed"  # removed words are still in the present folder's files


class WordFollower:
    """A tantivy index and its folder. Not thread-safe but for searches and ``erase``."""

    def __init__(
        self, database: Database, collection: Collection, folder: Path, sizing: Sizing
    ) -> None:
        self._database = database
        self._collection = collection
        self._folder = folder
        self._sizing = sizing
        self._checked = False  # whether it holds as much as SQL says
        sweep(folder)
        self.index = TantivyIndex(present(folder))

    def sequence(self) -> int | None:
        """How far the index followed; None if unknown, or if another folder took its place."""
        return self.index.sequence()

    # Following

    def follow(self, anew: bool = False) -> None:
        """Catches up with SQL; ``anew`` from nothing."""
        with self._writing() as writing, self._database.reading() as conn:
            # Asked again: another process may have done it while this one waited.
            latest, at = contents.sequence(conn, self._collection), self.index.sequence()
            anew = anew or at is None or at > latest
            changes = [] if anew else contents.changes_after(conn, self._collection, at or 0)
            added, removed = net(changes)
            gone = [document_id for document_id in removed if self.index.count(document_id)]
            n_passages = contents.count(conn, self._collection)
            anew = anew or has_reset(changes)
            anew = anew or (bool(gone) and n_passages <= self._sizing.words_up_to)
            if not self._checked and not changes:
                anew = anew or len(self.index) != n_passages
            if anew:
                writing.clear()
                writing.add(contents.texts_of(conn, self._collection))
            elif at != latest:
                if gone:
                    self._owed.touch()
                    writing.remove(gone)
                writing.add(contents.texts_of(conn, self._collection, added))
            if anew or at != latest:
                writing.commit(latest)
            if anew:
                self._owed.unlink(missing_ok=True)
        self._checked = True

    @contextmanager
    def _writing(self) -> Iterator[Writing]:
        """The present folder's one writer."""
        while True:
            folder = present(self._folder)
            with ExitStack() as stack:
                try:
                    index = self.index if folder == self.index.folder else TantivyIndex(folder)
                    writing = stack.enter_context(index.writing())
                except (FileNotFoundError, ValueError):  # gone, or half way to it
                    if folder == present(self._folder):
                        raise
                    continue
                if folder == present(self._folder):
                    self.index = index
                    yield writing
                    return

    # Erasing

    @property
    def _owed(self) -> Path:
        return self._folder / OWED_FILE

    def due(self) -> bool:
        """Whether the files still hold words that were removed."""
        return self._owed.exists()

    def erase(self) -> None:
        """Writes everything anew into another folder, which takes the place of this one.

        Searches and additions go on meanwhile. After a crash it begins again.
        """
        with self._database.reading() as conn:
            sequence = contents.sequence(conn, self._collection)
            sizes = contents.document_sizes(conn, self._collection)
        name = f"{FIRST}-{sequence}-{secrets.token_hex(4)}.{os.getpid()}"
        made = TantivyIndex(self._folder / name)
        try:
            with made.writing() as writing:
                for ids in pieces(sizes, self._sizing.piece):
                    with self._database.reading() as conn:
                        writing.add(contents.texts_of(conn, self._collection, ids))
                writing.commit(sequence)
            self._take_over(made, sequence)
        finally:
            if present(self._folder) != made.folder:
                shutil.rmtree(made.folder, ignore_errors=True)

    def _take_over(self, made: TantivyIndex, sequence: int) -> None:
        """Catches ``made`` up while nobody else writes, then makes it the present one."""
        with self._writing():
            old = self.index
            with made.writing() as writing, self._database.reading() as conn:
                if not self.due() or contents.sequence(conn, self._collection) < sequence:
                    return  # another process did it, or the whole collection was removed
                if self._catch_up(made, writing, conn, sequence):
                    self._owed.unlink(missing_ok=True)
            note = self._folder / f"{NAME_FILE}.part"
            note.write_text(made.folder.name, encoding="ascii")
            note.replace(self._folder / NAME_FILE)
            self.index = made
        shutil.rmtree(old.folder, ignore_errors=True)

    def _catch_up(
        self, made: TantivyIndex, writing: Writing, conn: Connection, sequence: int
    ) -> bool:
        """Whether ``made`` never held what was removed meanwhile."""
        latest = contents.sequence(conn, self._collection)
        added, removed = net(contents.changes_after(conn, self._collection, sequence))
        gone = [document_id for document_id in removed if made.count(document_id)]
        writing.remove(gone)
        writing.add(contents.texts_of(conn, self._collection, added))
        writing.commit(latest)
        return not gone


def present(folder: Path) -> Path:
    """The folder of the words in use."""
    try:
        return folder / (folder / NAME_FILE).read_text(encoding="ascii")
    except (OSError, ValueError):
        return folder / FIRST


def sweep(folder: Path) -> None:
    """Deletes folders of words that are not in use: left by a crash or just replaced.

    One that a living process of this machine is writing stays.
    """
    for path in folder.glob(f"{FIRST}*"):
        written = lives(path.name.rpartition(".")[2])
        if path.is_dir() and path != present(folder) and not written:
            shutil.rmtree(path, ignore_errors=True)


def followed(folder: Path) -> int | None:
    """The number that the words followed up to, without opening them; None without any.

    Zero while removed words are still in the files.
    """
    if not present(folder).is_dir():
        return None
    if (folder / OWED_FILE).exists():
        return 0
    return read_sequence(present(folder)) or 0
