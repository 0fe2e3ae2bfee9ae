"""What the page says when something cannot be done, and where its work runs."""

from __future__ import annotations

import asyncio
import errno
import re
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import gradio as gr
import pytest

from chatbot.desk import Desk
from chatbot.people.workspace import HubUser, Visitor
from chatbot.settings import Settings
from chatbot.source import Place
from chatbot.types import Conversation, Turn
from chatbot.ui import arrival, library_panel
from chatbot.ui.chosen import Chosen
from chatbot.ui.collections_panel import Chooser
from chatbot.ui.conversation import REFUSED, Asker
from chatbot.ui.history_panel import Lister
from chatbot.ui.library_panel import follow
from chatbot.ui.source_panel import Looker
from chatbot.ui.teaching_panel import Teacher, _span
from chatbot.views.words import ENGLISH
from retriever.trouble import NoSpace, NotWritable
from tests.chatbot.bare import bare_desk
from tests.chatbot.records import reply
from tests.retriever.drawing import Page, draw

BELL = "The bell was cast by Mette Holm."
FULL = ENGLISH.no_space


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with bare_desk(Settings(tmp_path / "home")) as opened:
        yield opened


@pytest.fixture
def token(desk: Desk) -> str:
    return desk.workspace.new_token()


@pytest.fixture
def chooser(desk: Desk) -> Chooser:
    return Chooser(MagicMock(), desk, ENGLISH)


def event(**said: object) -> gr.EventData:
    return gr.EventData(None, said)


def wired(desk: Desk, name: str) -> Callable[..., Any]:
    """One of the events that the panels wire up."""
    parts, page = MagicMock(), MagicMock()
    library_panel.wire(parts, desk, ENGLISH)
    arrival.wire(page, parts, desk, ENGLISH, MagicMock())
    opened = page.load.return_value
    shelf = parts.shelf
    events = (parts.upload.upload, shelf.remove, shelf.retry, shelf.dismiss, opened.then)
    found = (call.args[0] for one in events for call in one.call_args_list)
    return next(one for one in found if getattr(one, "__name__", "") == name)


def full(*_: object, **__: object) -> None:
    raise NoSpace(errno.ENOSPC, "full")


def every(sent: AsyncIterator[Any]) -> list[Any]:
    async def gathered() -> list[Any]:
        return [one async for one in sent]

    return asyncio.run(gathered())


def upload(tmp_path: Path) -> Path:
    path = tmp_path / "bell.txt"
    path.write_text(BELL, encoding="utf-8")
    return path


def test_an_event_of_nobody_any_more_is_refused_in_words(desk: Desk, chooser: Chooser) -> None:
    asker, chosen = Asker(MagicMock(), desk, ENGLISH, ()), Chosen(place=Place(1, 1))
    lister = Lister(MagicMock(), desk, ENGLISH, asker)
    looker, teacher = Looker(desk, ENGLISH), Teacher(MagicMock(), desk, ENGLISH)
    sent = event(document=1, job=1, value="", conversation="", turn="t", kind="nearest", index=0)
    events: list[Callable[[], object]] = [
        lambda: every(wired(desk, "uploaded")([], [], "old", chosen)),
        lambda: wired(desk, "removed")("old", chosen, None, "", sent),
        lambda: wired(desk, "dismissed")("old", chosen, sent),
        lambda: looker.open("old", "", chosen, sent),
        lambda: looker.switch("old", chosen),
        lambda: chooser.choose("old", chosen, sent),
        lambda: lister.resume("old", "", "", chosen, sent),
        lambda: teacher.judge("old", "", sent),
        lambda: asker.show_choice("old", "", chosen, sent),
        lambda: asker.begin("old", chosen),
    ]
    for one in events:
        with pytest.raises(gr.Error, match=re.escape(ENGLISH.stranger)) as refused:
            one()
        assert not refused.value.print_exception


def test_who_signed_out_in_another_tab_is_told_so(desk: Desk, chooser: Chooser) -> None:
    workspace = desk.workspace
    token = workspace.enter(None, "", HubUser("5f1", "bob", "member"), "a")
    chooser.choose(token, Chosen(), event(value=""))
    workspace.leave("a")
    with pytest.raises(gr.Error, match=re.escape(ENGLISH.signed_out)):
        chooser.choose(token, Chosen(), event(value=""))


def test_a_full_disk_is_said_and_the_upload_goes(
    desk: Desk, token: str, chooser: Chooser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.library.queue, "enqueue", full)
    path = upload(tmp_path)
    (update,) = every(wired(desk, "uploaded")([str(path)], ["bell.txt"], token, Chosen()))
    assert [FULL in html for html in update.values()] == [True]
    assert not path.exists()
    ((_, html),) = every(chooser.paste(token, Chosen(), event(name="", text=BELL)))
    assert FULL in html


