"""Names of a question that no passage holds: what counts as a name, and where it is looked for."""

from __future__ import annotations

import pytest

from chatbot.named import share_unnamed
from retriever.types import Hit, Passage


def hits(*texts: str, name: str = "notes.txt", context: str = "") -> list[Hit]:
    return [Hit(Passage(0, 1, name, text, 0, len(text), 1, context), 0.9) for text in texts]


@pytest.mark.parametrize(
    ("question", "text", "share"),
    [
        ("When was the Eiffel Tower built?", "The lighthouse was built in 1911.", 1.0),
        ("When was the Eiffel Tower built?", "A tower of Eiffel's was built in 1889.", 0.0),
        ("When was the Eiffel Tower built?", "The tower was built in 1911.", 0.5),
        ("Which American company was it?", "It was founded in America.", 0.0),
        ("What did the Romans' king say?", "The Roman king spoke.", 0.0),
        ("What happened in 1859?", "In 1859 it appeared.", 0.0),
        ("What happened in 1859?", "In 1860 it appeared.", 1.0),
        ("Who ruled in the 1600s?", "Around 1600 there was a king.", 0.0),
        ("Who ruled in the 5th century?", "In the fifth century there was a king.", 0.0),
        ("when was the eiffel tower built", "The lighthouse was built in 1911.", 0.0),
        ("Who lit it? When did I?", "It was lit.", 0.0),
        ("Does the iPhone ring?", "The telephone rings.", 1.0),
        ("2022年有多少学生？", "2021年有三百名学生。", 1.0),
        ("2021年有多少学生？", "2021年有三百名学生。", 0.0),
        ("有多少学生？", "2021年有三百名学生。", 0.0),
    ],
)
def test_a_name_or_figure_is_looked_for_in_the_passages(
    question: str, text: str, share: float
) -> None:
    assert share_unnamed(question, hits("Another.", text)) == pytest.approx(share)


def test_a_documents_name_title_and_headings_name_what_its_passages_are_about() -> None:
    asked = "What is the rent at Harbour View?"
    assert share_unnamed(asked, hits("It is 900 a month.")) == 1.0
    assert share_unnamed(asked, hits("It is 900 a month.", name="harbour-view.pdf")) == 0.0
    assert share_unnamed(asked, hits("It is 900 a month.", context="Harbour View\nRent")) == 0.0


def test_nothing_found_holds_no_name() -> None:
    assert share_unnamed("Who was Ada?", []) == 1.0
    assert share_unnamed("Who was it?", []) == 0.0
