"""Where chats are kept: for their owner's eyes alone, upgraded in one step."""

from __future__ import annotations

import logging
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from chatbot.store import database as module
from chatbot.store.database import FILE, Database
from chatbot.store.owners import end_generation, generation
from chatbot.store.schema import COLLECTIONS, CONVERSATIONS, OWNERS
from retriever.sql import scrubber


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path)
    yield database
    database.close()


def add_owner(conn: Connection, name: str) -> None:
    conn.execute(insert(OWNERS).values(id=name, created_s=1.0, last_seen_s=1.0))


def owners(database: Database) -> list[str]:
    with database.reading() as conn:
        return list(conn.scalars(select(OWNERS.c.id)))


def test_only_its_owner_can_read_the_files(database: Database, tmp_path: Path) -> None:
    with database.writing() as conn:
        add_owner(conn, "visitor-a")
    files = list(tmp_path.iterdir())
    assert {file.name for file in files} >= {FILE, f"{FILE}-wal"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_home_may_have_any_name(tmp_path: Path) -> None:
    home = tmp_path / "what? 100%#&=" / "home"
    database = Database(home)
    with database.writing() as conn:
        add_owner(conn, "visitor-a")
    files = list(home.iterdir())
    assert {file.name for file in files} >= {FILE, f"{FILE}-wal"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert list(tmp_path.iterdir()) == [home.parent]
    database.close()


def test_what_was_written_is_there_when_opened_again(tmp_path: Path) -> None:
    first = Database(tmp_path)
    with first.writing() as conn:
        add_owner(conn, "visitor-a")
    first.close()
    again = Database(tmp_path)
    assert again.lasting
    assert owners(again) == ["visitor-a"]
    again.close()


def test_an_error_undoes_the_whole_transaction(database: Database) -> None:
    with pytest.raises(IntegrityError), database.writing() as conn:
        add_owner(conn, "visitor-a")
        conn.execute(insert(COLLECTIONS).values(id="c", owner="nobody", title="", created_s=1.0))
    assert owners(database) == []


def test_what_belongs_to_an_owner_goes_with_them(database: Database) -> None:
    with database.writing() as conn:
        add_owner(conn, "visitor-a")
        chat = {"id": "c", "owner": "visitor-a", "title": "", "created_s": 1.0, "updated_s": 1.0}
        conn.execute(insert(CONVERSATIONS).values(chat))
        conn.execute(OWNERS.delete())
        assert conn.execute(select(CONVERSATIONS)).all() == []


def test_a_home_that_cannot_be_written_is_remembered_in_memory(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home = tmp_path / "a file, no folder"
    home.write_text("", encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        database = Database(home)
    assert not database.lasting
    assert caplog.text.count("cannot be written") == 1
    with database.writing() as conn:
        add_owner(conn, "visitor-a")
    database.scrub()
    assert owners(database) == ["visitor-a"]
    database.close()


def test_an_older_file_is_upgraded_and_a_failed_upgrade_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = Database(tmp_path)
    with older.writing() as conn:
        add_owner(conn, "visitor-a")
    older.close()

    def half(conn: Connection) -> None:
        conn.exec_driver_sql("ALTER TABLE owners ADD COLUMN name TEXT DEFAULT 'nobody'")
        raise ValueError("no further")

    def whole(conn: Connection) -> None:
        conn.exec_driver_sql("ALTER TABLE owners ADD COLUMN name TEXT DEFAULT 'somebody'")

    now = module.SCHEMA_VERSION
    monkeypatch.setattr(module, "SCHEMA_VERSION", now + 1)
    monkeypatch.setattr(module, "UPGRADES", {now: half})
    with pytest.raises(ValueError, match="no further"):
        Database(tmp_path)
    monkeypatch.setattr(module, "UPGRADES", {now: whole})
    for _ in range(2):  # the second time nothing is left to do
        newer = Database(tmp_path)
        with newer.reading() as conn:
            rows = conn.exec_driver_sql("SELECT id, name FROM owners").all()
        assert [tuple(row) for row in rows] == [("visitor-a", "somebody")]
        newer.close()
    monkeypatch.setattr(module, "SCHEMA_VERSION", now)
    with pytest.raises(RuntimeError, match=f"version {now + 1}, this Quoth reads up to {now}"):
        Database(tmp_path)


def test_a_file_of_version_1_keeps_its_people(tmp_path: Path) -> None:
    older = Database(tmp_path)
    with older.writing() as conn:
        add_owner(conn, "visitor-a")
        conn.exec_driver_sql("ALTER TABLE owners DROP COLUMN generation")
        conn.exec_driver_sql("PRAGMA user_version=1")
    older.close()
    newer = Database(tmp_path)
    with newer.writing() as conn:
        known = generation(conn, "visitor-a")
        end_generation(conn, "visitor-a")
        assert known != generation(conn, "visitor-a")
        assert None not in (known, generation(conn, "visitor-a"))
        assert generation(conn, "visitor-b") is None
    newer.close()


def test_a_damaged_file_says_so_and_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database " * 100)
    with pytest.raises(RuntimeError, match="damaged"):
        Database(tmp_path)
    assert (tmp_path / FILE).read_bytes() == b"no database " * 100


def test_a_long_reader_delays_scrubbing_but_does_not_stop_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scrubber, "SCRUB_AGAIN_S", 0.02)
    log = tmp_path / f"{FILE}-wal"
    database, reader = Database(tmp_path), Database(tmp_path)
    with database.writing() as conn:
        add_owner(conn, "visitor-a")
    with reader.reading() as conn:
        assert conn.scalar(select(OWNERS.c.id)) == "visitor-a"
        with database.writing() as conn:
            conn.execute(OWNERS.delete())
        database.scrub()
        assert b"visitor-a" in log.read_bytes()
    for _ in range(500):
        if b"visitor-a" not in log.read_bytes():
            break
        time.sleep(0.02)
    assert b"visitor-a" not in log.read_bytes() + (tmp_path / FILE).read_bytes()
    reader.close()
    database.close()
