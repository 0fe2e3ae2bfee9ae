"""What is said of an answer: kept as places, and cut from a real library as examples."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chatbot.answer import cite
from chatbot.corrections import passage_around, write_corrections
from chatbot.history import History
from chatbot.people.workspace import Visitor
from chatbot.store.database import FILE, Database
from chatbot.teaching import MAX_ANSWER_CHARS, Teaching, find_words, trimmed
from chatbot.types import Reply, Turn, Verdict
from chatbot.views.conversation import turn_html
from chatbot.views.teaching import kind_of, lesson_html, said_html, showing_html
from reader.squad import load_squad
from reader.types import Span
from retriever import Library
from retriever.types import Hit, ParsedDocument, UnknownDocument
from tests.chatbot.records import EVIL, answer, turn

ONE = Visitor("visitor-one", "visitor-one", ())
TWO = Visitor("visitor-two", "visitor-two", ())
BELL = "The bell of Sankt Orran was cast by Mette Holm in 1714.\n"
TOWER = "The tower beside it was built by Jens Krag, and leans a little.\n"


class Home:
    """A library of two documents of one visitor, with what they asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.library = Library.open(folder)
        self.chats = Database(folder)
        self.history = History(self.chats, self.library)
        self.teaching = Teaching(self.chats, self.library)
        self.bell, self.tower = (self.add(t, f"{n}.txt") for n, t in (("b", BELL), ("t", TOWER)))

    def add(self, text: str, name: str) -> int:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return self.library.add(path, ONE.collection).id

    def ask(self, turn_id: str, question: str, document_id: int | None, words: str = "") -> None:
        """A question that got a quotation, or none but the bell's passage for the nearest."""
        wanted = self.bell if document_id is None else document_id
        (passage,) = self.library.passages([wanted << 20], ONE.readable)
        start = passage.text.index(words)
        span = Span(0, start, start + len(words), words, 1.0, 0.0, 1.0, 0.9)
        hit = Hit(passage, 0.5)
        best = None if document_id is None else cite(hit, span)
        asked = Turn(turn_id, question, Reply(question, best, 0.9, (hit,), 0))
        self.history.record(ONE, self.history.open(ONE, ""), asked)

    def squad(self) -> dict[str, tuple[str, str, list[str]]]:
        """What is exported: id -> question, context, answers; read by the reader's own door."""
        out = self.folder / "corrections.json"
        write_corrections(out, self.chats, self.library)
        examples = load_squad(out)
        return {e.id: (e.question, e.context, [a.text for a in e.answers]) for e in examples}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    opened = Home(tmp_path)
    yield opened
    opened.chats.close()
    opened.library.close()


def test_each_verdict_becomes_what_it_teaches(home: Home) -> None:
    home.ask("good", "Who cast the bell?", home.bell, "Mette Holm")
    home.ask("elsewhere", "Who built the tower?", home.bell, "Mette Holm")
    home.ask("nowhere", "Who painted it?", home.bell, "Mette Holm")
    home.ask("silent", "Who sang?", None)
    home.ask("unsure", "Who danced?", home.bell, "Mette Holm")
    home.teaching.judge(ONE, "good", "right")
    start = TOWER.index("Jens Krag")
    shown = home.teaching.show(ONE, "elsewhere", home.tower, start - 1, start + len("Jens Krag,"))
    assert shown == Verdict("here", home.tower, start, start + len("Jens Krag,"))
    home.teaching.judge(ONE, "nowhere", "absent")
    home.teaching.judge(ONE, "silent", "absent")
    home.teaching.judge(ONE, "unsure", "wrong")
    bell, tower = BELL.strip(), TOWER.strip()
    assert home.squad() == {
        "good": ("Who cast the bell?", bell, ["Mette Holm"]),
        "elsewhere": ("Who built the tower?", tower, ["Jens Krag,"]),
        "elsewhere-not": ("Who built the tower?", bell, []),
        "nowhere-not": ("Who painted it?", bell, []),
        "silent-not": ("Who sang?", bell, []),
    }


def test_a_mind_that_changes_leaves_one_verdict(home: Home) -> None:
    home.ask("a", "Who cast the bell?", home.bell, "Mette Holm")
    home.teaching.judge(ONE, "a", "absent")
    home.teaching.judge(ONE, "a", "right")
    assert list(home.squad()) == ["a"]
    home.teaching.take_back(ONE, "a")
    assert home.squad() == {}


def test_a_passage_that_holds_the_words_too_is_not_called_wrong(home: Home) -> None:
    twice = home.add("It was Jens Krag who rang it. The rope was new.", "r.txt")
    home.ask("a", "Who built the tower?", twice, "The rope")
    start = TOWER.index("Jens Krag")
    home.teaching.show(ONE, "a", home.tower, start, start + 9)
    assert list(home.squad()) == ["a"]


def test_a_removed_document_leaves_nothing_to_learn(home: Home) -> None:
    home.ask("a", "Who cast the bell?", home.bell, "Mette Holm")
    home.ask("b", "Who built the tower?", home.bell, "Mette Holm")
    home.teaching.judge(ONE, "a", "right")
    home.teaching.show(ONE, "b", home.tower, 4, 9)
    home.library.remove([home.tower], ONE.collection)
    home.teaching.forget(home.tower)
    assert list(home.squad()) == ["a"]
    home.library.remove([home.bell], ONE.collection)
    assert home.squad() == {}
    assert b"Mette" not in (home.folder / FILE).read_bytes()


