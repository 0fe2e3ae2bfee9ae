"""The library's promises: slices, following, forgetting, doubles, privacy, threads."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from retriever import Hit, Library, Progress, UnknownDocument
from retriever.encoding.embed import Encoder
from retriever.encoding.identity import WrongEncoder
from retriever.index.estimate import TooLarge
from retriever.index.vector_follower import VectorFollower
from retriever.index.vectors import FaissIndex
from retriever.records import FloatArray
from retriever.sql import contents, store
from retriever.sql.database import Database
from retriever.sql.sqlite import sqlite_url
from retriever.trouble import NoSpace
from tests.retriever.hash_encoder import hash_encoder

WriteFile = Callable[[str, str], Path]

REPO_ROOT = Path(__file__).resolve().parents[2]
WYE = "The Wye flows from Plynlimon to the Severn. It passes Hay, Hereford and Ross."
ORIGIN = "On the Origin of Species appeared on 24 November 1859. Darwin wrote it in Kent."
LONG = "\n\n".join(
    f"Paragraph {n} speaks about subject{n} and nothing else at all. " * 6 for n in range(40)
)


def files_below(home: Path) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file()]


def seen(hits: list[Hit]) -> list[tuple[str, int, float]]:
    return [(hit.passage.document_name, hit.passage.char_start, hit.score) for hit in hits]


def test_a_document_can_be_found_and_read(
    minilm: Encoder, tmp_path: Path, write_file: WriteFile
) -> None:
    with Library.open(tmp_path / "home", encoder=minilm) as library:
        library.add(write_file("wye.txt", WYE))
        document = library.add(write_file("origin.txt", ORIGIN))
        assert (document.state, document.n_pages, document.reason) == ("indexed", 1, "")
        [best, *_] = library.search("When was Darwin's book published?")
        assert best.passage.document_id == document.id
        assert best.passage.page_number == 1
        assert library.text(document.id) == ORIGIN
        assert library.page_starts(document.id) == (0,)
        assert library.document(document.id) == document
        assert library.page_picture(document.id, 1) is None
        assert library.mark_boxes(document.id, 0, 5) == []
        assert library.verify() == []


def test_passages_are_slices_with_the_page_of_their_start(
    library: Library, write_file: WriteFile
) -> None:
    document = library.add(write_file("long.txt", LONG))
    assert document.n_passages > 5
    text = library.text(document.id)
    hits = library.search("subject7 subject31", 100)
    assert len(hits) == document.n_passages
    for hit in hits:
        passage = hit.passage
        assert text[passage.char_start : passage.char_end] == passage.text
        assert passage.id >> 20 == document.id


def test_the_same_bytes_change_nothing(library: Library, write_file: WriteFile) -> None:
    first = library.add(write_file("a.txt", WYE))
    before = (library.stats(), seen(library.search("Wye")))
    assert library.add(write_file("other name.txt", WYE)) == first
    assert (library.stats(), seen(library.search("Wye"))) == before
    elsewhere = library.add(write_file("a.txt", WYE), "second")
    assert elsewhere.id != first.id


def test_progress_ends_with_the_final_state(library: Library, write_file: WriteFile) -> None:
    told: list[Progress] = []
    library.add(write_file("long.txt", LONG), progress=told.append)
    states = list(dict.fromkeys(progress.state for progress in told))
    assert states == ["parsing", "embedding", "indexed"]
    for state in states:
        fractions = [progress.fraction for progress in told if progress.state == state]
        assert fractions == sorted(fractions)
    library.add(write_file("empty.txt", ""), progress=told.append)
    assert (told[-1].name, told[-1].state) == ("empty.txt", "empty")


def test_failures_are_listed_with_a_reason_and_tried_again(
    library: Library, write_file: WriteFile
) -> None:
    failed = library.add(write_file("empty.txt", ""))
    assert failed.state == "empty"
    assert failed.reason
    assert library.documents() == [failed]
    again = library.add(write_file("empty.txt", ""))
    assert [d.id for d in library.documents()] == [again.id]
    assert again.id != failed.id
    assert library.search("anything") == []
    assert library.verify() == []
    [gone] = library.remove([again.id])
    assert gone == again
    assert library.documents() == []


def test_a_broken_parser_costs_its_file_alone(
    library: Library, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(path: Path, name: str, watch: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr("retriever.intake.read.parse_in_child", explode)
    document = library.add(write_file("a.txt", WYE))
    assert document.state == "broken"
    assert "RecursionError" in document.reason
    monkeypatch.undo()
    assert library.add(write_file("a.txt", WYE)).state == "indexed"


def test_a_missing_file_is_an_error(library: Library, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        library.add(tmp_path / "none.txt")
    assert library.documents() == []
    with pytest.raises(IsADirectoryError):
        library.add(tmp_path)


def test_strange_names_are_kept_for_people(library: Library, write_file: WriteFile) -> None:
    name = "a/..\\ <b> \udcff 文.txt"
    document = library.add(write_file("plain.txt", WYE), name=name)
    assert document.name == name.encode("utf-8", "replace").decode()
    assert library.documents() == [document]


def test_a_picture_is_not_drawn_by_way_of_the_text(
    library: Library, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = library.add(write_file("wye.txt", WYE))
    monkeypatch.setattr(store, "text_of", None)  # it may be long
    assert library.page_picture(document.id, 1) is None
    with pytest.raises(UnknownDocument):
        library.page_picture(document.id, 1, ["elsewhere"])


def test_collections_see_nothing_of_each_other(library: Library, write_file: WriteFile) -> None:
    mine = library.add(write_file("mine.txt", WYE), "me")
    yours = library.add(write_file("yours.txt", ORIGIN), "you")
    assert [d.id for d in library.documents(["me"])] == [mine.id]
    assert library.documents() == []
    assert {h.passage.document_id for h in library.search("Darwin Wye", 10, ["me"])} == {mine.id}
    assert library.search("Darwin", 10, ["nobody"]) == []
    assert library.search("Darwin", 10, []) == []
    for ask in (library.text, library.document, library.page_starts):
        with pytest.raises(UnknownDocument):
            ask(yours.id, ["me"])
    with pytest.raises(UnknownDocument):
        library.page_picture(yours.id, 1, ["me"])
    with pytest.raises(UnknownDocument):
        library.mark_boxes(yours.id, 0, 1, ["me"])
    with pytest.raises(UnknownDocument):
        library.remove([mine.id, yours.id], "me")
    assert library.documents(["me", "you"]) == [mine, yours]


def test_a_neighbour_changes_no_answer(library: Library, write_file: WriteFile) -> None:
    library.add(write_file("mine.txt", LONG), "me")
    before = seen(library.search("subject7 paragraph", 10, ["me"]))
    library.add(write_file("yours.txt", "paragraph paragraph subject7 " * 50), "you")
    assert seen(library.search("subject7 paragraph", 10, ["me"])) == before


def test_several_collections_are_searched_as_one(library: Library, write_file: WriteFile) -> None:
    library.add(write_file("wye.txt", WYE), "a")
    library.add(write_file("origin.txt", ORIGIN), "b")
    for names in (["a", "b"], ["b", "a"], ["a", "b", "a"]):
        hits = library.search("Darwin Origin Kent", 10, names)
        assert [hit.passage.document_name for hit in hits] == ["origin.txt", "wye.txt"]


def test_lost_indexes_come_back_with_the_same_answers(
    tmp_path: Path, write_file: WriteFile
) -> None:
    home, questions = tmp_path / "home", ["subject3", "Wye Hereford", "paragraph 17", "nothing"]

    def answers() -> list[list[tuple[str, int, float]]]:
        with Library.open(home, encoder=hash_encoder()) as library:
            assert library.verify() == []
            return [seen(library.search(question, 20)) for question in questions]

    with Library.open(home, encoder=hash_encoder()) as library:
        library.add(write_file("wye.txt", WYE))
        gone = library.add(write_file("origin.txt", ORIGIN))
        library.search("Wye")
        library.add(write_file("long.txt", LONG))
        library.remove([gone.id])
    expected = answers()
    assert expected[0]
    shutil.rmtree(home / "indexes")
    assert answers() == expected
    for path in files_below(home / "indexes"):
        path.write_bytes(b"damaged")
    assert answers() == expected
    for path in (home / "indexes").rglob("sequence"):
        path.unlink()
    assert answers() == expected
    for path in (home / "indexes").rglob("vectors-*.faiss"):
        path.unlink()
    assert answers() == expected


def test_removal_leaves_nothing_on_disk(
    tmp_path: Path, minilm: Encoder, write_file: WriteFile
) -> None:
    home, word = tmp_path / "home", "Quetzalpetlatl"
    text = f"{word} reigned in Tollan before anyone wrote it down."
    row = minilm.encode([text])[0].astype("<f4").tobytes()
    chunks = [row[start : start + 64] for start in range(0, len(row), 64)]
    needles = [word.encode(), word.lower().encode(), word.encode("utf-16-le"), *chunks]

    def traces() -> set[str]:
        return {
            str(path.relative_to(home))
            for path in files_below(home)
            if any(needle in path.read_bytes() for needle in needles)
        }

    with Library.open(home, encoder=minilm) as library:
        kept = library.add(write_file("wye.txt", WYE))
        document = library.add(write_file(f"{word}.txt", text))
        assert document.n_passages == 1
        assert library.search(word, 1)[0].passage.text == text
    assert {part.split("/")[0] for part in traces()} == {"library.db", "files", "indexes"}
    with Library.open(home, encoder=minilm) as library:
        library.search(word)
        assert library.remove([document.id]) == [document]
        assert traces() == set()
        assert [hit.passage.document_id for hit in library.search(word)] == [kept.id]
        assert library.verify() == []
    assert traces() == set()


def test_removing_a_collection_leaves_nothing(tmp_path: Path, write_file: WriteFile) -> None:
    with Library.open(tmp_path / "home", encoder=hash_encoder()) as library:
        library.add(write_file("wye.txt", WYE), "guest")
        library.add(write_file("origin.txt", ORIGIN), "host")
        library.search("Wye", 5, ["guest"])
        library.remove_collection("guest")
        library.remove_collection("guest")  # already gone: no error
        assert library.documents(["guest"]) == []
        assert library.search("Wye", 5, ["guest"]) == []
        for path in files_below(tmp_path / "home"):
            assert b"Plynlimon" not in path.read_bytes()
            assert b"plynlimon" not in path.read_bytes()
        assert library.add(write_file("wye.txt", WYE), "guest").state == "indexed"
        assert len(library.search("Wye", 5, ["guest"])) == 1
        assert library.verify() == []


def test_ids_are_never_given_twice(library: Library, write_file: WriteFile) -> None:
    first = library.add(write_file("wye.txt", WYE))
    library.remove([first.id])
    assert library.add(write_file("wye.txt", WYE)).id > first.id


def test_unknown_documents_remove_nothing(library: Library, write_file: WriteFile) -> None:
    document = library.add(write_file("wye.txt", WYE))
    with pytest.raises(UnknownDocument, match="no document 99 in default"):
        library.remove([document.id, 99])
    assert library.documents() == [document]
    assert library.remove([]) == []


def test_another_process_is_seen(tmp_path: Path, write_file: WriteFile) -> None:
    home = tmp_path / "home"
    with (
        Library.open(home, encoder=hash_encoder()) as one,
        Library.open(home, encoder=hash_encoder()) as other,
    ):
        wye = one.add(write_file("wye.txt", WYE))
        assert [hit.passage.document_id for hit in other.search("Wye")] == [wye.id]
        origin = other.add(write_file("origin.txt", ORIGIN))
        assert {hit.passage.document_id for hit in one.search("Darwin")} == {wye.id, origin.id}
        other.remove([wye.id])
        assert [hit.passage.document_id for hit in one.search("Wye")] == [origin.id]
        assert one.verify() == other.verify() == []
    for path in files_below(home):
        assert b"Plynlimon" not in path.read_bytes()


def test_threads_add_and_search_at_once(library: Library, write_file: WriteFile) -> None:
    paths = [write_file(f"{n}.txt", f"document{n} tells of matter{n % 5}. " * 9) for n in range(24)]

    def work(path: Path) -> int:
        document = library.add(path)
        hits = library.search(f"document{path.stem}", 1)
        assert hits[0].passage.document_id == document.id
        return document.id

    with ThreadPoolExecutor(6) as pool:
        ids = list(pool.map(work, paths))
    assert len(set(ids)) == 24
    assert library.verify() == []


def test_threads_adding_the_same_bytes_get_one_document(
    library: Library, write_file: WriteFile
) -> None:
    path = write_file("wye.txt", WYE)
    with ThreadPoolExecutor(6) as pool:
        found = set(pool.map(lambda _: library.add(path).id, range(12)))
    assert len(found) == 1
    assert library.stats().documents == 1


def test_another_encoder_is_refused_until_everything_is_embedded_anew(
    tmp_path: Path, write_file: WriteFile
) -> None:
    home = tmp_path / "home"
    with Library.open(home, encoder=hash_encoder("first")) as library:
        library.add(write_file("wye.txt", WYE))
        library.search("Wye")
    other = hash_encoder("second", salt="x")
    with Library.open(home, encoder=other) as library:
        for act in (
            lambda: library.search("Wye"),
            lambda: library.add(write_file("b.txt", ORIGIN)),
        ):
            with pytest.raises(WrongEncoder, match="made with the encoder 'first', not 'second'"):
                act()
        assert len(library.documents()) == 1
        library.rebuild()
        assert len(library.search("Wye")) == 1
        assert library.add(write_file("b.txt", ORIGIN)).state == "indexed"
        assert library.verify() == []
    with Library.open(home, encoder=hash_encoder("renamed", salt="x")) as library:
        assert len(library.search("Wye")) == 2  # known by its numbers, not by its name


def test_verify_names_differences(tmp_path: Path, write_file: WriteFile) -> None:
    home = tmp_path / "home"
    with Library.open(home, encoder=hash_encoder()) as library:
        library.add(write_file("wye.txt", WYE))
        library.add(write_file("origin.txt", ORIGIN))
    [vectors] = (home / "indexes").rglob("vectors-*.faiss")
    changed = bytearray(vectors.read_bytes())
    place = changed.index(np.asarray(hash_encoder().encode([WYE])[0]).tobytes())
    changed[place : place + 4] = np.float32(0.5).tobytes()
    vectors.write_bytes(changed)
    [one, other] = sorted((home / "files").rglob("*/*"))
    one.write_bytes(b"something else")
    other.unlink()
    with Library.open(home, encoder=hash_encoder()) as library:
        found = "\n".join(library.verify())
        assert "FAISS holds other numbers" in found
        assert f"the original {one.name} was changed" in found
        assert f"the original {other.name} is missing" in found
        library.rebuild()
        assert not any("FAISS" in line for line in library.verify())


def test_strays_of_a_crash_are_swept(tmp_path: Path, write_file: WriteFile) -> None:
    home = tmp_path / "home"
    with Library.open(home, encoder=hash_encoder()) as library:
        library.add(write_file("wye.txt", WYE))
    [folder] = (home / "files").iterdir()
    (folder / ("0" * 64)).write_bytes(b"placed, but never committed")
    with Library.open(home, encoder=hash_encoder()) as library:
        assert len(list(folder.iterdir())) == 1
        assert library.verify() == []


def test_a_crash_right_after_a_removal_is_finished_on_open(
    tmp_path: Path, write_file: WriteFile
) -> None:
    home = tmp_path / "home"
    with Library.open(home, encoder=hash_encoder()) as library:
        gone = library.add(write_file("wye.txt", WYE))
        library.add(write_file("origin.txt", ORIGIN))
        library.search("Wye")
    library = Library.open(home, encoder=hash_encoder())
    with library._database.writing() as conn:  # as far as remove() comes before it is killed
        owner = store.lock_collection(conn, "default")
        store.remove(conn, owner, [gone.id])
    Library.open(home, encoder=hash_encoder())
    library._database.scrub()
    for path in files_below(home):
        assert b"lynlimon" not in path.read_bytes(), path


KILLED_BEFORE_SCRUBBING = """
import os, sys
from pathlib import Path
from retriever import Library
from retriever.sql.database import Database
from tests.retriever.hash_encoder import hash_encoder

