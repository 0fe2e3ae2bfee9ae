"""Lists are found by the signs before their items, wherever prose does not come between."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.items import item_lists


def words(text: str) -> list[list[str]]:
    return [[text[start:end] for start, end in items] for items in item_lists(text)]


@pytest.mark.parametrize(
    ("text", "lists"),
    [
        ("You need:\n- a hat\n- a coat\n", [["a hat", "a coat"]]),
        ("* one\n\n* two\n\n* three", [["one", "two", "three"]]),
        ("1. one\n2. two\n10. ten", [["one", "two", "ten"]]),
        ("(a) one\n(b) two", [["one", "two"]]),
        ("i. one\nii. two\niv. four", [["one", "two", "four"]]),
        ("- [ ] open\n- [x] done", [["open", "done"]]),
        ("• goes on\n  below\n• next", [["goes on\n  below", "next"]]),
        ("- one\nwrapped\n- two", [["one\nwrapped", "two"]]),
        ("- a\n- b\ngoes on.\n\n- c\n- d", [["a", "b\ngoes on.", "c", "d"]]),
        ("- a\n- b\n\nProse.\n\n- c\n- d", [["a", "b"], ["c", "d"]]),
        ("- a\n- b\n1. c\n2. d", [["a", "b"], ["c", "d"]]),
        ("- a\n  - x\n  - y\n- b", [["a\n  - x\n  - y", "b"], ["x", "y"]]),
        ("一、 苹果\n- 梨\n- 桃", [["梨", "桃"]]),
        ("- alone", []),
        ("1066 was a year.\n1067 another.", []),
        ("A. Smith came.\n\nB. Jones came.", [["Smith came.", "Jones came."]]),
        ("-one\n-two", []),
        ("", []),
    ],
)
def test_items_of_one_list_stand_together(text: str, lists: list[list[str]]) -> None:
    assert words(text) == lists


@given(st.text(alphabet="-*1.)a \n\t", max_size=60))
def test_items_lie_in_order_inside_the_text(text: str) -> None:
    for items in item_lists(text):
        assert len(items) > 1
        at = 0
        for start, end in items:
            assert at <= start < end <= len(text)
            assert text[start:end] == text[start:end].strip()
            at = end
