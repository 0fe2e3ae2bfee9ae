"""The indexes of all collections in use: opened when asked for, closed when others need room.

Knows when to open and close followers, but not what they do.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ..encoding import identity
from ..records import Collection
from ..sql import store
from ..sql.database import Database
from .followers import Followers
from .sizing import Sizing

log = logging.getLogger(__name__)

OPEN_COLLECTIONS = 64  # whose vectors stay in memory


class Indexes:
    """Followers by collection. May be used by several threads."""

    def __init__(self, database: Database, root: Path, sizing: Sizing | None = None) -> None:
        self.root = root
        # Where nothing can be written, copies of the indexes follow, for as long as they are open.
        self._copies = tempfile.TemporaryDirectory() if database.read_only else None
        self._sizing = sizing or Sizing()
        self._database = database
        self._opened: OrderedDict[int, Followers] = OrderedDict()
        self._behind: dict[int, Collection] = {}  # with additions that no search asked for yet
        self._guard = threading.RLock()

    def follow(self, collection: Collection) -> Followers | None:
        """The collection's indexes, caught up; None while nothing was ever embedded, and when the
        collection is there no more.
        """
        with self._guard:
            followers = self._opened.get(collection.id) or self._open(collection)
            if followers is None:
                return None
            self._opened[collection.id] = followers
            self._opened.move_to_end(collection.id)
            self._behind.pop(collection.id, None)
            idle = self._make_room()
        if idle is not None:  # outside of the guard: others need not wait for its disk
            _or_logged(idle.save, idle.collection.name)
        followers.follow()
        return followers

    def _make_room(self) -> Followers | None:
        """Lets go of the indexes that nobody asked for longest, which are yet to be saved; None
        while there is room.
        """
        if len(self._opened) <= OPEN_COLLECTIONS:
            return None
        return self._opened.popitem(last=False)[1]

    def _open(self, collection: Collection) -> Followers | None:
        with self._database.reading() as conn:
            dimension = identity.dimension(conn)
            is_there = store.collection_named(conn, collection.name) == collection
        if dimension is None or not is_there:
            return None
        folder = self.root / collection.key
        if self._copies:
            folder = _copied(folder, Path(self._copies.name) / collection.key)
        return Followers(self._database, collection, folder, dimension, self._sizing)

    def later(self, collection: Collection) -> None:
        """Notes that the collection grew: its indexes follow when asked, or at the end."""
        with self._guard:
            self._behind[collection.id] = collection

    def remove(self, collection: Collection) -> None:
        """Deletes the indexes of a collection that was removed."""
        with self._guard:
            followers = self._opened.pop(collection.id, None)
            self._behind.pop(collection.id, None)
        if followers is not None:
            followers.delete()
        shutil.rmtree(self.root / collection.key, ignore_errors=True)

    def close(self) -> None:
        """Catches every collection in use up, and saves it.

        What fails is logged and keeps nothing else from closing, as on a full disk.
        """
        with self._guard:
            _or_logged(self._close_all, "all collections")
            self._opened.clear()
            if self._copies:
                self._copies.cleanup()

    def _close_all(self) -> None:
        with self._database.reading() as conn:
            alive = {collection.id for collection in store.all_collections(conn)}
        for number, collection in list(self._behind.items()):
            if number in alive:
                _or_logged(partial(self.follow, collection), collection.name)
        for number, followers in self._opened.items():
            if number in alive:
                _or_logged(followers.close, followers.collection.name)


def _or_logged(act: Callable[[], object], name: str) -> None:
    """Acts on the indexes of ``name``. Those that stay behind miss nothing: SQL has it all, and
    the next opening makes up for it.
    """
    try:
        act()
    except OSError as error:  # a full disk, or a busy database: its message is for people
        log.warning("%s: the indexes follow when they are opened again: %s", name, error)
    except Exception:
        log.exception("%s: the indexes follow when they are opened again", name)


def _copied(source: Path, target: Path) -> Path:
    """A copy of a collection's index files; what cannot be copied is made anew from SQL."""
    if source.is_dir() and not target.exists():
        try:
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.lock", "*.part*"))
        except (OSError, shutil.Error):
            shutil.rmtree(target, ignore_errors=True)
    return target
