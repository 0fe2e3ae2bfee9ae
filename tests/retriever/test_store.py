"""The SQL store: constraints, transactions, history, migrations; in SQLite and PostgreSQL."""

from __future__ import annotations

import errno
import logging
import sqlite3
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from retriever.records import Collection, Entry
from retriever.sql import contents, migrations, owed, scrubber, sqlite, store
from retriever.sql.database import Database
from retriever.sql.sqlite import sqlite_url
from retriever.trouble import BUSY_TIMEOUT_MS, NoSpace
from retriever.types import Document, ParsedDocument, Slice, UnknownDocument

TEXT = "First page.\nSecond page holds more. And 文字 too."


def entry(sha256: str = "ab", text: str = TEXT, name: str = "a.txt") -> Entry:
    slices = (Slice(0, 12, text[:12]), Slice(12, len(text), text[12:]))
    parsed = ParsedDocument(name, "text/plain", text, (0, 12), ("a picture was left out",))
    rows = np.arange(8, dtype=np.float32).reshape(2, 4)
    return Entry(parsed, "indexed", "", len(text.encode()), sha256, slices, rows)


def failed(sha256: str = "cd") -> Entry:
    parsed = ParsedDocument("bad.pdf", "", "", (0,))
    return Entry(parsed, "broken", "cut short", 7, sha256, (), np.zeros((0, 0), np.float32))


def add(database: Database, made: Entry, name: str = "default") -> tuple[Collection, Document]:
    with database.writing() as conn:
        collection = store.lock_collection(conn, name)
        return collection, store.add(conn, collection, made)


def test_what_goes_in_comes_out(database: Database) -> None:
    collection, document = add(database, entry())
    assert (document.collection, document.name, document.n_pages) == ("default", "a.txt", 2)
    assert document.warnings == ("a picture was left out",)
    with database.reading() as conn:
        assert store.documents_of(conn, ["default"]) == [document]
        assert store.text_of(conn, document.id) == (TEXT, (0, 12))
        ids = [document.id << 20, (document.id << 20) + 1]
        found = contents.passages_of(conn, list(reversed(ids)), ["default"])
        assert [p.id for p in found] == list(reversed(ids))
        assert [p.page_number for p in found] == [2, 1]
        assert all(TEXT[p.char_start : p.char_end] == p.text for p in found)
        rows = dict(contents.vectors_of(conn, collection))
        np.testing.assert_array_equal(np.stack([rows[i] for i in ids]), entry().rows)
        assert [i for i, _, _ in contents.texts_of(conn, collection, [document.id])] == ids
        assert contents.count(conn, collection) == 2
        assert store.hashes(conn, collection) == {"ab"}
        assert store.document_of_bytes(conn, "ab", "default") == document
        assert store.document_of_bytes(conn, "ab", "other") is None


def test_failures_are_listed_and_nothing_follows_them(database: Database) -> None:
    collection, document = add(database, failed())
    assert (document.state, document.reason, document.n_pages) == ("broken", "cut short", 0)
    with database.reading() as conn:
        assert contents.sequence(conn, collection) == 0
        assert store.hashes(conn, collection) == set()
        assert store.stats(conn).documents == 1


def test_other_collections_are_out_of_sight(database: Database) -> None:
    _, document = add(database, entry(), "mine")
    with database.reading() as conn:
        assert contents.passages_of(conn, [document.id << 20], ["yours"]) == []
        assert store.documents_of(conn, ["yours"]) == store.documents_of(conn, []) == []
        with pytest.raises(UnknownDocument, match=f"no document {document.id} in yours"):
            store.document_of(conn, document.id, ["yours"])


def test_the_same_bytes_twice_are_refused(database: Database) -> None:
    add(database, entry())
    with pytest.raises(IntegrityError):
        add(database, entry())
    add(database, entry(), "other")
    with database.reading() as conn:
        assert store.stats(conn).documents == 2
        assert store.stats(conn, ["other"]).documents == 1


def test_an_error_undoes_the_whole_transaction(database: Database) -> None:
    with pytest.raises(RuntimeError, match="stop"), database.writing() as conn:
        collection = store.lock_collection(conn, "default")
        store.add(conn, collection, entry())
        raise RuntimeError("stop")
    with database.reading() as conn:
        assert store.all_collections(conn) == []
        assert store.stats(conn) == type(store.stats(conn))(0, 0, 0, 0)


