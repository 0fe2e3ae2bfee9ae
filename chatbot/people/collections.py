"""The collections that a person makes: named, filled, asked alone, and removed with all in them.

Knows no page. A collection's name in the library begins with its owner's id, so that whatever a
browser sends, only a person's own can be meant.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from chatbot.people.limits import Clock, Gate
from chatbot.people.workspace import Visitor
from chatbot.store import collections as stored
from chatbot.store.conversations import MAX_TITLE_CHARS
from chatbot.store.database import Database
from retriever import Library
from retriever.types import UnknownCollection

EVERYTHING = ""  # the choice of no collection in particular
NO_SUCH = "no such collection of yours"


class TitleTaken(ValueError):
    """A person has another collection of this title already."""

    def __init__(self, title: str) -> None:
        super().__init__(f"there is a collection {title!r} of yours already; choose another name")
        self.title = title


class Ambiguous(ValueError):
    """A word stands for several of a person's collections."""


@dataclass(frozen=True, slots=True)
class Named:
    """A person's own collection: ``id`` names it to the page, ``collection`` to the library."""

    id: str
    title: str
    collection: str


class Collections:
    """Everybody's collections, each within their own."""

    def __init__(
        self, database: Database, library: Library, gate: Gate, clock: Clock = time.time
    ) -> None:
        """``clock`` gives seconds since 1970."""
        self._database = database
        self._library = library
        self._gate = gate
        self._clock = clock

    def known(self, visitor: Visitor) -> Visitor:
        """The visitor with the collections that they made."""
        return replace(visitor, named=tuple(one.collection for one in self.of(visitor)))

    def of(self, visitor: Visitor) -> tuple[Named, ...]:
        """A person's collections in the order of making."""
        with self._database.reading() as conn:
            found = stored.titles(conn, visitor.id)
        return tuple(Named(key, title, _name(visitor, key)) for key, title in found.items())

    def make(self, visitor: Visitor, title: str) -> str:
        """A new, empty collection; returns its id, which is the old one's of the same title.

        Raises:
            ValueError: the title is blank.
            LimitReached: the person has as many as they may.
        """
        title = _title(title)
        with self._database.writing() as conn:
            known = stored.titles(conn, visitor.id)
            if same := _titled(known, title):
                return same[0]
            self._gate.collection(len(known) + 1)
            made = secrets.token_hex(8)
            stored.add(conn, visitor.id, made, title, self._clock())
        return made

    def rename(self, visitor: Visitor, collection_id: str, title: str) -> None:
        """Another title; nothing happens when they have no such collection.

        Raises:
            ValueError: the title is blank.
            TitleTaken: another one of theirs has it.
        """
        title = _title(title)
        with self._database.writing() as conn:
            same = _titled(stored.titles(conn, visitor.id), title)
            if any(key != collection_id for key in same):
                raise TitleTaken(title)
            stored.rename(conn, visitor.id, collection_id, title)

    def remove(self, visitor: Visitor, collection_id: str) -> None:
        """Removes a collection with its documents, for good; UnknownCollection without one.

        What is added meanwhile goes as well: before the title does, it is removed here, and
        after that ``settle`` removes it.
        """
        name = self.chosen(visitor, collection_id)
        if name not in visitor.named:
            raise UnknownCollection(NO_SUCH)
        self._library.remove_collection(name)  # first, so that a crash leaves the title
        with self._database.writing() as conn:
            stored.remove(conn, visitor.id, collection_id)
        self._library.remove_collection(name)
        self._database.scrub()

    def settle(self, visitor: Visitor, name: str) -> None:
        """After something was added to a collection: UnknownCollection, and nothing stays, if
        the collection went meanwhile.
        """
        if name in visitor.named and name not in self.known(visitor).named:
            self._library.remove_collection(name)
            raise UnknownCollection(f"{NO_SUCH}; it was removed meanwhile")

    def chosen(self, visitor: Visitor, choice: str) -> str:
        """The library's name of a chosen collection: where files go, and all that is asked.

        No choice is the person's first collection; owners may also choose one that they share.

        Raises:
            UnknownCollection: it is not there for this person.
        """
        if choice == EVERYTHING:
            return visitor.collection
        if choice in visitor.writable and choice not in visitor.own:
            return choice
        name = _name(visitor, choice)
        if name not in visitor.named:
            raise UnknownCollection(NO_SUCH)
        return name

    def asked(self, visitor: Visitor, choice: str, with_shared: bool) -> Sequence[str]:
        """Where a question looks: in the chosen collection alone, or in all."""
        if choice != EVERYTHING:
            return (choice if choice in visitor.shared else self.chosen(visitor, choice),)
        return visitor.readable if with_shared else visitor.own

    def meant(self, visitor: Visitor, word: str) -> str:
        """The choice that a word stands for: an id, a title, or the name of a shared one.

        Raises:
            UnknownCollection: it stands for none of theirs.
            Ambiguous: it is the title of several.
        """
        own = {one.id: one.title for one in self.of(visitor)}
        ids = [word] if word in own else _titled(own, word)
        if word == EVERYTHING or (word in visitor.shared and not ids):
            return word
        if not ids:
            raise UnknownCollection(NO_SUCH)
        if len(ids) > 1:
            raise Ambiguous(f"several collections of yours have this name; say {' or '.join(ids)}")
        return ids[0]


def _name(visitor: Visitor, collection_id: str) -> str:
    return f"{visitor.id}.{collection_id}"


def _titled(titles: Mapping[str, str], title: str) -> list[str]:
    """The ids of the collections of a title, whatever its case."""
    return [key for key, old in titles.items() if old.casefold() == title.casefold()]


def seen_title(text: str) -> str:
    """A text as a title: what a page or a file can show of it; "" when that is nothing."""
    seen = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(seen.split())[:MAX_TITLE_CHARS]


def _title(text: str) -> str:
    title = seen_title(text)
    if not title:
        raise ValueError("expected a name for the collection, got a blank one")
    return title
