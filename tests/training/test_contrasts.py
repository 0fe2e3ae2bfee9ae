"""Invented texts say one thing of several; who asks about one is given its value and no other."""

from __future__ import annotations

import tomllib

from training.contrasts import SPEC, filled, invented

MADE = invented(600, seed=5)


def test_what_is_asked_about_is_named_with_its_answer_and_absent_without() -> None:
    words = tomllib.loads(SPEC.read_text(encoding="utf-8"))["words"]
    for example in MADE:
        text, question = example.context.lower(), example.question.lower()
        asked = [key for keys in words.values() for key in keys if key.lower() in question]
        named = [key for key in asked if key.lower() in text]
        assert named if example.answers else asked


def test_a_fifth_or_more_ask_about_what_the_text_does_not_name() -> None:
    share = sum(not example.answers for example in MADE) / len(MADE)
    assert 0.15 < share < 0.35


def test_a_frame_tells_where_its_words_stand() -> None:
    text, places = filled("in {key} it was {value}.", {"key": "2024", "value": "9 euros"})
    assert text == "in 2024 it was 9 euros."
    assert text[slice(*places["value"])] == "9 euros"
