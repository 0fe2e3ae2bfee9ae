"""Lists of answers: by the form of the question and by probabilities, never for one thing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chatbot.ask import AskConfig, ask
from chatbot.several import asks_for_several, equals
from chatbot.types import Answer
from chatbot.views.conversation import candidates, turn_html
from reader import Reader
from retriever import Library
from tests.chatbot.records import answer, turn


@pytest.mark.parametrize(
    "question",
    [
        "Who were the members of the council?",
        "What are the risks?",
        "Which villages have a mill?",
        "In which years did it freeze?",
        "Which of the ships sank?",
        "What kinds of apples are grown?",
        "What three colours does the flag have?",
        "List all the exits.",
        "理事会有哪些成员？",
    ],
)
def test_a_list_is_asked_for(question: str) -> None:
    assert asks_for_several(question)


@pytest.mark.parametrize(
    "question",
    [
        "Who painted the bridge?",
        "What is the risk?",
        "Which village has a mill?",
        "Which glass is used?",
        "What does it cost?",
        "When was he born?",
        "How many members are there?",
        "What causes rust?",
        "谁是主席？",
    ],
)
def test_one_thing_is_asked_for(question: str) -> None:
    assert not asks_for_several(question)


def several(best: float, *others: tuple[str, float]) -> Answer:
    text = "Ann Berg was one. Paul Holt was one, and Eva. Mia Lund was one. In 1931 it rained."
    found = tuple(answer(text, words, confidence=p) for words, p in others)
    return answer(text, "Ann Berg", confidence=best, alternatives=found)


ASKED = "Who were the members?"


@pytest.mark.parametrize(
    ("best", "others", "listed"),
    [
        (0.5, [("Paul Holt", 0.45), ("Mia Lund", 0.3)], (0, 1, 2)),
        (0.9, [("Paul Holt", 0.35)], (0,)),
        (0.45, [("Paul Holt", 0.19)], (0,)),
        (0.5, [("1931", 0.45), ("Mia Lund", 0.4)], (0, 2)),
        (0.5, [("Paul Holt", 0.45), ("Eva", 0.4), ("Mia Lund", 0.3)], (0, 1, 3)),
        (0.5, [], (0,)),
    ],
)
def test_equals_are_probable_of_one_form_and_of_different_sentences(
    best: float, others: list[tuple[str, float]], listed: tuple[int, ...]
) -> None:
    found = several(best, *others)
    assert equals(ASKED, found) == listed
    assert equals("Who was the member?", found) == (0,)


def test_a_list_counts_its_answers_and_each_has_its_place() -> None:
    found = several(0.5, ("Paul Holt", 0.45), ("1931", 0.4))
    html = turn_html(turn(found, question=ASKED))
    assert "2 answers" in html
    assert html.count("<blockquote") == 2
    assert (
        'class="q-where" data-event="cite" data-turn="a0" data-kind="candidate" data-index="1"'
        in html
    )
    assert "1 other candidate<" in html
    one = turn_html(turn(found, question="Who was the member?"))
    assert one.count("<blockquote") == 1
    assert "2 other candidates" in one


@pytest.fixture(scope="module")
def council(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("council")
    texts = {
        "berg.txt": "The old bridge was painted by Anna Berg in 1931.",
        "holt.txt": "The old bridge was painted by Paul Holt in 1978.",
        "rain.txt": "It rains a great deal in Dunmoor.",
    }
    with Library.open(folder / "home") as library:
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
            library.add(folder / name)
        yield library


def test_documents_that_answer_alike_are_listed_side_by_side(council: Library) -> None:
    reader = Reader.load()
    answering = AskConfig(threshold=0.3)  # of two rivals, each is less sure than one alone
    asked = "Which artists painted the old bridge?"
    reply = ask(asked, council, reader, ("default",), answering)
    assert reply.answer is not None
    every = candidates(reply.answer)
    listed = equals(reply.question, reply.answer)
    assert {every[index].text for index in listed} == {"Anna Berg", "Paul Holt"}
    one = ask("Who painted the old bridge in 1931?", council, reader, ("default",))
    assert one.answer is not None
    assert equals(one.question, one.answer) == (0,)
    assert one.answer.text == "Anna Berg"
