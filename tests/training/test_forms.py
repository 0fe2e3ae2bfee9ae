"""Invented forms: who asks for a field is given its value, or nothing where the form lacks it."""

from __future__ import annotations

import tomllib

from training.forms import SPEC, invented

MADE = invented(400, seed=5)


def test_one_of_its_labels_stands_right_before_a_value() -> None:
    forms = tomllib.loads(SPEC.read_text(encoding="utf-8"))["form"]
    fields = [field for form in forms for field in form["fields"]]
    for example in (example for example in MADE if example.answers):
        before = example.context[: example.answers[0].char_start].rstrip(" :\t\n-|.=").casefold()
        labels = [f["labels"] for f in fields if example.question in f["ask"]]
        ends = tuple(label.rstrip(".").casefold() for some in labels for label in some)
        assert before.endswith(ends)


def test_no_sign_of_a_template_is_left_in_a_value() -> None:
    for answer in (answer for example in MADE for answer in example.answers):
        assert not set("#~") & set(answer.text)


def test_a_part_asks_for_what_the_form_lacks() -> None:
    share = sum(not example.answers for example in MADE) / len(MADE)
    assert 0.1 < share < 0.3
