"""A home of an earlier version opens with all its answers, or stays exactly as it was."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection

from retriever import Library
from retriever.sql import migrations
from retriever.sql.database import Database
from retriever.sql.sqlite import sqlite_url
from retriever.trouble import NotWritable
from tests.retriever.hash_encoder import hash_encoder

WriteFile = Callable[[str, str], Path]

WYE = "The Wye flows from Plynlimon to the Severn. It passes Hay, Hereford and Ross."
ORIGIN = "On the Origin of Species appeared on 24 November 1859. Darwin wrote it in Kent."
KEY = "cf86d72b0bba0ae9"

# The database that version 0.1.0 made of one added file, statement for statement.
VERSION_1 = """
CREATE TABLE changes (
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, collection_id INTEGER NOT NULL,
    document_id BIGINT NOT NULL, kind VARCHAR NOT NULL,
    FOREIGN KEY(collection_id) REFERENCES collections (id));
CREATE TABLE collections (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, name VARCHAR NOT NULL, "key" VARCHAR NOT NULL,
    UNIQUE (name), UNIQUE ("key"));
CREATE TABLE documents (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, collection_id INTEGER NOT NULL,
    name TEXT NOT NULL, media_type VARCHAR NOT NULL, state VARCHAR NOT NULL, reason TEXT NOT NULL,
    warnings JSON NOT NULL, n_pages INTEGER NOT NULL, n_passages INTEGER NOT NULL,
    size_bytes BIGINT NOT NULL, sha256 VARCHAR NOT NULL, added_at VARCHAR NOT NULL,
    page_starts JSON NOT NULL, text TEXT NOT NULL, UNIQUE (collection_id, sha256),
    FOREIGN KEY(collection_id) REFERENCES collections (id));
CREATE TABLE meta ("key" VARCHAR NOT NULL, value TEXT NOT NULL, PRIMARY KEY ("key"));
CREATE TABLE passages (
    id INTEGER NOT NULL, document_id INTEGER NOT NULL, char_start INTEGER NOT NULL,
    char_end INTEGER NOT NULL, page_number INTEGER NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (id), FOREIGN KEY(document_id) REFERENCES documents (id));
CREATE TABLE vectors (
    passage_id INTEGER NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (passage_id),
    FOREIGN KEY(passage_id) REFERENCES passages (id));
CREATE INDEX changes_of_collection ON changes (collection_id, seq);
CREATE INDEX ix_passages_document_id ON passages (document_id);
INSERT INTO meta VALUES ('schema_version', '1'), ('encoder', :encoder);
INSERT INTO collections VALUES (1, 'default', :key);
INSERT INTO documents VALUES (
    1, 1, 'wye.txt', 'text/plain', 'indexed', '', '[]', 1, 1, 77, :sha256,
    '2026-11-20T16:41:06+00:00', '[0]', :text);
