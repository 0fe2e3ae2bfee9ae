"""How files become documents: batch by batch, in one switch, new versions in place of old ones."""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from retriever import Document, Library, Progress, SourceFile
from retriever.encoding.embed import Encoder
from retriever.intake.several import Stopped, Turn, Turns
from retriever.split import split
from retriever.sql import staging
from retriever.trouble import NoSpace
from retriever.types import UnreadableFile
from tests.retriever.hash_encoder import hash_encoder
from tests.retriever.slow_encoder import watched_encoder

WriteFile = Callable[[str, str], Path]

BATCH = 16
WYE = "The Wye flows from Plynlimon to the Severn."
USK = "The Usk rises in the Black Mountain and passes Brecon."
ORIGIN = "On the Origin of Species appeared on 24 November 1859."


def book(n_paragraphs: int, word: str = "subject") -> str:
    """Each paragraph is a passage of its own."""
    return "\n\n".join(f"Paragraph {n} speaks about {word}{n}. " * 30 for n in range(n_paragraphs))


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retriever.intake.ingest.BATCH", BATCH)


class Killed(BaseException):
    """Stands for the end of the process: nothing may catch it."""


def dying(after: int) -> tuple[list[int], Callable[[list[str]], None]]:
    """Counts the passages encoded, and dies before more than ``after``."""
    counts = [0]

    def before(texts: list[str]) -> None:
        if len(texts) > 1:  # not the probe, not a question
            if counts[0] + len(texts) > after:
                raise Killed
            counts[0] += len(texts)

    return counts, before


def names(library: Library, question: str) -> list[str]:
    return [hit.passage.document_name for hit in library.search(question, 3)]


def test_a_large_document_goes_on_from_its_last_batch(
    tmp_path: Path, write_file: WriteFile
) -> None:
    home, path = tmp_path / "home", write_file("book.txt", book(3 * BATCH))
    counts, before = dying(2 * BATCH + 8)
    library = Library.open(home, encoder=watched_encoder(before))
    with pytest.raises(Killed):
        library.add(path)
    done_before = counts[0]
    assert done_before >= 2 * BATCH
    again, count = dying(10**9)
    with Library.open(home, encoder=watched_encoder(count)) as library:
        assert library.documents() == []
        assert library.search("subject7") == []
        assert library.stats().passages == 0
        assert library.verify() == []
        document = library.add(path)
        assert document.state == "indexed"
        assert again[0] == document.n_passages - 2 * BATCH  # one batch was lost, no more
        assert library.verify() == []
        [hit] = library.search(f"subject{2 * BATCH + 9}", 1)
        text = library.text(document.id)
        assert text[hit.passage.char_start : hit.passage.char_end] == hit.passage.text
    with Library.open(tmp_path / "plain", encoder=hash_encoder()) as plain:
        same = plain.add(path)
        assert (same.n_passages, same.sha256) == (document.n_passages, document.sha256)


