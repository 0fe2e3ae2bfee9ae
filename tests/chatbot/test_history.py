"""Conversations are kept for their visitor alone, as places; a real library gives the words."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chatbot.answer import cite
from chatbot.history import DeletedMeanwhile, History, title_from
from chatbot.people.workspace import Visitor
from chatbot.store.conversations import MAX_TITLE_CHARS, new_id
from chatbot.store.database import FILE, Database
from chatbot.types import Conversation, Reply, Turn
from reader.types import Span
from retriever import Library
from retriever.types import Hit, Passage

ONE = Visitor("visitor-one", "visitor-one", ("samples",))
TWO = Visitor("visitor-two", "visitor-two", ("samples",))
BELL = "The bell of Sankt Orran was cast by Mette Holm in 1714."
VAULT = "The password of the vault in Zug is tangerine."


class Home:
    """A library with a history, that can be opened again."""

    def __init__(self, folder: Path, library: Library | None = None) -> None:
        self.folder = folder
        self.library = library or Library.open(folder)
        self.ticks = count(1)
        self.open()

    def open(self) -> None:
        self.database = Database(self.folder)
        self.history = History(self.database, self.library, lambda: float(next(self.ticks)))

    def restart(self) -> None:
        self.database.close()
        self.open()

    def add(self, collection: str, text: str, name: str = "note.txt") -> Passage:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        document = self.library.add(path, collection, name=name)
        path.unlink()
        return self.library.passages([document.id << 20], (collection,))[0]

    def ask(
        self, visitor: Visitor, chat: str, turn_id: str, asked: tuple[str, str], *found: Passage
    ) -> Conversation:
        """A question (as typed, as looked up) that got a quotation of each passage."""
        reply = reply_of(asked[1], *found)
        earlier = self.history.open(visitor, chat)
        return self.history.record(visitor, earlier, Turn(turn_id, asked[0], reply))

    def close(self) -> None:
        self.database.close()
        self.library.close()


def reply_of(looked_up: str, *found: Passage) -> Reply:
    hits = tuple(Hit(passage, 0.5) for passage in found)
    texts = [hit.passage.text for hit in hits]
    spans = [Span(i, 4, len(t), t[4:], 1.0, 0.0, 1.0, 0.9) for i, t in enumerate(texts)]
    answers = [cite(hit, span) for hit, span in zip(hits, spans, strict=True)]
    best = replace(answers[0], alternatives=tuple(answers[1:])) if answers else None
    return Reply(looked_up, best, 0.9 if best else 0.0, hits, 0.1)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with Library.open(tmp_path_factory.mktemp("library")) as library:
        yield library


@pytest.fixture
def home(tmp_path: Path, library: Library) -> Iterator[Home]:
    home = Home(tmp_path, library)
    yield home
    home.database.close()
    for name in ("visitor-one", "visitor-two", "samples"):
        library.remove_collection(name)


def same(text: str) -> tuple[str, str]:
    return text, text


def test_a_conversation_is_as_it_was_after_a_restart(home: Home) -> None:
    bell = home.add(ONE.collection, BELL)
    first = home.ask(ONE, "", "t1", same("Who cast the bell?"), bell)
    asked = ("And where is it?", "Where is the bell?")
    now = home.ask(ONE, first.id, "t2", asked)
    assert [turn.id for turn in now.turns] == ["t1", "t2"]
    assert now.turns[0].reply == reply_of("Who cast the bell?", bell)
    assert (now.turns[1].question, now.turns[1].reply.question) == asked
    assert (now.owner, now.title) == (ONE.id, "Who cast the bell?")
    home.restart()
    assert home.history.open(ONE, now.id) == now
    assert home.history.latest(ONE) == now


def test_another_visitors_conversation_is_like_none(home: Home) -> None:
    vault = home.add(ONE.collection, VAULT)
    mine = home.ask(ONE, "", "t1", same("What is the password?"), vault)
    history = home.history
    assert history.open(TWO, mine.id) == history.open(TWO, "nothing") == Conversation(TWO.id)
    assert history.latest(TWO) == Conversation(TWO.id)
    assert history.listed(TWO) == history.listed(TWO, "password") == []
    history.rename(TWO, mine.id, "stolen")
    history.delete(TWO, mine.id)
    history.delete_all(TWO)
    history.forget(TWO.id)
    assert history.replace(TWO, "t1", reply_of("What?")) == Conversation(TWO.id)
    assert history.open(ONE, mine.id) == mine
    theirs = home.ask(TWO, mine.id, "t2", same("And now?"))
    assert theirs.id != mine.id
    assert history.open(ONE, mine.id) == mine


def test_a_reply_is_replaced_where_it_stands(home: Home) -> None:
    bell = home.add(ONE.collection, BELL)
    home.ask(ONE, "", "t1", ("Who?", "Who cast the bell?"), bell)
    chat = home.history.latest(ONE).id
    home.ask(ONE, chat, "t2", same("When?"), bell)
    now = home.history.replace(ONE, "t1", reply_of("Who?"))
    assert [(turn.id, turn.question) for turn in now.turns] == [("t1", "Who?"), ("t2", "When?")]
    assert now.turns[0].reply == reply_of("Who?")
    assert home.history.replace(ONE, "t9", reply_of("Who?")) == Conversation(ONE.id)


def test_the_list_has_what_was_used_last_on_top(home: Home) -> None:
    first = home.ask(ONE, "", "t1", same("Who cast the bell?"))
    second = home.ask(ONE, "", "t2", same("Where is Zug?"))
    assert [one.id for one in home.history.listed(ONE)] == [second.id, first.id]
    home.ask(ONE, first.id, "t3", same("When?"))
    listed = home.history.listed(ONE)
    assert [(one.id, one.n_turns) for one in listed] == [(first.id, 2), (second.id, 1)]
    assert [one.updated_s for one in listed] == [3.0, 2.0]


def test_search_finds_words_of_questions_titles_and_quotations(home: Home) -> None:
    bell, vault = home.add(ONE.collection, BELL), home.add(ONE.collection, VAULT, "vault.md")
    one = home.ask(ONE, "", "t1", same("Who made it?"), bell)
    two = home.ask(ONE, "", "t2", same("What opens it?"), vault)
    home.history.rename(ONE, two.id, "Errands")

    def found(words: str) -> list[str]:
        return [summary.id for summary in home.history.listed(ONE, words)]

    assert found("METTE holm made") == [one.id]
    assert found("tangerine") == found("errands") == found("vault.md") == [two.id]
    assert found("it") == found("  ") == [two.id, one.id]
    assert found("mette tangerine") == []
    home.library.remove([vault.document_id], ONE.collection)
    assert found("tangerine") == []
    assert found("opens") == [two.id]


def test_search_finds_words_of_every_answer_that_is_shown(home: Home) -> None:
    texts = (BELL, VAULT, "The key is kept by Ottilie.", "The mayor is Torvald.")
    found = [home.add(ONE.collection, text, f"{n}.txt") for n, text in enumerate(texts)]
    answer = reply_of("Which?", *found).answer
    assert answer is not None
    *beside, other = answer.alternatives
    answer = replace(answer, beside=tuple(beside), alternatives=(other,))
    asked = Turn("t1", "Which?", Reply("Which?", answer, 0.9, (), 0.1))
    chat = home.history.record(ONE, home.history.open(ONE, ""), asked)

    def finds(words: str) -> bool:
        return [one.id for one in home.history.listed(ONE, words)] == [chat.id]

    assert [len(one.reply.answer.listed) for one in chat.turns if one.reply.answer] == [3]
    assert all(map(finds, ("mette", "tangerine 1.txt", "key kept ottilie", "mette key")))
    assert not finds("torvald")  # a candidate that the page shows only when it is asked for
    home.library.remove([found[2].document_id], ONE.collection)
    assert not finds("ottilie")
    assert finds("tangerine")


def test_titles_are_shortened_at_a_word_and_can_be_changed(home: Home) -> None:
    asked = "Which of the two engineers who designed the tower came from Bergen?"
    chat = home.ask(ONE, "", "t1", same(asked))
    assert chat.title == "Which of the two engineers who designed the tower came …"
    home.history.rename(ONE, chat.id, "  The\n tower ")
    assert home.history.open(ONE, chat.id).title == "The tower"
    home.history.rename(ONE, chat.id, " ")
    assert home.history.open(ONE, chat.id).title == chat.title


@given(st.text(max_size=200))
def test_a_title_is_one_short_line(text: str) -> None:
    title = title_from(text)
    assert len(title) <= MAX_TITLE_CHARS
    assert title == " ".join(title.split())
    assert bool(title) == bool(text.strip())


def test_deleting_takes_out_one_or_all(home: Home) -> None:
    one = home.ask(ONE, "", "t1", same("Is Wilibald here?"))
    two = home.ask(ONE, "", "t2", same("Is Gudrun here?"))
    home.ask(TWO, "", "t3", same("Is Torvald here?"))
    home.history.delete(ONE, one.id)
    assert left_in(home, "Wilibald") == []
    assert home.history.latest(ONE) == two
    home.history.delete_all(ONE)
    assert left_in(home, "Gudrun") == []
    assert home.history.latest(ONE) == Conversation(ONE.id)
    assert left_in(home, "Torvald") != []
    home.history.forget(TWO.id)
    assert left_in(home, "Torvald") == left_in(home, TWO.id) == []


def test_what_is_asked_in_a_deleted_conversation_begins_a_new_one(home: Home) -> None:
    one = home.ask(ONE, "", "t1", same("Who?"))
    home.history.delete(ONE, one.id)
    now = home.ask(ONE, one.id, "t2", same("And when?"))
    assert now.id != one.id
    assert [turn.question for turn in now.turns] == ["And when?"]


@pytest.mark.parametrize("is_new", [False, True])
@pytest.mark.parametrize("deletion", ["one", "all", "person"])
def test_what_is_answered_after_its_conversation_was_deleted_is_not_kept(
    home: Home, deletion: str, is_new: bool
) -> None:
    chat = home.ask(ONE, "", "t1", same("Who?")).id
    asked = Turn("t2", "Is Wilibald here?", reply_of("Is Wilibald here?"))
    earlier = home.history.open(ONE, "" if is_new else chat)
    elsewhere = Home(home.folder, home.library)  # as another process would have it open
    if deletion == "one":
        elsewhere.history.delete(ONE, chat)
    elif deletion == "all":
        elsewhere.history.delete_all(ONE)
    else:
        elsewhere.history.forget(ONE.id)
        home.ask(ONE, "", "t3", same("Who?"))  # and came back at once
    elsewhere.database.close()
    if is_new and deletion == "one":  # which was not the one it was asked in
        assert home.history.record(ONE, earlier, asked).turns == (asked,)
        return
    with pytest.raises(DeletedMeanwhile, match="ask again"):
        home.history.record(ONE, earlier, asked)
    assert left_in(home, "Wilibald") == []
    assert len(home.history.listed(ONE)) == (deletion == "person")
    assert home.ask(ONE, earlier.id, "t4", same("And now?")).id


def test_what_is_asked_at_once_begins_one_conversation(home: Home) -> None:
    home.ask(ONE, "", "t0", same("Who?"))
    made = new_id()
    first, second = home.history.begun(ONE, made), home.history.begun(ONE, made)
    assert (first.id, first.title, first.turns) == (made, "", ())
    one, two = (Turn(f"t{n}", f"No. {n}?", reply_of(f"No. {n}?")) for n in (1, 2))
    assert home.history.record(ONE, second, two).id == made
    now = home.history.record(ONE, first, one)
    assert (now.id, now.title, now.turns) == (made, "No. 2?", (two, one))
    assert home.history.begun(ONE, made) == now
    home.history.delete(ONE, made)
    with pytest.raises(DeletedMeanwhile):
        home.history.record(ONE, now, one)


def test_deleting_all_of_one_person_stops_nobody_else(home: Home) -> None:
    home.ask(TWO, "", "t1", same("Who?"))
    earlier = home.history.open(TWO, "")
    home.history.delete_all(ONE)
    asked = Turn("t2", "When?", reply_of("When?"))
    assert home.history.record(TWO, earlier, asked).turns == (asked,)


def test_many_who_ask_at_once_in_one_conversation_lose_nothing(home: Home) -> None:
    chat = home.ask(ONE, "", "start", same("Who?")).id
    second = Home(home.folder, home.library)  # as another process would have it open

    def ask(number: int) -> None:
        door = (home, second)[number % 2]
        for part in range(5):
            door.ask(ONE, chat, f"t{number}-{part}", same("And then?"))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    second.database.close()
    asked = [turn.id for turn in home.history.open(ONE, chat).turns]
    assert len(asked) == len(set(asked)) == 21
    for number in range(4):
        mine = [one for one in asked if one.startswith(f"t{number}-")]
        assert mine == sorted(mine)


def test_what_is_no_longer_shared_is_gone(home: Home) -> None:
    bell = home.add("samples", BELL)
    chat = home.ask(ONE, "", "t1", same("Who cast it?"), bell)
    alone = Visitor(ONE.id, ONE.collection, ())
    (turn,) = home.history.open(alone, chat.id).turns
    assert (turn.reply.answer, turn.reply.nearest, turn.reply.gone) == (None, (), True)


def left_in(home: Home, words: str) -> list[str]:
    """The files of the store that hold the words."""
    files = home.folder.glob(f"{FILE}*")
    return sorted(file.name for file in files if words.encode() in file.read_bytes())


def test_a_follow_up_keeps_no_word_of_a_document_that_went_while_it_was_answered(
    home: Home,
) -> None:
    bell, vault = home.add(ONE.collection, BELL), home.add(ONE.collection, VAULT, "vault.md")
    earlier = home.ask(ONE, "", "t1", same("What opens it?"), vault)
    earlier = home.ask(ONE, earlier.id, "t2", same("Who cast the bell?"), bell)
    home.library.remove([vault.document_id], ONE.collection)
    home.history.tidy(ONE)  # as a removal does
    asked = Turn("t3", "And where?", reply_of("Where is tangerine?", bell))
    now = home.history.record(ONE, earlier, asked)
    assert left_in(home, "tangerine") == []
    assert now.turns[-1].reply.question == "And where?"
    again = Turn("t4", "And when?", reply_of("When was the bell cast?", bell))
    assert home.history.record(ONE, now, again).turns[-1] == again


SECRETS = ("Wilibald", "Gudrun", "Ottilie", "Ragnhild")


@given(
    st.lists(
        st.tuples(st.sampled_from(range(4)), st.booleans(), st.booleans()), min_size=1, max_size=8
    ),
    st.sets(st.sampled_from(range(4)), min_size=1),
)
@example([(0, True, False), (1, False, True), (2, False, True)], {0})
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_removed_document_leaves_no_byte(
    library: Library, asked: list[tuple[int, bool, bool]], removed: set[int]
) -> None:
    """Whatever was asked, and however follow-ups were read with words of earlier quotations."""
    with TemporaryDirectory() as folder:
        home = Home(Path(folder), library)
        documents = [
            home.add(ONE.collection, f"The key is kept by {secret} alone.", f"{secret}.txt")
            for secret in SECRETS
        ]
        chat = ""
        for number, (about, anew, follows_up) in enumerate(asked):
            chat = "" if anew else chat
            earlier = home.history.open(ONE, chat).turns
            last = earlier[-1].reply.answer if earlier else None
            looked_up = f"And {last.text}?" if last and follows_up else "Who?"
            now = home.ask(ONE, chat, f"t{number}", ("Who?", looked_up), documents[about])
            chat = now.id
        for about in removed:
            library.remove([documents[about].document_id], ONE.collection)
        home.history.tidy(ONE)
        for about in removed:
            assert left_in(home, SECRETS[about]) == []
        for summary in home.history.listed(ONE):
            for turn in home.history.open(ONE, summary.id).turns:
                assert turn.reply.gone == (turn.reply.answer is None)
        home.database.close()
        library.remove_collection(ONE.collection)
