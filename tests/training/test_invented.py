"""Every maker of invented texts: answers in their places, the same texts by the same seed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reader.squad import Example
from training import contrasts, forms, lists, tables
from training.data import COUNTED, load_examples

Maker = Callable[[int, int], list[Example]]
MAKERS: dict[str, Maker] = {
    "contrasts": contrasts.invented,
    "forms": forms.invented,
    "lists": lists.invented,
    "tables": tables.invented,
}


def test_none_is_left_out_here() -> None:
    assert set(MAKERS) == set(COUNTED)


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
def test_each_answer_stands_where_it_says_and_no_place_is_left_open(maker: Maker) -> None:
    for example in maker(300, 5):
        assert not set("{}") & set(example.context + example.question)
        for answer in example.answers:
            end = answer.char_start + len(answer.text)
            assert example.context[answer.char_start : end] == answer.text


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
def test_the_same_seed_invents_the_same_and_more_of_it(maker: Maker) -> None:
    few = maker(40, 5)
    assert few == maker(80, 5)[: len(few)]
    assert few != maker(40, 6)


@pytest.mark.parametrize("name", MAKERS)
def test_a_recipe_names_them_by_number(name: str, tmp_path: Path) -> None:
    assert len({example.context for example in load_examples(f"{name}:30", tmp_path)}) >= 29
    with pytest.raises(ValueError, match=f"{name}:N"):
        load_examples(f"{name}:many", tmp_path)
