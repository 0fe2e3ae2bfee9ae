"""Splits keep articles whole, null questions have no answer, bad files are named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reader.squad import AnswerText, Example
from training.data import holds_answer, load_examples, split_by_order, unanswerable_copies

EXAMPLES = [
    Example(
        id=f"q{paragraph}-{number}",
        question=f"What is number {number} of paragraph {paragraph}?",
        context=f"Paragraph {paragraph} speaks of word{paragraph} at length.",
        answers=(AnswerText(f"word{paragraph}", 0),),
        order=paragraph,
    )
    for paragraph in range(40)
    for number in range(3)
]


def test_a_split_shares_no_context() -> None:
    kept, held_out = split_by_order(EXAMPLES, 0.25)
    assert len(kept) + len(held_out) == len(EXAMPLES)
    assert {e.order for e in held_out} == set(range(30, 40))
    assert not {e.context for e in kept} & {e.context for e in held_out}
    assert split_by_order(EXAMPLES, 0.0) == (EXAMPLES, [])
    with pytest.raises(ValueError, match=r"in \[0, 1\)"):
        split_by_order(EXAMPLES, 1.0)


def test_null_questions_meet_a_neighbour_without_the_answer() -> None:
    negatives = unanswerable_copies(EXAMPLES, 0.5, seed=1)
    by_question = {e.question: e for e in EXAMPLES}
    assert len(negatives) == 60
    for negative in negatives:
        source = by_question[negative.question]
        assert negative.answers == ()
        assert not holds_answer(negative.context, source.answers)
        assert 0 < abs(negative.order - source.order) <= 8
    assert negatives == unanswerable_copies(EXAMPLES, 0.5, seed=1)
    assert negatives != unanswerable_copies(EXAMPLES, 0.5, seed=2)


def write(path: Path, answer_start: int) -> Path:
    answers = [{"text": "red", "answer_start": answer_start}]
    qas = [
        {"id": 1, "question": "Which colour?", "answers": answers},
        {"id": 2, "question": "Why?", "answers": [], "is_impossible": True},
    ]
    paragraph = {"context": "It is red.", "qas": qas}
    path.write_text(json.dumps({"data": [{"paragraphs": [paragraph]}]}), encoding="utf-8")
    return path


def test_reads_the_squad_form(tmp_path: Path) -> None:
    first, second = load_examples(write(tmp_path / "d.json", 6))
    assert first.answers == (AnswerText("red", 6),)
    assert (second.id, second.answers) == ("2", ())


def test_an_answer_that_is_elsewhere_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="question 1: expected 'red' at offset 5, found ' re'"):
        load_examples(write(tmp_path / "d.json", 5))


def test_another_form_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.json"
    path.write_text("[1, 2]", encoding="utf-8")
    with pytest.raises(ValueError, match="not in SQuAD form"):
        load_examples(path)


def test_no_dev_paragraph_or_question_is_trained_on(shared_dir: Path) -> None:
    from training.recipe import RECIPES, load_recipe
    from training.train_reader import training_examples

    data = shared_dir / "data"
    dev = [e for name in ("1.1", "2.0") for e in load_examples(data / f"en/squad-dev-v{name}.json")]
    contexts, questions = {e.context for e in dev}, {(e.question, e.context) for e in dev}
    for path in RECIPES.glob("*.toml"):
        examples = training_examples(load_recipe(str(path)), data)
        assert examples
        assert not contexts & {e.context for e in examples}
        assert not questions & {(e.question, e.context) for e in examples}