def test_history_is_per_collection_and_in_order(database: Database) -> None:
    red, one = add(database, entry("1"), "red")
    blue, _ = add(database, entry("2"), "blue")
    _, three = add(database, entry("3"), "red")
    with database.writing() as conn:
        store.remove(conn, red, [one.id])
    with database.reading() as conn:
        changes = contents.changes_after(conn, red, 0)
        assert [(c.document_id, c.kind) for c in changes] == [
            (one.id, "add"), (three.id, "add"), (one.id, "remove"),
        ]  # fmt: skip
        assert [c.seq for c in changes] == sorted(c.seq for c in changes)
        assert contents.sequence(conn, red) == changes[-1].seq
        assert contents.changes_after(conn, red, changes[1].seq) == changes[2:]
        assert len(contents.changes_after(conn, blue, 0)) == 1


def test_ids_and_keys_are_never_given_twice(database: Database) -> None:
    collection, document = add(database, entry())
    with database.writing() as conn:
        store.remove_collection(conn, collection)
    with database.reading() as conn:
        assert store.collection_named(conn, "default") is None
    again, second = add(database, entry())
    assert second.id > document.id
    assert again.key != collection.key
    assert again.id != collection.id


def test_settings_are_replaced(database: Database) -> None:
    with database.writing() as conn:
        assert store.setting(conn, "encoder") is None
        store.remember(conn, "encoder", "a")
        store.remember(conn, "encoder", "b")
    with database.reading() as conn:
        assert store.setting(conn, "encoder") == "b"


