"""What the retriever's tests share: encoders, a library, and a way to write small files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from retriever import Library
from retriever.encoding.embed import Encoder
from tests.retriever.hash_encoder import hash_encoder

WriteFile = Callable[[str, str], Path]


@pytest.fixture(scope="session")
def minilm() -> Encoder:
    return Encoder.load()


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
