"""What comes late for the conversation before changes nothing of the one that is open now."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from chatbot.desk import Desk, open_library
from chatbot.people.workspace import Visitor
from chatbot.settings import Settings
from chatbot.source import Place
from chatbot.types import Conversation
from chatbot.ui.chosen import NOTHING, Chosen
from chatbot.ui.conversation import Asker
from chatbot.ui.history_panel import Lister
from chatbot.ui.layout import build
from chatbot.ui.parts import Parts
from chatbot.ui.source_panel import Looker
from chatbot.ui.teaching_panel import Teacher
from chatbot.views.words import ENGLISH
from reader import Reader

BELL = "The bell was cast by Mette Holm."
PARTS = Parts(**{field.name: field.name for field in fields(Parts)})  # type: ignore[arg-type]


class Page:
    """An open page whose visitor has asked one question."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.chosen = Chosen()
        self.token = desk.workspace.new_token()
        visitor = desk.visitor(self.token)
        now = desk.ask(visitor, "Who cast the bell?", Conversation())
        self.conversation, self.turn = now.id, now.turns[0].id
        drawn = Asker(PARTS, desk, ENGLISH, ()).drawn(visitor, now)
        self.place: Place = drawn["place"]
        self.chosen.opened(now.id, self.place)
        self.looker, self.teacher = Looker(desk, ENGLISH), Teacher(PARTS, desk, ENGLISH)

    def look(self, event: str, **said: object) -> Any:
        given = [] if event == "switch" else [gr.EventData(None, said)]
        return getattr(self.looker, event)(self.token, self.chosen, *given)

    def open(self) -> Any:
        opened = gr.EventData(None, {"document": self.place.document_id})
        return self.looker.open(self.token, "", self.chosen, opened)

    def teach(self) -> Any:
        taught = gr.EventData(None, {"turn": self.turn})
        asked = (self.token, self.conversation, self.place, self.chosen)
        return self.teacher.begin(*asked, taught)

    def show(self) -> Any:
        shown = gr.EventData(None, {"words": "Mette Holm"})
        asked = (self.token, self.conversation, self.turn, self.place, self.chosen)
        return self.teacher.show(*asked, shown)

    def turn_away(self) -> None:
        Asker(PARTS, self.desk, ENGLISH, ()).begin(self.token, self.chosen)


