"""What a visitor can do, as plain calls: ask, look at a source, and what each part here offers.

Knows the doors of retriever and reader and nothing of HTML or a page framework.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from chatbot.ask import AskConfig, ask
from chatbot.choices import MAX_NEAREST, Choice, is_worth_showing
from chatbot.dialogue import looked_up
from chatbot.documents import Documents
from chatbot.history import DeletedMeanwhile, History
from chatbot.meter import Meter, State
from chatbot.people.accounts import Accounts
from chatbot.people.collections import EVERYTHING, Collections
from chatbot.people.expiry import Housekeeping, People
from chatbot.people.limits import Gate
from chatbot.people.workspace import LIBRARY, SAMPLES, Visitor, Workspace
from chatbot.settings import Settings
from chatbot.source import Place, SourceView, look, step
from chatbot.store.database import Database
from chatbot.teaching import Teaching
from chatbot.types import Conversation, OnProgress, Reply, Turn
from reader import Reader
from reader.installed import installed
from retriever import Library
from retriever.types import DEFAULT_COLLECTION, Hit, UnknownDocument

N_EXAMPLES = 3
FILES_AT_ONCE = 2  # so that a letter need not wait for a handbook
SAMPLES_FOLDER = Path(__file__).parent / "samples"
QUESTIONS_FILE = Path(__file__).parent / "questions.json"  # beside, being no sample


@dataclass(frozen=True, slots=True)
class Condition:
    """How the parts of a server are.

    Attributes:
        reader: the name of the model that reads.
        read_only: whether the library can only be searched.
        worker_alive: whether files are taken in.
        n_waiting: files that wait or are under way.
    """

    reader: str
    read_only: bool
    worker_alive: bool
    n_waiting: int


class Desk:
    """One library and one reader, shared by all visitors within their rights."""

    def __init__(
        self,
        library: Library,
        reader: Reader,
        settings: Settings,
        caller: Callable[[], str] = lambda: "",
    ) -> None:
        """``caller`` tells the address that what is done just now comes from."""
        self.library = library
        self._caller = caller
        accounts = Accounts(settings.auth) if settings.auth else None
        self.has_accounts = accounts is not None
        self.hf_oauth = settings.hf_oauth
        self.max_file_mb = settings.max_file_mb
        self.owner_name = settings.owner_name
        self._shared = tuple(dict.fromkeys((SAMPLES, LIBRARY, *settings.shared)))
        self.workspace = Workspace(
            settings.home,
            self._shared,
            accounts=accounts,
            visitors=accounts is None or settings.visitors,
            hub=settings.hf_oauth,
        )
        self._reader = reader
        self._config = AskConfig(
            threshold=settings.threshold, max_question_chars=settings.limits.question_chars
        )
        self.chats = Database(settings.home)
        self.history = History(self.chats, library)
        self.teaching = Teaching(self.chats, library)
        self.gate = Gate(settings.limits, time.monotonic)
        self.collections = Collections(self.chats, library, self.gate)
        self.documents = Documents(
            library,
            self.collections,
            self.history,
            self.teaching,
            self.gate,
            settings.max_file_mb,
        )
        self.people = People(
            self.chats, library, self.history, self.workspace.is_kept, settings.keep_days
        )
        self._housekeeping = Housekeeping(self.people.sweep)
        self._worker = library.worker(FILES_AT_ONCE).start()
        self.meter = Meter()

    def visitor(self, token: object) -> Visitor:
        """The rights of a token, which are noted to be here now.

        Raises:
            PermissionError: it is none.
            LimitReached: it is of a new visitor, and too many came from where this one is.
        """
        visitor = replace(self.workspace.visitor(token), address=self._caller())
        if visitor.role == "visitor" and not self.people.knows(visitor.id):
            self.gate.newcomer(visitor.address)
        self.meter.seen(visitor.id)
        self.people.seen(visitor.id)
        return self.collections.known(visitor)

    def ask(
        self,
        visitor: Visitor,
        question: str,
        earlier: Conversation,
        with_shared: bool = True,
        on_progress: OnProgress | None = None,
        among: str = EVERYTHING,
    ) -> Conversation:
        """The conversation with one more reply, and with what else was asked in it meanwhile.

        A follow-up is looked up as the question that it means; the limits are for what was typed.

        Raises:
            ValueError: the question is blank.
            LimitReached: it is too long, or one of too many.
            UnknownCollection: this visitor has no such collection.
            DeletedMeanwhile: the conversation was deleted while it was answered; nothing is kept.
        """
        collections = self._let_in(visitor, question, with_shared, among)
        own = self.own_conversation(visitor, earlier)
        replies = (turn.reply for turn in own.turns)
        meant = looked_up(question, replies, self.gate.limits.question_chars)
        reply = self._answered(meant, collections, on_progress)
        return self.history.record(visitor, own, Turn(uuid4().hex, question, reply))

    def ask_as_typed(
        self,
        visitor: Visitor,
        turn_id: str,
        earlier: Conversation,
        with_shared: bool = True,
        among: str = EVERYTHING,
    ) -> Conversation:
        """The conversation with one question looked up as it was typed, in its place.

        Raises:
            DeletedMeanwhile: it is not of a conversation that this visitor has.
        """
        own = self.own_conversation(visitor, earlier)
        turn = own.turn(turn_id)
        if turn is not None and turn.question == turn.reply.question:
            return own
        if turn is not None:
            reply = self.reply(visitor, turn.question, with_shared, among=among)
            own = self.history.replace(visitor, turn_id, reply)
        if own.turn(turn_id) is None:
            raise DeletedMeanwhile("the conversation was deleted meanwhile: open another")
        return own

    def reply(
        self,
        visitor: Visitor,
        question: str,
        with_shared: bool = True,
        on_progress: OnProgress | None = None,
        among: str = EVERYTHING,
    ) -> Reply:
        """What one question gets that stands alone, outside any conversation.

        ``among`` is the collection that is asked alone, as ``Collections.chosen`` takes it.

        Raises:
            ValueError: the question is blank.
            LimitReached: it is too long, or one of too many.
            UnknownCollection: this visitor has no such collection.
        """
        collections = self._let_in(visitor, question, with_shared, among)
        return self._answered(question, collections, on_progress)

    def search(
        self,
        visitor: Visitor,
        question: str,
        k: int,
        with_shared: bool = True,
        among: str = EVERYTHING,
    ) -> list[Hit]:
        """The ``k`` nearest passages, best first, unread; raises as ``reply`` does."""
        collections = self._let_in(visitor, question, with_shared, among)
        return self.library.search(question, k, collections)

    def _let_in(
        self, visitor: Visitor, question: str, with_shared: bool, among: str
    ) -> Sequence[str]:
        """Where to look for a question, once its limits let it through as it was typed."""
        collections = self.collections.asked(visitor, among, with_shared)
        self.gate.question(visitor.id, question, visitor.address)
        return collections

    def _answered(
        self, question: str, collections: Sequence[str], on_progress: OnProgress | None
    ) -> Reply:
        try:
            reply = ask(
                question, self.library, self._reader, collections, self._config, on_progress
            )
        except ValueError:
            raise  # the question is none
        except Exception:
            self.meter.failed()
            raise
        self.meter.replied(reply)
        return reply

    def own_conversation(self, visitor: Visitor, conversation: Conversation) -> Conversation:
        """The conversation when it is this visitor's; a new one otherwise."""
        if conversation.owner == visitor.id:
            return conversation
        return self.history.open(visitor, "")

    def came_back(self, visitor: Visitor, conversation_id: str | None) -> Conversation:
        """What a page shows first: the conversation that it names, or else the latest one."""
        self.history.tidy(visitor)
        if conversation_id is None:
            return self.history.latest(visitor)
        return self.history.open(visitor, conversation_id)

    def look(self, visitor: Visitor, place: Place | None) -> SourceView | None:
        """What the source column shows; None when the document is not there for this visitor."""
        if place is None:
            return None
        try:
            return look(self.library, visitor.readable, place)
        except UnknownDocument:
            return None

    def step(self, visitor: Visitor, place: Place, by: int) -> Place:
        """The place of the next mark (1), the one before (-1), or the mark itself (0).

        The place as it is where the document is not there for this visitor.
        """
        try:
            return step(self.library, visitor.readable, place, by)
        except UnknownDocument:
            return place

    def add_samples(self, folder: Path = SAMPLES_FOLDER) -> None:
        """Bring the shared samples in line with a folder; nothing happens when they are.

        A home that cannot be written keeps those that it has.
        """
        if self.library.read_only:
            return
        files = [path for path in sorted(folder.iterdir()) if path.is_file()]
        wanted = {sha256(path.read_bytes()).hexdigest(): path for path in files}
        present = {document.sha256: document for document in self.library.documents((SAMPLES,))}
        stale = [document.id for digest, document in present.items() if digest not in wanted]
        if stale:
            self.library.remove(stale, SAMPLES)
        for digest, path in wanted.items():
            if digest not in present or present[digest].state != "indexed":
                self.library.add(path, SAMPLES)

    def warm_up(self) -> None:
        """Load what the first question would have to wait for."""
        self.library.search("Where does this stand?", 1, (SAMPLES,))
        self._reader.read("Where does this stand?", ["It stands here."], 1)

    def n_unshown(self) -> int:
        """How many documents lie where the command line puts them and the page shows none."""
        if DEFAULT_COLLECTION in self._shared:
            return 0
        return self.library.stats((DEFAULT_COLLECTION,)).documents

    def state(self) -> State:
        """How many documents and files are in which state; reads the database."""
        return State(self.library.states(), self.library.queue.states())

    def condition(self) -> Condition:
        """Whether the library, the reader and the queue are fit for work; reads the database."""
        waiting = len(self.library.queue.unfinished())
        return Condition(
            reader=self._reader.manifest.name,
            read_only=self.library.read_only,
            worker_alive=self._worker.alive,
            n_waiting=waiting,
        )

    def close(self) -> None:
        """Finish the batch in hand and close the library; files that wait go on next time."""
        self._housekeeping.stop()
        self._worker.stop()
        self.library.close()
        self.chats.close()


