"""Who stays away is forgotten with all that they had; who has an account is not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from chatbot.history import History
from chatbot.people.collections import Collections
from chatbot.people.expiry import DAY_S, NOTED_EVERY_S, Housekeeping, People, owner_of
from chatbot.people.limits import Gate, Limits
from chatbot.people.workspace import SAMPLES, Visitor
from chatbot.store import owners
from chatbot.store.database import Database
from chatbot.types import Turn
from retriever import Library
from retriever.trouble import NoSpace
from retriever.types import SourceFile
from tests.chatbot.records import Clock, reply
from tests.retriever.hash_encoder import hash_encoder

SECRET = "tangerine"


@dataclass
class World:
    home: Path
    library: Library
    database: Database
    history: History
    collections: Collections
    people: People
    clock: Clock

    def add(self, collection: str, name: str = "vault.txt") -> None:
        path = self.home.parent / name
        path.write_text(f"The password of {collection} is {SECRET}.")
        self.library.add(path, collection, name=name)
        path.unlink()

    def holds(self, words: str) -> list[Path]:
        files = [path for path in self.home.rglob("*") if path.is_file()]
        return [path for path in files if words.encode() in path.read_bytes()]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    clock = Clock(1_000_000)
    home = tmp_path / "home"
    library = Library.open(home, encoder=hash_encoder())
    database = Database(home)
    history = History(database, library, clock)
    collections = Collections(database, library, Gate(Limits(collections=2), clock), clock)
    kept = {"account-kept"}
    people = People(database, library, history, kept.__contains__, 30, clock)
    yield World(home, library, database, history, collections, people, clock)
    library.close()
    database.close()


def person(name: str) -> Visitor:
    return Visitor(name, name, (SAMPLES,))


def full(*_: object) -> None:
    raise NoSpace("full")


def test_who_was_away_for_too_long_leaves_nothing(world: World) -> None:
    away, here = person("visitor-away"), person("visitor-here")
    for one in (away, here):
        world.people.seen(one.id)
        world.add(one.collection)
        made = world.collections.make(one, f"Papers of {one.id}")
        world.add(world.collections.chosen(world.collections.known(one), made))
        asked = Turn(f"t-{one.id}", f"What is in {one.id}?", reply(None))
        world.history.record(one, world.history.open(one, ""), asked)
    waiting = world.home.parent / "later.txt"
    waiting.write_text("This waits.")
    world.library.queue.enqueue([SourceFile(waiting)], away.collection)
    world.clock.now_s += 20 * DAY_S
    world.people.seen(here.id)
    assert world.people.sweep() == []
    world.clock.now_s += 11 * DAY_S
    assert world.people.sweep() == [away.id]
    assert world.holds("visitor-away") == []
    assert world.holds("This waits") == []
    known = world.collections.known(here)
    assert len(world.library.documents(known.own)) == 2
    assert [one.title for one in world.history.listed(here)] == ["What is in visitor-here?"]
    world.people.seen(away.id)  # and begins anew
    assert world.collections.of(away) == ()
    assert world.history.listed(away) == []


@pytest.mark.parametrize("noted_by", ["this process", "another", "this one, on a full disk"])
def test_who_comes_back_while_another_is_forgotten_stays(
    world: World, monkeypatch: pytest.MonkeyPatch, noted_by: str
) -> None:
    for name in ("visitor-away", "visitor-back"):
        world.people.seen(name)
        world.add(name)
        world.clock.now_s += 1
    remove, noting = world.library.remove_collection, world.people
    if noted_by == "another":
        kept = world.database, world.library, world.history
        noting = People(*kept, lambda _: False, 30, world.clock)

    def slowly(collection: str) -> None:
        assert collection == "visitor-away"
        with monkeypatch.context() as patch:
            if "full" in noted_by:
                patch.setattr(owners, "seen", full)
            noting.seen("visitor-back")
        remove(collection)

    monkeypatch.setattr(world.library, "remove_collection", slowly)
    world.clock.now_s += 31 * DAY_S
    assert world.people.sweep() == ["visitor-away"]
    assert world.library.collections() == ["visitor-back"]
    assert world.people.knows("visitor-back")


def test_accounts_and_shared_collections_stay(world: World) -> None:
    for name in ("account-kept", "account-gone"):
        world.people.seen(name)
        world.add(name)
    for name in (SAMPLES, "library", "default"):
        world.add(name)
    world.clock.now_s += 31 * DAY_S
    assert world.people.sweep() == ["account-gone"]
    assert set(world.library.collections()) == {"account-kept", SAMPLES, "library", "default"}


def test_who_was_never_noted_has_their_days_from_now(world: World) -> None:
    world.add("visitor-old")
    assert world.people.sweep() == []
    world.clock.now_s += 29 * DAY_S
    assert world.people.sweep() == []
    world.clock.now_s += 2 * DAY_S
    assert world.people.sweep() == ["visitor-old"]
    assert world.library.collections() == []


def test_for_ever_is_for_ever(world: World) -> None:
    people = People(world.database, world.library, world.history, lambda _: False, 0, world.clock)
    people.seen("visitor-a")
    world.clock.now_s += 10_000 * DAY_S
    assert people.sweep() == []


def test_a_person_is_noted_once_in_a_while(world: World) -> None:
    def last_seen_s() -> float:
        with world.database.reading() as conn:
            found = conn.exec_driver_sql("SELECT last_seen_s FROM owners").scalar_one()
        return float(found)

    start_s = world.clock.now_s
    for _ in range(3):
        world.people.seen("visitor-a")
        world.clock.now_s += 250
    assert last_seen_s() == start_s
    world.people.seen("visitor-a")
    assert last_seen_s() == start_s + 750
    with world.database.reading() as conn:
        assert owners.every(conn) == ["visitor-a"]


def test_housekeeping_goes_on_after_a_failure_and_ends_when_told() -> None:
    swept = threading.Semaphore(0)

    def sweep() -> None:
        swept.release()
        raise OSError("the disk is busy")

    housekeeping = Housekeeping(sweep, every_s=0.01)
    for _ in range(3):
        assert swept.acquire(timeout=60)
    housekeeping.stop()


@pytest.mark.parametrize(
    ("collection", "owner"),
    [("visitor-a", "visitor-a"), ("account-a.0f", "account-a"), ("samples", None), ("x.y", None)],
)
def test_a_collections_name_says_whose_it_is(collection: str, owner: str | None) -> None:
    assert owner_of(collection) == owner


def test_a_full_disk_keeps_nobody_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owners, "seen", full)
    world.people.seen("visitor-a")
    monkeypatch.undo()
    world.clock.now_s += NOTED_EVERY_S
    world.people.seen("visitor-a")
    with world.database.reading() as conn:
        assert owners.is_known(conn, "visitor-a")
