"""A library whose truth is in PostgreSQL: it does all that one in SQLite does."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from retriever import Library
from retriever.types import Document, SourceFile
from tests.retriever.hash_encoder import hash_encoder
from tests.retriever.test_ingest import BATCH, ORIGIN, USK, WYE, book

WriteFile = Callable[[str, str], Path]
PATIENCE_S = 120.0


@pytest.fixture
def library(tmp_path: Path, postgresql_url: str) -> Iterator[Library]:
    with _open(tmp_path / "home", postgresql_url) as opened:
        yield opened


def _open(home: Path, url: str) -> Library:
    return Library.open(home, encoder=hash_encoder(), database_url=url)


def test_threads_that_make_a_collection_together_share_it(
    library: Library, write_file: WriteFile
) -> None:
    paths = [write_file(f"{n}.txt", f"document{n} speaks. {WYE}") for n in range(8)]

    def add(path: Path) -> Document:
        return library.add(path, "new")

    with ThreadPoolExecutor(4) as threads:
        documents = list(threads.map(add, [*paths, *paths]))
    assert len({document.id for document in documents}) == len(paths)
    assert len(library.search("speaks", 20, ["new"])) == len(paths)
    assert library.verify() == []


def test_the_queue_its_worker_and_the_indexes_go_on_in_another_process_folder(
    library: Library, write_file: WriteFile, tmp_path: Path, postgresql_url: str
) -> None:
    with zipfile.ZipFile(tmp_path / "rivers.zip", "w") as archive:
        archive.writestr("wye.txt", WYE)
        archive.writestr("usk.txt", USK)
    paths = [tmp_path / "rivers.zip", write_file("origin.txt", ORIGIN)]
    queued = library.queue.enqueue(paths)
    with _open(library.home, postgresql_url) as other, library.worker(), other.worker():
        done = library.queue.wait([job.id for job in queued], PATIENCE_S)
        assert [job.state for job in done] == ["indexed", "indexed"]
    names = {document.name for document in library.documents()}
    assert names == {"rivers.zip/wye.txt", "rivers.zip/usk.txt", "origin.txt"}
    with _open(library.home, postgresql_url) as again:
        [hit, *_] = again.search("Plynlimon", 3)
        assert hit.passage.document_name == "rivers.zip/wye.txt"
        assert again.verify() == []


def test_a_new_version_replaces_and_a_removed_one_is_gone(
    library: Library, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retriever.intake.ingest.BATCH", BATCH)
    first = library.add(write_file("book.txt", book(2 * BATCH, "Quetzal")))
    path = write_file("book.txt", book(3 * BATCH, "Hoatzin"))
    library.queue.enqueue([SourceFile(path, "book.txt")])
    with library.worker():
        [job] = library.queue.wait([job.id for job in library.queue.jobs()], PATIENCE_S)
    assert (job.state, job.outcome) == ("indexed", "added")
    assert [document.id for document in library.documents()] == [first.id, job.document_id]
    library.remove([first.id])
    assert all("Quetzal" not in hit.passage.text for hit in library.search("Quetzal", 5))
    library.rebuild()
    assert library.verify() == []
    assert "Hoatzin" in library.search("Hoatzin", 1)[0].passage.text


def test_its_own_tools_back_it_up(library: Library, tmp_path: Path) -> None:
    with pytest.raises(NotImplementedError, match="pg_dump"):
        library.back_up(tmp_path / "copy.backup")
