"""Made questions point to one cell, in a passage as the library makes it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from reader.squad import Example
from retriever.parsing.rows import table_lines
from training.data import file_of, load_examples
from training.tables import invented, tat_qa


def cell_of(example: Example) -> str:
    (answer,) = example.answers
    return example.context[answer.char_start : answer.char_start + len(answer.text)]


def test_the_same_tables_each_time_and_every_answer_is_a_cell_in_place() -> None:
    found = invented(40, seed=3)
    assert found == invented(40, seed=3)
    assert found != invented(40, seed=4)
    for example in found:
        assert cell_of(example) == example.answers[0].text
        assert "{" not in example.question
    assert len({example.id for example in found}) == len(found) > 100
    assert max(Counter(example.order // 1000 for example in found).values()) <= 4


def report(cells: list[list[str]], questions: list[tuple[str, list[str]]]) -> dict[str, object]:
    asked = [
        {"question": q, "answer": a, "answer_type": "span", "answer_from": "table"}
        for q, a in questions
    ]
    return {"table": {"table": cells}, "questions": asked}


def test_every_other_table_is_read_as_the_library_writes_it(tmp_path: Path) -> None:
    cells = [["", "2019", "2018"], ["Sales", "$1,452", "$1,146"], ["Other", "44.1", "44.1"]]
    asked = [("How high were sales in 2019?", ["$1,452"]), ("Other in 2018?", ["44.1"])]
    kept = report(cells, [("Not to be seen?", ["$1,452"])])
    path = tmp_path / "tat.json"
    path.write_text(json.dumps([report(cells, asked), kept]), encoding="utf-8")
    found = load_examples("tat-qa:tat.json", tmp_path)
    own = [example for example in found if example.question == asked[0][0]]
    assert [cell_of(example) for example in own] == ["$1,452"]
    assert asked[1][0] not in [e.question for e in found]  # two cells hold 44.1
    assert len(found) == 4  # three by rule besides
    assert {example.context for example in found} == {"\n".join(table_lines(cells))}
    path.write_text('[{"table": 3}]', encoding="utf-8")
    with pytest.raises(ValueError, match="not in TAT-QA's form"):
        tat_qa(path, 1)


def test_names_of_sources_stand_for_files_or_for_none() -> None:
    assert file_of("en/squad.json") == "en/squad.json"
    assert file_of("tat-qa:extra/tat.json") == "extra/tat.json"
    assert file_of("tables:5") is file_of("hub:squad:train") is None
    assert load_examples("tables:5") == load_examples("tables:5")
