"""Splits keep articles whole, nothing evaluated is trained on, bad files are named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reader.squad import AnswerText
from tests.training.paragraphs import EXAMPLES
from training.data import (
    file_of,
    is_invented,
    load_examples,
    split_by_order,
    split_sources,
    text_key,
)
from training.recipe import RECIPES, DataSource, load_recipe


def test_a_split_shares_no_context() -> None:
    kept, held_out = split_by_order(EXAMPLES, 0.25)
    assert len(kept) + len(held_out) == len(EXAMPLES)
    assert {e.order for e in held_out} == set(range(30, 40))
    assert not {e.context for e in kept} & {e.context for e in held_out}
    assert split_by_order(EXAMPLES, 0.0) == (EXAMPLES, [])
    with pytest.raises(ValueError, match=r"in \[0, 1\)"):
        split_by_order(EXAMPLES, 1.0)


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


def test_a_path_with_a_colon_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "q:1").mkdir()
    path = str(write(tmp_path / "q:1" / "corrections.json", 6))
    assert len(load_examples(path)) == 2
    assert file_of(path) == path
    assert not is_invented(path)


def test_another_form_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.json"
    path.write_text("[1, 2]", encoding="utf-8")
    with pytest.raises(ValueError, match="not in SQuAD form"):
        load_examples(path)


def save_squad(path: Path, rows: list[tuple[str, list[str]]]) -> None:
    """Paragraphs with their questions, none of them answered."""
    paragraphs = [
        {"context": context, "qas": [{"id": q, "question": q, "answers": []} for q in questions]}
        for context, questions in rows
    ]
    path.write_text(json.dumps({"data": [{"paragraphs": paragraphs}]}), encoding="utf-8")


def test_what_is_evaluated_or_held_out_is_trained_on_by_no_source(tmp_path: Path) -> None:
    save_squad(tmp_path / "a.json", [("One.", ["a1"]), ("Two.", ["a2"]), ("Three.", ["a3"])])
    save_squad(tmp_path / "b.json", [("THREE", ["b1"]), ("Four.", ["b2", "Secret?"])])
    save_squad(tmp_path / "dev.json", [("one", ["x"]), ("Five.", ["secret"])])
    sources = (DataSource("a.json", "", held_out_fraction=0.5), DataSource("b.json", ""))
    (trained_a, held_a), (trained_b, held_b) = split_sources(sources, ["dev.json"], tmp_path)
    assert [e.question for e in trained_a] == ["a2"]
    assert [e.question for e in held_a] == ["a3"]
    assert [e.question for e in trained_b] == ["b2"]
    assert held_b == []


def test_only_unanswerable_questions_hold_out_whole_contexts(tmp_path: Path) -> None:
    path = write(tmp_path / "d.json", 6)
    trained, held = split_sources([DataSource("d.json", "", only="unanswerable")], [], path.parent)[
        0
    ]
    assert [e.id for e in trained] == ["2"]
    assert held == []


@pytest.mark.parametrize("recipe", sorted(p.stem for p in RECIPES.glob("*.toml")))
def test_no_dev_paragraph_or_question_is_trained_on(recipe: str, shared_dir: Path) -> None:
    data = shared_dir / "data"
    loaded = load_recipe(recipe)
    parts = split_sources(loaded.data, loaded.evaluated, data)
    seen = [example for trained, held_out in parts for example in (*trained, *held_out)]
    assert seen
    contexts = {text_key(e.context) for e in seen}
    questions = {text_key(e.question) for e in seen}
    assert {f"en/squad-dev-v{version}.json" for version in ("1.1", "2.0")} <= set(loaded.evaluated)
    for path in loaded.evaluated:
        dev = load_examples(data / path)
        assert contexts.isdisjoint(text_key(e.context) for e in dev), path
        assert questions.isdisjoint(text_key(e.question) for e in dev), path