def test_others_turns_and_documents_cannot_be_touched(home: Home) -> None:
    home.ask("a", "Who cast the bell?", home.bell, "Mette Holm")
    with pytest.raises(LookupError, match="no turn 'a'"):
        home.teaching.judge(TWO, "a", "right")
    with pytest.raises(UnknownDocument):
        home.teaching.show(TWO, "a", home.bell, 0, 3)
    home.teaching.judge(ONE, "a", "right")
    home.teaching.take_back(TWO, "a")
    assert home.history.latest(ONE).turns[0].verdict == Verdict("right")


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [(5, 5, "range of characters"), (0, 9999, "range of characters"), (3, 4, "white space alone")],
)
def test_a_place_without_words_is_refused(home: Home, start: int, end: int, message: str) -> None:
    home.ask("a", "Who cast the bell?", home.bell, "Mette Holm")
    with pytest.raises(ValueError, match=message):
        home.teaching.show(ONE, "a", home.bell, start, end)


def test_a_whole_page_is_no_answer(home: Home) -> None:
    long = home.add("word " * 200, "l.txt")
    home.ask("a", "Who cast the bell?", home.bell, "Mette Holm")
    with pytest.raises(ValueError, match=f"at most {MAX_ANSWER_CHARS} characters, got 399"):
        home.teaching.show(ONE, "a", long, 0, 400)
    with pytest.raises(ValueError, match="expected right, wrong, absent, got 'splendid'"):
        home.teaching.judge(ONE, "a", "splendid")


def test_words_are_found_nearest_and_across_lines() -> None:
    text = "the red\nfox and the red fox\n\nand the red  fox"
    assert find_words(text, "red fox", 0) == (4, 11)
    assert find_words(text, " red   fox ", 22) == (20, 27)
    assert find_words(text, "red fox", 99) == (37, 45)
    assert find_words(text, "blue fox", 0) is None
    assert find_words(text, "  ", 0) is None
    assert trimmed("a  bc \n", 1, 7) == (3, 5)


def test_words_over_two_passages_get_both() -> None:
    text = "\n\n".join(f"Paragraph {n}. " + "It goes on and on. " * 40 for n in range(3))
    document = ParsedDocument("long.txt", "text/plain", text, (0,))
    inside = text.index("Paragraph 1")
    begin, end = passage_around(document, (inside, inside + 11))
    assert begin <= inside < end < len(text)
    across = (text.index("Paragraph 1") - 30, text.index("Paragraph 1") + 11)
    begin, end = passage_around(document, across)
    assert begin <= across[0]
    assert across[1] <= end
    assert passage_around(ParsedDocument("e", "", "", (0,)), (0, 0)) == (0, 0)


def test_thumbs_say_what_was_said_and_are_taken_back() -> None:
    found, silent = turn(answer("It was 1859.", "1859")), turn(None)
    assert (kind_of(found, "up"), kind_of(found, "down")) == ("right", "wrong")
    assert (kind_of(silent, "up"), kind_of(silent, "down")) == ("absent", "wrong")
    for one, kind, thumb in (
        (found, "right", "up"),
        (found, "absent", "down"),
        (found, "here", "down"),
        (silent, "absent", "up"),
        (silent, "here", "down"),
    ):
        judged = replace(one, verdict=Verdict(kind))
        assert f'data-thumb="{thumb}"' in said_html(judged)
        assert f'data-thumb="{thumb}" aria-pressed="true"' in turn_html(judged)
        assert turn_html(judged).count('aria-pressed="true"') == 1
        assert kind_of(judged, thumb) == ""
    assert 'aria-pressed="true"' not in turn_html(found)


def test_a_wrong_answer_offers_two_ways_on() -> None:
    wrong = replace(turn(answer("It was 1859.", "1859")), verdict=Verdict("wrong"))
    assert "It is somewhere else" in lesson_html(wrong)
    assert 'data-kind="absent"' in lesson_html(wrong)
    silent = replace(turn(None), verdict=Verdict("wrong"))
    assert "It is somewhere else" in lesson_html(silent)
    assert 'data-kind="absent"' not in lesson_html(silent)
    assert lesson_html(turn(None)) == ""


def test_nothing_comes_through_unescaped() -> None:
    evil = replace(turn(answer("It was 1859.", "1859"), turn_id=EVIL), verdict=Verdict("wrong"))
    for html in (said_html(evil), turn_html(evil), showing_html(notice=EVIL)):
        assert "<script" not in html
        assert "<img" not in html


def test_the_export_is_plain_squad(home: Home) -> None:
    home.ask("a", "Wer goß die Glocke? 谁？", home.bell, "Mette Holm")
    home.teaching.judge(ONE, "a", "right")
    home.squad()
    written = json.loads((home.folder / "corrections.json").read_text(encoding="utf-8"))
    (article,) = written["data"]
    (paragraph,) = article["paragraphs"]
    (question,) = paragraph["qas"]
    assert article["title"] == "b.txt"
    assert question["question"] == "Wer goß die Glocke? 谁？"
    assert question["answers"][0]["answer_start"] == BELL.index("Mette")
    assert question["is_impossible"] is False
