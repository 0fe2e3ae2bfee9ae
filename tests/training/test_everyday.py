"""Everyday documents: every answer stands where its question says, in prose and in rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from training.data import load_examples
from training.everyday import FOLDER, Document, documents, examples, with_rows

TEXT = """# Pool

Open from May. Children, pupils and nurses pay half. The pool closes in rain.

| Day | Opens | Price |
|---|:-:|---|
| Monday | 9 am | 4 euros |
| Tuesday | 10 am | 5 euros |

It closes in rain, says the chief.
"""


def write(folder: Path, *asked: dict[str, object]) -> Path:
    (folder / "pool.md").write_text(TEXT, encoding="utf-8")
    entries = [{"document": "pool.md", **one} for one in asked]
    (folder / "questions.json").write_text(json.dumps(entries), encoding="utf-8")
    return folder


def question(kind: str, *answers: str, around: str | None = None) -> dict[str, object]:
    given = [{"text": a, **({"in": around} if around else {})} for a in answers]
    return {"question": "Which?", "kind": kind, "answers": given}


def words(document: Document, number: int = 0) -> list[str]:
    return [document.text[start:end] for start, end in document.asked[number].answers]


def test_answers_are_found_by_their_words_or_by_a_longer_piece(tmp_path: Path) -> None:
    folder = write(tmp_path, question("one", "closes", around="It closes in rain"))
    (document,) = documents(folder)
    assert words(document) == ["closes"]
    assert document.asked[0].answers[0][0] > document.text.index("|")


def test_what_a_sentence_names_is_one_answer(tmp_path: Path) -> None:
    folder = write(tmp_path, question("enumeration", "nurses", "Children", "pupils"))
    assert words(documents(folder)[0]) == ["Children, pupils and nurses"]


def test_a_wrapped_line_goes_on_and_a_new_item_does_not(tmp_path: Path) -> None:
    write(tmp_path, question("enumeration", "ropes", "boats"))
    for text, expected in (
        ("We lend ropes\n  and boats.", ["ropes\n  and boats"]),
        ("We lend ropes\n(b) boats.", ["ropes", "boats"]),
        ("We lend ropes\n\nand boats.", ["ropes", "boats"]),
    ):
        (tmp_path / "pool.md").write_text(text, encoding="utf-8")
        assert words(documents(tmp_path)[0]) == expected


def test_words_in_two_places_or_none_are_refused(tmp_path: Path) -> None:
    for wrong in ("closes in rain", "winter"):
        with pytest.raises(ValueError, match=f"pool.md: expected '{wrong}' in one place"):
            documents(write(tmp_path, question("one", wrong)))


def test_a_table_becomes_rows_and_its_answers_move_with_it(tmp_path: Path) -> None:
    asked = (question("table", "9 am", "10 am"), question("one", "the chief"))
    (document,) = documents(write(tmp_path, *asked))
    rows = with_rows(document)
    assert "Tuesday (Day): 10 am (Opens); Tuesday: 5 euros (Price)." in rows.text
    assert "|---" not in rows.text
    assert words(rows) == ["9 am", "10 am"]
    assert words(rows, 1) == ["the chief"]


def test_an_answer_in_the_names_of_columns_is_left_out_of_rows(tmp_path: Path) -> None:
    (document,) = documents(write(tmp_path, question("table", "Opens", "9 am")))
    assert words(with_rows(document)) == ["9 am"]


@pytest.mark.parametrize("folder", ["taught", "varied"])
@pytest.mark.parametrize("part", ["", "more"])
def test_each_question_is_asked_where_it_is_answered_and_where_not(folder: str, part: str) -> None:
    found = examples(FOLDER / folder, seed=7, part=part)
    assert found == load_examples("#".join(filter(None, (f"everyday:{folder}", part))))
    assert len({example.id for example in found}) == len(found)
    for example in found:
        for answer in example.answers:
            end = answer.char_start + len(answer.text)
            assert example.context[answer.char_start : end] == answer.text
    n_unanswered = sum(not example.answers for example in found)
    assert 0.2 < n_unanswered / len(found) < 0.5


def test_without_a_folder_the_first_one_is_meant() -> None:
    assert load_examples("everyday:") == load_examples("everyday:taught")


def test_no_document_is_in_two_folders_and_what_is_held_out_is_not_taught() -> None:
    texts: dict[str, str] = {}
    names: dict[str, str] = {}
    for part in ("taught", "varied", "held_out"):
        for document in documents(FOLDER / part):
            assert texts.setdefault(document.text, part) == part
            assert names.setdefault(document.name, part) == part
    assert list(names.values()).count("held_out") >= 10
    with pytest.raises(ValueError, match="everyday:held_out is what readers are judged by"):
        load_examples("everyday:held_out")
