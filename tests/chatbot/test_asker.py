"""What the page is sent while a question is answered, with the real library and reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import gradio as gr
import pytest

from chatbot.desk import Desk, open_library
from chatbot.settings import Settings
from chatbot.types import Conversation, Turn
from chatbot.ui import conversation
from chatbot.ui.chosen import NOTHING, Chosen
from chatbot.ui.conversation import Asker
from chatbot.ui.parts import Parts
from chatbot.views.conversation import SHOWN_TURNS, earlier_html
from chatbot.views.export import exported
from chatbot.views.words import ENGLISH
from reader import Reader

SAGA = "".join(f"In the year {year} the ship was led by captain {year}.\n\n" for year in range(400))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    settings, samples = Settings(tmp_path_factory.mktemp("home")), tmp_path_factory.mktemp("s")
    (samples / "saga.txt").write_text(SAGA, encoding="utf-8")
    (samples / "bell.txt").write_text("The bell was cast by Mette Holm.", encoding="utf-8")
    desk = Desk(open_library(settings), Reader.load(), settings)
    desk.add_samples(samples)
    yield desk
    desk.close()


@pytest.fixture
def asker(desk: Desk) -> Asker:
    parts: dict[str, Any] = {field.name: field.name for field in fields(Parts)}
    return Asker(Parts(**parts), desk, ENGLISH, ())


def test_a_question_is_shown_then_its_progress_its_reply_and_its_source(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "TELL_EVERY_S", 0.0)
    token = asker.desk.workspace.new_token()
    question = "Who cast the bell of the ship?"
    chosen = Chosen()
    sent: list[dict[Any, Any]] = list(asker.answer(token, question, True, "", chosen, ""))
    *lines, last = (update["progress"] for update in sent if "progress" in update)
    assert last == ""
    assert "Searching" in sent[0]["thread"]
    assert lines
    assert set(lines) <= {f"Reading {n} of 10 …" for n in range(11)}
    assert lines == sorted(lines, key=lambda line: int(line.split()[1]))
    reply = sent[-1]
    assert "<mark>Mette Holm</mark>" in reply["thread"]
    assert reply["place"].quoted
    assert "bell.txt" in reply["source"]
    assert "Opening" in reply["source"]  # and no mark of another answer
    assert "<mark>Mette Holm</mark>" in asker.look(token, chosen)["source"]


def test_what_comes_after_the_page_turned_to_another_conversation_is_not_shown(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, chosen = asker.desk.workspace.new_token(), Chosen()
    sent = asker.answer(token, "Who cast the bell of the ship?", True, "", chosen, "")
    assert "Searching" in next(sent)["thread"]
    assert asker.begin(token, chosen)["place"] is None
    assert not any("thread" in update for update in sent)
    (found,) = asker.desk.history.listed(asker.desk.visitor(token))  # it was asked all the same
    assert found.title == "Who cast the bell of the ship?"

    now = asker.desk.history.open(asker.desk.visitor(token), found.id)
    chosen.place, drawn = asker.drawn(asker.desk.visitor(token), now)["place"], Desk.look

    def turned_meanwhile(*given: Any) -> Any:
        asker.begin(token, chosen)
        return drawn(*given)

    assert "Mette Holm" in asker.look(token, chosen)["source"]
    monkeypatch.setattr(Desk, "look", once(turned_meanwhile, drawn))
    assert asker.look(token, chosen) == NOTHING


def test_a_question_that_waited_is_asked_where_it_was_sent_and_not_shown_elsewhere(
    asker: Asker,
) -> None:
    token, chosen = asker.desk.workspace.new_token(), Chosen()
    visitor, history = asker.desk.visitor(token), asker.desk.history
    one, two = (
        asker.desk.ask(visitor, f"Who led the ship in {n}?", Conversation()) for n in (7, 8)
    )
    chosen.opened(one.id)
    chosen.turn(two.id)  # before the question that was sent from the first one begins
    sent = list(asker.answer(token, "Who cast the bell of the ship?", True, one.id, chosen, ""))
    assert {part for update in sent for part in update} == {"progress"}
    assert sent[-1] == {"progress": ""}
    assert [len(history.open(visitor, now.id).turns) for now in (one, two)] == [2, 1]
    assert chosen.conversation_id == two.id


def test_a_page_that_was_forgotten_goes_on_where_it_was(asker: Asker) -> None:
    token, question = asker.desk.workspace.new_token(), "Who cast the bell of the ship?"
    visitor, chosen = asker.desk.visitor(token), Chosen()
    empty = asker.desk.collections.make(visitor, "Travel")
    first = asker.desk.ask(visitor, "Who led the ship in 7?", Conversation())
    *_, told = asker.answer(token, question, False, first.id, chosen, empty)
    assert told["conversation"] == first.id
    assert "Mette Holm" not in told["thread"]  # which stands elsewhere
    assert (chosen.among, chosen.conversation_id) == (empty, first.id)
    list(asker.answer(token, question, True, first.id, chosen, ""))
    assert chosen.among == empty  # an open page is at what it chose last


def test_a_question_in_a_conversation_that_another_page_deletes_says_so(asker: Asker) -> None:
    token, question = asker.desk.workspace.new_token(), "Who cast the bell of the ship?"
    visitor = asker.desk.visitor(token)
    first = asker.desk.ask(visitor, "Who led the ship in 7?", Conversation())
    sent = asker.answer(token, question, True, first.id, Chosen(), "")
    assert "Who led the ship in 7?" in next(sent)["thread"]
    asker.desk.history.delete_all(visitor)
    *_, last = sent
    assert "was deleted while" in last["thread"]
    assert "Who led the ship in 7?" not in last["thread"]
    assert last["progress"] == conversation.REFUSED
    assert asker.desk.history.listed(visitor) == []


def test_two_first_questions_at_once_are_one_conversation(asker: Asker) -> None:
    token, chosen = asker.desk.workspace.new_token(), Chosen()
    questions = ("Who cast the bell of the ship?", "Who led the ship in 7?")
    clicked, typed = (asker.answer(token, one, True, "", chosen, "") for one in questions)
    for sent in (clicked, typed):
        next(sent)  # each is shown
    *_, first = clicked
    *_, last = typed
    assert first["conversation"] == last["conversation"]
    assert all(one in last["thread"] for one in questions)
    visitor = asker.desk.visitor(token)
    assert [one.n_turns for one in asker.desk.history.listed(visitor)] == [2]
    asker.begin(token, chosen)
    *_, other = asker.answer(token, questions[0], True, "", chosen, "")
    assert other["conversation"] != last["conversation"]
    asker.desk.history.delete(visitor, other["conversation"])  # by another page
    *_, anew = asker.answer(token, questions[0], True, other["conversation"], chosen, "")
    assert anew["conversation"] not in (other["conversation"], last["conversation"])


def once(first: Callable[..., Any], then: Callable[..., Any]) -> Callable[..., Any]:
    """A function that is ``first`` when it is called for the first time, and ``then`` after."""
    calls = iter([first])
    return lambda *given: next(calls, then)(*given)


def test_a_long_conversation_is_shown_from_its_end_and_kept_whole(asker: Asker) -> None:
    token = asker.desk.workspace.new_token()
    visitor = asker.desk.visitor(token)
    reply = asker.desk.reply(visitor, "Who cast the bell of the ship?")
    now = asker.desk.history.open(visitor, "")
    for number in range(SHOWN_TURNS + 2):
        now = asker.desk.history.record(visitor, now, Turn(uuid4().hex, f"No. {number}?", reply))
    chosen = Chosen()
    thread = asker.shown(visitor, now, chosen, chosen.mark())["thread"]
    assert "No. 1?" not in thread
    assert "No. 2?" in thread
    above = asker.earlier(token, now.id, gr.EventData(None, {"turn": now.turns[2].id}))
    assert above == earlier_html(now.turns, now.turns[2].id)
    assert "No. 0?" in above
    assert "No. 2?" not in above
    stranger = asker.desk.workspace.new_token()
    assert asker.earlier(stranger, now.id, gr.EventData(None, {"turn": now.turns[2].id})) == ""
    saved = exported(asker.desk.history.open(visitor, now.id), "markdown", ENGLISH).text
    assert all(f"No. {number}?" in saved for number in range(SHOWN_TURNS + 2))


def test_a_question_that_fails_comes_back_with_a_reason(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(asker.desk.library, "search", fail)
    token = asker.desk.workspace.new_token()
    *_, last = asker.answer(token, "Who cast the bell?", True, "", Chosen(), "")
    assert "That went wrong here: OSError" in last["thread"]
    assert last["progress"] == conversation.REFUSED


def test_a_question_of_a_collection_that_went_draws_the_library_anew(asker: Asker) -> None:
    token, chosen = asker.desk.workspace.new_token(), Chosen(among="gone")
    *_, last = asker.answer(token, "Who cast the bell?", True, "", chosen, "gone")
    assert last["progress"] == conversation.REFUSED
    assert ENGLISH.collection_gone in last["thread"]
    assert ENGLISH.collection_gone in last["shelf"]
    assert "choice" in last
    assert chosen.among == ""


def test_what_is_asked_before_its_document_was_read_says_so(tmp_path: Path, asker: Asker) -> None:
    settings = Settings(tmp_path / "home")
    with closing(Desk(open_library(settings), Reader.load(), settings)) as desk:
        desk._worker.stop()  # so that the document waits for as long as the test looks
        token = desk.workspace.new_token()
        (tmp_path / "bell.txt").write_text("The bell was cast by Mette Holm.", encoding="utf-8")
        asking = replace(asker, desk=desk)

        def asked() -> str:
            sent = asking.answer(token, "Who cast the bell?", True, "", Chosen(), "")
            return str([update for update in sent if "thread" in update][-1]["thread"])

        assert ENGLISH.still_read not in asked()  # nothing is on its way
        desk.documents.add(desk.visitor(token), [(tmp_path / "bell.txt", "bell.txt")])
        assert ENGLISH.still_read in asked()
        desk._worker = desk.library.worker().start()
        desk.library.queue.wait([job.id for job in desk.library.queue.unfinished()], 60)
        answered = asked()
        assert "<mark>Mette Holm</mark>" in answered
        assert ENGLISH.still_read not in answered
