"""Filters against a slow reference; as many hits as there are matching passages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from retriever import Library
from retriever.filters import allowed_ids
from retriever.records import Entry
from retriever.sql import contents, store
from retriever.sql.database import Database
from retriever.sql.sqlite import sqlite_url
from retriever.types import Document, Filter, ParsedDocument, Slice, page_number_at
from tests.retriever.conftest import WriteFile

PAGE_STARTS = (0, 3, 12, 13, 30, 55)
PARAGRAPH = "The committee of {0} met on day {1} and agreed on nothing. " * 12


@pytest.fixture
def paged(library: Library, write_file: WriteFile) -> list[Document]:
    """Documents of two collections, with several passages and, in one, several pages."""
    texts = {
        "a.txt": "\n\n".join(PARAGRAPH.format("Hay", day) for day in range(4)),
        "b.md": "\n\n".join(PARAGRAPH.format("Ross", day) for day in range(3)),
        "c.csv": "town,day\nHay,9\n",
    }
    added = [library.add(write_file(name, text)) for name, text in texts.items()]
    return [*added, library.add(write_file("d.txt", "The Wye at Hay."), "other")]


def found(library: Library, where: Filter, k: int = 100) -> set[int]:
    return {hit.passage.document_id for hit in library.search("Hay committee", k, where=where)}


def test_each_condition_restricts(library: Library, paged: list[Document]) -> None:
    a, b, c, _ = (document.id for document in paged)
    assert found(library, Filter()) == {a, b, c}
    assert found(library, Filter(document_ids=frozenset([b, c]))) == {b, c}
    assert found(library, Filter(document_ids=frozenset())) == set()
    assert found(library, Filter(media_types=frozenset(["text/csv"]))) == {c}
    both = Filter(frozenset([a, b]), frozenset(["text/markdown"]))
    assert found(library, both) == {b}


def test_numbers_too_large_for_a_database_find_nothing(
    library: Library, paged: list[Document]
) -> None:
    assert found(library, Filter(document_ids=frozenset([paged[0].id, 10**30]))) == {paged[0].id}
    assert found(library, Filter(pages=(1, 10**30))) == found(library, Filter())
    assert found(library, Filter(pages=(10**30, 10**30))) == set()
    assert library.search("Hay \udce9", 1) != []  # nor does what is no text


def test_only_the_collections_asked(library: Library, paged: list[Document]) -> None:
    hidden = Filter(document_ids=frozenset([paged[3].id]))
    assert found(library, hidden) == set()
    hits = library.search("Hay", 100, ["default", "other"], hidden)
    assert [hit.passage.document_id for hit in hits] == [paged[3].id]


def test_days_are_told_apart_in_any_zone(library: Library, paged: list[Document]) -> None:
    added = datetime.fromisoformat(paged[0].added_at)
    tokyo = timezone(timedelta(hours=9))
    earlier, later = added - timedelta(days=1), added + timedelta(days=1)
    everything = found(library, Filter())
    assert found(library, Filter(added_from=added.astimezone(tokyo))) == everything
    assert found(library, Filter(added_from=earlier, added_before=later)) == everything
    assert found(library, Filter(added_before=added)) == set()
    assert found(library, Filter(added_from=later)) == set()


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_as_many_as_asked_where_there_are_as_many(
    library: Library, paged: list[Document], k: int
) -> None:
    # The words and the meaning of the question are all in another document.
    where = Filter(document_ids=frozenset([paged[1].id]))
    assert paged[1].n_passages == 3
    assert len(library.search("the committee of Hay", k, where=where)) == min(k, 3)


@pytest.fixture(scope="module")
def paged_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One document of 60 characters; passages of 7 from every fifth, pages of uneven length."""
    text = "abcdefghij" * 6
    slices = [Slice(start, start + 7, text[start : start + 7]) for start in range(0, 50, 5)]
    parsed = ParsedDocument("a.txt", "text/plain", text, PAGE_STARTS)
    rows = np.ones((len(slices), 2), dtype=np.float32)
    database = Database(sqlite_url(tmp_path_factory.mktemp("home") / "library.db"))
    with database.writing() as conn:
        collection = store.lock_collection(conn, "default")
        store.add(conn, collection, Entry(parsed, "indexed", "", 60, "ab", slices, rows))
    yield database
    database.close()


@pytest.mark.parametrize("first", range(1, 9))
@pytest.mark.parametrize("n_pages", [1, 2, 9])
def test_pages_are_those_that_a_passage_stands_on(
    paged_database: Database, first: int, n_pages: int
) -> None:
    pages = range(first, first + n_pages)
    with paged_database.reading() as conn:
        every = allowed_ids(conn, ["default"], Filter())
        passages = contents.passages_of(conn, every.tolist(), ["default"])
        ids = allowed_ids(conn, ["default"], Filter(pages=(pages[0], pages[-1])))
    expected = [
        passage.id
        for passage in passages
        if any(
            page_number_at(PAGE_STARTS, place) in pages
            for place in range(passage.char_start, passage.char_end)
        )
    ]
    assert len(every) == 10
    assert ids.tolist() == expected


def test_a_filter_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="added_from needs a time zone"):
        Filter(added_from=datetime(2026, 11, 20))
    for pages in ((0, 3), (4, 3)):
        with pytest.raises(ValueError, match="first and last page from 1"):
            Filter(pages=pages)
