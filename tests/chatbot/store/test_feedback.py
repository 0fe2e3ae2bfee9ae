"""Verdicts in SQL: one a turn, its owner's alone, gone with the conversation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatbot.store import conversations, feedback
from chatbot.store.conversations import StoredTurn
from chatbot.store.database import Database
from chatbot.store.places import StoredReply
from chatbot.types import Verdict

REPLY: StoredReply = {"confidence": 0.5, "elapsed_s": 0.1, "answers": [], "nearest": []}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path)
    with opened.writing() as conn:
        for owner in ("ann", "bob"):
            chat = conversations.begin(conn, owner, "A chat", 1.0)
            for number in range(2):
                turn = StoredTurn(f"{owner}-{number}", chat, "When?", "When was it?", REPLY)
                conversations.append(conn, owner, turn, 2.0)
    yield opened
    opened.close()


def test_the_last_verdict_counts_and_can_be_taken_back(database: Database) -> None:
    here = Verdict("here", 7, 10, 14)
    with database.writing() as conn:
        feedback.give(conn, "ann", "ann-0", Verdict("wrong"), 3.0)
        feedback.give(conn, "ann", "ann-0", here, 4.0)
        feedback.give(conn, "ann", "ann-1", Verdict("right"), 5.0)
        assert feedback.of(conn, "ann", ["ann-0", "ann-1", "none"]) == {
            "ann-0": here,
            "ann-1": Verdict("right"),
        }
        feedback.take_back(conn, "ann", "ann-1")
        assert list(feedback.of(conn, "ann", ["ann-0", "ann-1"])) == ["ann-0"]
        (judged,) = feedback.all_judged(conn)
    assert (judged.turn_id, judged.owner, judged.looked_up) == ("ann-0", "ann", "When was it?")
    assert judged.verdict == here
    assert judged.reply == REPLY


def test_only_the_one_who_asked_may_judge(database: Database) -> None:
    with database.writing() as conn, pytest.raises(LookupError, match="no turn 'ann-0'"):
        feedback.give(conn, "bob", "ann-0", Verdict("wrong"), 3.0)
    with database.writing() as conn:
        feedback.give(conn, "ann", "ann-0", Verdict("wrong"), 3.0)
        feedback.take_back(conn, "bob", "ann-0")
        assert feedback.of(conn, "bob", ["ann-0"]) == {}
        assert len(feedback.of(conn, "ann", ["ann-0"])) == 1


def test_a_verdict_goes_with_its_conversation_and_its_document(database: Database) -> None:
    with database.writing() as conn:
        feedback.give(conn, "ann", "ann-0", Verdict("here", 7, 10, 14), 3.0)
        feedback.give(conn, "bob", "bob-0", Verdict("here", 8, 10, 14), 3.0)
        feedback.give(conn, "bob", "bob-1", Verdict("right"), 3.0)
        feedback.forget_document(conn, 8)
        assert [one.turn_id for one in feedback.all_judged(conn)] == ["ann-0", "bob-1"]
        conversations.remove(conn, "ann")
        assert [one.turn_id for one in feedback.all_judged(conn)] == ["bob-1"]


def test_more_turns_than_a_statement_takes(database: Database) -> None:
    with database.writing() as conn:
        feedback.give(conn, "ann", "ann-1", Verdict("right"), 3.0)
        many = [*(f"turn-{number}" for number in range(1200)), "ann-1"]
        assert list(feedback.of(conn, "ann", many)) == ["ann-1"]
