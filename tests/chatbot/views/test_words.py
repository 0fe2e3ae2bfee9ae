"""Each language says everything the page says, with the same gaps to fill in."""

from __future__ import annotations

import re
from dataclasses import fields
from string import Formatter

import pytest

from chatbot.views.words import ENGLISH, Words
from chatbot.views.words_zh import CHINESE

SAME_IN_BOTH = {"title"}  # a name
EMPTY_IN_ENGLISH = {"welcome_note", "reasons"}
NAMES = [field.name for field in fields(Words)]
HAN = re.compile(r"[\u4e00-\u9fff]")


def gaps(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("name", NAMES)
def test_every_field_is_said_in_chinese(name: str) -> None:
    english, chinese = getattr(ENGLISH, name), getattr(CHINESE, name)
    assert bool(english) != (name in EMPTY_IN_ENGLISH)
    if name not in SAME_IN_BOTH:
        assert chinese != english, f"translate Words.{name} in chatbot/views/words_zh.py"
    if english:
        assert gaps(chinese) == gaps(english)


def test_chinese_is_chinese() -> None:
    plain = {"language", "title", "indexing"}
    assert [name for name in NAMES if not HAN.search(getattr(CHINESE, name))] == sorted(
        plain, key=NAMES.index
    )
    latin_marks = re.compile(r"[\u4e00-\u9fff][,.;:!?()](?!\d)")
    assert [name for name in NAMES if latin_marks.search(getattr(CHINESE, name))] == []