INSERT INTO passages VALUES (1048576, 1, 0, 77, 1, :text);
INSERT INTO vectors VALUES (1048576, :vector);
INSERT INTO changes VALUES (1, 1, 1, 'add');
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home as version 0.1.0 left it, its indexes lost."""
    encoder, data = hash_encoder(), WYE.encode()
    values = {
        "encoder": json.dumps({"name": "hash", "probe": encoder.fingerprint.tolist()}),
        "key": KEY,
        "sha256": hashlib.sha256(data).hexdigest(),
        "text": WYE,
        "vector": encoder.encode([WYE])[0].astype("<f4").tobytes(),
    }
    original = tmp_path / "home" / "files" / KEY / str(values["sha256"])
    original.parent.mkdir(parents=True)
    original.write_bytes(data)
    raw = sqlite3.connect(tmp_path / "home" / "library.db")
    raw.execute("PRAGMA journal_mode=WAL")
    for statement in filter(str.strip, VERSION_1.split(";")):
        raw.execute(statement, values)
    raw.commit()
    raw.close()
    return tmp_path / "home"


def content(home: Path) -> list[str]:
    raw = sqlite3.connect(home / "library.db")
    try:
        return list(raw.iterdump())
    finally:
        raw.close()


def shape(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Columns of every table and index, in the order of their names."""
    raw = sqlite3.connect(path)
    names = [row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {
        name: sorted(row[1:4] + row[5:] for row in raw.execute(f"PRAGMA table_info({name})"))
        for name in sorted(names)
    }
    indexes = raw.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'index'")
    found["indexes"] = sorted(indexes.fetchall())
    raw.close()
    return found


def test_a_home_of_version_1_opens_with_its_answers(home: Path, write_file: WriteFile) -> None:
    with Library.open(home, encoder=hash_encoder()) as library:
        [hit] = library.search("Where does the Wye flow?")
        assert hit.passage.text == library.text(1) == WYE
        assert library.verify() == []
        library.add(write_file("origin.txt", ORIGIN))
        assert library.add(write_file("wye.txt", WYE)).id == 1
    with Library.open(home, encoder=hash_encoder()) as library:
        assert library.search("Darwin", 1)[0].passage.document_name == "origin.txt"
        assert library.verify() == []
        [gone] = library.remove([1])
        assert gone.name == "wye.txt"
        assert library.verify() == []


def test_an_upgraded_database_has_the_shape_of_a_new_one(home: Path, tmp_path: Path) -> None:
    Database(sqlite_url(home / "library.db")).close()
    Database(sqlite_url(tmp_path / "new.db")).close()
    assert shape(home / "library.db") == shape(tmp_path / "new.db")


def test_a_database_of_version_2_gets_the_indexes_of_a_new_one(tmp_path: Path) -> None:
    for name in ("old.db", "new.db"):
        Database(sqlite_url(tmp_path / name)).close()
    raw = sqlite3.connect(tmp_path / "old.db")
    for statement in (
        "DROP INDEX jobs_of_source",
        "DROP INDEX jobs_of_archive",
        "CREATE INDEX ix_jobs_collection ON jobs (collection)",
        "CREATE INDEX ix_jobs_parent_id ON jobs (parent_id)",
        "UPDATE meta SET value = '2' WHERE key = 'schema_version'",
    ):
        raw.execute(statement)
    raw.commit()
    raw.close()
    assert shape(tmp_path / "old.db") != shape(tmp_path / "new.db")
    Database(sqlite_url(tmp_path / "old.db")).close()
    assert shape(tmp_path / "old.db") == shape(tmp_path / "new.db")


def test_a_failed_upgrade_changes_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, real = content(home), migrations.MIGRATIONS[1]

    def failing(conn: Connection) -> None:
        real(conn)
        raise OSError("the disk went away")

    monkeypatch.setattr(migrations, "MIGRATIONS", {1: failing})
    with pytest.raises(OSError, match="went away"):
        Library.open(home, encoder=hash_encoder())
    assert content(home) == before
    monkeypatch.undo()
    with Library.open(home, encoder=hash_encoder()) as library:
        assert library.search("Wye")[0].passage.text == WYE


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_an_upgrade_survives_kill_9(home: Path, repo_root: Path) -> None:
    before = content(home)
    killed_inside = (
        "import os, sys; from pathlib import Path\n"
        "from retriever.sql import database, migrations, sqlite\n"
        "real = migrations.MIGRATIONS[1]\n"
        "def step(conn): real(conn); os.kill(os.getpid(), 9)\n"
        "migrations.MIGRATIONS = {1: step}\n"
        "database.Database(sqlite.sqlite_url(Path(sys.argv[1])))\n"
    )
    command = [sys.executable, "-c", killed_inside, str(home / "library.db")]
    assert subprocess.run(command, cwd=repo_root).returncode == -signal.SIGKILL
    assert content(home) == before
    with Library.open(home, encoder=hash_encoder()) as library:
        assert library.search("Wye")[0].passage.text == WYE
        assert library.verify() == []


def test_several_may_open_an_old_home_at_once(home: Path) -> None:
    def use(_: int) -> str:
        with Library.open(home, encoder=hash_encoder()) as library:
            return library.search("Wye")[0].passage.text

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(use, range(4))) == {WYE}


def test_a_newer_home_is_left_alone(home: Path) -> None:
    raw = sqlite3.connect(home / "library.db")
    raw.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    raw.commit()
    raw.close()
    before = content(home)
    with pytest.raises(RuntimeError, match=r"schema version 99.*upgrade Quoth"):
        Library.open(home, encoder=hash_encoder())
    assert content(home) == before


def test_reading_alone_upgrades_nothing(home: Path, tmp_path: Path) -> None:
    before = content(home)
    with pytest.raises(RuntimeError, match="open it once where it can be written"):
        Database(sqlite_url(home / "library.db"), read_only=True)
    assert content(home) == before
    Database(sqlite_url(tmp_path / "new.db")).close()
    reader = Database(sqlite_url(tmp_path / "new.db"), read_only=True)
    with pytest.raises(NotWritable, match="cannot be written"), reader.writing():
        pass
    reader.close()