EVENTS: Mapping[str, Callable[[Page], Any]] = {
    "turn": lambda page: page.look("turn", by=1),
    "go_to": lambda page: page.look("go_to", value="1"),
    "step": lambda page: page.look("step", by=1),
    "switch": lambda page: page.look("switch"),
    "open": Page.open,
    "teach": Page.teach,
    "show": Page.show,
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    settings, samples = Settings(tmp_path_factory.mktemp("home")), tmp_path_factory.mktemp("s")
    (samples / "bell.txt").write_text(BELL, encoding="utf-8")
    desk = Desk(open_library(settings), Reader.load(), settings)
    desk.add_samples(samples)
    yield desk
    desk.close()


@pytest.mark.parametrize("name", EVENTS)
def test_a_late_click_does_not_fill_the_source(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    page, look = Page(desk), Desk.look
    assert "Mette Holm" in str(EVENTS[name](page))

    def turned_meanwhile(*given: Any) -> Any:
        monkeypatch.undo()
        page.turn_away()
        return look(*given)

    monkeypatch.setattr(Desk, "look", turned_meanwhile)
    assert EVENTS[name](page) == NOTHING


def test_of_clicks_that_come_at_once_each_goes_further_and_the_last_is_shown(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, look, numbers = Page(desk), Desk.look, []

    def clicked_meanwhile(self: Desk, visitor: Visitor, place: Place) -> Any:
        numbers.append(place.page_number)
        if len(numbers) < 3:
            later.append(page.look("turn", by=1))
        return look(self, visitor, place)

    later: list[Any] = []
    monkeypatch.setattr(Desk, "look", clicked_meanwhile)
    assert page.look("turn", by=1) == NOTHING
    last, second = later
    assert second == NOTHING
    assert numbers == [2, 3, 4]
    assert page.chosen.place == last[0]
    assert "Mette Holm" in last[1]
    assert last[0].page_number == 1  # there is but one


def test_a_candidate_that_was_clicked_meanwhile_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, look = Page(desk), Desk.look
    asker = Asker(PARTS, desk, ENGLISH, ())
    click = gr.EventData(None, {"turn": page.turn, "kind": "candidate", "index": 0})
    shown: list[Any] = []

    def clicked_meanwhile(*given: Any) -> Any:
        monkeypatch.setattr(Desk, "look", look)
        shown.append(asker.show_choice(page.token, page.conversation, page.chosen, click))
        return look(*given)

    monkeypatch.setattr(Desk, "look", clicked_meanwhile)
    assert asker.look(page.token, page.chosen) == NOTHING
    assert "Mette Holm" in shown[0]["source"]
    page.chosen.turn("another")
    assert asker.show_choice(page.token, page.conversation, page.chosen, click) == NOTHING


def test_a_candidate_that_is_gone_says_so(desk: Desk) -> None:
    page, asker = Page(desk), Asker(PARTS, desk, ENGLISH, ())
    click = gr.EventData(None, {"turn": page.turn, "kind": "candidate", "index": 99})
    update = asker.show_choice(page.token, page.conversation, page.chosen, click)
    assert update["place"] is None
    assert ENGLISH.gone in update["source"]


def test_of_two_conversations_that_are_clicked_the_last_is_shown(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, opened = Page(desk), desk.history.open
    visitor = desk.visitor(page.token)
    other = desk.ask(visitor, "Who cast it?", Conversation())
    lister = Lister(PARTS, desk, ENGLISH, Asker(PARTS, desk, ENGLISH, ()))
    shown: list[Any] = []

    def resume(conversation: str) -> Any:
        click = gr.EventData(None, {"conversation": conversation})
        return lister.resume(page.token, "", "", page.chosen, click)

    def clicked_meanwhile(*given: Any) -> Any:
        monkeypatch.setattr(desk.history, "open", opened)
        shown.append(resume(other.id))
        return opened(*given)

    monkeypatch.setattr(desk.history, "open", clicked_meanwhile)
    assert resume(page.conversation) == NOTHING
    assert shown[0]["conversation"] == page.chosen.conversation_id == other.id
    assert resume("nobody's")["conversation"] == page.chosen.conversation_id == ""


def test_ids_that_were_never_shown_begin_but_one_conversation() -> None:
    chosen = Chosen()
    chosen.opened("shown")
    begun = {chosen.begin(sent) for sent in ("", "one", "another", "x" * 10_000)}
    assert len(begun) == len(chosen.begun) == 1
    assert chosen.begin("shown") not in begun  # deleted meanwhile
    assert len(chosen.begun) == 2


@pytest.fixture(scope="module")
def site(desk: Desk) -> gr.Blocks:
    async def built() -> gr.Blocks:  # outside a loop, Gradio makes some that it does not close
        return build(desk)

    return asyncio.run(built())


def test_every_event_that_fills_the_source_can_tell_that_it_is_late(site: gr.Blocks) -> None:
    blocks = site.blocks.values()
    chosen = {one for one in blocks if isinstance(getattr(one, "value", None), Chosen)}
    sources = {one for one in blocks if one.elem_id == "q-view"}
    filling = [event for event in site.fns.values() if sources & set(event.outputs)]
    assert len(filling) > len(EVENTS)
    assert [event.name for event in filling if not chosen & set(event.inputs)] == []


@pytest.mark.parametrize("is_late", [False, True])
def test_a_late_removal_leaves_the_thread_and_the_source_alone(
    desk: Desk, site: gr.Blocks, monkeypatch: pytest.MonkeyPatch, is_late: bool
) -> None:
    page, documents = Page(desk), desk.documents

    def then(remove: Callable[..., Any]) -> Callable[..., Any]:
        def removed(*given: Any) -> Any:
            if is_late:
                page.turn_away()
            return remove(*given)

        return removed

    monkeypatch.setattr(documents, "remove", then(documents.remove))
    monkeypatch.setattr(documents, "remove_collection", then(documents.remove_collection))
    made = desk.collections.make(desk.visitor(page.token), "Bells")
    event = gr.EventData(None, {"document": page.place.document_id, "collection": made})
    asked = {"removed": (page.place, page.conversation), "discard": (page.conversation,)}
    for name, more in asked.items():
        remove = next(one.fn for one in site.fns.values() if one.name == name)
        assert remove is not None
        changed = {part.elem_id for part in remove(page.token, page.chosen, *more, event)}
        assert "q-shelf" in changed
        assert ({"q-thread", "q-view"} <= changed) != is_late


def test_what_quoted_a_version_that_was_replaced_says_so(
    desk: Desk, site: gr.Blocks, tmp_path: Path
) -> None:
    page = Page(desk)
    visitor = desk.visitor(page.token)
    renewed = next(one.fn for one in site.fns.values() if one.name == "renewed")
    assert renewed is not None

    def add(text: str) -> None:
        path = tmp_path / "heron.txt"
        path.write_text(text, encoding="utf-8")
        desk.documents.add(visitor, [(path, path.name)])
        while desk.documents.busy(visitor):
            time.sleep(0.05)

    add("The Heron was sold to Lars Moe.")
    now = desk.ask(visitor, "Who was the Heron sold to?", Conversation())
    page.chosen.opened(now.id, Asker(PARTS, desk, ENGLISH, ()).drawn(visitor, now)["place"])
    assert renewed(page.token, now.id, page.chosen) == NOTHING
    add("The Heron was sold to Lars Moe, as this edition says.")
    drawn = renewed(page.token, now.id, page.chosen)
    changed = {part.elem_id: html for part, html in drawn.items() if part.elem_id}
    assert "Lars Moe" not in str(changed)
    assert all(ENGLISH.gone in changed[name] for name in ("q-thread", "q-view"))
    assert renewed(page.token, "another", page.chosen) == NOTHING
