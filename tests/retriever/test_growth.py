"""A collection outgrows exact search: swapped behind searches, forgotten whole, made anew alike."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from retriever import Hit, Library
from retriever.index import quantised
from retriever.index.followers import Followers
from retriever.index.lexical import TantivyIndex, Writing
from retriever.index.quantised import QuantisedIndex
from retriever.index.sizing import GROWTH, Sizing, n_lists, n_probed
from retriever.index.snapshots import saved
from tests.retriever.hash_encoder import hash_encoder

WriteFile = Callable[[str, str], Path]

SMALL = Sizing(exact_up_to=60, words_up_to=30, unsaved=20)
N_DOCUMENTS = 12


def text_of(number: int) -> str:
    told = (f"subject{number}n{n} is told here and matters to number{number}." for n in range(90))
    return " ".join(told)


@pytest.fixture(autouse=True)
def _few_rows_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantised, "HELD_ROWS", 10)


def open_library(home: Path) -> Library:
    return Library.open(home, encoder=hash_encoder(), sizing=SMALL)


def settled(library: Library) -> Followers:
    """The collection's indexes when nothing is due any more."""
    [collection] = library._searcher._existing(["default"])
    followers = library._indexes.follow(collection)
    assert followers is not None
    followers._wait()
    return followers


def answers(library: Library) -> list[list[Hit]]:
    return [library.search(f"subject{n}n{n} number{n}", 8) for n in range(N_DOCUMENTS)]


def kept_words(library: Library, word: str) -> int:
    """In how many passages, removed ones too, the files of the words know ``word``."""
    found = 0
    for folder in (library.home / "indexes").glob("*/words*"):
        if folder.is_dir():
            found += TantivyIndex(folder).frequencies([word]).passages_with[word]
    return found


@pytest.fixture
def grown(tmp_path: Path, write_file: WriteFile) -> Iterator[Library]:
    """Searched after every document, as it grows past what is searched exactly."""
    with open_library(tmp_path / "home") as library:
        for number in range(N_DOCUMENTS):
            library.add(write_file(f"{number}.txt", text_of(number)))
            assert library.search(f"subject{number}n1", 1)[0].passage.text
        settled(library)
        yield library


def test_it_grows_into_lists_and_answers_on(grown: Library) -> None:
    index = settled(grown)._vectors.index
    assert isinstance(index, QuantisedIndex)
    assert index.mapped
    assert len(index) == grown.stats().passages > SMALL.exact_up_to
    assert grown.verify() == []
    for number, hits in enumerate(answers(grown)):
        assert hits[0].passage.document_name == f"{number}.txt"


def test_what_memory_does_not_hold_waits_in_files_without_a_name(
    grown: Library, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Followers, "_tend", lambda _: None)
    for number in range(77, 82):
        grown.add(write_file(f"{number}.txt", text_of(number)))
        assert grown.search(f"subject{number}n5", 1)[0].passage.document_name == f"{number}.txt"
    index = settled(grown)._vectors.index
    assert isinstance(index, QuantisedIndex)
    assert index.n_held < quantised.HELD_ROWS < index.n_fresh
    assert not list(grown.home.rglob("spilled-*"))
    grown.remove([grown.documents()[-1].id])
    assert grown.verify() == []
    monkeypatch.undo()
    settled(grown)._tend()
    written = settled(grown)._vectors.index
    assert isinstance(written, QuantisedIndex)
    assert written.n_fresh < index.n_fresh
    assert grown.verify() == []


def test_much_more_than_there_is_is_found_before_new_lists_are_trained(
    grown: Library, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Followers, "_tend", lambda _: None)
    before = settled(grown)._vectors.index
    assert isinstance(before, QuantisedIndex)
    for number in range(100, 100 + 3 * N_DOCUMENTS):
        grown.add(write_file(f"{number}.txt", text_of(number)))
    assert grown.search("subject107n5", 1)[0].passage.document_name == "107.txt"
    assert settled(grown)._vectors.index is before
    monkeypatch.undo()
    settled(grown)._tend()
    after = settled(grown)._vectors.index
    assert isinstance(after, QuantisedIndex)
    assert after.lists > before.lists
    assert grown.verify() == []


