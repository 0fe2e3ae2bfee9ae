"""Figures follow from what was answered; the reader's own answers are what is judged."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from reader import Reader
from reader.squad import AnswerText, Example
from training import regimes
from training.evaluate import Judged, asked_of, evaluation, judge, main, table
from training.metrics import selective_errors
from training.picture import Curve, draw
from training.regimes import Asked, alone

TOWER = "The Eiffel Tower was completed on 31 March 1889 and is 330 metres tall."
BRIDGE = "The Tay Bridge collapsed on 28 December 1879, three years after it had been opened."


def judged() -> Judged:
    """Two right answers, one wrong, and two to questions that have none."""
    return Judged(
        probabilities=np.array([0.9, 0.8, 0.6, 0.7, 0.1]),
        exact=np.array([1.0, 0.0, 0.0, 0.0, 0.0]),
        f1=np.array([1.0, 0.9, 0.3, 0.0, 0.0]),
        answerable=np.array([True, True, True, False, False]),
    )


def test_figures_by_hand() -> None:
    found = evaluation(judged(), 0.65, "made", "onnx")
    assert found.answerable.f1 == pytest.approx(100 * (1.0 + 0.9 + 0.3) / 3)
    assert found.answerable.n == 3
    # answered: 0.9, 0.8, 0.7; silent: one answerable (0), one unanswerable (1)
    assert found.abstaining.f1 == pytest.approx(100 * (1.0 + 0.9 + 0.0 + 0.0 + 1.0) / 5)
    assert found.abstaining.exact_match == pytest.approx(100 * 2 / 5)
    assert found.coverage == pytest.approx(60)
    # best threshold: above 0.7, both unanswerable questions are left alone
    assert found.best_f1 == pytest.approx(100 * (1.0 + 0.9 + 2.0) / 5)
    assert found.risk.error_at["100"] == pytest.approx(3 / 5)
    assert found.risk_beside.error_at["100"] == pytest.approx(2 / 5)
    assert found.risk_answerable.error_at["100"] == pytest.approx(1 / 3)
    gaps = [1 - 0.9, 1 - 0.8, 0.6, 0.7, 0.1]  # each in a bin of its own
    assert found.ece == pytest.approx(sum(gaps) / 5)
    assert "| made | onnx | 5 | 33.33 |" in table([found])


def test_questions_without_any_answer_cannot_be_scored() -> None:
    none = Judged(np.array([0.5]), np.array([0.0]), np.array([0.0]), np.array([False]))
    with pytest.raises(ValueError, match="questions that have an answer"):
        evaluation(none, 0.5, "made", "onnx")


def test_the_readers_answers_are_judged() -> None:
    date = (AnswerText("31 March 1889", TOWER.index("31 March")),)
    when = Example("a", "When was the Eiffel Tower completed?", TOWER, date, 0)
    nobody = Example("b", "When was the Eiffel Tower completed?", BRIDGE, (), 1)
    elsewhere = Asked(when, (BRIDGE,), False)  # any quotation of the wrong text is wrong
    reader = Reader.load(runtime="onnx")
    found = judge(reader, [*alone([when, nobody]), elsewhere], "made")
    assert found.right.tolist() == [True, False, False]
    assert found.answerable.tolist() == [True, False, False]
    assert found.exact[0] == 1.0
    span = reader.read(when.question, [TOWER], k=1)[0]
    assert found.probabilities[0] == span.probability
    with pytest.raises(ValueError, match="got none in made"):
        judge(reader, [], "made")


def test_the_picture_is_valid_and_holds_every_curve() -> None:
    random = np.random.default_rng(0)
    curves = [
        Curve(name, selective_errors(random.random(n), random.random(n) < 0.6))
        for name, n in (("one & two", 500), ("three", 3))
    ]
    picture = ElementTree.fromstring(draw(curves))
    lines = picture.findall("{http://www.w3.org/2000/svg}polyline")
    assert len(lines) == 2
    for line in lines:
        for point in line.attrib["points"].split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= 640
            assert 0 <= y <= 400
    assert "one &amp; two" in draw(curves)


@pytest.mark.parametrize("n_texts", [4, 20])
def test_a_question_is_asked_of_as_many_texts_as_its_figures_say(
    n_texts: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ranked(
        questions: list[str], contexts: list[str], folder: Path, depth: int
    ) -> NDArray[np.int64]:
        return np.array([range(10, 10 + depth)] * len(questions))

    monkeypatch.setattr(regimes, "rank_contexts", ranked)
    paragraphs = [
        {"context": f"Bell {place} rings.", "qas": [{"id": place, "question": "Why?"}]}
        for place in range(40)
    ]
    paragraphs[0]["qas"][0]["answers"] = [{"text": "Bell 0", "answer_start": 0}]  # type: ignore[index]
    (tmp_path / "bells.json").write_text(json.dumps({"data": [{"paragraphs": paragraphs}]}))
    name, (asked,) = asked_of(tmp_path / "bells.json", n_texts, None)
    assert name == f"bells x{n_texts}"
    assert len(asked.texts) == n_texts


@pytest.mark.parametrize("flags", [["--texts", "0"], ["--texts", "-3"], ["--most", "0"]])
def test_texts_and_questions_count_from_one(
    flags: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--data", "none.json", *flags])
    assert stop.value.code == 2
    assert "expected a whole number from 1" in capsys.readouterr().err
