"""What a visitor can do, with the real library and the shipped reader."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chatbot.choices import Choice
from chatbot.desk import Desk, example_questions, open_library, open_reader, place_of
from chatbot.history import DeletedMeanwhile
from chatbot.people.accounts import Accounts
from chatbot.people.limits import LimitReached, Limits
from chatbot.people.workspace import LIBRARY, SAMPLES, Visitor
from chatbot.settings import Settings
from chatbot.source import Place
from chatbot.types import MAX_QUESTION_CHARS, Conversation
from reader import Reader
from reader.artefact import MANIFEST, SHIPPED, Artefact, manifest_to_json
from reader.installed import READERS, install
from retriever import Hit
from retriever.types import UnknownCollection
from tests.waiting import until

LETTER = "The bell of Sankt Orran was cast by Mette Holm in 1714. It hangs in the north tower.\n"
SECRET = "The password of the vault in Zug is tangerine. Only Odile Ferrand knows it.\n"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    settings = Settings(tmp_path_factory.mktemp("home"))
    samples = tmp_path_factory.mktemp("samples")
    (samples / "bell.txt").write_text(LETTER, encoding="utf-8")
    desk = Desk(open_library(settings), Reader.load(), settings)
    desk.add_samples(samples)
    yield desk
    desk.close()


def visit(desk: Desk) -> Visitor:
    return desk.visitor(desk.workspace.new_token())


def bring(desk: Desk, visitor: Visitor, path: Path, text: str) -> int:
    path.write_text(text, encoding="utf-8")
    desk.documents.add(visitor, [(path, path.name)])
    until(lambda: not desk.documents.busy(visitor))
    assert not path.exists()
    return desk.documents.shelf(visitor).own[-1].id


def test_a_file_of_the_same_name_takes_the_place_of_the_first(desk: Desk, tmp_path: Path) -> None:
    visitor = visit(desk)
    first = bring(desk, visitor, tmp_path / "vault.txt", SECRET)
    second = bring(desk, visitor, tmp_path / "vault.txt", SECRET.replace("tangerine", "apricot"))
    assert [document.id for document in desk.documents.shelf(visitor).own] == [second]
    assert first != second
    (job,) = desk.documents.shelf(visitor).jobs
    assert (job.outcome, job.document_id) == ("replaced", second)
    now = desk.ask(visitor, "What is the password of the vault?", Conversation())
    answer = now.turns[-1].reply.answer
    assert answer is not None
    assert answer.text.strip(".") == "apricot"


def test_a_failed_file_is_tried_again_by_its_owner_alone(desk: Desk, tmp_path: Path) -> None:
    owner, other = visit(desk), visit(desk)
    bring(desk, owner, tmp_path / "broken.pdf", "%PDF-1.7 no more")
    (job,) = desk.documents.shelf(owner).jobs
    assert (job.state, job.can_retry) == ("broken", True)
    desk.documents.retry(other, job.id)
    desk.documents.cancel(other, job.id)
    desk.documents.dismiss(other, job.id)
    assert desk.documents.shelf(owner).jobs == (job,)
    desk.documents.retry(owner, job.id)
    until(lambda: not desk.documents.busy(owner))
    (again,) = desk.documents.shelf(owner).jobs
    assert (again.id, again.state) == (job.id, "broken")
    desk.documents.dismiss(owner, job.id)
    assert desk.documents.shelf(owner).jobs == ()


def test_what_waits_is_read_after_a_restart(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "home")
    desk = Desk(open_library(settings), Reader.load(), settings)
    visitor = visit(desk)
    desk._worker.stop()
    path = tmp_path / "vault.txt"
    path.write_text(SECRET, encoding="utf-8")
    desk.documents.add(visitor, [(path, path.name)])
    assert [job.state for job in desk.documents.shelf(visitor).jobs] == ["waiting"]
    assert not path.exists()
    desk.library.close()
    desk = Desk(open_library(settings), Reader.load(), settings)
    until(lambda: not desk.documents.busy(visitor))
    assert [document.name for document in desk.documents.shelf(visitor).own] == ["vault.txt"]
    desk.close()


def test_a_question_gets_a_quotation_that_stands_in_its_document(desk: Desk) -> None:
    visitor = visit(desk)
    now = desk.ask(visitor, "Who cast the bell?", Conversation())
    answer = now.turns[-1].reply.answer
    assert answer is not None
    assert "Mette Holm" in answer.text
    citation = answer.citation
    text = desk.library.text(citation.document_id, visitor.readable)
    assert text[citation.char_start : citation.char_end] == answer.text
    view = desk.look(visitor, place_of(now, Choice(now.turns[-1].id, "candidate", 0)))
    assert view is not None
    assert view.excerpt is not None
    assert view.excerpt.marked == answer.text


def test_what_nobody_wrote_is_not_found(desk: Desk) -> None:
    now = desk.ask(visit(desk), "How deep is the harbour of Valparaiso?", Conversation())
    reply = now.turns[-1].reply
    assert reply.answer is None
    assert place_of(now, Choice(now.turns[-1].id, "candidate", 0)) is None
    near = place_of(now, Choice(now.turns[-1].id, "nearest", 0))
    assert near is not None
    assert near.char_end > near.char_start


def test_a_visitors_file_is_the_visitors_alone(desk: Desk, tmp_path: Path) -> None:
    owner, other = visit(desk), visit(desk)
    document_id = bring(desk, owner, tmp_path / "vault.txt", SECRET)
    asked = "What is the password of the vault?"
    mine = desk.ask(owner, asked, Conversation()).turns[-1].reply
    assert mine.answer is not None
    assert mine.answer.text.strip(".") == "tangerine"
    theirs = desk.ask(other, asked, Conversation())
    assert all(hit.passage.document_id != document_id for hit in theirs.turns[-1].reply.nearest)
    assert [document.id for document in desk.documents.shelf(owner).own] == [document_id]
    assert desk.documents.shelf(other).own == ()
    assert desk.look(other, Place(document_id, 1)) is None
    assert desk.documents.remove(other, document_id) is None
    assert desk.look(owner, Place(document_id, 1)) is not None
    removed = desk.documents.remove(owner, document_id)
    assert removed is not None
    assert removed.name == "vault.txt"
    assert desk.look(owner, Place(document_id, 1)) is None
    assert desk.documents.shelf(owner).own == ()


def test_a_document_removed_while_it_is_read_is_not_quoted(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, search = visit(desk), desk.library.search
    document_id = bring(desk, visitor, tmp_path / "vault.txt", SECRET)

    def search_and_remove(question: str, k: int, collections: tuple[str, ...]) -> list[Hit]:
        hits = search(question, k, collections)
        desk.documents.remove(visitor, document_id)
        return hits

    monkeypatch.setattr(desk.library, "search", search_and_remove)
    now = desk.ask(visitor, "What is the password of the vault?", Conversation())
    assert all(hit.passage.document_id != document_id for hit in now.turns[-1].reply.nearest)
    assert now.turns[-1].reply.answer is None


@pytest.mark.parametrize("is_new", [False, True])
def test_a_question_whose_conversation_is_deleted_while_it_is_read_is_not_kept(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, is_new: bool
) -> None:
    visitor, search = visit(desk), desk.library.search
    first = desk.ask(visitor, "Who cast the bell?", Conversation())

    def search_and_delete(*given: object) -> object:
        desk.history.delete_all(visitor)
        return search(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.library, "search", search_and_delete)
    with pytest.raises(DeletedMeanwhile):
        desk.ask(visitor, "Who cast the bell?", Conversation() if is_new else first)
    assert desk.history.listed(visitor) == []


def test_the_samples_are_read_only_and_can_be_left_out(desk: Desk) -> None:
    visitor = visit(desk)
    (sample,) = desk.documents.shelf(visitor).shared
    assert desk.documents.remove(visitor, sample.id) is None
    now = desk.ask(visitor, "Who cast the bell?", Conversation(), with_shared=False)
    assert now.turns[-1].reply.answer is None
    assert now.turns[-1].reply.nearest == ()


def test_a_conversation_belongs_to_its_visitor(desk: Desk) -> None:
    one, two = visit(desk), visit(desk)
    now = desk.ask(one, "Who cast the bell?", Conversation())
    assert desk.own_conversation(one, now) is now
    assert desk.own_conversation(two, now).turns == ()
    assert len(desk.ask(two, "Where does it hang?", now).turns) == 1
    assert len(desk.ask(one, "Where does it hang?", now).turns) == 2


@pytest.mark.parametrize(
    ("kind", "index"), [("candidate", 99), ("candidate", -1), ("nearest", 99), ("nothing", 99)]
)
def test_a_choice_that_was_never_offered_leads_nowhere(desk: Desk, kind: str, index: int) -> None:
    now = desk.ask(visit(desk), "Who cast the bell?", Conversation())
    assert place_of(now, Choice(now.turns[0].id, kind, index)) is None
    assert place_of(now, Choice("0", "candidate", 0)) is None


@pytest.mark.parametrize("question", [" \n", "w" * (MAX_QUESTION_CHARS + 1)])
def test_blank_and_endless_questions_are_refused(desk: Desk, question: str) -> None:
    with pytest.raises(ValueError, match="question"):
        desk.ask(visit(desk), question, Conversation())


def test_samples_follow_their_folder(tmp_path: Path) -> None:
    settings, samples = Settings(tmp_path / "home"), tmp_path / "samples"
    samples.mkdir()
    (samples / "a.txt").write_text(LETTER, encoding="utf-8")
    desk = Desk(open_library(settings), Reader.load(), settings)
    desk.add_samples(samples)
    before = desk.library.documents((SAMPLES,))
    desk.add_samples(samples)
    assert desk.library.documents((SAMPLES,)) == before
    (samples / "a.txt").write_text(SECRET, encoding="utf-8")
    desk.add_samples(samples)
    (after,) = desk.library.documents((SAMPLES,))
    assert after.sha256 != before[0].sha256
    desk.close()


def test_three_examples_are_shipped() -> None:
    examples = example_questions()
    assert len(set(examples)) == 3
    assert all(len(example) <= MAX_QUESTION_CHARS for example in examples)


def test_a_collection_is_filled_asked_alone_and_removed(desk: Desk, tmp_path: Path) -> None:
    visitor = visit(desk)
    papers = desk.collections.make(visitor, "Papers")
    visitor = desk.collections.known(visitor)
    path = tmp_path / "vault.txt"
    path.write_text(SECRET, encoding="utf-8")
    (job,) = desk.documents.add(visitor, [(path, path.name)], papers)
    assert job.collection in visitor.named
    until(lambda: not desk.documents.busy(visitor))
    (document,) = desk.documents.shelf(visitor, papers).own
    shelf = desk.documents.shelf(visitor)
    assert shelf.own == (document,)
    assert shelf.titles == {job.collection: "Papers"}
    assert shelf.languages[document.id] == "en"
    asked = "What is the password of the vault?"
    assert desk.reply(visitor, asked, among=papers).answer is not None
    samples_only = desk.reply(visitor, "Who cast the bell?", among=papers)
    assert all(hit.passage.document_id == document.id for hit in samples_only.nearest)
    desk.documents.remove_collection(visitor, papers)
    visitor = desk.collections.known(visitor)
    assert desk.documents.shelf(visitor).own == ()
    assert desk.look(visitor, Place(document.id, 1)) is None


def test_another_visitors_collection_cannot_be_named(desk: Desk, tmp_path: Path) -> None:
    owner, other = visit(desk), visit(desk)
    papers = desk.collections.make(owner, "Papers")
    path = tmp_path / "intruder.txt"
    path.write_text(SECRET, encoding="utf-8")
    with pytest.raises(UnknownCollection):
        desk.documents.add(other, [(path, path.name)], papers)
    assert not path.exists()
    with pytest.raises(UnknownCollection):
        desk.reply(other, "Who?", among=papers)
    with pytest.raises(UnknownCollection):
        desk.documents.shelf(other, papers)


def test_a_pasted_text_is_a_document(desk: Desk) -> None:
    visitor = visit(desk)
    desk.documents.paste(visitor, "", "# The mill\n\nThe mill was built by Jorunn Vik in 1811.\n")
    until(lambda: not desk.documents.busy(visitor))
    (document,) = desk.documents.shelf(visitor).own
    assert (document.name, document.media_type) == ("The mill.md", "text/markdown")
    with pytest.raises(ValueError, match="blank"):
        desk.documents.paste(visitor, "name", " \n")


def test_who_asks_or_adds_too_much_is_told_and_nothing_is_kept(tmp_path: Path) -> None:
    limits = Limits(questions_per_minute=1, files_at_once=2, files=1, uploads_per_hour=10)
    settings = Settings(tmp_path / "home", limits=limits)
    desk = Desk(open_library(settings), Reader.load(), settings)
    visitor, other = visit(desk), visit(desk)
    desk.reply(visitor, "Who cast the bell?")
    with pytest.raises(LimitReached, match="1 questions within a minute"):
        desk.reply(visitor, "Who cast the bell?")
    desk.reply(other, "Who cast the bell?")
    paths = [tmp_path / f"{n}.txt" for n in range(3)]
    for files in (paths, paths[:2]):
        for path in paths:
            path.write_text(SECRET, encoding="utf-8")
        with pytest.raises(LimitReached, match=r"documents|at once"):
            desk.documents.add(visitor, [(path, path.name) for path in files])
        assert not any(path.exists() for path in files)
    assert desk.documents.shelf(visitor).jobs == ()
    bring(desk, visitor, tmp_path / "vault.txt", SECRET)
    with pytest.raises(LimitReached, match="2 documents; 1 is the most"):
        desk.documents.paste(visitor, "more", "Some more.")
    desk.close()


def test_an_owner_shares_with_everybody_and_takes_back(tmp_path: Path) -> None:
    users = tmp_path / "users.json"
    Accounts.made(users).add("ada", "owner", "correct horse")
    settings = Settings(tmp_path / "home", auth=users, visitors=True)
    desk = Desk(open_library(settings), Reader.load(), settings)
    ada, other = desk.visitor(desk.workspace.enter(None, "ada")), visit(desk)
    path = tmp_path / "vault.txt"
    path.write_text(SECRET, encoding="utf-8")
    desk.documents.add(ada, [(path, path.name)], LIBRARY)
    until(lambda: not desk.documents.busy(ada))
    (document,) = desk.documents.shelf(other).shared
    assert document.collection == LIBRARY
    assert desk.look(other, Place(document.id, 1)) is not None
    assert desk.documents.remove(other, document.id) is None
    with pytest.raises(UnknownCollection):
        desk.documents.paste(other, "mine", "Now in yours.", LIBRARY)
    assert desk.documents.remove(ada, document.id) == document
    assert desk.documents.shelf(other).shared == ()
    desk.close()


def test_a_follow_up_is_looked_up_as_it_is_meant_and_can_be_undone(
    desk: Desk, tmp_path: Path
) -> None:
    visitor = visit(desk)
    bring(desk, visitor, tmp_path / "vault.txt", SECRET)
    first = desk.ask(visitor, "Who knows the password of the vault?", Conversation())
    now = desk.ask(visitor, "and where is it?", first)
    turn = now.turns[-1]
    assert turn.question == "and where is it?"
    assert turn.reply.question == "Where is the password of the vault?"
    undone = desk.ask_as_typed(visitor, turn.id, now)
    assert undone.turns[0] == now.turns[0]
    assert undone.turns[1].id == turn.id
    assert undone.turns[1].reply.question == "and where is it?"
    assert desk.ask_as_typed(visitor, turn.id, undone) == undone
    with pytest.raises(DeletedMeanwhile):
        desk.ask_as_typed(visit(desk), turn.id, now)
    desk.history.delete(visitor, now.id)
    with pytest.raises(DeletedMeanwhile):
        desk.ask_as_typed(visitor, turn.id, desk.history.open(visitor, now.id))


def test_a_reader_adapted_to_the_home_comes_before_the_shipped_one(tmp_path: Path) -> None:
    settings, shipped = Settings(tmp_path), Artefact.load(SHIPPED).manifest.name
    assert open_reader(settings).manifest.name == shipped
    made = tmp_path / READERS / "made"
    shutil.copytree(SHIPPED, made)
    manifest = replace(Artefact.load(made).manifest, name="adapted")
    (made / MANIFEST).write_text(manifest_to_json(manifest), encoding="utf-8")
    install(made, tmp_path)
    assert open_reader(settings).manifest.name == "adapted"
    named = Settings(tmp_path, reader=SHIPPED)
    assert open_reader(named).manifest.name == shipped
