"""A person's collections are theirs alone, whatever id somebody else sends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chatbot.people.collections import (
    EVERYTHING,
    Ambiguous,
    Collections,
    TitleTaken,
    seen_title,
)
from chatbot.people.limits import Gate, LimitReached, Limits
from chatbot.people.workspace import LIBRARY, SAMPLES, Visitor
from chatbot.store import collections as stored
from chatbot.store.database import Database
from retriever import Library
from retriever.types import UnknownCollection
from tests.chatbot.records import Clock
from tests.retriever.hash_encoder import hash_encoder

ADA = Visitor("visitor-ada", "visitor-ada", (SAMPLES, LIBRARY))
BOB = Visitor("visitor-bob", "visitor-bob", (SAMPLES, LIBRARY))


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path, encoder=hash_encoder()) as library:
        yield library


@pytest.fixture
def collections(tmp_path: Path, library: Library) -> Iterator[Collections]:
    database, clock = Database(tmp_path), Clock()
    yield Collections(database, library, Gate(Limits(collections=2), clock), clock)
    database.close()


def add(library: Library, collection: str, tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_text(f"A note for {collection}.")
    library.add(path, collection)


def test_a_collection_is_made_renamed_and_removed_with_its_documents(
    collections: Collections, library: Library, tmp_path: Path
) -> None:
    travel = collections.make(ADA, "  Travel \n")
    ada = collections.known(ADA)
    name = collections.chosen(ada, travel)
    assert name.startswith("visitor-ada.")
    add(library, name, tmp_path)
    add(library, ada.collection, tmp_path)
    collections.rename(ada, travel, "Journeys")
    assert [one.title for one in collections.of(ada)] == ["Journeys"]
    assert list(collections.asked(ada, travel, True)) == [name]
    assert set(collections.asked(ada, EVERYTHING, False)) == {"visitor-ada", name}
    assert set(collections.asked(ada, EVERYTHING, True)) == set(ada.readable)
    collections.remove(ada, travel)
    assert collections.of(ada) == ()
    assert [one.collection for one in library.documents((ada.collection, name))] == ["visitor-ada"]


def test_nobody_can_name_anothers(collections: Collections, library: Library) -> None:
    travel = collections.make(ADA, "Travel")
    bob = collections.known(BOB)
    stolen = [travel, f"visitor-ada.{travel}", "visitor-ada", SAMPLES, LIBRARY, "../x", "."]
    for choice in stolen:
        with pytest.raises(UnknownCollection):
            collections.chosen(bob, choice)
        with pytest.raises(UnknownCollection):
            collections.remove(bob, choice)
        if choice in bob.shared:
            assert collections.asked(bob, choice, True) == (choice,)
            continue
        with pytest.raises(UnknownCollection):
            collections.asked(bob, choice, True)
        with pytest.raises(UnknownCollection):
            collections.meant(bob, choice)
    collections.rename(bob, travel, "Mine now")
    assert [one.title for one in collections.of(ADA)] == ["Travel"]


def test_an_owner_may_fill_what_is_shared_but_not_remove_it(collections: Collections) -> None:
    owner = replace(ADA, role="owner")
    assert collections.chosen(owner, LIBRARY) == LIBRARY
    with pytest.raises(UnknownCollection):
        collections.chosen(owner, SAMPLES)
    with pytest.raises(UnknownCollection):
        collections.remove(owner, LIBRARY)


def test_there_is_one_of_a_title_and_no_more_than_the_limit(collections: Collections) -> None:
    travel = collections.make(ADA, "Travel")
    assert collections.make(ADA, "TRAVEL") == travel
    collections.make(ADA, "Work")
    with pytest.raises(LimitReached, match="2 collections"):
        collections.make(ADA, "Home")
    collections.make(BOB, "Home")
    with pytest.raises(ValueError, match="blank"):
        collections.make(BOB, " \n")
    with pytest.raises(ValueError, match="blank"):
        collections.rename(ADA, travel, "")


def test_no_two_come_to_have_one_title(collections: Collections) -> None:
    travel, work = (collections.make(ADA, title) for title in ("Travel", "Work"))
    with pytest.raises(TitleTaken, match="'travel' of yours"):
        collections.rename(ADA, work, " travel ")
    collections.rename(ADA, travel, "TRAVEL")
    assert {one.title for one in collections.of(ADA)} == {"TRAVEL", "Work"}
    collections.make(BOB, "Work")


def test_a_title_of_two_stands_for_neither(collections: Collections) -> None:
    """As homes may hold them that are older than the rule."""
    first, second = (collections.make(ADA, title) for title in ("Travel", "Work"))
    with collections._database.writing() as conn:
        stored.rename(conn, ADA.id, second, "travel")
    with pytest.raises(Ambiguous) as refused:
        collections.meant(ADA, "Travel")
    assert all(one in str(refused.value) for one in (first, second))
    assert [collections.meant(ADA, one) for one in (first, second)] == [first, second]


@pytest.mark.parametrize("text", ["", " \n", "\u200b \u200b", "\ud800"])
def test_what_nobody_can_see_is_no_title(text: str) -> None:
    assert seen_title(text) == ""
