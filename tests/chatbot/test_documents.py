"""What counts against limits: archives as what they hold, pasted texts in bytes."""

from __future__ import annotations

import errno
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chatbot.desk import Desk
from chatbot.people.limits import MB, LimitReached, Limits
from chatbot.people.workspace import LIBRARY, Visitor
from chatbot.settings import Settings
from retriever.trouble import NoSpace
from tests.chatbot.bare import bare_desk
from tests.waiting import until

BELL = "The bell of Sankt Orran was cast by Mette Holm in 1714."


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Nothing that waits is taken in."""
    limits = Limits(files=6, total_mb=5)
    with bare_desk(Settings(tmp_path / "home", limits=limits, max_file_mb=1)) as opened:
        opened._worker.stop()
        yield opened


@pytest.fixture
def visitor(desk: Desk) -> Visitor:
    return desk.visitor(desk.workspace.new_token())


@pytest.fixture
def archive(tmp_path: Path) -> Callable[..., Path]:
    def packed(name: str, n_inside: int, size_bytes: int = 100, inside: str = "") -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packing:
            for n in range(n_inside):
                text = f"{name} {n} {BELL}" * (size_bytes // 55 + 1)
                packing.writestr(f"{n}.txt", text[:size_bytes])
            if inside:
                packing.write(tmp_path / inside, inside)
        return path

    return packed


def test_an_archive_counts_as_the_files_in_it(
    desk: Desk, visitor: Visitor, archive: Callable[..., Path]
) -> None:
    def add(path: Path) -> None:
        desk.documents.add(visitor, [(path, path.name)])

    for n_inside, size_bytes, message in (
        (8, 100, "8 documents; 6 is the most"),
        (7, 100, "7 documents; 6 is the most"),
        (1, 6 * MB, "6 MB; 5 MB is the most"),
    ):
        path = archive("many.zip", n_inside, size_bytes)
        assert path.stat().st_size < MB
        with pytest.raises(LimitReached, match=message):
            add(path)
        assert not path.exists()
    assert desk.documents.shelf(visitor).jobs == ()


def test_an_archive_in_an_archive_counts_as_the_files_in_it(
    desk: Desk, visitor: Visitor, archive: Callable[..., Path]
) -> None:
    archive("inner.zip", 9)
    path = archive("outer.zip", 1, inside="inner.zip")
    with pytest.raises(LimitReached, match="10 documents"):
        desk.documents.add(visitor, [(path, path.name)])


def test_an_archive_that_waits_counts_as_the_files_in_it_until_these_wait(
    desk: Desk, visitor: Visitor, archive: Callable[..., Path]
) -> None:
    desk.documents.add(visitor, [(archive("first.zip", 4), "first.zip")])
    path = archive("second.zip", 3)
    with pytest.raises(LimitReached, match="7 documents; 6 is the most"):
        desk.documents.add(visitor, [(path, path.name)])
    desk.documents.add(visitor, [(archive("third.zip", 2), "third.zip")])
    with desk.library.worker():
        until(lambda: not desk.documents.busy(visitor))
    with pytest.raises(LimitReached, match="7 documents; 6 is the most"):
        desk.documents.paste(visitor, "more", BELL)


def test_a_pasted_text_is_measured_in_bytes(desk: Desk, visitor: Visitor) -> None:
    with pytest.raises(LimitReached, match="2 MB; 1 MB is the most"):
        desk.documents.paste(visitor, "bells", "钟" * (MB // 2))
    desk.documents.paste(visitor, "bells", "b" * MB)


LETTERS = [f"Dear all,\n\n{BELL} Copy {n}." for n in range(3)]


def names(desk: Desk, visitor: Visitor, among: str = "") -> list[str]:
    """Of every document, once what was added is read."""
    with desk.library.worker():
        until(lambda: not desk.documents.busy(visitor))
    return [one.name for one in desk.documents.shelf(visitor, among).own]


@pytest.mark.parametrize("pause", [False, True])
@pytest.mark.parametrize("name", ["", "A letter that I write to you all " * 3])
def test_texts_that_begin_alike_are_kept_and_the_same_one_changes_nothing(
    desk: Desk, visitor: Visitor, name: str, pause: bool
) -> None:
    for text in (*LETTERS, *reversed(LETTERS)):
        desk.documents.paste(visitor, name, text)
        if pause:
            names(desk, visitor)
    first, *others = sorted(names(desk, visitor), key=lambda one: (len(one), one))
    assert others == [first.replace(".txt", f" {n}.txt") for n in (2, 3)]
    own = desk.documents.shelf(visitor).own
    texts = {one.name: desk.library.text(one.id, visitor.own) for one in own}
    assert sorted(texts.values()) == LETTERS
    desk.documents.remove(visitor, next(one.id for one in own if one.name == first))
    desk.documents.paste(visitor, name, texts[others[1]])
    assert sorted(names(desk, visitor)) == others


def test_a_name_that_was_given_is_theirs_to_use_again(desk: Desk, visitor: Visitor) -> None:
    for text in LETTERS:
        desk.documents.paste(visitor, "letter", text)
    assert names(desk, visitor) == ["letter.txt"]
    (only,) = desk.documents.shelf(visitor).own
    assert desk.library.text(only.id, visitor.own) == LETTERS[-1]


def test_a_name_is_taken_within_a_collection(desk: Desk, visitor: Visitor) -> None:
    made = desk.collections.make(visitor, "Travel")
    visitor = desk.collections.known(visitor)
    for among, text in (("", LETTERS[0]), (made, LETTERS[1]), (made, LETTERS[2])):
        desk.documents.paste(visitor, "", text, among)
    assert names(desk, visitor, made) == ["Dear all,.txt", "Dear all, 2.txt"]


def test_what_everybody_will_see_is_listed_as_such(desk: Desk, visitor: Visitor) -> None:
    owner = replace(visitor, role="owner")
    made = desk.collections.make(owner, "Travel")
    owner = desk.collections.known(owner)
    writable = {among: desk.documents.shelf(owner, among).writable for among in ("", made, LIBRARY)}
    assert writable == {"": (LIBRARY,), made: (), LIBRARY: (LIBRARY,)}
    assert desk.documents.shelf(visitor).writable == ()


@pytest.mark.parametrize("error", [NoSpace(errno.ENOSPC, "full"), TimeoutError("busy")])
def test_what_could_not_be_queued_leaves_no_upload(
    desk: Desk,
    visitor: Visitor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    def fail(*_: object) -> None:
        raise error

    path = tmp_path / "bell.txt"
    path.write_text(BELL, encoding="utf-8")
    monkeypatch.setattr(desk.library.queue, "enqueue", fail)
    with pytest.raises(type(error)):
        desk.documents.add(visitor, [(path, path.name)])
    assert not path.exists()
