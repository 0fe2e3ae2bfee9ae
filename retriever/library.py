"""The library: documents in, passages out. The only place where the retriever's parts meet.

Holds no algorithm: parsing, splitting, embedding, storing and following are done elsewhere.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from .care import backup, restore
from .care.housekeeping import tidy
from .care.reembed import embed_anew, give_up
from .care.verify import differences
from .encoding import identity
from .encoding.embed import Encoder
from .files import Files
from .index.indexes import Indexes
from .index.sizing import Sizing
from .intake.ingest import Arrival, Ingest
from .intake.queue import Queue
from .intake.removal import Removal
from .intake.several import Turn, in_order
from .intake.walk import is_gone
from .intake.watch import Caller
from .intake.worker import Worker
from .memory import share_heap
from .parsing import HAS_PICTURES
from .parsing.child import boxes_in_child, picture_in_child
from .private import make_file, make_folder, tighten
from .records import Stats
from .searcher import Searcher
from .sql import contents, store
from .sql.database import DATABASE, Database
from .sql.sqlite import sqlite_url
from .trouble import home_made
from .types import (
    DEFAULT_COLLECTION,
    Box,
    Document,
    Filter,
    Hit,
    PagePicture,
    ParsedDocument,
    Passage,
    ProgressCallback,
    SourceFile,
    Taken,
    UnknownCollection,
    given_source,
    located,
    stored_source,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

SHOWN_COLLECTIONS = 10  # in a message


class Library:
    """Documents of many collections under one folder. May be used by several threads, and
    several processes may have the same folder open.

    Every method that names collections sees these and no others.

    Attributes:
        home: the folder.
        queue: files that wait for a worker.
    """

    def __init__(
        self, home: Path, database: Database, encoder: Encoder | None, sizing: Sizing | None = None
    ) -> None:
        """Use ``Library.open``."""
        self.home = home
        self._database = database
        self._files = Files(home / "files")
        self._encoder = encoder
        self._encoder_of: str | None = None  # what SQL noted when it was checked
        self._indexes = Indexes(database, home / "indexes", sizing)
        self._guard = threading.RLock()
        self._removal = Removal(database, self._files, self._indexes)
        self._ingest = Ingest(
            database, self._files, self._indexes, self._removal, self._checked_encoder
        )
        self._searcher = Searcher(database, self._indexes, self._checked_encoder)
        self.queue = Queue(database, self._files, home)

    @classmethod
    def open(
        cls,
        home: Path,
        *,
        encoder: Encoder | None = None,
        database_url: str | None = None,
        sizing: Sizing | None = None,
    ) -> Library:
        """Opens the library in ``home``, made when new, for this user's eyes alone.

        A home that cannot be written is opened for reading: it is searched as it is, out of
        indexes in a temporary folder, and whatever would change it raises NotWritable. What
        cannot be tidied up now, as on a full disk, is logged and left to the next opening.

        Args:
            home: its folder: originals, indexes and, by default, the database.
            encoder: loaded when first needed if None.
            database_url: SQLAlchemy's address of another database than ``home/library.db``.
            sizing: from which sizes on collections are indexed otherwise.

        Raises:
            RuntimeError: the database was made by a newer version.
            NotWritable: the folder is new and cannot be made or written.
            OSError: the folder cannot be read.
        """
        share_heap()
        home = Path(home).absolute()
        with home_made(home):
            read_only = _is_read_only(home)
            if not read_only:
                make_folder(home)
                tighten(home)
                if database_url is None:
                    make_file(home / DATABASE)  # private, as SQLite then makes those beside it
        database = Database(database_url or sqlite_url(home / DATABASE), read_only=read_only)
        try:
            library = cls(home, database, encoder, sizing)
            if not read_only:
                tidy(database, library._files, library._indexes)
        except BaseException:
            database.close()
            raise
        return library

    @property
    def read_only(self) -> bool:
        """Whether this process may not write the home: whatever would raises NotWritable."""
        return self._database.read_only

    def check_writable(self) -> None:
        """Raises NotWritable if this process may not write the home."""
        self._database.check_writable()

    @staticmethod
    def is_in(home: Path) -> bool:
        """Whether a library with a database of its own was ever opened in ``home``."""
        return (home / DATABASE).is_file()

    def close(self) -> None:
        """Catches the indexes up, saves them, and ends all connections."""
        with self._guard:
            try:
                self._indexes.close()
            finally:
                self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def encoder(self) -> Encoder:
        """The encoder, loaded now if it was not yet."""
        with self._guard:
            if self._encoder is None:
                self._encoder = Encoder.load()
            return self._encoder

    # Documents in

    def add(
        self,
        path: Path,
        collection: str = DEFAULT_COLLECTION,
        *,
        name: str | None = None,
        source: str | None = None,
        progress: ProgressCallback | None = None,
    ) -> Document:
        """Adds a file. When this returns, the document outlives a crash.

        A file that cannot be read comes back (and is listed) as a document with a failed
        state and a reason; adding it again tries again. The same bytes as an indexed
        document of the collection change nothing and return that document.

        A document whose source (see ``SourceFile``) gave other bytes before is replaced in one
        step: until then the old one is found, from then on the new one alone.

        Raises:
            OSError: the file itself cannot be opened (missing, a folder, no permission).
            WrongEncoder: the library was made with another encoder.
        """
        file = SourceFile(Path(path), name or "", source or "")
        return self.take_in(file, collection, progress=progress).document

    def take_in(
        self,
        file: SourceFile,
        collection: str = DEFAULT_COLLECTION,
        *,
        progress: ProgressCallback | None = None,
        turn: Turn | None = None,
    ) -> Taken:
        """As ``add``, and says whether the document is new, replaced another, or was there.

        ``turn`` is called before anything is written; see ``several.in_order``.
        """
        older = self.queue.of_source(file, collection)
        watch = Caller(file.document_name, progress, turn, older)
        if not older and (known := self.queue.unchanged(file, collection)):
            taken = Taken(known, "unchanged")
        else:
            incoming = self._files.receive(file.path)
            try:
                arrival = Arrival(incoming, collection, file.document_name, file.origin)
                taken = self._ingest.take_in(arrival, watch)
            finally:
                incoming.discard()
        watch.tell(taken.document.state, 1.0)
        return taken

    def add_all(
        self, paths: Sequence[Path], collection: str = DEFAULT_COLLECTION
    ) -> list[Document]:
        """As ``add`` for each path in their order, but several are read and embedded at once.

        Raises:
            OSError, WrongEncoder: as ``add`` does; the files before that one are there.
        """

        def take(path: Path, turn: Turn) -> Document:
            return self.take_in(SourceFile(Path(path)), collection, turn=turn).document

        with closing(in_order(take, paths)) as taken:
            return list(taken)

    def worker(self, threads: int = 1) -> Worker:
        """A worker that empties the queue once it is started, in this process.

        Of all the workers of one home, in whatever processes, one works; when it ends, the
        next takes over.
        """
        return Worker(self._database, self._files, self.queue, self._ingest, self._removal, threads)

    def remove(
        self, document_ids: Sequence[int], collection: str = DEFAULT_COLLECTION
    ) -> list[Document]:
        """Removes documents: text, vectors, words and original leave the disk.

        Raises:
            UnknownDocument: one of them is not in the collection; then nothing is removed.
        """
        return self._removal.remove(list(dict.fromkeys(document_ids)), collection)

    def prune(self, folder: Path, collection: str = DEFAULT_COLLECTION) -> list[Document]:
        """Removes documents that came from below ``folder`` and whose files are not there now.

        ``folder`` may be an archive: its files are there while it is.

        Returns:
            What was removed. A document that has another source stays.
        """
        folder = located(Path(folder))
        prefix = stored_source(os.path.join(folder, ""))

        def is_there(source: str) -> bool:
            """Or the archive that it lay in."""
            path = Path(given_source(source))
            inside = (parent for parent in path.parents if parent.is_relative_to(folder))
            return not is_gone(path) or any(parent.is_file() for parent in inside)

        return self._removal.remove_vanished(prefix, is_there, collection)

    def remove_collection(self, collection: str) -> None:
        """Removes a collection with all its documents; one that does not exist is no error."""
        self._removal.remove_collection(collection)

    # Documents out

    def check_collections(self, names: Sequence[str]) -> None:
        """Raises UnknownCollection, with what there is, unless all of the collections exist.

        Searching and listing take a name that does not exist for an empty collection.
        """
        with self._database.reading() as conn:
            known = [collection.name for collection in store.all_collections(conn)]
        if missing := [name for name in names if name not in known]:
            shown = ", ".join(known[:SHOWN_COLLECTIONS]) or "none yet"
            more = f" and {len(known) - SHOWN_COLLECTIONS} more" * (len(known) > SHOWN_COLLECTIONS)
            raise UnknownCollection(
                f"no collection {missing[0]!r} in {self.home}: it has {shown}{more}"
            )

    def collections(self) -> list[str]:
        """The names of all collections, in order of making."""
        with self._database.reading() as conn:
            return [collection.name for collection in store.all_collections(conn)]

    def beginnings(
        self, document_ids: Sequence[int], n_chars: int, collections: Sequence[str]
    ) -> dict[int, str]:
        """The first code points of those documents that the collections have, by id."""
        with self._database.reading() as conn:
            return store.beginnings(conn, document_ids, n_chars, collections)

    def documents(self, collections: Sequence[str] = (DEFAULT_COLLECTION,)) -> list[Document]:
        """All documents of the collections, failed ones too, in order of adding."""
        with self._database.reading() as conn:
            return store.documents_of(conn, collections)

    def document(
        self, document_id: int, collections: Sequence[str] = (DEFAULT_COLLECTION,)
    ) -> Document:
        """One document; raises UnknownDocument if the collections do not have it."""
        with self._database.reading() as conn:
            return store.document_of(conn, document_id, collections)

    def text(self, document_id: int, collections: Sequence[str] = (DEFAULT_COLLECTION,)) -> str:
        """The whole text that all offsets count in; raises UnknownDocument."""
        return self._parsed(document_id, collections)[1].text

    def page_starts(
        self, document_id: int, collections: Sequence[str] = (DEFAULT_COLLECTION,)
    ) -> tuple[int, ...]:
        """Offset where each page starts; raises UnknownDocument."""
        return self.pages_of([document_id], collections)[document_id]

    def pages_of(
        self, document_ids: Sequence[int], collections: Sequence[str] = (DEFAULT_COLLECTION,)
    ) -> dict[int, tuple[int, ...]]:
        """``page_starts`` of a few documents by id, at once; raises UnknownDocument."""
        with self._database.reading() as conn:
            return store.page_starts_of(conn, document_ids, collections)

    def passages(
        self, passage_ids: Sequence[int], collections: Sequence[str] = (DEFAULT_COLLECTION,)
    ) -> list[Passage]:
        """Passages in the order of their ids; those that are not there now are left out."""
        with self._database.reading() as conn:
            return contents.passages_of(conn, passage_ids, collections)

    def page_picture(
        self, document_id: int, page_number: int, collections: Sequence[str] = (DEFAULT_COLLECTION,)
    ) -> PagePicture | None:
        """A page (from 1) as PNG, None for formats without pictures; raises UnknownDocument."""
        with self._database.reading() as conn:
            found, path = self._original(conn, document_id, collections)
        if found.media_type not in HAS_PICTURES:
            return None
        return picture_in_child(path, page_number)

    def mark_boxes(
        self,
        document_id: int,
        char_start: int,
        char_end: int,
        collections: Sequence[str] = (DEFAULT_COLLECTION,),
    ) -> list[Box]:
        """Where a stretch of text stands on its pages; [] for formats without pictures."""
        path, parsed = self._parsed(document_id, collections)
        if parsed.media_type not in HAS_PICTURES:
            return []
        return boxes_in_child(path, parsed, char_start, char_end)

    def _parsed(self, document_id: int, collections: Sequence[str]) -> tuple[Path, ParsedDocument]:
        with self._database.reading() as conn:
            found, path = self._original(conn, document_id, collections)
            text, page_starts = store.text_of(conn, document_id)
        parsed = ParsedDocument(found.name, found.media_type, text, page_starts, found.warnings)
        return path, parsed

    def _original(
        self, conn: Connection, document_id: int, collections: Sequence[str]
    ) -> tuple[Document, Path]:
        """A document and the file that it was read from."""
        found = store.document_of(conn, document_id, collections)
        owner = store.collection_named(conn, found.collection)
        assert owner is not None, "a document without a collection"
        return found, self._files.path(owner.key, found.sha256)

    # Search

    def search(
        self,
        question: str,
        k: int = 10,
        collections: Sequence[str] = (DEFAULT_COLLECTION,),
        where: Filter | None = None,
    ) -> list[Hit]:
        """The at most ``k`` passages that match best, by meaning and by words, best first.

        Only those that ``where`` lets through, if it is given; fewer than ``k`` only if there
        are no more of these.

        Raises:
            WrongEncoder: the library was made with another encoder.
        """
        return self._searcher.search(question, k, collections, where)

    def _checked_encoder(self) -> Encoder:
        """The encoder, after a look whether the library's vectors come from it."""
        with self._guard:
            with self._database.reading() as conn:  # each time: another process may exchange it
                noted = store.setting(conn, identity.SETTING)
                if noted is None or noted != self._encoder_of:
                    identity.check(conn, self.encoder)
                    self._encoder_of = noted
            return self.encoder

    # Care

    def verify(self) -> list[str]:
        """Differences between SQL, indexes and files, a sentence each; [] when all is well."""
        return list(differences(self._database, self._files, self._indexes))

    def rebuild(self) -> None:
        """Makes all indexes anew from SQL alone; with another encoder, all vectors first.

        The library stays in use meanwhile. Interrupted, it goes on where it was.
        """
        self._database.check_writable()
        with self._database.reading() as conn:
            every = store.all_collections(conn)
            known = identity.dimension(conn) is not None
            fits = known and identity.fits(conn, self.encoder)
        if known and not fits:
            embed_anew(self._database, self.encoder)
        else:
            give_up(self._database)
        for collection in every:
            if followers := self._indexes.follow(collection):
                followers.rebuild()
        self._database.scrub(anew=True)

    def back_up(self, target: Path) -> backup.Manifest:
        """Writes the whole home as one file; others may go on adding and removing meanwhile.

        Raises:
            NotImplementedError: the database is none of SQLite's.
            OSError: something cannot be read or written; then no new file is left.
        """
        return backup.back_up(self._database, self.home, Path(target))

    @staticmethod
    def restore(source: Path, home: Path) -> backup.Manifest:
        """Makes a home of a backup; its indexes are made when it is opened.

        Raises:
            FileExistsError: the home holds something.
            ValueError: the file is no backup, or is damaged, or is of a newer version.
        """
        return restore.restore(Path(source), Path(home))

    def states(self) -> dict[str, int]:
        """How many documents of the whole library are in each state; only states with some."""
        with self._database.reading() as conn:
            return store.states(conn)

    def stats(self, collections: Sequence[str] | None = None) -> Stats:
        """How much the library, or the named collections, hold."""
        with self._database.reading() as conn:
            return store.stats(conn, collections)


def _is_read_only(home: Path) -> bool:
    """Whether a library is there that this process may not write."""
    paths = [home / DATABASE, home]
    return paths[0].exists() and not all(os.access(path, os.W_OK) for path in paths)
