"""What is added to, or said of, something that is being removed meanwhile: nothing stays."""

from __future__ import annotations

import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chatbot.answer import cite
from chatbot.documents import Documents
from chatbot.history import History
from chatbot.people.collections import Collections
from chatbot.people.limits import Gate, Limits
from chatbot.people.workspace import Visitor
from chatbot.store import feedback
from chatbot.store.database import Database
from chatbot.teaching import Teaching
from chatbot.types import Reply, Turn
from reader.types import Span
from retriever import Library
from retriever.types import Hit, UnknownCollection, UnknownDocument
from tests.chatbot.records import Clock
from tests.retriever.hash_encoder import hash_encoder

ADA = Visitor("visitor-ada", "visitor-ada", ())
BELL = "The bell of Sankt Orran was cast by Mette Holm in 1714."
PATIENCE_S = 60.0


class Home:
    """Documents and collections of one visitor, over real databases."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.library = Library.open(folder / "home", encoder=hash_encoder())
        self.chats = Database(folder / "home")
        gate = Gate(Limits(uploads_per_hour=0), Clock())
        self.history = History(self.chats, self.library)
        self.teaching = Teaching(self.chats, self.library)
        self.collections = Collections(self.chats, self.library, gate)
        parts = (self.library, self.collections, self.history, self.teaching, gate)
        self.documents = Documents(*parts, max_file_mb=10)
        self.n_files = 0

    @property
    def ada(self) -> Visitor:
        return self.collections.known(ADA)

    def file(self, text: str = BELL) -> tuple[Path, str]:
        self.n_files += 1
        path = self.folder / f"{self.n_files}.txt"
        path.write_text(f"{text} Copy {self.n_files}.")
        return path, path.name

    def archive(self, n_inside: int) -> tuple[Path, str]:
        path = self.folder / "many.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for n in range(n_inside):
                archive.writestr(f"{n}.txt", f"{BELL} Number {n}.")
        return path, path.name

    def check_empty(self) -> None:
        """No collection, document, job, original or index of anybody's is there."""
        until = time.monotonic() + PATIENCE_S
        while self.library.queue.unfinished() and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.5)  # what a worker has in hand ends
        assert self.library.collections() == []
        assert self.library.queue.states() == {}
        below = self.folder / "home"
        left = [p for name in ("files", "indexes") for p in (below / name).rglob("*")]
        assert left == []
        assert b"Mette Holm" not in b"".join(p.read_bytes() for p in below.glob("*.db*"))

    def said(self) -> int:
        with self.chats.reading() as conn:
            return len(feedback.all_judged(conn))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    opened = Home(tmp_path)
    yield opened
    opened.library.close()
    opened.chats.close()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_file_for_a_collection_that_goes_meanwhile_leaves_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    made = home.collections.make(ADA, "Travel")
    visitor, enqueue = home.ada, home.library.queue.enqueue

    def with_a_removal(*given: object, **more: object) -> object:
        if moment == "before":
            home.documents.remove_collection(home.ada, made)
        done = enqueue(*given, **more)  # type: ignore[arg-type]
        if moment == "after":
            home.documents.remove_collection(home.ada, made)
        return done

    monkeypatch.setattr(home.library.queue, "enqueue", with_a_removal)
    with pytest.raises(UnknownCollection, match="removed meanwhile"):
        home.documents.add(visitor, [home.file()], made)
    home.check_empty()


def test_a_file_that_comes_while_the_title_goes_leaves_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the two steps of a removal the title is still there, and the file is let in."""
    made = home.collections.make(ADA, "Travel")
    visitor, remove, n_calls = home.ada, home.library.remove_collection, 0

    def and_then_a_file(name: str) -> None:
        nonlocal n_calls
        remove(name)
        n_calls += 1
        if n_calls == 1:
            home.documents.add(visitor, [home.file()], made)

    monkeypatch.setattr(home.library, "remove_collection", and_then_a_file)
    home.documents.remove_collection(visitor, made)
    home.check_empty()


def test_many_who_add_while_one_removes_leave_nothing(home: Home) -> None:
    with home.library.worker(2):
        for _ in range(4):
            made = home.collections.make(ADA, "Travel")
            visitor = home.ada
            at_once(
                *[lambda v=visitor, m=made: home.documents.add(v, [home.file()], m)] * 4,
                lambda m=made: home.documents.remove_collection(home.ada, m),
            )
        home.check_empty()


def test_an_archive_that_is_unpacked_meanwhile_leaves_nothing(home: Home) -> None:
    made = home.collections.make(ADA, "Travel")
    visitor = home.ada
    with home.library.worker(2):
        home.documents.add(visitor, [home.archive(120)], made)
        until = time.monotonic() + PATIENCE_S
        while not any((home.folder / "home" / "files").glob(".unpacking-*")):
            assert time.monotonic() < until
            time.sleep(0.001)
        home.documents.remove_collection(visitor, made)
        home.check_empty()


def at_once(*works: Callable[[], object]) -> None:
    """All in threads of their own; only an unknown collection may come of it."""
    errors: list[Exception] = []

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except UnknownCollection:
            pass
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


class Asked:
    """A home with one document and one turn that quotes it."""

    def __init__(self, home: Home) -> None:
        path, name = home.file()
        self.document_id = home.library.add(path, ADA.collection, name=name).id
        (passage,) = home.library.passages([self.document_id << 20], ADA.readable)
        start = passage.text.index("Mette Holm")
        span = Span(0, start, start + 10, "Mette Holm", 1.0, 0.0, 1.0, 0.9)
        hit = Hit(passage, 0.5)
        reply = Reply("Who cast it?", cite(hit, span), 0.9, (hit,), 0)
        home.history.record(ADA, home.history.open(ADA, ""), Turn("turn", "Who cast it?", reply))


@pytest.mark.parametrize("saying", ["thumb", "correction"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_what_is_said_of_a_document_that_goes_meanwhile_is_not_kept(
    home: Home, monkeypatch: pytest.MonkeyPatch, moment: str, saying: str
) -> None:
    asked, give = Asked(home), feedback.give

    def with_a_removal(*given: object) -> None:
        if moment == "before":
            monkeypatch.undo()
            at_once(lambda: home.library.remove([asked.document_id], ADA.collection))
        give(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(feedback, "give", with_a_removal)
    if moment == "after":
        still_there = home.library.document

        def removed_first(*given: object) -> object:
            monkeypatch.undo()
            home.documents.remove(ADA, asked.document_id)
            return still_there(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(home.library, "document", removed_first)
    with pytest.raises(UnknownDocument):
        if saying == "thumb":
            home.teaching.judge(ADA, "turn", "right")
        else:
            home.teaching.show(ADA, "turn", asked.document_id, 0, 8)
    assert home.said() == 0


def test_what_was_said_goes_with_its_document(home: Home) -> None:
    asked = Asked(home)
    home.teaching.judge(ADA, "turn", "right")
    assert home.said() == 1
    home.documents.remove(ADA, asked.document_id)
    assert home.said() == 0


def test_a_removed_collections_indexes_stay_away(home: Home) -> None:
    """A search that was under way when the collection went follows no more."""
    made = home.collections.make(ADA, "Travel")
    name = home.collections.chosen(home.ada, made)
    home.library.add(home.file()[0], name)
    assert home.library.search("Who cast the bell?", 1, (name,))
    (followers,) = home.library._indexes._opened.values()
    home.documents.remove_collection(home.ada, made)
    followers.follow()
    followers.save()
    assert home.library._indexes.follow(replace(followers.collection)) is None
    home.check_empty()
