"""Replies for a terminal and for programs."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from chatbot.views.terminal import reply_fields, reply_json, reply_lines
from tests.chatbot.records import answer, reply

TEXT = "Darwin waited. It appeared on 24 November 1859, in London. Good."


def test_json_holds_every_promised_key() -> None:
    other = answer(TEXT, "London", confidence=0.4)
    line = json.loads(reply_json(reply(answer(TEXT, "24 November 1859", alternatives=(other,)))))
    assert line["question"] == "When?"
    assert line["answer"] == "24 November 1859"
    assert line["confidence"] == 0.93
    assert (line["document"], line["page_number"]) == ("origin.txt", 7)
    assert line["passage"] == TEXT
    assert TEXT[line["char_start"] - 100 : line["char_end"] - 100] == "24 November 1859"
    (alternative,) = line["alternatives"]
    assert set(alternative) == set(line) - {"question", "beside", "alternatives"}
    assert alternative["answer"] == "London"
    assert line["beside"] == []


def test_json_of_an_abstention_is_null_with_its_confidence() -> None:
    line = json.loads(reply_json(reply(None)))
    assert line["answer"] is None
    assert line["document"] is None
    assert line["confidence"] == 0.2
    assert line["alternatives"] == []


def test_json_is_one_line_and_keeps_chinese() -> None:
    line = reply_json(reply(answer("苏堤全长\n二点八公里。", "二点八公里")))
    assert "\n" not in line
    assert "二点八公里" in line


def test_a_person_sees_the_span_in_its_sentence() -> None:
    sentence, where = reply_lines(reply(answer(TEXT, "24 November 1859")), colour=False)
    assert sentence == "It appeared on «24 November 1859», in London."
    assert where.strip() == "origin.txt · page 7 · very likely · 0.93"
    coloured = reply_lines(reply(answer(TEXT, "24 November 1859")), colour=True)[0]
    assert "\x1b[1;7m24 November 1859\x1b[0m" in coloured


def test_a_list_counts_its_answers() -> None:
    text = "It was built by Ann Berg. It was built by Paul Holt."
    other = answer(text, "Paul Holt", confidence=0.6)
    found = replace(answer(text, "Ann Berg"), beside=(other,))
    lines = reply_lines(reply(found, question="Which engineers built it?"), colour=False)
    assert lines[0] == "2 answers"
    assert lines[1] == "It was built by «Ann Berg»."
    assert lines[3] == "It was built by «Paul Holt»."
    assert [one["answer"] for one in reply_fields(reply(found))["beside"]] == ["Paul Holt"]
    alone = answer(text, "Ann Berg", alternatives=(other,))
    assert len(reply_lines(reply(alone, question="Who built it?"), colour=False)) == 2


def test_an_abstention_shows_the_closest_passage() -> None:
    lines = reply_lines(reply(None), colour=False)
    assert lines[0] == "I could not find that in your documents."
    assert "The closest words there are." in lines[2]


def test_a_document_cannot_steer_the_terminal() -> None:
    text = "Here \x1b]0;owned\x07 it\x1b[2J is."
    lines = reply_lines(reply(answer(text, "it\x1b[2J", name="a\x1b[31m.txt")), colour=False)
    assert "\x1b" not in "".join(lines)
    assert "\x07" not in "".join(lines)


@pytest.mark.parametrize("space", "\t\r\v\u00a0\u2028\u202f\u3000")
def test_no_white_space_is_lost_between_words(space: str) -> None:
    sentence, _ = reply_lines(reply(answer(f"It ran{space}340 km.", "340 km")), colour=False)
    assert sentence == "It ran «340 km»."
    sentence, _ = reply_lines(reply(answer("It \u200bran\u00ad 9 km.", "9 km")), colour=False)
    assert sentence == "It ran «9 km»."


def test_what_was_looked_up_instead_stands_above_the_answer() -> None:
    got = reply(None, question="When was Darwin born?")
    assert reply_lines(got, typed="when was he born?", colour=False)[0] == (
        "  read as: When was Darwin born?"
    )
    assert "read as" not in "\n".join(reply_lines(got, typed="When was Darwin born?", colour=False))
