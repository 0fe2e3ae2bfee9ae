"""A conversation as a file: every answer with its document and page, nothing that takes effect."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from chatbot.types import Conversation, Turn
from chatbot.views.export import exported, to_json, to_markdown
from tests.chatbot.records import EVIL, answer, reply

SENTENCE = "It was a dull autumn. The bell was cast by Mette Holm in 1714. It hangs still."


def conversation(*turns: Turn, title: str = "Who cast the bell?") -> Conversation:
    return Conversation("visitor-a", turns, "c0", title)


def found(sentence: str = SENTENCE, span: str = "Mette Holm", name: str = "bell.txt") -> Turn:
    got = reply(answer(sentence, span, name=name), question="Who cast the bell?")
    return Turn("t1", "Who cast it?", got)


def test_markdown_quotes_each_answer_with_document_and_page() -> None:
    silent = Turn("t2", "How deep?", reply(None, question="How deep?"))
    gone = Turn("t3", "And?", replace(reply(None, question="And?"), gone=True))
    assert to_markdown(conversation(found(), silent, gone)) == (
        "# Who cast the bell?\n\n"
        "## Who cast it?\n\n"
        "*Who cast the bell?*\n\n"
        "> The bell was cast by **Mette Holm** in 1714.\n\n"
        "bell.txt · page 7 · very likely · 0.93\n\n"
        "## How deep?\n\n"
        "I could not find that in your documents.\n\n"
        "## And?\n\n"
        "That document is no longer here, or has a newer version. Ask again.\n"
    )


def test_answers_of_a_list_are_all_quoted() -> None:
    two = "The founders were Ada Holm and friends."
    best = replace(
        answer("The bell was cast by Mette Holm.", "Mette Holm"),
        beside=(answer(two, "Ada Holm", confidence=0.8, char_start=900),),
        alternatives=(answer("It hangs in Zug.", "Zug", confidence=0.1, char_start=5000),),
    )
    asked = "Who were the founders?"
    text = to_markdown(conversation(Turn("t1", asked, reply(best, question=asked))))
    assert text.count("\n> ") == 2
    assert "> The founders were **Ada Holm** and friends." in text


def test_what_was_written_takes_no_effect_in_markdown() -> None:
    turn = found(f"{EVIL} [here](x) was # cast *by* Mette.", "Mette", f"{EVIL}.txt")
    text = to_markdown(conversation(turn, title="# _one_\n# two"))
    assert "\\<script\\>" in text
    assert "<script" not in text.replace("\\<", "")
    assert "\\[here\\](x)" in text
    assert text.startswith("# \\# \\_one\\_")
    assert "\n# two" not in text


def test_json_has_the_fields_that_the_command_prints() -> None:
    best = replace(answer(SENTENCE, "1714"), alternatives=(answer(SENTENCE, "autumn"),))
    whole = json.loads(to_json(conversation(Turn("t1", "When?", reply(best)))))
    assert whole["title"] == "Who cast the bell?"
    (turn,) = whole["turns"]
    assert (turn["id"], turn["question"], turn["read_as"]) == ("t1", "When?", "When?")
    assert (turn["answer"], turn["document"], turn["page_number"]) == ("1714", "origin.txt", 7)
    assert turn["passage"][turn["char_start"] - 100 : turn["char_end"] - 100] == "1714"
    assert [other["answer"] for other in turn["alternatives"]] == ["autumn"]
    assert turn["beside"] == []
    assert not turn["gone"]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Who cast the bell?", "who-cast-the-bell.md"),
        ("../../etc/passwd", "etc-passwd.md"),
        ("他呢？", "他呢.md"),
        ("???", "conversation.md"),
    ],
)
def test_a_file_is_named_by_its_title(title: str, name: str) -> None:
    made = exported(conversation(title=title), "markdown")
    assert (made.name, made.media_type) == (name, "text/markdown")
    assert exported(conversation(title=title), "json").name == name.replace(".md", ".json")
