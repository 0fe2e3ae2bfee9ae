"""The SQL store: constraints, transactions, history, migrations; PostgreSQL too where it runs."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy.exc import IntegrityError

from retriever import schema
from retriever.store import Collection, Entry, Store
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


def add(store: Store, made: Entry, name: str = "default") -> tuple[Collection, Document]:
    with store.writing() as conn:
        collection = store.lock_collection(conn, name)
        return collection, store.add(conn, collection, made)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """The same cases for every database; QUOTH_TEST_POSTGRESQL names an empty one."""
    if request.param == "sqlite":
        url = schema.sqlite_url(tmp_path / "library.db")
    else:
        url = os.environ.get("QUOTH_TEST_POSTGRESQL", "")
        if not url:
            pytest.skip("QUOTH_TEST_POSTGRESQL names no database (an SQLAlchemy address)")
    opened = Store(url)
    yield opened
    if request.param == "postgresql":
        schema.metadata.drop_all(opened._engine)
    opened.close()


def test_what_goes_in_comes_out(store: Store) -> None:
    collection, document = add(store, entry())
    assert (document.collection, document.name, document.n_pages) == ("default", "a.txt", 2)
    assert document.warnings == ("a picture was left out",)
    with store.reading() as conn:
        assert store.documents(conn, ["default"]) == [document]
        assert store.text(conn, document.id) == (TEXT, (0, 12))
        ids = [document.id << 20, (document.id << 20) + 1]
        found = store.passages(conn, list(reversed(ids)), ["default"])
        assert [p.id for p in found] == list(reversed(ids))
        assert [p.page_number for p in found] == [2, 1]
        assert all(TEXT[p.char_start : p.char_end] == p.text for p in found)
        rows = dict(store.vectors_of(conn, collection))
        np.testing.assert_array_equal(np.stack([rows[i] for i in ids]), entry().rows)
        assert [i for i, _, _ in store.texts_of(conn, collection, [document.id])] == ids
        assert store.count(conn, collection) == 2
        assert store.hashes(conn, collection) == {"ab"}
        assert store.document_of_bytes(conn, "ab", "default") == document
        assert store.document_of_bytes(conn, "ab", "other") is None


def test_failures_are_listed_and_nothing_follows_them(store: Store) -> None:
    collection, document = add(store, failed())
    assert (document.state, document.reason, document.n_pages) == ("broken", "cut short", 0)
    with store.reading() as conn:
        assert store.sequence(conn, collection) == 0
        assert store.hashes(conn, collection) == set()
        assert store.stats(conn).documents == 1


def test_other_collections_are_out_of_sight(store: Store) -> None:
    _, document = add(store, entry(), "mine")
    with store.reading() as conn:
        assert store.passages(conn, [document.id << 20], ["yours"]) == []
        assert store.documents(conn, ["yours"]) == store.documents(conn, []) == []
        with pytest.raises(UnknownDocument, match=f"no document {document.id} in yours"):
            store.document(conn, document.id, ["yours"])


def test_the_same_bytes_twice_are_refused(store: Store) -> None:
    add(store, entry())
    with pytest.raises(IntegrityError):
        add(store, entry())
    add(store, entry(), "other")
    with store.reading() as conn:
        assert store.stats(conn).documents == 2
        assert store.stats(conn, ["other"]).documents == 1


def test_an_error_undoes_the_whole_transaction(store: Store) -> None:
    with pytest.raises(RuntimeError, match="stop"), store.writing() as conn:
        collection = store.lock_collection(conn, "default")
        store.add(conn, collection, entry())
        raise RuntimeError("stop")
    with store.reading() as conn:
        assert store.collections(conn) == []
        assert store.stats(conn) == type(store.stats(conn))(0, 0, 0, 0)


def test_history_is_per_collection_and_in_order(store: Store) -> None:
    red, one = add(store, entry("1"), "red")
    blue, _ = add(store, entry("2"), "blue")
    _, three = add(store, entry("3"), "red")
    with store.writing() as conn:
        store.remove(conn, red, [one.id])
    with store.reading() as conn:
        changes = store.changes_after(conn, red, 0)
        assert [(c.document_id, c.kind) for c in changes] == [
            (one.id, "add"), (three.id, "add"), (one.id, "remove"),
        ]  # fmt: skip
        assert [c.seq for c in changes] == sorted(c.seq for c in changes)
        assert store.sequence(conn, red) == changes[-1].seq
        assert store.changes_after(conn, red, changes[1].seq) == changes[2:]
        assert len(store.changes_after(conn, blue, 0)) == 1


def test_ids_and_keys_are_never_given_twice(store: Store) -> None:
    collection, document = add(store, entry())
    with store.writing() as conn:
        store.remove_collection(conn, collection)
    with store.reading() as conn:
        assert store.collection(conn, "default") is None
    again, second = add(store, entry())
    assert second.id > document.id
    assert again.key != collection.key
    assert again.id != collection.id


def test_settings_are_replaced(store: Store) -> None:
    with store.writing() as conn:
        assert store.setting(conn, "encoder") is None
        store.remember(conn, "encoder", "a")
        store.remember(conn, "encoder", "b")
    with store.reading() as conn:
        assert store.setting(conn, "encoder") == "b"


def test_too_many_passages_are_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retriever.store.MAX_PASSAGES", 1)
    with pytest.raises(ValueError, match="at most 1 passages, got 2"):
        add(store, entry())


def test_a_newer_library_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    Store(schema.sqlite_url(path)).close()
    raw = sqlite3.connect(path)
    raw.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    raw.commit()
    raw.close()
    with pytest.raises(RuntimeError, match=r"schema version 99.*upgrade Quoth"):
        Store(schema.sqlite_url(path))


def test_an_old_library_is_upgraded_step_by_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, steps = tmp_path / "library.db", []
    Store(schema.sqlite_url(path)).close()
    monkeypatch.setattr(schema, "SCHEMA_VERSION", 3)
    monkeypatch.setattr(
        schema, "MIGRATIONS", {1: lambda _: steps.append(1), 2: lambda _: steps.append(2)}
    )
    for _ in range(2):  # once only
        store = Store(schema.sqlite_url(path))
        with store.reading() as conn:
            assert store.setting(conn, "schema_version") == "3"
        store.close()
    assert steps == [1, 2]


def test_sqlite_is_set_up_to_keep_and_to_forget(tmp_path: Path) -> None:
    store = Store(schema.sqlite_url(tmp_path / "library.db"))
    with store.reading() as conn:
        for name, expected in (
            ("journal_mode", "wal"), ("foreign_keys", 1), ("synchronous", 2), ("secure_delete", 1),
        ):  # fmt: skip
            assert conn.exec_driver_sql(f"PRAGMA {name}").scalar() == expected
    store.close()
