"""The conversation column: what is said, how sure, and that nothing escapes unescaped."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chatbot.views.conversation import (
    SHOWN_TURNS,
    conversation_html,
    earlier_html,
    how_sure,
    number,
    odds,
    turn_html,
)
from chatbot.views.quotation import preview_html, quotation_html, text_html
from tests.chatbot.records import EVIL, answer, passage, turn

TEXT = "Darwin waited. The first edition appeared on 24 November 1859, and was sold out. Good."


class Tags(HTMLParser):
    """Every tag and attribute a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def tags_of(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    return tags


@pytest.mark.parametrize(
    ("confidence", "word"),
    [
        (1.0, "very likely"),
        (0.85, "very likely"),
        (0.849, "likely"),
        (0.6, "likely"),
        (0.599, "possible"),
        (0.0, "possible"),
    ],
)
def test_how_sure_has_a_word(confidence: float, word: str) -> None:
    assert how_sure(confidence) == word


@pytest.mark.parametrize("confidence", [-0.1, 1.1, float("nan")])
def test_how_sure_refuses_what_is_no_probability(confidence: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        how_sure(confidence)


def test_a_number_never_promises_certainty() -> None:
    assert [number(p) for p in (0.0, 0.5, 0.998, 1.0)] == ["0.01", "0.50", "0.99", "0.99"]


def test_an_answer_shows_its_sentence_the_mark_the_place_and_the_odds() -> None:
    html = turn_html(turn(answer(TEXT, "24 November 1859"), question="When was it?"))
    assert "The first edition appeared on <mark>24 November 1859</mark>, and was sold" in html
    assert "Darwin waited" not in html
    assert "<bdi>origin.txt</bdi> · page 7" in html
    assert "very likely · 0.93" in html
    assert "When was it?" in html
    assert "other candidate" not in html


def test_other_candidates_are_counted_and_can_be_chosen() -> None:
    others = (answer("It was in May. So.", "May", confidence=0.3),) * 2
    html = turn_html(turn(answer(TEXT, "1859", alternatives=others), turn_id="4e"))
    assert "2 other candidates" in html
    for index in range(3):
        assert f'data-turn="4e" data-kind="candidate" data-index="{index}"' in html
    assert "1 other candidate<" in turn_html(turn(answer(TEXT, "1859", alternatives=others[:1])))


def test_a_candidate_that_nobody_would_believe_is_not_offered() -> None:
    others = (answer(TEXT, "1859", confidence=0.01), answer(TEXT, "Darwin", confidence=0.5))
    html = turn_html(turn(answer(TEXT, "24 November", alternatives=others)))
    assert "1 other candidate<" in html
    assert 'data-index="2"' in html
    assert 'data-index="1"' not in html


def test_nothing_found_says_so_and_shows_the_closest_passages() -> None:
    html = turn_html(turn(None))
    assert "I could not find that in your documents." in html
    assert "The closest words there are." in html
    assert 'data-kind="nearest" data-index="0"' in html
    assert "<mark>" not in html


def test_where_there_is_nothing_to_look_in_that_is_said() -> None:
    silent = turn(None)
    html = turn_html(replace(silent, reply=replace(silent.reply, nearest=())))
    assert "There is nothing to look in here yet. Add a document in the library." in html


def test_a_span_over_a_line_break_is_one_mark() -> None:
    html = quotation_html(answer("It was built by Josiah\nPell of Dunmoor. So.", "Josiah\nPell"))
    assert "<mark>Josiah\nPell</mark>" in html
    apart = quotation_html(answer("The light\n\nIt was lit", "light\n\nIt"))
    assert apart.count("<mark>") == 2
    assert "<br>" in apart


def test_signs_of_markdown_are_unseen_but_where_they_answer() -> None:
    text = "[Ida Vale](https://vale.org/a_(b)) came on **3 May 2019**."
    html = quotation_html(answer(text, "Ida Vale", name="log.md"))
    unseen = re.findall(r'<span class="q-unseen">(.*?)</span>', html)
    assert unseen == ["[", "](https://vale.org/a_(b))", "**", "**"]
    assert "<mark>Ida Vale</mark>" in html
    assert "".join(tags_of(html).texts) == text
    where = quotation_html(answer(text, "https://vale.org/a_(b)", name="log.md"))
    assert "](<mark>https://vale.org/a_(b)</mark>)" in where
    assert "q-unseen" not in quotation_html(answer(text, "Ida Vale", name="log.txt"))


def test_hashes_of_headings_alone_are_unseen() -> None:
    text = "## The crew\nRule #1: # is a sign"
    html = text_html(text, (0, 0), has_signs=True)
    assert re.findall(r'<span class="q-unseen">(.*?)</span>', html) == ["## "]
    assert "".join(tags_of(html).texts) == text


def test_a_long_cell_takes_the_width_of_its_row() -> None:
    html = text_html(
        "3 May (Date): The pump failed and a new one was bought at once. (Event).", (0, 0)
    )
    assert re.findall(r'class="(q-cell[^"]*)"', html) == ["q-cell", "q-cell q-long"]


def test_the_rule_in_a_markdown_table_is_no_row() -> None:
    table = "| Boat | Owner |\n|-------|:----:|\n| **Auk** | Bo |"
    html = text_html(table, (0, 0), has_signs=True)
    assert html.count('class="q-row"') == 2
    assert '<span class="q-unseen">|-------|:----:|</span>' in html
    assert "".join(tags_of(html).texts) == table


def test_a_row_of_a_table_is_shown_in_cells_and_says_its_name_once() -> None:
    row = "Ash (Kind): 9 (Trees); Ash: 734 (Crop (kg))."
    html = turn_html(turn(answer(f"Kind | Trees\n{row}\n", "734")))
    assert '<span class="q-value"><mark>734</mark></span>' in html
    assert '<span class="q-column">Crop (kg)</span>' in html
    assert html.count('"q-value">Ash<') == 1
    again = turn_html(turn(answer(row, "Ash: 734")))
    assert '<span class="q-value"><mark>Ash</mark></span>' in again


def test_a_first_visit_offers_examples_and_a_pending_question_waits_in_place() -> None:
    first = conversation_html((), examples=("Who was it?", EVIL))
    assert 'data-event="example" data-question="Who was it?"' in first
    assert "<script" not in first
    waiting = conversation_html((), pending=EVIL)
    assert "Searching" in waiting
    assert "<script" not in waiting


def shown(html: str) -> list[str]:
    return re.findall(r'<article class="q-turn" data-turn="(\w+)"', html)


def offered(html: str) -> tuple[str, int] | None:
    """Above which turn there are how many more, as the button says."""
    found = re.search(r'data-event="earlier" data-turn="(\w+)">Earlier questions \((\d+)\)', html)
    return (found[1], int(found[2])) if found else None


@given(st.integers(0, 4 * SHOWN_TURNS))
def test_the_newest_turns_are_shown_and_all_others_can_be_asked_for(n_turns: int) -> None:
    turns = [turn(None, turn_id=f"t{i}") for i in range(n_turns)]
    html = conversation_html(turns)
    seen = shown(html)
    assert seen == [one.id for one in turns[-SHOWN_TURNS:]]
    while more := offered(html):
        assert more == (seen[0], n_turns - len(seen))
        html = earlier_html(turns, seen[0])
        assert html.startswith(f'<div data-before="{seen[0]}">')
        assert 0 < len(shown(html)) <= SHOWN_TURNS
        seen = shown(html) + seen
    assert seen == [one.id for one in turns]


def test_a_turn_that_must_be_seen_is_shown_however_early_it_is() -> None:
    turns = [turn(None, turn_id=f"t{i}") for i in range(SHOWN_TURNS + 5)]
    html = conversation_html(turns, reaching="t2")
    assert shown(html) == [one.id for one in turns[2:]]
    assert offered(html) == ("t2", 2)
    assert shown(conversation_html(turns, reaching="t0")) == [one.id for one in turns]
    for reaching in ("t9", "", "other"):
        assert conversation_html(turns, reaching=reaching) == conversation_html(turns)


def test_above_the_first_turn_and_above_an_unknown_one_there_is_nothing() -> None:
    turns = [turn(None, turn_id=f"t{i}") for i in range(3)]
    assert earlier_html(turns, "t0") == ""
    assert earlier_html(turns, EVIL) == ""


def test_a_pending_question_and_a_notice_stand_below_the_newest_turns() -> None:
    turns = [turn(None, turn_id=f"t{i}") for i in range(SHOWN_TURNS + 1)]
    html = conversation_html(turns, pending="And then?", notice="Too long")
    assert len(shown(html)) == SHOWN_TURNS
    assert html.index('data-turn="t10"') < html.index("And then?") < html.index("Too long")
    assert offered(html) == ("t1", 1)


def test_a_question_is_a_heading_that_says_whose_it_is() -> None:
    html = turn_html(turn(None, question="Why <b>?"))
    assert 'aria-label="You asked: Why &lt;b&gt;?">Why &lt;b&gt;?</h3>' in html


def test_a_notice_is_read_out() -> None:
    html = conversation_html((), notice=f"Too long {EVIL}")
    assert 'role="alert"' in html
    assert "<script" not in html


def test_no_text_of_a_document_becomes_a_tag() -> None:
    text = f"Before {EVIL} the answer {EVIL} after."
    other = answer(text, "the answer", name=EVIL, confidence=0.2)
    best = answer(text, EVIL, name=EVIL, alternatives=(other,))
    tags = tags_of(conversation_html([turn(best, question=EVIL), turn(None)]))
    assert not {"script", "img"} & set(tags.tags)
    assert not [name for name in tags.attributes if name.startswith("on")]


@given(st.text(max_size=80), st.text(min_size=1, max_size=40), st.text(max_size=80))
def test_any_text_comes_out_as_text(before: str, span: str, after: str) -> None:
    assume(span.strip())
    text = before + span + after
    where = passage(text, char_start=5)
    best = answer(text, span, char_start=5)
    tags = tags_of(quotation_html(best))
    assert where.text == text
    assert "mark" in tags.tags
    assert set(tags.tags) <= {"mark", "span", "br"}
    assert set(tags.attributes) <= {"class"}
    assert "".join(tags.texts).strip("… ") in text


def test_what_was_read_into_a_question_is_said_and_can_be_undone() -> None:
    asked = turn(None, question=EVIL, turn_id="b1")
    assert "as_typed" not in turn_html(asked)
    html = turn_html(replace(asked, question="and why?"))
    assert "read as: &lt;script&gt;" in html
    assert 'data-event="as_typed" data-turn="b1"' in html
    assert "script" not in tags_of(html).tags


def test_a_further_answer_of_a_list_is_not_called_more_than_it_is() -> None:
    unsure, surer = answer(TEXT, "1859", confidence=0.3), answer(TEXT, "1859", confidence=0.7)
    assert odds(unsure) == "possible · 0.30"
    assert odds(unsure, is_further=True) == "0.30"
    assert odds(surer, is_further=True) == "likely · 0.70"


@pytest.mark.parametrize("sign", ["-", "2."])
def test_a_preview_breaks_between_items(sign: str) -> None:
    text = f"{sign} Birch Lane.\n{sign} Noor Haddad rents.\nIt is wrapped."
    html = preview_html("Where is Birch Lane?", passage(text))
    assert "Birch Lane.<br>\n" in html
    assert html.count("<br>") == 1