Database.scrub = lambda self: os._exit(9)
Library.open(Path(sys.argv[1]), encoder=hash_encoder()).remove([int(sys.argv[2])])
"""


def test_a_kill_before_scrubbing_is_made_up_for_while_the_library_is_open(
    tmp_path: Path, write_file: WriteFile
) -> None:
    home = tmp_path / "home"
    with Library.open(home, encoder=hash_encoder()) as library:
        gone = library.add(write_file("wye.txt", WYE))
        library.add(write_file("origin.txt", ORIGIN))
        library.search("Wye")
    command = [sys.executable, "-c", KILLED_BEFORE_SCRUBBING, str(home), str(gone.id)]
    assert subprocess.run(command, cwd=REPO_ROOT).returncode == 9

    def holding() -> list[Path]:
        return [path for path in files_below(home) if b"lynlimon" in path.read_bytes()]

    assert home / "library.db" in holding()
    with Library.open(home, encoder=hash_encoder()) as library:
        for _ in range(500):
            if not holding():
                break
            time.sleep(0.02)
        assert holding() == []
        assert [document.name for document in library.documents()] == ["origin.txt"]


def no_space(*_: object) -> None:
    raise NoSpace(errno.ENOSPC, "no space is left on this disk")


def too_large(*_: object) -> None:
    raise TooLarge(errno.ENOSPC, "too large for this disk")


@pytest.mark.parametrize(
    ("step", "trouble"),
    [
        ("retriever.care.housekeeping.tidy_queue", no_space),
        ("retriever.care.housekeeping._sweep_strays", no_space),
        ("retriever.index.followers.Followers.follow", no_space),
        ("retriever.index.followers.Followers.follow", too_large),
        ("retriever.sql.database.Database.scrub_if_owed", no_space),
    ],
)
def test_a_library_opens_without_what_cannot_be_tidied_up(
    tmp_path: Path,
    write_file: WriteFile,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    step: str,
    trouble: Callable[..., None],
) -> None:
    caplog.set_level(logging.WARNING)  # the command line silences all
    home = tmp_path / "home"
    with Library.open(home, encoder=hash_encoder()) as library:
        gone = library.add(write_file("wye.txt", WYE))
        kept = library.add(write_file("origin.txt", ORIGIN))
    with closing(Database(sqlite_url(home / "library.db"))) as database:
        with database.writing() as conn:  # so that the indexes are to forget it
            store.remove(conn, store.lock_collection(conn, "default"), [gone.id])
    monkeypatch.setattr(step, trouble)
    with Library.open(home, encoder=hash_encoder()) as library:
        monkeypatch.undo()
        assert "this disk" in caplog.text
        assert [hit.passage.document_id for hit in library.search("Darwin")] == [kept.id]
        library.remove([kept.id])
        assert library.search("Darwin") == []
        assert library.verify() == []


def test_a_library_that_does_not_open_leaves_no_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[Database] = []
    close = Database.close

    def noted(database: Database) -> None:
        closed.append(database)
        close(database)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Database, "close", noted)
    monkeypatch.setattr("retriever.library.tidy", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Library.open(tmp_path / "home", encoder=hash_encoder())
    assert len(closed) == 1


def test_odd_questions_find_or_find_nothing_but_never_fail(
    library: Library, write_file: WriteFile
) -> None:
    library.add(write_file("wye.txt", WYE))
    assert library.search("") == library.search("  \n") == library.search("Wye", 0) == []
    for question in ("?", "AND OR NOT", '"', "Wye " * 5000, "🙂", "\x00", "नमस्ते", "d" * 10_000):
        assert len(library.search(question)) == 1


def test_more_is_asked_than_there_is(library: Library, write_file: WriteFile) -> None:
    document = library.add(write_file("long.txt", LONG))
    assert len(library.search("subject5", 100_000)) == document.n_passages


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_pipe_is_refused_instead_of_waited_for(library: Library, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="not a regular file"):
        library.add(tmp_path / "pipe")
    assert library.documents() == []


def test_an_error_while_following_is_made_good(
    library: Library, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add(write_file("wye.txt", WYE))
    library.search("Wye")
    library.add(write_file("origin.txt", ORIGIN))
    add, calls = FaissIndex.add, []

    def add_and_fail(index: FaissIndex, ids: list[int], rows: FloatArray) -> None:
        add(index, ids, rows)
        calls.append(ids)
        raise OSError("the disk is full")

    monkeypatch.setattr(FaissIndex, "add", add_and_fail)
    with pytest.raises(OSError, match="full"):
        library.search("Wye")
    monkeypatch.undo()
    assert len(calls) == 1
    assert len(library.search("Wye")) == 2
    assert library.verify() == []


def test_no_transaction_stays_open_while_an_index_is_made_anew(
    library: Library, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add(write_file("wye.txt", WYE))
    library.search("Wye")
    with library._database.writing() as conn:
        contents.note(conn, store.lock_collection(conn, "default"), 0, "reset")
    rebuild, n_open = VectorFollower.rebuild, []

    def counted(vectors: VectorFollower) -> bool:
        n_open.append(library._database._engine.pool.checkedout())  # type: ignore[attr-defined]
        return rebuild(vectors)

    monkeypatch.setattr(VectorFollower, "rebuild", counted)
    assert len(library.search("Wye")) == 1
    assert n_open == [0]
    assert library.verify() == []


def test_many_collections_take_turns_in_memory(
    library: Library, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retriever.index.indexes.OPEN_COLLECTIONS", 2)
    for n in range(5):
        library.add(write_file(f"{n}.txt", f"document{n} speaks"), f"guest{n}")
    for _ in range(2):
        for n in range(5):
            [hit] = library.search("speaks", 5, [f"guest{n}"])
            assert hit.passage.document_name == f"{n}.txt"
    assert library.verify() == []


def test_a_home_may_have_any_name(tmp_path: Path, write_file: WriteFile) -> None:
    home = tmp_path / "what? 100%#&=" / "home"
    with Library.open(home, encoder=hash_encoder()) as library:
        library.add(write_file("wye.txt", WYE))
        assert (home / "library.db").stat().st_size > 0
    assert {path.name for path in tmp_path.iterdir()} == {"documents", home.parent.name}
    database = Database(sqlite_url(home / "library.db"), read_only=True)
    with database.reading() as conn:
        assert [found.name for found in store.documents_of(conn, ["default"])] == ["wye.txt"]
    database.close()
