"""The library: documents in, passages out. The only place where the retriever's parts meet.

Holds no algorithm: parsing, splitting, embedding, storing and following are done elsewhere.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import reduce
from operator import add
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from . import identity, parsing
from .embed import Encoder
from .files import Files
from .followers import Followers
from .fuse import fuse
from .housekeeping import differences, tidy
from .ingest import Report, prepare
from .schema import sqlite_url
from .store import Collection, Entry, Stats, Store
from .types import (
    Box,
    Document,
    Hit,
    PagePicture,
    ParsedDocument,
    ProgressCallback,
)

if TYPE_CHECKING:
    from .files import Incoming

DEFAULT = "default"
DEPTH = 100  # candidates of each kind that are fused
OPEN_COLLECTIONS = 64  # whose indexes stay in memory


class Library:
    """Documents of many collections under one folder. May be used by several threads, and
    several processes may have the same folder open.

    Every method that names collections sees these and no others.
    """

    def __init__(self, home: Path, store: Store, encoder: Encoder | None) -> None:
        """Use ``Library.open``."""
        self.home = home
        self._store = store
        self._files = Files(home / "files")
        self._encoder = encoder
        self._encoder_checked = False
        self._followers: OrderedDict[int, Followers] = OrderedDict()
        self._behind: set[Collection] = set()  # with additions that no search asked for yet
        self._guard = threading.RLock()

    @classmethod
    def open(
        cls, home: Path, *, encoder: Encoder | None = None, database_url: str | None = None
    ) -> Library:
        """Opens the library in ``home``, made when new.

        Args:
            home: its folder: originals, indexes and, by default, the database.
            encoder: loaded when first needed if None.
            database_url: SQLAlchemy's address of another database than ``home/library.db``.

        Raises:
            RuntimeError: the database was made by a newer version.
            OSError: the folder cannot be made or written.
        """
        home = Path(home).absolute()
        home.mkdir(parents=True, exist_ok=True)
        library = cls(home, Store(database_url or sqlite_url(home / "library.db")), encoder)
        for collection in tidy(library._store, library._files, home / "indexes"):
            library._follow(collection)
        return library

    def close(self) -> None:
        """Catches the indexes up, saves them, and ends all connections."""
        with self._guard:
            for collection in self._behind & set(self._existing([c.name for c in self._behind])):
                self._follow(collection)
            for followers in self._followers.values():
                followers.follow()
                followers.save()
            self._followers.clear()
            self._store.close()

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
        collection: str = DEFAULT,
        *,
        name: str | None = None,
        progress: ProgressCallback | None = None,
    ) -> Document:
        """Adds a file. When this returns, the document outlives a crash.

        A file that cannot be read comes back (and is listed) as a document with a failed
        state and a reason; adding it again tries again. The same bytes as an indexed
        document of the collection change nothing and return that document.

        Raises:
            OSError: the file itself cannot be opened (missing, a folder, no permission).
            WrongEncoder: the library was made with another encoder.
        """
        path = Path(path)
        clean = (name or path.name).encode("utf-8", "replace").decode("utf-8")
        report = Report(clean, progress)
        incoming = self._files.receive(path)
        try:
            with self._store.reading() as conn:
                document = self._store.document_of_bytes(conn, incoming.sha256, collection)
            if document is None or document.state != "indexed":
                entry = prepare(incoming, self._checked_encoder, report)
                document = self._record(entry, incoming, collection)
        finally:
            incoming.discard()
        report(document.state, 1.0)
        return document

    def _record(self, entry: Entry, incoming: Incoming, name: str) -> Document:
        with self._store.writing() as conn:
            collection = self._store.lock_collection(conn, name)
            earlier = self._store.document_of_bytes(conn, entry.sha256, name)
            if earlier and earlier.state == "indexed":
                return earlier  # another thread or process was faster
            if earlier:
                self._store.remove(conn, collection, [earlier.id])
            if entry.state == "indexed":
                identity.agree(self._store, conn, self.encoder)
                self._files.keep(collection.key, incoming)
            document = self._store.add(conn, collection, entry)
        with self._guard:
            self._behind.add(collection)
        return document

    def remove(self, document_ids: Sequence[int], collection: str = DEFAULT) -> list[Document]:
        """Removes documents: text, vectors, words and original leave the disk.

        Raises:
            UnknownDocument: one of them is not in the collection; then nothing is removed.
        """
        ids = list(dict.fromkeys(document_ids))
        with self._store.writing() as conn:
            removed = [self._store.document(conn, i, [collection]) for i in ids]
            if not removed:
                return []
            owner = self._store.lock_collection(conn, collection)
            self._store.remove(conn, owner, ids)
        self._store.scrub()
        with self._store.writing() as conn:
            self._store.hold(conn, owner)
            self._files.sweep(owner.key, self._store.hashes(conn, owner))
        self._follow(owner)
        return removed

    def remove_collection(self, collection: str) -> None:
        """Removes a collection with all its documents; one that does not exist is no error."""
        with self._store.writing() as conn:
            owner = self._store.collection(conn, collection)
            if owner is None:
                return
            self._store.hold(conn, owner)
            self._store.remove_collection(conn, owner)
        with self._guard:
            self._followers.pop(owner.id, None)
        self._store.scrub()
        self._files.remove_collection(owner.key)
        Files(self.home / "indexes").remove_collection(owner.key)

    # Documents out

    def documents(self, collections: Sequence[str] = (DEFAULT,)) -> list[Document]:
        """All documents of the collections, failed ones too, in order of adding."""
        with self._store.reading() as conn:
            return self._store.documents(conn, collections)

    def document(self, document_id: int, collections: Sequence[str] = (DEFAULT,)) -> Document:
        """One document; raises UnknownDocument if the collections do not have it."""
        with self._store.reading() as conn:
            return self._store.document(conn, document_id, collections)

    def text(self, document_id: int, collections: Sequence[str] = (DEFAULT,)) -> str:
        """The whole text that all offsets count in; raises UnknownDocument."""
        return self._parsed(document_id, collections)[1].text

    def page_starts(
        self, document_id: int, collections: Sequence[str] = (DEFAULT,)
    ) -> tuple[int, ...]:
        """Offset where each page starts; raises UnknownDocument."""
        return self._parsed(document_id, collections)[1].page_starts

    def page_picture(
        self, document_id: int, page_number: int, collections: Sequence[str] = (DEFAULT,)
    ) -> PagePicture | None:
        """A page (from 1) as PNG, None for formats without pictures; raises UnknownDocument."""
        path, parsed = self._parsed(document_id, collections)
        if parsed.media_type not in parsing.HAS_PICTURES:
            return None
        return parsing.page_picture(path, page_number)

    def mark_boxes(
        self,
        document_id: int,
        char_start: int,
        char_end: int,
        collections: Sequence[str] = (DEFAULT,),
    ) -> list[Box]:
        """Where a stretch of text stands on its pages; [] for formats without pictures."""
        path, parsed = self._parsed(document_id, collections)
        if parsed.media_type not in parsing.HAS_PICTURES:
            return []
        return parsing.mark_boxes(path, parsed, char_start, char_end)

    def _parsed(self, document_id: int, collections: Sequence[str]) -> tuple[Path, ParsedDocument]:
        with self._store.reading() as conn:
            found = self._store.document(conn, document_id, collections)
            text, page_starts = self._store.text(conn, document_id)
            owner = self._store.collection(conn, found.collection)
        assert owner is not None, "a document without a collection"
        parsed = ParsedDocument(found.name, found.media_type, text, page_starts, found.warnings)
        return self._files.path(owner.key, found.sha256), parsed

    # Search

    def search(
        self, question: str, k: int = 10, collections: Sequence[str] = (DEFAULT,)
    ) -> list[Hit]:
        """The at most ``k`` passages that match best, by meaning and by words, best first.

        Nearest vectors and BM25 are ranked over all collections together, then fused. Both
        scores can be compared across collections: cosines come from one encoder, and BM25
        takes the commonness of words from all the collections asked.

        Raises:
            WrongEncoder: the library was made with another encoder.
        """
        opened = [f for c in self._existing(collections) if (f := self._follow(c))]
        if not opened or k <= 0 or not question.strip():
            return []
        row = self._checked_encoder().encode([question])[0]  # (dim,)
        depth = max(k, DEPTH)
        terms = opened[0].question_terms(question)
        everywhere = reduce(add, (followers.term_counts(terms) for followers in opened))
        near = [hit for followers in opened for hit in followers.nearest(row, depth)]
        matching = [
            hit for followers in opened for hit in followers.matching(terms, depth, everywhere)
        ]
        scores = dict(fuse([_best(near, depth), _best(matching, depth)], k))
        with self._store.reading() as conn:
            found = self._store.passages(conn, list(scores), collections)
        return [Hit(passage, scores[passage.id]) for passage in found]

    def _existing(self, names: Sequence[str]) -> list[Collection]:
        with self._store.reading() as conn:
            found = [self._store.collection(conn, name) for name in dict.fromkeys(names)]
        return [collection for collection in found if collection]

    def _follow(self, collection: Collection) -> Followers | None:
        """The collection's indexes, caught up; None while nothing was ever embedded."""
        with self._guard:
            followers = self._followers.get(collection.id)
            if followers is None:
                with self._store.reading() as conn:
                    dimension = identity.dimension(self._store, conn)
                if dimension is None:
                    return None
                folder = self.home / "indexes" / collection.key
                followers = Followers(self._store, collection, folder, dimension)
                self._followers[collection.id] = followers
            self._followers.move_to_end(collection.id)
            if len(self._followers) > OPEN_COLLECTIONS:
                _, idle = self._followers.popitem(last=False)
                idle.save()
        followers.follow()
        return followers

    def _checked_encoder(self) -> Encoder:
        """The encoder, after a look whether the library's vectors come from it."""
        with self._guard:
            if not self._encoder_checked:
                with self._store.reading() as conn:
                    identity.check(self._store, conn, self.encoder)
                self._encoder_checked = True
            return self.encoder

    # Care

    def verify(self) -> list[str]:
        """Differences between SQL, indexes and files, a sentence each; [] when all is well."""
        with self._store.reading() as conn:
            every = self._store.collections(conn)
        opened = [followers for c in every if (followers := self._follow(c))]
        return differences(self._store, self._files, every, opened)

    def rebuild(self) -> None:
        """Makes all indexes anew from SQL alone; with another encoder, all vectors first."""
        with self._store.reading() as conn:
            every = self._store.collections(conn)
            known = identity.dimension(self._store, conn) is not None
            fits = known and identity.fits(self._store, conn, self.encoder)
        if known and not fits:
            identity.embed_anew(self._store, every, self.encoder)
            with self._guard:
                self._followers.clear()
                self._encoder_checked = False
        for collection in every:
            if followers := self._follow(collection):
                followers.rebuild()

    def stats(self, collections: Sequence[str] | None = None) -> Stats:
        """How much the library, or the named collections, hold."""
        with self._store.reading() as conn:
            return self._store.stats(conn, collections)


def _best(hits: list[tuple[int, float]], depth: int) -> list[int]:
    return [i for i, _ in sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:depth]]