def test_a_file_that_cannot_be_removed_or_tried_again_is_said_to_stay(
    desk: Desk, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for call in ("remove", "retry"):
        monkeypatch.setattr(desk.documents, call, full)
    update = wired(desk, "removed")(token, Chosen(), None, "", event(document=1))
    assert [FULL in html for html in update.values()] == [True]
    (update,) = every(wired(desk, "retried")(token, Chosen(), event(job=1)))
    assert [FULL in html for html in update.values()] == [True]


def test_a_collection_that_cannot_be_made_renamed_or_removed_is_said(
    desk: Desk, token: str, chooser: Chooser, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = Chosen()
    chooser.make(token, chosen, event(title="\u200b \u200b"))
    assert chosen.among == ""
    for title in ("Travel", "Work"):
        chooser.make(token, chosen, event(title=title))
    _, shelf = chooser.retitle(token, chosen, event(collection=chosen.among, title="travel"))
    assert "You have a collection travel already" in shelf
    for call in ("make", "rename"):
        monkeypatch.setattr(desk.collections, call, full)
    monkeypatch.setattr(desk.documents, "remove_collection", full)
    assert FULL in chooser.make(token, chosen, event(title="Home"))[1]
    renamed = event(collection=chosen.among, title="Home")
    assert FULL in chooser.retitle(token, chosen, renamed)[1]
    chooser.parts.shelf, among = "shelf", chosen.among
    discarded = chooser.discard(token, chosen, "", event(collection=among))
    assert FULL in discarded["shelf"]
    assert chosen.among == among


def test_a_question_of_a_conversation_that_went_says_so(desk: Desk, token: str) -> None:
    asker = Asker(MagicMock(thread="thread"), desk, ENGLISH, ())
    update = asker.answer_as_typed(token, True, "gone", Chosen(), "", event(turn="t"))
    assert ENGLISH.deleted_meanwhile in update["thread"]


@pytest.mark.parametrize(
    "error, told",
    [
        (NoSpace(errno.ENOSPC, "full"), FULL),
        (NotWritable(errno.EROFS, "read-only"), ENGLISH.not_writable),
        (TimeoutError("another process"), ENGLISH.library_busy),
    ],
)
def test_a_question_that_cannot_be_kept_says_so(
    desk: Desk, token: str, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    asker = Asker(MagicMock(thread="thread", progress="progress"), desk, ENGLISH, ())
    monkeypatch.setattr(desk.history, "record", fail)
    *_, last = asker.answer(token, "Who cast the bell?", True, "", Chosen(), "")
    assert told in last["thread"]
    assert last["progress"] == REFUSED


def test_a_conversation_that_cannot_be_renamed_or_deleted_is_said_to_stay(
    desk: Desk, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, chosen = asked(desk, token), Chosen()
    for call in ("rename", "delete", "delete_all"):
        monkeypatch.setattr(desk.history, call, full)
    parts = MagicMock(history="history")
    lister = Lister(parts, desk, ENGLISH, Asker(parts, desk, ENGLISH, ()))
    renamed = lister.rename(token, now.id, "", event(conversation=now.id, value="Bells"))
    forgot = lister.forget(token, now.id, "", chosen, event(conversation=now.id))
    emptied = lister.forget_all(token, now.id, "", chosen)
    assert set(forgot) == set(emptied) == {"history"}  # the page stays where it is
    assert chosen.n_turned == 0
    for html in (renamed, forgot["history"], emptied["history"]):
        assert FULL in html
        assert "Who cast the bell?" in html


def test_what_is_said_of_an_answer_and_cannot_be_kept_is_said_so(
    desk: Desk, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, now = desk.visitor(token), asked(desk, token)
    document = desk.library.add(upload(tmp_path), visitor.collection)
    parts = MagicMock(said="said", teach="teach")
    teacher, thumb = Teacher(parts, desk, ENGLISH), event(turn="t", thumb="up")
    monkeypatch.setattr(desk.teaching, "judge", full)
    update = teacher.judge(token, now.id, thumb)
    assert FULL in update["said"]
    assert 'data-turn="t" data-thumb=""' in update["said"]
    monkeypatch.undo()
    assert 'data-thumb="up"' in teacher.judge(token, now.id, thumb)["said"]
    monkeypatch.setattr(desk.teaching, "take_back", full)
    update = teacher.judge(token, now.id, thumb)
    assert FULL in update["said"]
    assert 'data-thumb="up"' in update["said"]
    monkeypatch.setattr(desk.teaching, "show", full)
    shown = event(words="Mette Holm")
    update = teacher.show(token, now.id, "t", Place(document.id, 1), Chosen(), shown)
    assert FULL in update["teach"]
    assert "said" not in update


def asked(desk: Desk, token: str) -> Conversation:
    """A conversation of one turn, in which nothing was found."""
    visitor = desk.visitor(token)
    turn = Turn("t", "Who cast the bell?", reply(None))
    return desk.history.record(visitor, desk.history.open(visitor, ""), turn)


def test_what_nobody_expected_is_raised(
    desk: Desk, token: str, chooser: Chooser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("odd")

    monkeypatch.setattr(desk.collections, "make", fail)
    monkeypatch.setattr(desk.history, "rename", fail)
    with pytest.raises(RuntimeError, match="odd"):
        chooser.make(token, Chosen(), event(title="Home"))
    lister = Lister(MagicMock(), desk, ENGLISH, MagicMock())
    with pytest.raises(RuntimeError, match="odd"):
        lister.rename(token, "", "", event(conversation="c", value="Bells"))


def test_a_collection_that_went_is_said_for_as_long_as_files_are_on_their_way(
    desk: Desk, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, busy = desk.visitor(token), iter([True, True, False])
    monkeypatch.setattr(desk.documents, "busy", lambda _: next(busy))
    monkeypatch.setattr(library_panel, "FOLLOW_EVERY_S", 0.0)
    chosen = Chosen(among="gone")
    (html,) = every(follow(desk, visitor, ENGLISH, chosen))
    assert ENGLISH.collection_gone in html
    assert chosen.among == ""


def test_with_a_collection_that_went_the_choice_is_drawn_anew(
    desk: Desk, token: str, tmp_path: Path
) -> None:
    desk.collections.make(desk.visitor(token), "Travel")
    (added,) = every(wired(desk, "uploaded")([str(upload(tmp_path))], None, token, Chosen("gone")))
    (retried,) = every(wired(desk, "retried")(token, Chosen("gone"), event(job=1)))
    dismissed = wired(desk, "dismissed")(token, Chosen("gone"), event(job=1))
    removed = wired(desk, "removed")(token, Chosen("gone"), None, "", event(document=1))
    for update in (added, retried, dismissed, removed):
        shelf, choice = update.values()
        assert ENGLISH.collection_gone in shelf
        assert '<option value="" selected>' in choice
        assert "Travel" in choice
    assert len(wired(desk, "dismissed")(token, Chosen(), event(job=1))) == 1


def test_what_another_choice_overtook_is_not_shown(
    desk: Desk, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = desk.collections.make(desk.visitor(token), "Travel")
    visitor, chosen, shelf = desk.visitor(token), Chosen(), desk.documents.shelf

    def and_another_is_chosen(*given: Any) -> Any:
        chosen.among = made
        return shelf(*given)

    monkeypatch.setattr(desk.documents, "shelf", and_another_is_chosen)
    (html,) = every(follow(desk, visitor, ENGLISH, chosen))
    assert "Travel" in html


def test_no_event_waits_for_the_database_where_all_pages_would(
    desk: Desk, token: str, chooser: Chooser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def elsewhere(work: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*given: Any) -> Any:
            with pytest.raises(RuntimeError, match="no running event loop"):
                asyncio.get_running_loop()
            return work(*given)

        return guarded

    monkeypatch.setattr(desk, "visitor", elsewhere(desk.visitor))
    for call in ("busy", "shelf", "add"):
        monkeypatch.setattr(desk.documents, call, elsewhere(getattr(desk.documents, call)))
    every(wired(desk, "uploaded")([str(upload(tmp_path))], None, token, Chosen()))
    every(wired(desk, "retried")(token, Chosen(), event(job=1)))
    every(wired(desk, "followed")(token, Chosen()))
    every(chooser.paste(token, Chosen(), event(name="", text=BELL)))
    every(chooser.paste(token, Chosen(among="gone"), event(name="", text=BELL)))


def test_what_was_shown_before_is_shown_again_on_its_page(
    desk: Desk, token: str, tmp_path: Path
) -> None:
    visitor: Visitor = desk.visitor(token)
    pages = [Page([(50, 700, words)]) for words in ("The tower leans.", BELL)]
    document = desk.library.add(draw(tmp_path / "bells.pdf", pages), visitor.collection)
    start = desk.library.text(document.id, visitor.readable).index("Mette Holm")
    now = asked(desk, token)
    desk.teaching.show(visitor, "t", document.id, start, start + len("Mette Holm"))
    teacher = Teacher(MagicMock(place="place", source="source"), desk, ENGLISH)
    update = teacher.begin(token, now.id, None, Chosen(), event(turn="t"))
    assert update["place"].page_number == 2
    assert "<mark>Mette Holm</mark>" in update["source"]


def test_words_selected_across_cells_are_those_of_the_row() -> None:
    text = "Ada (Name): 7 (Age); Ada: Kernel (Mayor); Ada: Orran (Town)."
    start = text.index("Kernel")
    end = text.index("; Ada: Orran")
    assert _span(text, "Kernel\n(\nMayor\n)", start, end, 0) == (start, end)


def test_files_sent_together_are_listed_by_name_and_above_those_before() -> None:
    names = ["9.txt", "a.txt", "10.txt", "B.txt"]
    sent = library_panel._last_first((Path(name), name) for name in names)
    assert [name for _, name in sent] == ["B.txt", "a.txt", "10.txt", "9.txt"]
