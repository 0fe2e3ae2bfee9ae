"""Invented forms: who asks for a field is given its value, or nothing where the form lacks it."""

from __future__ import annotations

import pytest

from training.data import load_examples
from training.forms import SPEC, invented

MADE = invented(400, seed=5)


def test_each_answer_stands_where_it_says_and_no_place_is_left_open() -> None:
    for example in MADE:
        assert not set("{}~") & set(example.context)
        for answer in example.answers:
            end = answer.char_start + len(answer.text)
            assert example.context[answer.char_start : end] == answer.text


def test_a_label_stands_before_each_value() -> None:
    for example in (example for example in MADE if example.answers):
        (answer,) = example.answers
        before = example.context[: answer.char_start]
        label = before.rstrip(" :\t\n-|.=").splitlines()[-1]
        assert label, "a value has a label before it"


def test_a_part_asks_for_what_the_form_lacks() -> None:
    share = sum(not example.answers for example in MADE) / len(MADE)
    assert 0.1 < share < 0.3


def test_the_same_seed_invents_the_same() -> None:
    assert invented(40, seed=5) == MADE[: len(invented(40, seed=5))]
    assert invented(40, seed=6) != invented(40, seed=5)


def test_a_recipe_names_them_by_number() -> None:
    assert len({example.context for example in load_examples("forms:30", SPEC.parent)}) == 30
    with pytest.raises(ValueError, match="forms:N"):
        load_examples("forms:many", SPEC.parent)
