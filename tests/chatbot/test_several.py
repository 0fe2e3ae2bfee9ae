"""Lists of answers: items of a list, sentences that answer alike, and never for one thing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.ask import AskConfig, ask
from chatbot.evidence import shifted
from chatbot.several import AGREEING, MOST_LISTED, together
from chatbot.types import Answer
from chatbot.views.conversation import turn_html
from reader import Reader
from retriever import Library
from tests.chatbot.records import answer, turn

SENTENCES = "Ann Berg was one. Paul Holt was one, and Eva. Mia Lund was one. In 1931 it rained."
ITEMS = "You bring:\n\n- a warm hat;\n- a coat that is long\n- boots.\n\nTents are lent."


def found(text: str, *spans: tuple[str, float]) -> list[Answer]:
    return [answer(text, words, confidence=p) for words, p in spans]


def listed(question: str, candidates: list[Answer]) -> list[str]:
    best = together(question, candidates, 3)
    assert best is not None
    return [one.text for one in best.listed]


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        (
            [("Ann Berg", 0.5), ("Paul Holt", 0.45), ("Mia Lund", 0.3)],
            "Ann Berg; Paul Holt; Mia Lund",
        ),
        ([("Ann Berg", 0.9), ("Paul Holt", 0.5)], "Ann Berg"),
        ([("Ann Berg", 0.45), ("Paul Holt", 0.17), ("Mia Lund", 0.05)], "Ann Berg; Paul Holt"),
        ([("Paul Holt", 0.45), ("Eva", 0.4), ("Mia Lund", 0.3)], "Paul Holt; Mia Lund"),
        ([("Ann Berg", 0.5)], "Ann Berg"),
        ([("Paul Holt was one, and Eva", 0.5), ("Ann Berg", 0.4)], "Paul Holt was one, and Eva"),
    ],
)
def test_sentences_that_answer_are_nearly_as_probable(
    spans: list[tuple[str, float]], expected: str
) -> None:
    candidates = found(SENTENCES, *spans)
    assert listed("Who were the members?", candidates) == expected.split("; ")
    assert listed("Who was the member?", candidates) == [candidates[0].text]


@pytest.mark.parametrize("question", ["What should I bring?", "Which things are needed?"])
def test_an_item_brings_the_others_in_their_order(question: str) -> None:
    candidates = found(ITEMS, ("coat", 0.7), ("Tents", 0.4), ("a warm hat;", 0.3))
    best = together(question, candidates, 3)
    assert best is not None
    assert [one.text for one in best.listed] == ["a warm hat", "coat", "boots"]
    assert {one.confidence for one in best.listed} == {shifted(0.7, AGREEING)}
    assert [one.text for one in best.alternatives] == ["Tents"]
    for one in best.candidates:
        at = one.citation.passage.char_start
        place = slice(one.citation.char_start - at, one.citation.char_end - at)
        assert ITEMS[place] == one.text


def test_a_quotation_over_several_items_is_cut_at_their_borders() -> None:
    candidates = found(ITEMS, ("hat;\n- a coat that", 0.7))
    assert listed("What should I bring?", candidates) == ["hat", "a coat that", "boots"]


def test_one_item_may_be_right_by_itself() -> None:
    candidates = found(ITEMS, ("boots", 0.9), ("a warm hat", 0.01))
    assert listed("What is for the feet?", candidates) == ["boots"]
    assert listed("Which item is for the feet?", found(ITEMS, ("boots", 0.9), ("hat", 0.5))) == [
        "boots"
    ]


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 40), st.floats(0.01, 0.99)), min_size=1)
)
def test_whatever_is_found_the_answers_are_different_slices(
    spans: list[tuple[int, int, float]],
) -> None:
    candidates: list[Answer] = []
    for start, length, p in sorted(spans, key=lambda span: -span[2]):
        words = ITEMS[start : start + length]
        citation = replace(
            answer(ITEMS, ITEMS, confidence=p).citation,
            char_start=100 + start,
            char_end=100 + start + len(words),
        )
        one = Answer(words, p, citation)
        apart = all(
            one.citation.char_end <= other.citation.char_start
            or other.citation.char_end <= one.citation.char_start
            for other in candidates
        )
        if words and apart:
            candidates.append(one)
    best = together("What should I bring?", candidates, 3)
    assert best is not None
    for one in best.candidates:
        place = slice(one.citation.char_start - 100, one.citation.char_end - 100)
        assert ITEMS[place] == one.text != ""
    starts = [one.citation.char_start for one in best.listed]
    assert len(set(starts)) == len(starts)


@pytest.mark.parametrize(("first", "begin"), [(10, 10), (50, 38), (79, 56)])
def test_of_a_very_long_list_those_around_the_answer_are_told(first: int, begin: int) -> None:
    text = "".join(f"- item {n}\n" for n in range(10, 80))
    candidates = found(text, (f"item {first}", 0.7), ("item 20", 0.6))
    names = listed("What is there?", candidates)
    assert names == [f"item {n}" for n in range(begin, begin + MOST_LISTED)]
    assert f"item {first}" in names


@pytest.mark.parametrize(
    ("text", "spans", "expected"),
    [
        ("The room closes at 21:30.", ["21:30", "at", "room", "."], ["room"]),
        ("它在西湖的南边。", ["西湖", "在", "的", "南边"], ["南边"]),
        ("The IT desk helps us, not the US.", ["desk", "us", "US", "IT"], ["US", "IT"]),
        ("Holt, Ann Holt, came. Holt left.", ["Ann Holt", "Holt"], []),
    ],
)
def test_what_adds_no_word_to_the_answer_is_no_alternative(
    text: str, spans: list[str], expected: list[str]
) -> None:
    best = together("What is it?", found(text, *((one, 0.5) for one in spans)), 3)
    assert best is not None
    assert [one.text for one in best.alternatives] == expected


def test_the_same_name_in_another_sentence_is_another_place() -> None:
    text = "Holt left early that day. Then Ann Holt came."
    best = together("Who came?", found(text, ("Ann Holt", 0.5), ("Holt", 0.1)), 3)
    assert best is not None
    assert [one.text for one in best.alternatives] == ["Holt"]


def test_nothing_found_is_no_answer() -> None:
    assert together("Who?", [], 3) is None


def test_a_list_counts_its_answers_and_each_has_its_place() -> None:
    one, two, rain = found(SENTENCES, ("Ann Berg", 0.5), ("Paul Holt", 0.45), ("1931", 0.4))
    html = turn_html(turn(replace(one, beside=(two,), alternatives=(rain,))))
    assert "2 answers" in html
    assert html.count("<blockquote") == 2
    for index in range(3):
        assert f'data-kind="candidate" data-index="{index}"' in html
    assert "1 other candidate<" in html


def test_items_of_one_list_have_one_line_below_them() -> None:
    candidates = found(ITEMS, ("coat", 0.7), ("a warm hat;", 0.3))
    best = together("What should I bring?", candidates, 3)
    html = turn_html(turn(best))
    assert "3 answers" in html
    assert html.count('class="q-item"') == 3
    assert html.count('class="q-where"') == html.count("q-thumbs") == 1
    assert html.index("boots") < html.index("very likely · 0.91")


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


def test_all_that_stand_near_each_other_have_the_firsts_probability() -> None:
    three = [("Ann Berg", 0.3), ("Paul Holt", 0.25), ("Mia Lund", 0.2)]
    best = together("Who were the members?", found(SENTENCES, *three), 3)
    assert best is not None
    assert [one.confidence for one in best.listed] == [0.3, 0.3, 0.3]


def test_the_form_of_the_question_decides_how_near() -> None:
    candidates = found(SENTENCES, ("Ann Berg", 0.5), ("Paul Holt", 0.2))
    assert listed("Who were the members?", candidates) == ["Ann Berg", "Paul Holt"]
    assert listed("Who came?", candidates) == ["Ann Berg"]
    assert listed("Who came?", found(SENTENCES, ("Ann Berg", 0.5), ("Paul Holt", 0.3))) == [
        "Ann Berg",
        "Paul Holt",
    ]


def test_documents_that_answer_in_the_same_words_are_listed_side_by_side(council: Library) -> None:
    reader = Reader.load()
    answering = AskConfig(threshold=0.3)  # of two rivals, each is less sure than one alone
    asked = "Which artists painted the old bridge?"
    reply = ask(asked, council, reader, ("default",), answering)
    assert reply.answer is not None
    assert {one.text for one in reply.answer.listed} == {"Anna Berg", "Paul Holt"}
    one = ask("Who painted the old bridge in 1931?", council, reader, ("default",))
    assert one.answer is not None
    assert [answer.text for answer in one.answer.listed] == ["Anna Berg"]
