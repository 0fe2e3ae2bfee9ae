"""Made questions with several answers: each answer stands in its passage, and is all of an item."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reader.items import item_lists
from reader.squad import AnswerText, Example
from training.data import file_of, load_examples
from training.groups import question_groups
from training.lists import as_bullets, invented, tat_qa
from training.recipe import DataSource, Recipe, TrainerConfig


def words_of(example: Example) -> list[str]:
    return [
        example.context[answer.char_start : answer.char_start + len(answer.text)]
        for answer in example.answers
    ]


def test_the_same_documents_each_time_and_every_answer_in_place() -> None:
    found = invented(60, seed=3)
    assert found == invented(60, seed=3)
    assert found != invented(60, seed=4)
    assert len({example.id for example in found}) == len(found) > 120
    for example in found:
        assert words_of(example) == [answer.text for answer in example.answers]
        assert "{" not in example.question + example.context
        assert len(set(words_of(example))) == len(example.answers) > 0


def test_bullets_are_answers_one_by_one_and_a_sentence_lists_its_own_as_one() -> None:
    for example in invented(60, seed=5):
        items = {
            example.context[start:end].rstrip(";.")
            for of_list in item_lists(example.context)
            for start, end in of_list
        }
        for words in words_of(example):
            assert words in items or words not in "".join(items)
        if len(example.answers) == 1 and " and " in words_of(example)[0]:
            assert not items & set(words_of(example))


CONTEXT = "It rained. The flag has red, white, and dark blue. It is old."


def asked(answer: str, context: str = CONTEXT) -> Example:
    return Example("q", "Which colours?", context, (AnswerText(answer, context.index(answer)),), 4)


def test_an_answer_that_ends_its_sentence_becomes_bullets() -> None:
    (made,) = as_bullets([asked("red, white, and dark blue")], seed=1)
    assert sorted(words.lower() for words in words_of(made)) == ["dark blue", "red", "white"]
    assert made.context.startswith("It rained. The flag has:\n")
    assert made.context.endswith("\n\nIt is old.")
    assert (made.question, made.order) == ("Which colours?", 4)
    ((first, *_),) = item_lists(made.context)
    assert made.context[slice(*first)].lower().startswith("red")


@pytest.mark.parametrize(
    "example",
    [
        asked("dark blue"),
        asked("red, white", "The red, white flag."),
        asked("red, white, and blue", "The red, white, and blue flag."),
        asked("a, b, and " + "c " * 7 + "d", "a, b, and " + "c " * 7 + "d."),
        Example("q", "None?", CONTEXT, (), 0),
    ],
)
def test_what_names_no_three_things_or_goes_on_is_left_out(example: Example) -> None:
    assert as_bullets([example], seed=1) == []


def test_answers_of_reports_over_the_text_that_holds_them_all(tmp_path: Path) -> None:
    several = {"uid": "u", "question": "Which?", "answer_type": "multi-span", "answer_from": "text"}
    questions = [
        {**several, "answer": ["plums", "pears"]},
        {**several, "answer": ["plums", "figs"]},
        {**several, "question": "Plums and pears, respectively?", "answer": ["plums", "pears"]},
        {**several, "answer_type": "span", "answer": ["plums"]},
    ]
    page = {
        "table": {"table": [["", "2019"], ["Sales", "1"]]},
        "paragraphs": [{"text": "No fruit."}, {"text": "Only plums and pears."}],
        "questions": questions,
    }
    (tmp_path / "tat.json").write_text(json.dumps([page, page]), encoding="utf-8")
    (found,) = load_examples("tat-qa-lists:tat.json", tmp_path)
    assert words_of(found) == ["plums", "pears"]
    assert file_of("tat-qa-lists:tat.json") == "tat.json"
    assert file_of("lists:3") is None
    (tmp_path / "tat.json").write_text("[3]", encoding="utf-8")
    with pytest.raises(ValueError, match="not in TAT-QA's form"):
        tat_qa(tmp_path / "tat.json")


def test_each_answer_is_taught_and_a_held_out_context_in_no_form(tmp_path: Path) -> None:
    paragraphs = [
        {
            "context": f"{n} began. It has red, white, and blue.",
            "qas": [
                {
                    "id": str(n),
                    "question": f"Which {n}?",
                    "answers": [{"text": "red, white, and blue", "answer_start": 19}],
                }
            ],
        }
        for n in range(1000, 1010)
    ]
    squad = {"data": [{"paragraphs": paragraphs}]}
    (tmp_path / "s.json").write_text(json.dumps(squad), encoding="utf-8")
    source = DataSource("bullets:s.json", "MIT", each_answer=2)
    plain = DataSource("s.json", "MIT", held_out_fraction=0.3)
    recipe = Recipe("lists", "none", (source, plain), trainer=TrainerConfig(seed=1))
    groups = [group.examples[0] for group in question_groups(recipe, tmp_path)]
    taught = [example for example in groups if example.id.endswith("-bullets")]
    assert len(taught) == 2 * 7 == len({(e.id, e.answers[0]) for e in taught})
    assert all(len(example.answers) == 3 for example in taught)
    assert {example.question for example in groups} == {f"Which {n}?" for n in range(1000, 1007)}