def test_too_many_passages_are_refused(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retriever.sql.store.MAX_PASSAGES", 1)
    with pytest.raises(ValueError, match="at most 1 passages, got 2"):
        add(database, entry())


def test_a_newer_library_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    Database(sqlite_url(path)).close()
    raw = sqlite3.connect(path)
    raw.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    raw.commit()
    raw.close()
    with pytest.raises(RuntimeError, match=r"schema version 99.*upgrade Quoth"):
        Database(sqlite_url(path))


def test_an_old_library_is_upgraded_step_by_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, steps = tmp_path / "library.db", []
    Database(sqlite_url(path)).close()
    now = migrations.SCHEMA_VERSION
    monkeypatch.setattr(migrations, "SCHEMA_VERSION", now + 2)
    later = {step: lambda _, step=step: steps.append(step) for step in (now, now + 1)}
    monkeypatch.setattr(migrations, "MIGRATIONS", later)
    for _ in range(2):  # once only
        database = Database(sqlite_url(path))
        with database.reading() as conn:
            assert store.setting(conn, "schema_version") == str(now + 2)
        database.close()
    assert steps == [now, now + 1]


def test_a_library_of_version_1_gets_contexts(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    made = Database(sqlite_url(path))
    collection, _ = add(made, entry())
    made.close()
    raw = sqlite3.connect(path)
    raw.execute("ALTER TABLE passages DROP COLUMN context")
    raw.execute("UPDATE meta SET value = '1' WHERE key = 'schema_version'")
    raw.commit()
    raw.close()
    database = Database(sqlite_url(path))
    add(database, entry("ef"))
    with database.reading() as conn:
        assert store.setting(conn, "schema_version") == str(migrations.SCHEMA_VERSION)
        texts = [text for _, _, text in contents.texts_of(conn, collection)]
        assert texts == [piece.text for piece in entry().slices] * 2
    database.close()


def test_a_long_reader_delays_scrubbing_but_does_not_stop_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 50)
    monkeypatch.setattr(scrubber, "SCRUB_AGAIN_S", 0.02)
    url, log = sqlite_url(tmp_path / "library.db"), tmp_path / "library.db-wal"
    database, reader = Database(url), Database(url)
    collection, document = add(database, entry())
    with reader.reading() as conn:
        assert store.documents_of(conn, ["default"]) == [document]
        with database.writing() as conn:
            store.remove(conn, collection, [document.id])
        database.scrub()
        assert b"Second page" in log.read_bytes()
    for _ in range(500):
        if b"Second page" not in log.read_bytes():
            break
        time.sleep(0.02)
    assert b"Second page" not in log.read_bytes() + (tmp_path / "library.db").read_bytes()
    reader.close()
    database.close()


def test_a_long_reader_stalls_no_writer_and_costs_one_thread(tmp_path: Path) -> None:
    """Not for the 30 s that everybody else waits for: while it waits, it holds the write lock."""
    url = sqlite_url(tmp_path / "library.db")
    database, reader = Database(url), Database(url)
    collection, document = add(database, entry())
    with reader.reading() as conn:
        assert store.documents_of(conn, ["default"]) == [document]
        began_at = time.monotonic()
        for sha256 in ("x", "y", "z"):
            _, other = add(database, entry(sha256))
            with database.writing() as writing:
                store.remove(writing, collection, [other.id])
            database.scrub()
        assert time.monotonic() - began_at < 15
        assert [thread.name for thread in threading.enumerate()].count("scrubbing") == 1
    with database.reading() as conn:
        assert conn.exec_driver_sql("PRAGMA busy_timeout").scalar() == BUSY_TIMEOUT_MS
    database.close()
    assert "scrubbing" not in [thread.name for thread in threading.enumerate()]
    reader.close()


def test_a_disk_that_fills_up_delays_scrubbing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(scrubber, "SCRUB_AGAIN_S", 0.02)
    database = Database(sqlite_url(tmp_path / "library.db"))
    collection, document = add(database, entry())
    with database.writing() as conn:
        store.remove(conn, collection, [document.id])
    tries: list[int] = []
    emptied = sqlite.log_emptied

    def emptied_later(conn: Connection) -> bool:
        tries.append(1)
        if len(tries) < 3:
            raise NoSpace(errno.ENOSPC, "no space is left")
        return emptied(conn)

    monkeypatch.setattr(sqlite, "log_emptied", emptied_later)
    with caplog.at_level(logging.WARNING):  # the command line silences all
        database.scrub()
    assert "no space is left" in caplog.text
    wait_until_settled(database)
    assert b"Second page" not in (tmp_path / "library.db").read_bytes()
    database.close()


def wait_until_settled(database: Database) -> None:
    for _ in range(1000):
        with database.reading() as conn:
            if owed.noted(conn) is None:
                return
        time.sleep(0.02)
    raise AssertionError("a scrub is still owed")


def test_a_scrub_is_owed_from_the_removal_on(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "library.db")
    database = Database(url)
    collection, document = add(database, entry())
    with database.reading() as conn:
        assert owed.noted(conn) is None
    with database.writing() as conn:
        store.remove(conn, collection, [document.id])
    database.close()
    again = Database(url)
    again.scrub_if_owed()
    wait_until_settled(again)
    again.close()


def test_a_scrub_settles_nothing_that_was_removed_meanwhile(database: Database) -> None:
    with database.writing() as conn:
        owed.note(conn)
        first = owed.noted(conn)
        owed.note(conn)
        second = owed.noted(conn)
        if not database.is_sqlite():
            assert first is second is None
            return
        assert first and second
        owed.settle(conn, first)
        assert owed.noted(conn) == second
    database.scrub()
    with database.reading() as conn:
        assert owed.noted(conn) is None


def test_scrubbing_writes_a_small_database_anew(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "library.db"))
    collection, document = add(database, entry())
    with database.writing() as conn:
        conn.exec_driver_sql("CREATE TABLE filler AS SELECT zeroblob(100000) AS block")
        conn.exec_driver_sql("DROP TABLE filler")
        store.remove(conn, collection, [document.id])
    database.scrub()
    with database.reading() as conn:
        assert conn.exec_driver_sql("PRAGMA freelist_count").scalar() == 0
    database.close()


def test_sqlite_is_set_up_to_keep_and_to_forget(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "library.db"))
    with database.reading() as conn:
        for name, expected in (
            ("journal_mode", "wal"), ("foreign_keys", 1), ("synchronous", 2), ("secure_delete", 1),
        ):  # fmt: skip
            assert conn.exec_driver_sql(f"PRAGMA {name}").scalar() == expected
    database.close()


def test_a_context_is_for_the_indexes_alone(database: Database) -> None:
    made = entry()
    headed = Slice(0, 12, TEXT[:12], context="A title")
    _, document = add(database, replace(made, slices=(headed, made.slices[1])))
    with database.reading() as conn:
        collection = store.collection_named(conn, "default")
        assert collection is not None
        texts = [text for _, _, text in contents.texts_of(conn, collection)]
        assert texts == ["A title\n" + TEXT[:12], made.slices[1].text]
        [first] = contents.passages_of(conn, [document.id << 20], ["default"])
        assert first.text == TEXT[:12]