def test_what_was_half_done_gives_way_to_another_splitting(
    tmp_path: Path, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_file("book.txt", book(2 * BATCH))
    counts, before = dying(BATCH + 8)
    library = Library.open(tmp_path / "home", encoder=watched_encoder(before))
    with pytest.raises(Killed):
        library.add(path)
    assert counts[0] >= BATCH
    monkeypatch.setattr("retriever.intake.read.split", lambda parsed: split(parsed)[1:])
    with Library.open(tmp_path / "home", encoder=hash_encoder()) as library:
        document = library.add(path)
        assert document.n_passages > BATCH
        assert library.verify() == []


def test_a_new_version_replaces_the_old_one(library: Library, write_file: WriteFile) -> None:
    library.add(write_file("river.txt", WYE))
    other = library.add(write_file("origin.txt", ORIGIN))
    new = library.add(write_file("river.txt", USK))
    assert library.documents() == [other, new]
    assert names(library, "Black Mountain Brecon")[0] == "river.txt"
    assert all("Plynlimon" not in hit.passage.text for hit in library.search("Plynlimon"))
    assert library.verify() == []
    for path in library.home.rglob("*"):
        assert not path.is_file() or b"lynlimon" not in path.read_bytes(), path


def test_a_large_new_version_replaces_in_one_switch(
    library: Library, write_file: WriteFile
) -> None:
    library.add(write_file("book.txt", book(BATCH + 2, "older")))
    new = library.add(write_file("book.txt", book(BATCH + 2, "newer")))
    assert library.documents() == [new]
    assert library.verify() == []


def test_a_name_that_was_given_is_a_source_too(library: Library, write_file: WriteFile) -> None:
    library.add(write_file("1.txt", WYE), name="river.txt")
    new = library.add(write_file("2.txt", USK), name="river.txt")
    assert library.documents() == [new]
    apart = library.add(write_file("3.txt", ORIGIN), name="river.txt", source="elsewhere")
    assert library.documents() == [new, apart]


def test_bytes_with_two_sources_stay_until_both_have_others(
    library: Library, write_file: WriteFile
) -> None:
    first = library.add(write_file("a.txt", WYE))
    assert library.add(write_file("b.txt", WYE)) == first
    usk = library.add(write_file("a.txt", USK))
    assert library.documents() == [first, usk]
    origin = library.add(write_file("b.txt", ORIGIN))
    assert library.documents() == [usk, origin]
    assert library.add(write_file("b.txt", USK)) == usk
    assert library.documents() == [usk]


def test_a_version_that_cannot_be_read_leaves_the_old_one(
    library: Library, write_file: WriteFile
) -> None:
    old = library.add(write_file("river.txt", WYE))
    failed = library.add(write_file("river.txt", ""))
    assert (failed.state, library.documents()) == ("empty", [old, failed])
    assert names(library, "Wye") == ["river.txt"]
    worse = library.add(write_file("river.txt", "%PDF-1.7 no more"))
    assert library.documents() == [old, worse]
    new = library.add(write_file("river.txt", USK))
    assert library.documents() == [new]
    assert library.verify() == []


def test_a_folder_is_pruned_of_what_vanished(library: Library, write_file: WriteFile) -> None:
    wye, usk = write_file("wye.txt", WYE), write_file("usk.txt", USK)
    kept, gone = library.add(wye), library.add(usk)
    copy = library.add(write_file("origin.txt", ORIGIN), source="an upload")
    assert library.prune(wye.parent) == []
    usk.unlink()
    assert library.prune(wye.parent / "elsewhere") == []
    assert library.prune(wye.parent, "no such collection") == []
    assert library.prune(wye.parent) == [gone]
    assert library.documents() == [kept, copy]
    assert library.verify() == []


def test_a_renamed_file_gives_its_document_its_name(
    library: Library, write_file: WriteFile
) -> None:
    draft = write_file("draft.txt", WYE)
    document = library.add(draft)
    final = draft.rename(draft.with_name("final.txt"))
    library.add(final)
    assert library.prune(draft.parent) == []
    assert [(one.id, one.name) for one in library.documents()] == [(document.id, "final.txt")]
    assert names(library, "Wye") == ["final.txt"]
    named = library.add(write_file("a.txt", USK), name="Report")
    write_file("b.txt", USK)
    library.add(draft.with_name("b.txt"))
    draft.with_name("a.txt").unlink()
    library.prune(draft.parent)
    assert library.document(named.id).name == "Report"  # as whoever added it called it


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, names are Unicode")
def test_names_that_are_not_utf8_are_told_apart(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    paths = [folder / os.fsdecode(name) for name in (b"\xe8.txt", b"\xe9.txt")]
    for path, text in zip(paths, (WYE, USK), strict=True):
        path.write_text(text)
    wye, usk = library.add_all(paths)
    assert wye.name == usk.name == "?.txt"
    assert library.documents() == [wye, usk]
    assert library.prune(folder) == []
    paths[0].unlink()
    assert library.prune(folder) == [wye]
    assert library.add(paths[1]) == usk
    assert library.documents() == [usk]


def test_a_file_is_one_source_from_wherever_it_is_named(
    library: Library, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_file("river.txt", WYE).parent
    monkeypatch.chdir(folder.parent)
    library.add(Path(folder.name, "river.txt"))
    write_file("river.txt", USK)
    monkeypatch.chdir(folder)
    new = library.add(Path("..", folder.name, "river.txt"))
    assert library.documents() == [new]
    (folder / "river.txt").unlink()
    assert library.prune(Path("..", folder.name)) == [new]


def fail_once(monkeypatch: pytest.MonkeyPatch, library: Library, *paths: Path) -> None:
    """Adds files while no parser works."""

    def fail(*_: object, **__: object) -> None:
        raise UnreadableFile("broken", "not today")

    with monkeypatch.context() as patched:
        patched.setattr("retriever.intake.read.parse_in_child", fail)
        assert {library.add(path).state for path in paths} == {"broken"}


@pytest.mark.parametrize("n_paragraphs", [1, BATCH + 2])
def test_a_document_that_failed_before_keeps_its_sources(
    library: Library, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch, n_paragraphs: int
) -> None:
    text = book(n_paragraphs)
    paths = [write_file("a.txt", text), write_file("b.txt", text)]
    fail_once(monkeypatch, library, *paths)
    document = library.add(paths[1])
    other = library.add(write_file("b.txt", WYE))
    assert library.documents() == [document, other]  # a.txt still gives the first
    paths[0].unlink()
    assert library.prune(paths[0].parent) == [document]
    assert library.verify() == []


def test_a_source_that_has_moved_on_is_left_alone(
    library: Library, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another file takes the place of one of two failed copies while the other is tried again."""
    text = book(BATCH + 2)
    paths = [write_file("a.txt", text), write_file("b.txt", text)]
    fail_once(monkeypatch, library, *paths)
    new: list[int] = []

    def meanwhile(progress: Progress) -> None:
        if progress.state == "embedding" and progress.fraction > 0.4 and not new:
            new.append(library.add(write_file("b.txt", WYE)).id)

    document = library.add(paths[0], progress=meanwhile)
    assert [one.id for one in library.documents()] == [document.id, *new]


def test_a_document_taken_away_at_the_switch_is_tried_again(
    library: Library, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish, tries = staging.publish, []

    def lose_once(*values: Any) -> Document:
        tries.append(1)
        if len(tries) == 1:
            raise staging.StagedLost
        return publish(*values)

    monkeypatch.setattr(staging, "publish", lose_once)
    document = library.add(write_file("book.txt", book(BATCH + 2)))
    assert (document.state, len(tries)) == ("indexed", 2)
    assert library.verify() == []


def test_searches_see_the_old_or_the_new_version_never_both_never_none(
    library: Library, write_file: WriteFile
) -> None:
    versions = [f"The ferry leaves at noon on day {n}. It is version{n}." for n in range(12)]
    library.add(write_file("ferry.txt", versions[0]))
    seen: list[int] = []
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            seen.append(len(library.search("When does the ferry leave?", 5)))

    searcher = threading.Thread(target=look)
    searcher.start()
    for text in versions[1:]:
        library.add(write_file("ferry.txt", text))
    ended.set()
    searcher.join()
    assert len(seen) > 1
    assert set(seen) == {1}


def test_trouble_after_the_commit_undoes_nothing(
    tmp_path: Path, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object) -> None:
        raise NoSpace(28, "no space is left")

    with Library.open(tmp_path / "home", encoder=hash_encoder()) as library:
        library.add(write_file("river.txt", WYE))
        origin = library.add(write_file("origin.txt", ORIGIN))
        with monkeypatch.context() as patched:
            patched.setattr("retriever.intake.removal.forget_removed", no_room)
            new = library.add(write_file("river.txt", USK))
            assert library.remove([origin.id]) == [origin]
        assert library.documents() == [new]
        assert len(list(library.home.glob("files/*/*"))) == 3
    with Library.open(tmp_path / "home", encoder=hash_encoder()) as library:
        assert library.verify() == []
        assert len(list(library.home.glob("files/*/*"))) == 1


@pytest.mark.parametrize("n_paragraphs", [1, BATCH + 2])
def test_the_encoder_is_asked_while_nothing_is_written(
    library: Library, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch, n_paragraphs: int
) -> None:
    """It waits for a lock whose holder may be waiting to write: see ``Library.close``."""
    real, asked = library._ingest._encoder, []

    def encoder() -> Encoder:
        other = sqlite3.connect(library.home / "library.db", timeout=0, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")  # raises while another one writes
        other.close()
        asked.append(1)
        return real()

    monkeypatch.setattr(library._ingest, "_encoder", encoder)
    assert library.add(write_file("book.txt", book(n_paragraphs))).state == "indexed"
    assert asked == [1]


def test_a_callback_that_raises_leaves_nothing(library: Library, write_file: WriteFile) -> None:
    def tell(progress: Progress) -> None:
        if progress.state == "embedding" and progress.fraction > 0.4:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        library.add(write_file("book.txt", book(3 * BATCH, "Quetzal")), progress=tell)
    for path in library.home.glob("library.db*"):
        assert b"Quetzal" not in path.read_bytes(), path


def test_whoever_is_not_waited_for_stops_at_the_next_batch(
    tmp_path: Path, write_file: WriteFile
) -> None:
    turns, path = Turns(), write_file("book.txt", book(4 * BATCH, "Quetzal"))
    counts, count = dying(10**9)

    def before(texts: list[str]) -> None:
        count(texts)
        if len(texts) > 1:
            turns.stop()

    with Library.open(tmp_path / "home", encoder=watched_encoder(before)) as library:
        with pytest.raises(Stopped):
            library.take_in(SourceFile(path), turn=Turn(turns, 0))
        assert counts[0] <= BATCH
        assert library.documents() == []
        for path in library.home.glob("library.db*"):
            assert b"Quetzal" not in path.read_bytes(), path


def test_what_nobody_came_back_to_leaves_the_disk(
    tmp_path: Path, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, before = dying(2 * BATCH)
    library = Library.open(tmp_path / "home", encoder=watched_encoder(before))
    with pytest.raises(Killed):
        library.add(write_file("book.txt", book(3 * BATCH, "Quetzal")))
    monkeypatch.setattr("retriever.care.housekeeping.HALF_DONE_KEPT", timedelta(days=-1))
    monkeypatch.setattr("retriever.sql.leases.is_held", lambda conn, name: False)
    with Library.open(tmp_path / "home", encoder=hash_encoder()) as opened:
        for path in opened.home.glob("library.db*"):
            assert b"Quetzal" not in path.read_bytes(), path
