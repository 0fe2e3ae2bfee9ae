"""Paragraphs nearby hold no answer; made questions change one word of another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reader.squad import AnswerText, Example
from tests.training.paragraphs import EXAMPLES, TOWNS
from training.data import holds_answer
from training.negatives import neighbour_negatives, swapped_questions
from training.opposites import opposite_questions


def test_neighbours_do_not_hold_the_answer() -> None:
    negatives = neighbour_negatives(EXAMPLES, 0.5, seed=1)
    by_question = {e.question: e for e in EXAMPLES}
    assert len(negatives) == 60
    for negative in negatives:
        source = by_question[negative.question]
        assert negative.answers == ()
        assert not holds_answer(negative.context, source.answers)
        assert 0 < abs(negative.order - source.order) <= 8
    assert negatives == neighbour_negatives(EXAMPLES, 0.5, seed=1)
    assert negatives != neighbour_negatives(EXAMPLES, 0.5, seed=2)


def test_a_swapped_question_asks_of_another() -> None:
    made = {e.id: e for e in swapped_questions(TOWNS, 1.0, seed=3)}
    painter = made["town0-swapped"]
    assert painter.answers == ()
    assert painter.context == TOWNS[0].context
    assert painter.question == "When did the painter Olaf Berg move to the coast?"
    harbour = made["town1-swapped"].question
    assert harbour != TOWNS[1].question
    assert "40" not in harbour
    assert "town2-swapped" not in made  # no name, no number


def test_no_more_are_swapped_than_wanted() -> None:
    assert len(swapped_questions(TOWNS, 0.34, seed=3)) == 1
    assert swapped_questions(TOWNS, 0.0, seed=3) == []


def asked(question: str, context: str) -> Example:
    return Example("q", question, context, (AnswerText("Berg", 0),), 0)


@pytest.mark.parametrize(
    ("question", "turned"),
    [
        ("Who painted the first chapel?", "Who painted the last chapel?"),
        ("Who wrote the earlier hymn?", "Who wrote the later hymn?"),
    ],
)
def test_a_word_is_turned_into_its_opposite(question: str, turned: str) -> None:
    made = opposite_questions([asked(question, "Berg was there.")], 1.0, seed=3)
    assert [(e.id, e.question, e.answers) for e in made] == [("q-opposite", turned, ())]


def test_no_opposite_that_the_text_speaks_of() -> None:
    first = asked("Who painted the first chapel?", "Berg painted the first, Holm the Last.")
    assert opposite_questions([first], 1.0, seed=3) == []
    assert opposite_questions([asked("Who came first or last?", "Berg.")], 1.0, seed=3) == []
    assert opposite_questions([asked("Who sang?", "Berg.")], 1.0, seed=3) == []


def test_no_converse_which_the_same_text_answers() -> None:
    assert opposite_questions([asked("Who sold it?", "Berg sold it to Holm.")], 1.0, seed=3) == []


def test_no_more_are_turned_than_wanted() -> None:
    many = [replace(asked("Who left first?", "Berg."), id=str(n)) for n in range(8)]
    assert len(opposite_questions(many, 0.25, seed=3)) == 2