def test_made_anew_it_answers_the_same(grown: Library) -> None:
    before = answers(grown)
    grown.close()
    with open_library(grown.home) as again:
        assert answers(again) == before
    shutil.rmtree(grown.home / "indexes")
    with open_library(grown.home) as anew:
        assert answers(anew) == before
        assert isinstance(settled(anew)._vectors.index, QuantisedIndex)
        anew.rebuild()
        assert answers(anew) == before
        assert anew.verify() == []


def test_what_was_removed_leaves_every_file(grown: Library) -> None:
    removed = grown.documents()[4]
    row = grown.encoder.encode(["number4"])[0]
    grown.remove([removed.id])
    followers = settled(grown)
    assert removed.id not in {i >> 20 for i, _ in followers.nearest(row, 80)}
    assert len(followers.nearest(row, 80)) == grown.stats().passages
    assert not followers._words.due()
    assert kept_words(grown, "number4") == 0
    assert kept_words(grown, "number5") == grown.documents()[-8].n_passages
    assert grown.verify() == []
    grown.close()
    with open_library(grown.home) as again:
        assert again.verify() == []


def test_removed_words_are_hidden_before_they_are_erased(
    grown: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Followers, "_tend", lambda _: None)
    grown.remove([grown.documents()[4].id])
    assert all(hit.passage.document_name != "4.txt" for hit in grown.search("number4", 50))
    assert list(grown.home.rglob("words.owed"))
    monkeypatch.undo()
    grown.close()  # finishes what is owed, as the next opening would after a crash
    assert not list(grown.home.rglob("words.owed"))
    assert kept_words(grown, "number4") == 0


def test_an_erasure_that_was_cut_short_begins_again_on_opening(
    grown: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Followers, "_tend", lambda _: None)
    grown.remove([grown.documents()[4].id])
    monkeypatch.undo()
    [key] = [path for path in (grown.home / "indexes").iterdir()]
    (key / "words-3.999999999").mkdir()
    (key / "vectors-3.999999999.part").touch()
    with open_library(grown.home) as again:  # as if the first process had been killed
        settled(again)
        assert kept_words(again, "number4") == 0
        assert not list(key.glob("*.999999999*"))
        assert again.verify() == []


def test_two_processes_take_turns(grown: Library, write_file: WriteFile) -> None:
    with open_library(grown.home) as other:
        assert answers(other) == answers(grown)
        grown.remove([grown.documents()[2].id])
        other.add(write_file("new.txt", text_of(77)))
        for library in (other, grown, other):
            settled(library)
        for library in (other, grown):
            assert answers(library) == answers(grown)
            assert library.search("subject77n5", 1)[0].passage.document_name == "new.txt"
            assert not any(hit.passage.document_name == "2.txt" for hit in answers(library)[2])
        assert grown.verify() == other.verify() == []


def test_it_shrinks_back_to_exact_search(grown: Library) -> None:
    for document in grown.documents()[3:]:
        grown.remove([document.id])
        settled(grown)
    assert settled(grown)._vectors.index.exact
    assert grown.verify() == []
    assert [s.quantised for s in saved(settled(grown)._vectors._folder)] == [False]


def test_lists_follow_the_size() -> None:
    assert SMALL.trained_on(60) == 0
    assert SMALL.trained_on(61) == SMALL.trained_on(60 * GROWTH - 1) == 60
    assert SMALL.trained_on(60 * GROWTH) == 60 * GROWTH
    assert [n_lists(n) for n in (50_000, 200_000, 800_000)] == [1024, 2048, 4096]
    assert n_probed(1024) == 256
    assert all(1 <= n_probed(lists) <= lists for lists in range(1, 5000, 37))


def test_a_size_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="piece must be at least 1, got 0"):
        Sizing(piece=0)


def test_a_folder_half_way_to_being_removed_is_left_for_the_new_one(
    grown: Library, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when another thread has exchanged the words, and removes the old folder just now."""
    real, exchanged = TantivyIndex.writing, False

    def writing(index: TantivyIndex) -> AbstractContextManager[Writing]:
        nonlocal exchanged
        if not exchanged:
            exchanged = True
            shutil.copytree(index.folder, index.folder.with_name("words-other"))
            (index.folder.parent / "words.name").write_text("words-other", encoding="ascii")
            (index.folder / "meta.json").unlink()
        return real(index)

    monkeypatch.setattr(TantivyIndex, "writing", writing)
    grown.add(write_file("new.txt", text_of(77)))
    assert grown.search("subject77n5", 1)[0].passage.document_name == "new.txt"
    assert exchanged
    assert grown.verify() == []
