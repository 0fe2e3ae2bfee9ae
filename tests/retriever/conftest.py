"""What the retriever's tests share: encoders, databases, a library, a way to write small files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from retriever import Library
from retriever.encoding.embed import Encoder
from retriever.sql.database import Database
from retriever.sql.sqlite import sqlite_url
from tests.retriever import postgresql
from tests.retriever.hash_encoder import hash_encoder

WriteFile = Callable[[str, str], Path]


@pytest.fixture(scope="session")
def minilm() -> Encoder:
    return Encoder.load()


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a PostgreSQL of these tests' own; skips where none is installed."""
    if reason := postgresql.missing():
        pytest.skip(reason)
    with postgresql.serving() as url:
        yield url


@pytest.fixture
def postgresql_url(postgresql_server: str) -> str:
    """Address of an empty database."""
    postgresql.empty(postgresql_server)
    return postgresql_server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty database, one of each kind in turn."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "library.db")
    return str(request.getfixturevalue("postgresql_url"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database, one of each kind in turn."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """An empty library with a tiny encoder."""
    with Library.open(tmp_path / "home", encoder=hash_encoder()) as opened:
        yield opened


@pytest.fixture
def write_file(tmp_path: Path) -> WriteFile:
    """Writes a text file outside the library and returns its path."""
    folder = tmp_path / "documents"
    folder.mkdir()

    def write(name: str, text: str) -> Path:
        path = folder / name
        path.write_text(text, encoding="utf-8")
        return path

    return write
