"""A reply becomes places and comes back word for word; what is gone stays gone."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest

from chatbot.store.places import from_places, passage_ids, to_places
from chatbot.types import Answer, Citation, Reply
from retriever.types import Hit, Passage

TEXTS = ("The bell was cast by Mette Holm in 1714.", "It hangs in the north tower.")


def passages() -> dict[int, Passage]:
    ids = (5 << 20, 6 << 20)
    return {
        one: Passage(one, one >> 20, f"{one >> 20}.txt", text, 100, 100 + len(text), 3)
        for one, text in zip(ids, TEXTS, strict=True)
    }


def quoted(passage: Passage, words: str, confidence: float) -> Answer:
    start = passage.char_start + passage.text.index(words)
    where = (passage.document_id, passage.document_name, 4, start, start + len(words), passage)
    return Answer(words, confidence, Citation(*where))


@pytest.fixture
def reply() -> Reply:
    first, second = passages().values()
    other = quoted(second, "north tower", 0.2)
    beside = (quoted(second, "hangs", 0.9),)
    best = replace(quoted(first, "Mette Holm", 0.91), alternatives=(other,), beside=beside)
    return Reply("Who cast it?", best, 0.91, (Hit(first, 0.8), Hit(second, 0.5)), 0.25)


def test_a_reply_comes_back_as_it_was(reply: Reply) -> None:
    stored = json.loads(json.dumps(to_places(reply)))
    assert from_places("Who cast it?", stored, passages()) == reply
    assert set(passage_ids(stored)) == set(passages())


def test_an_abstaining_reply_comes_back_as_it_was(reply: Reply) -> None:
    silent = replace(reply, answer=None, confidence=0.1)
    assert from_places(silent.question, to_places(silent), passages()) == silent


def test_a_near_passage_keeps_the_page_that_it_was_shown_with(reply: Reply) -> None:
    """Of what is shown of it, which need not be the page that it begins on."""
    shown = tuple(
        replace(hit, passage=replace(hit.passage, page_number=9)) for hit in reply.nearest
    )
    silent = replace(reply, answer=None, confidence=0.1, nearest=shown)
    assert from_places(silent.question, to_places(silent), passages()) == silent
    stored = to_places(silent)
    for near in stored["nearest"]:
        del near["page_number"]  # as it was stored before
    assert from_places(silent.question, stored, passages()).nearest == reply.nearest


def test_no_word_of_a_document_is_stored(reply: Reply) -> None:
    stored = json.dumps(to_places(reply))
    assert [word for word in " ".join(TEXTS).split() if word in stored] == []
    assert ".txt" not in stored


def test_without_its_document_an_answer_is_gone_and_the_rest_stays(reply: Reply) -> None:
    first, second = passages()
    left = from_places("Who cast it?", to_places(reply), {second: passages()[second]})
    assert (left.answer, left.gone) == (None, True)
    assert [hit.passage.id for hit in left.nearest] == [second]
    left = from_places("Who cast it?", to_places(reply), {first: passages()[first]})
    assert left.answer == quoted(passages()[first], "Mette Holm", 0.91)
    assert not left.gone


def test_an_abstention_is_gone_with_the_last_passage_that_was_near(reply: Reply) -> None:
    _, second = passages()
    stored = to_places(replace(reply, answer=None))
    assert not from_places("Who cast it?", stored, {second: passages()[second]}).gone
    assert from_places("Who cast it?", stored, {}).gone
    among_nothing = to_places(replace(reply, answer=None, nearest=()))
    assert not from_places("Who cast it?", among_nothing, {}).gone


def test_a_reply_stored_before_there_were_lists_has_alternatives_alone(reply: Reply) -> None:
    stored = to_places(reply)
    del stored["n_beside"]
    found = from_places("Who cast it?", stored, passages()).answer
    assert found is not None
    assert [other.text for other in found.alternatives] == ["hangs", "north tower"]
    assert found.beside == ()


def test_a_field_that_is_added_to_a_reply_is_stored_too() -> None:
    """A new field needs a place in ``StoredReply``, and then in this list."""
    known = {"question", "answer", "confidence", "nearest", "elapsed_s", "gone"}
    assert {field.name for field in fields(Reply)} == known
    assert {field.name for field in fields(Answer)} == {
        "text", "confidence", "citation", "alternatives", "beside",
    }  # fmt: skip
    assert {field.name for field in fields(Citation)} == {
        "document_id", "document_name", "page_number", "char_start", "char_end", "passage",
    }  # fmt: skip
