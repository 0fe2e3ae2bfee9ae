"""A file of the SQuAD form is read as it stands; what is none of it is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reader.squad import AnswerText, load_squad

CONTEXT = "The bell rings at noon."


def squad_file(folder: Path, context: Any = CONTEXT, **changes: Any) -> Path:
    """One question about a context, with other values where they are given."""
    qa = {"id": 7, "question": "When?", "answers": [{"text": "noon", "answer_start": 18}]}
    paragraph = {"context": context, "qas": [{**qa, **changes}]}
    (folder / "in.json").write_text(json.dumps({"data": [{"paragraphs": [paragraph]}]}))
    return folder / "in.json"


def test_a_question_is_read(tmp_path: Path) -> None:
    (found,) = load_squad(squad_file(tmp_path))
    assert (found.id, found.question, found.context) == ("7", "When?", CONTEXT)
    assert found.answers == (AnswerText("noon", 18),)
    (found,) = load_squad(squad_file(tmp_path, is_impossible=True))
    assert found.answers == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"context": None}, r"in\.json, context 0: expected text, got None"),
        ({"context": "half \ud83d", "answers": []}, r"in\.json, context 0: half of a surr.* at 5"),
        ({"question": None}, r"in\.json, question 7: expected text, got None"),
        ({"question": "\ude00?"}, r"in\.json, question 7: half of a surrogate pair at 0"),
        ({"id": "\ude00"}, r"in\.json, a question's id: half of a surrogate pair at 0"),
        ({"answers": [{"text": "", "answer_start": 3}]}, "question 7: an accepted answer is empty"),
        ({"answers": [{"text": 3, "answer_start": 3}]}, "not in SQuAD form"),
        ({"answers": None}, "not in SQuAD form"),
    ],
)
def test_what_is_no_text_is_named(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=said):
        load_squad(squad_file(tmp_path, **changes))