def place_of(conversation: Conversation, choice: Choice) -> Place | None:
    """Where the chosen candidate or passage stands; None when there is no such choice."""
    turn = conversation.turn(choice.turn)
    if turn is None:
        return None
    reply = turn.reply
    if choice.kind == "nearest":
        passages = [hit.passage for hit in reply.nearest]
        inside = 0 <= choice.index < len(passages)
        near = passages[:MAX_NEAREST]
        return Place.of_passage(passages[choice.index], near) if inside else None
    answers = reply.answer.candidates if reply.answer is not None else ()
    if not 0 <= choice.index < len(answers):
        return None
    chosen = answers[choice.index]
    n_listed = len(reply.answer.listed) if reply.answer is not None else 0
    offered = [one.citation for one in answers[n_listed:] if is_worth_showing(one)]
    return Place.of_citation(chosen.citation, [a.citation for a in answers[:n_listed]], offered)


def open_library(settings: Settings) -> Library:
    """The library of a home, with the encoder that was asked for."""
    if settings.encoder is None:
        return Library.open(settings.home)
    from retriever.encoding.embed import Encoder

    return Library.open(settings.home, encoder=Encoder.load(settings.encoder))


def open_reader(settings: Settings) -> Reader:
    """The reader that was asked for; else the one adapted to this home; else the shipped one."""
    return Reader.load(settings.reader or installed(settings.home))


def example_questions() -> tuple[str, ...]:
    """The questions that a first visit can click."""
    entries = json.loads(QUESTIONS_FILE.read_text(encoding="utf-8"))
    return tuple(str(entry["question"]) for entry in entries[:N_EXAMPLES])
