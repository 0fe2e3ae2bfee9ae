"""What is shown of a passage where nothing was found: the nearest sentence, always a slice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.preview import MAX_CHARS, preview

LAMP = (
    "The lighthouse stands on a spit of granite. The lamp was lit for the first time in 1871, "
    "and it has been lit every night since. Boats are kept in the harbour. The harbour freezes."
)
LAKE = "西湖位于杭州市西部，三面环山，是一处著名的风景。苏堤全长约二点八公里。雷峰塔在1924年倒塌。"


@pytest.mark.parametrize(
    ("question", "text", "begins"),
    [
        ("Who lit the lamp?", LAMP, "The lamp was lit for the first time"),
        ("What is the harbour made of?", LAMP, "Boats are kept in the harbour. The harbour"),
        ("What of Valparaiso?", LAMP, "The lighthouse stands on a spit of granite. The lamp"),
        ("雷峰塔为什么倒塌？", LAKE, "雷峰塔在1924年倒塌。"),
        ("What is selection?", "## 4. SELECTION.\n\nIts power is great. " + "It acts. " * 20,
         "4. SELECTION.\n\nIts power is great."),
        ("How many in June?", "6 (May); 44 (June).\n7 (May); 9 (July).", "6 (May); 44 (June)."),
    ],
)  # fmt: skip
def test_it_shows_the_sentence_that_shares_most(question: str, text: str, begins: str) -> None:
    assert preview(question, text).after.startswith(begins)


def test_the_rule_under_the_names_of_columns_is_not_shown() -> None:
    table = "| Month | Start |\n|---|---|\n| May | 9:00 |\n| June | 8:30 |\n"
    assert preview("Which month?", table).after.strip() == "| May | 9:00 |\n| June | 8:30 |"
    assert preview("Which month?", table.partition("| May")[0]).after.strip() == "| Month | Start |"
    assert preview("When in May?", table).after.strip() == "| May | 9:00 |\n| June | 8:30 |"


def test_a_long_sentence_is_cut_between_words() -> None:
    cut = preview("Where is the lamp?", "The lamp " + "shines and " * 60)
    assert cut.cut_after
    assert len(cut.after) <= MAX_CHARS
    assert cut.after.endswith(("shines", "and"))


@given(st.text(alphabet="ab .!?。\n|#-", max_size=200), st.text(alphabet="ab ?", max_size=20))
def test_it_is_always_a_slice(text: str, question: str) -> None:
    cut = preview(question, text)
    assert cut.before == cut.span == ""
    assert cut.after in text
    assert cut.after.strip() or not text.strip(" \n#-")
