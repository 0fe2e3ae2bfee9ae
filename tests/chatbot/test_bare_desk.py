"""What a desk does before and beside any reading: limits, and what its home holds unseen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chatbot.desk import Desk
from chatbot.history import DeletedMeanwhile
from chatbot.people.limits import LimitReached, Limits
from chatbot.settings import Settings
from chatbot.types import Conversation, Turn
from tests.chatbot.bare import bare_desk
from tests.chatbot.records import reply


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    limits = Limits(questions_per_minute=2)
    with bare_desk(Settings(tmp_path / "home", limits=limits)) as opened:
        yield opened


def test_the_limits_are_for_what_was_typed_not_for_what_it_means(desk: Desk) -> None:
    visitor = desk.visitor(desk.workspace.new_token())
    asked = reply(None, question="When was Charles Darwin born?")
    first = desk.history.record(
        visitor, desk.history.open(visitor, ""), Turn("t", asked.question, asked)
    )
    with pytest.raises(LimitReached, match="9016 characters"):
        desk.ask(visitor, "so " * 3000 + "when did he die?", first)
    now = desk.ask(visitor, "when did he die?", first)
    assert now.turns[-1].reply.question == "When did Charles Darwin die?"
    desk.ask(visitor, "Why?", now)
    with pytest.raises(LimitReached, match="2 questions within a minute"):
        desk.ask(visitor, "when did he die?", now)


def test_a_question_is_not_asked_as_typed_in_a_conversation_that_is_gone(desk: Desk) -> None:
    visitor = desk.visitor(desk.workspace.new_token())
    read_as = replace(reply(None), question="When did Charles Darwin die?")
    now = desk.history.record(
        visitor, desk.history.open(visitor, ""), Turn("t", "when did he die?", read_as)
    )
    assert desk.ask_as_typed(visitor, "t", now).turns[0].reply.question == "when did he die?"
    desk.history.delete(visitor, now.id)
    with pytest.raises(DeletedMeanwhile):
        desk.ask_as_typed(visitor, "t", desk.history.open(visitor, now.id))
    with pytest.raises(DeletedMeanwhile):
        desk.ask_as_typed(visitor, "t", Conversation())


def test_a_conversation_that_goes_while_it_is_asked_as_typed_is_said_to_be_gone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = desk.visitor(desk.workspace.new_token())
    read_as = replace(reply(None), question="When did Charles Darwin die?")
    now = desk.history.record(
        visitor, desk.history.open(visitor, ""), Turn("t", "when did he die?", read_as)
    )
    search = desk.library.search

    def after_a_removal(*given: object) -> object:
        desk.history.delete(visitor, now.id)
        return search(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.library, "search", after_a_removal)
    with pytest.raises(DeletedMeanwhile):
        desk.ask_as_typed(visitor, "t", now)


@pytest.mark.parametrize("shared, n_unshown", [((), 1), (("default",), 0)])
def test_documents_of_the_command_line_that_nobody_sees_are_counted(
    tmp_path: Path, shared: tuple[str, ...], n_unshown: int
) -> None:
    (tmp_path / "bell.txt").write_text("The bell was cast by Mette Holm.", encoding="utf-8")
    with bare_desk(Settings(tmp_path / "home", shared=shared)) as desk:
        assert desk.n_unshown() == 0
        desk.library.add(tmp_path / "bell.txt")
        assert desk.n_unshown() == n_unshown


def test_without_a_users_file_an_account_keeps_what_it_has(tmp_path: Path) -> None:
    account = f"account-{'0' * 32}"
    for hf_oauth, kept in ((False, [account]), (True, [])):
        home = tmp_path / str(hf_oauth)
        (tmp_path / "a.txt").write_text("A note.", encoding="utf-8")
        with bare_desk(Settings(home, hf_oauth=hf_oauth)) as desk:
            desk.library.add(tmp_path / "a.txt", account)
            desk.people.sweep()
            desk.people._clock = lambda: 1e12
            desk.people.sweep()
            assert desk.library.collections() == kept
