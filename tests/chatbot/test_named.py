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
        ("Who paid 1200?", "He paid 1,200 in 1857,1858,1859.", 0.0),
        ("Which club was founded in 1967?", "Blues 1967 150 7", 0.0),
        ("Which club was founded in 1967?", "Blues 1967,150,7", 0.0),
        ("Who paid 1200000?", "He paid 1 200 000 for 12.", 0.0),
        ("What came on 1 February 2020?", "On 01.02.2020 the lease began.", 0.0),
        ("Who paid 100 euros?", "He paid 1000 euros.", 1.0),
        ("Which wines cost more than £1,500?", "Red: £1,700.", 0.0),
        ("I came in January, how much is it in March?", "It is 40 euros.", 0.0),
        ("公司成立于哪一年，CEO是谁？", "本公司的CEO为王明。", 0.0),
        ("Who leads Müller & Co?", "Mu\u0308ller & Co is led by Ada.", 0.0),
        ("What happened in 2022?", "２０２２年", 0.0),
        ("WHO OWNS IT?", "Holm has the lighthouse.", 0.0),
        ("How Much Did They Pay For Lunch?", "It cost 12 euros.", 0.0),
        ("Hi, What is the rent?", "It is 900 a month.", 0.0),
        ("Who leads the US?", "The U.S. is led by a president.", 0.0),
        ("Who rules Chile now?", "Many Chileans know.", 0.0),
        ("Who rules Peru now?", "It is a perusal.", 1.0),
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
