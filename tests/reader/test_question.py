"""What the form of a question leads one to expect."""

from __future__ import annotations

import pytest

from reader.question import Expects, expects, is_written

SEVERAL = """Who were the members of the council?
What are the risks?
Which villages have a mill?
In which years did it freeze?
Which of the ships sank?
Which famous people lived there?
Which Italian cities held out?
What kinds of apples are grown?
What three colours does the flag have?
List all the exits.
Name those who came.
理事会有哪些成员？"""
ONE = """Who is the chair?
What is the risk?
Where's the key?
What was her name?
Which village has a mill?
Which glass is used?
Which company owns the ferry?
Which company owns ABC?
Which team plays at home?
Which river flows through Lund?
Which news agency reported it?
Which series is it?
How many members are there?
How long does it take?
Whose house is it?
它有多少页？"""
ANY = """Who painted the bridge?
Who attended?
What does it cost?
What do I have to bring?
What is not covered?
When was he born?
How can I pay?
What causes rust?
Where did they go?
为什么？"""


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (question, how)
        for questions, how in ((SEVERAL, "several"), (ONE, "one"), (ANY, "any"))
        for question in questions.splitlines()
    ],
)
def test_how_many_answers_a_question_is_after(question: str, expected: Expects) -> None:
    assert expects(question) == expected


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("Who? ", True),
        ("谁？", True),
        ("谁来了？」", True),
        ('"Who came?"', True),
        ("(Who came?)\u200b", True),
        ("Who came?!", True),
        ("who", False),
        ("who? nobody", False),
    ],
)
def test_written_questions_end_with_their_mark(words: str, written: bool) -> None:
    assert is_written(words) == written
