"""Indexes of many collections take turns: what fails for one is no trouble of another."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from retriever import Library
from retriever.index.followers import Followers
from retriever.sql.database import Database
from retriever.trouble import NO_SPACE, NoSpace
from tests.retriever.conftest import WriteFile
from tests.retriever.hash_encoder import hash_encoder

PATIENCE_S = 20.0
TROUBLES = [NoSpace(28, NO_SPACE), TimeoutError("another process is writing"), ValueError("odd")]


def guests(library: Library, write_file: WriteFile, n: int = 3) -> list[str]:
    """Collections with a document each."""
    for number in range(n):
        library.add(write_file(f"{number}.txt", f"document{number} speaks"), f"guest{number}")
    return [f"guest{number}" for number in range(n)]


def failing(error: Exception, act: Callable[[Followers], None]) -> Callable[[Followers], None]:
    """The same for all collections but the first, which has trouble."""

    def fail_once(followers: Followers) -> None:
        if followers.collection.name == "guest0":
            raise error
        act(followers)

    return fail_once


@pytest.mark.parametrize("error", TROUBLES, ids=lambda error: type(error).__name__)
def test_whoever_asks_is_not_told_of_another_collections_trouble(
    library: Library,
    write_file: WriteFile,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    monkeypatch.setattr("retriever.index.indexes.OPEN_COLLECTIONS", 1)
    names = guests(library, write_file)
    monkeypatch.setattr(Followers, "save", failing(error, Followers.save))
    assert len(library.search("speaks", 5, ["guest0"])) == 1
    caplog.clear()
    assert len(library.search("speaks", 5, ["guest1"])) == 1
    [said] = caplog.records
    assert "guest0: the indexes follow when they are opened again" in said.getMessage()
    monkeypatch.undo()
    for name in names:
        assert len(library.search("speaks", 5, [name])) == 1
    assert library.verify() == []


def test_others_are_asked_while_one_is_saved(
    library: Library, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    guests(library, write_file)
    for name in ("guest0", "guest1"):
        library.search("speaks", 1, [name])
    monkeypatch.setattr("retriever.index.indexes.OPEN_COLLECTIONS", 2)
    answered: list[tuple[str, bool]] = []

    def ask_meanwhile(followers: Followers) -> None:
        asked = ("speaks", 5, ["guest1"])
        asking = threading.Thread(target=library.search, args=asked, daemon=True)
        asking.start()
        asking.join(PATIENCE_S)
        answered.append((followers.collection.name, not asking.is_alive()))

    with monkeypatch.context() as patched:
        patched.setattr(Followers, "save", ask_meanwhile)
        assert len(library.search("speaks", 5, ["guest2"])) == 1
    assert answered == [("guest0", True)]


@pytest.mark.parametrize("error", TROUBLES, ids=lambda error: type(error).__name__)
def test_one_that_cannot_close_keeps_no_other_from_it(
    tmp_path: Path,
    write_file: WriteFile,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    ended: list[str] = []

    def close(followers: Followers) -> None:
        ended.append(followers.collection.name)

    def close_database(database: Database) -> None:
        ended.append("database")

    home = tmp_path / "home"
    library = Library.open(home, encoder=hash_encoder())
    names = guests(library, write_file)
    with monkeypatch.context() as patched, caplog.at_level(logging.WARNING):
        patched.setattr(Followers, "close", failing(error, close))
        patched.setattr(Database, "close", close_database)
        library.close()
    assert ended == ["guest1", "guest2", "database"]
    assert "guest0: the indexes follow" in caplog.text
    library.close()
    with Library.open(home, encoder=hash_encoder()) as again:
        assert all(len(again.search("speaks", 5, [name])) == 1 for name in names)
        assert again.verify() == []


def test_the_database_is_closed_when_it_cannot_be_read(
    library: Library, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    guests(library, write_file)
    closed: list[Database] = []

    def fail(_: object) -> None:
        raise TimeoutError("another process is writing")

    def close(database: Database) -> None:
        closed.append(database)

    with monkeypatch.context() as patched:
        patched.setattr("retriever.index.indexes.store.all_collections", fail)
        patched.setattr(Database, "close", close)
        library.close()
    assert closed == [library._database]
