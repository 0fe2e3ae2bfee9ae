"""What a visitor asked before: kept as places, shown in the words of the library as it is now.

Knows the store and the library's door, and nothing of a page. Every call names its visitor and
sees what is theirs; another's conversation is like one that never was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from chatbot.people.workspace import Visitor
from chatbot.quote import quoted
from chatbot.store import conversations as stored
from chatbot.store import feedback, owners
from chatbot.store.conversations import MAX_TITLE_CHARS, StoredTurn, Summary
from chatbot.store.database import Database
from chatbot.store.places import StoredReply, from_places, passage_ids, to_places
from chatbot.types import Conversation, Reply, Turn
from retriever import Library
from retriever.types import Passage


class DeletedMeanwhile(LookupError):
    """A turn was not kept: its conversation, or all of its owner's, was deleted before it came."""


class History:
    """The conversations of all visitors, each within their own."""

    def __init__(
        self, database: Database, library: Library, clock: Callable[[], float] = time.time
    ) -> None:
        """Over an open database; ``clock`` gives seconds since 1970."""
        self._database = database
        self._library = library
        self._clock = clock

    def open(self, visitor: Visitor, conversation_id: str) -> Conversation:
        """The conversation of that id; an empty one without id when they have none such."""
        with self._database.reading() as conn:
            generation = owners.generation(conn, visitor.id)
            title = stored.title_of(conn, visitor.id, conversation_id)
            found = stored.turns(conn, visitor.id, conversation_id)
        if title is None:
            return Conversation(visitor.id, generation=generation)
        turns = self._rebuilt(visitor, found)
        return Conversation(visitor.id, turns, conversation_id, title, generation)

    def begun(self, visitor: Visitor, conversation_id: str) -> Conversation:
        """The conversation of an id from ``new_id``: as it is now, or empty until it begins.

        The first turn that is kept begins it, so that all who were given the id share it.
        """
        now = self.open(visitor, conversation_id)
        return now if now.id else replace(now, id=conversation_id)

    def latest(self, visitor: Visitor) -> Conversation:
        """The one that was used last; an empty one without id when there is none."""
        with self._database.reading() as conn:
            conversation_id = stored.latest(conn, visitor.id)
        return self.open(visitor, conversation_id or "")

    def record(self, visitor: Visitor, earlier: Conversation, turn: Turn) -> Conversation:
        """Keeps a turn, and returns the conversation with all that stands in it by now.

        ``earlier`` is the conversation as it was opened when the question came; one without
        title begins with this turn, unless it has begun meanwhile.

        Raises:
            DeletedMeanwhile: it is not there any more, or everything of theirs was deleted.
        """
        now_s, conversation_id = self._clock(), earlier.id
        with self._database.writing() as conn:
            _check_kept(conn, visitor, earlier)
            if stored.title_of(conn, visitor.id, conversation_id) is None:
                title = title_from(turn.question)
                conversation_id = stored.begin(conn, visitor.id, title, now_s, conversation_id)
            looked_up, reply = turn.reply.question, to_places(turn.reply)
            entry = StoredTurn(turn.id, conversation_id, turn.question, looked_up, reply)
            stored.append(conn, visitor.id, entry, now_s)
        if looked_up != turn.question and self._lost_some(visitor, earlier):
            self.tidy(visitor)  # a removal that came first could not see this turn
        return self.open(visitor, conversation_id)

    def replace(self, visitor: Visitor, turn_id: str, reply: Reply) -> Conversation:
        """Puts another reply in the place of a turn's; what was said of the old one goes.

        Returns:
            The conversation; an empty one when they have no such turn.
        """
        with self._database.writing() as conn:
            stored.replace(conn, visitor.id, turn_id, reply.question, to_places(reply))
            conversation_id = stored.conversation_of(conn, visitor.id, turn_id)
        return self.open(visitor, conversation_id or "")

    def listed(self, visitor: Visitor, words: str = "") -> list[Summary]:
        """Their conversations, the one used last first; only those that hold all the words.

        Words are looked for in titles, in questions, and in quotations as they stand in the
        library now.
        """
        with self._database.reading() as conn:
            every = stored.summaries(conn, visitor.id)
            wanted = words.casefold().split()
            found = stored.turns(conn, visitor.id) if wanted else ()
        if not wanted:
            return every
        said = {summary.id: summary.title.casefold() for summary in every}
        quoted = self._passages(visitor, found, nearest=False)
        for turn in found:
            said[turn.conversation_id] += f" {_said(turn, quoted)}".casefold()
        return [summary for summary in every if all(word in said[summary.id] for word in wanted)]

    def rename(self, visitor: Visitor, conversation_id: str, title: str) -> None:
        """Another title; a blank one gives back the first question."""
        with self._database.writing() as conn:
            title = title_from(title)
            if not title:
                turns = stored.turns(conn, visitor.id, conversation_id)
                title = title_from(turns[0].question) if turns else ""
            stored.rename(conn, visitor.id, conversation_id, title)

    def delete(self, visitor: Visitor, conversation_id: str) -> None:
        """Deletes one of theirs for good; nothing happens when they have none such."""
        self._remove(visitor.id, conversation_id)

    def delete_all(self, visitor: Visitor) -> None:
        """Deletes all of theirs for good."""
        self._remove(visitor.id, None)

    def _remove(self, owner: str, conversation_id: str | None) -> None:
        with self._database.writing() as conn:
            removed = stored.remove(conn, owner, conversation_id)
            if conversation_id is None:
                owners.end_generation(conn, owner)
        if removed:
            self._database.scrub()

    def forget(self, owner: str) -> None:
        """Deletes whatever is kept of a person for good."""
        with self._database.writing() as conn:
            owners.forget(conn, owner)
        self._database.scrub()

    def tidy(self, visitor: Visitor) -> None:
        """Leaves no word of documents that are gone: to be called when some may have gone.

        How a follow-up was read may hold words of the quotations before it.
        """
        with self._database.reading() as conn:
            found = stored.turns(conn, visitor.id)
        if not any(turn.looked_up != turn.question for turn in found):
            return
        there = self._passages(visitor, found)
        tainted: set[str] = set()
        stale = []
        for turn in found:
            if turn.looked_up != turn.question and turn.conversation_id in tainted:
                stale.append(turn.id)
            if any(one not in there for one in passage_ids(turn.reply)):
                tainted.add(turn.conversation_id)
        if stale:
            with self._database.writing() as conn:
                stored.unread(conn, stale)
            self._database.scrub()

    def _lost_some(self, visitor: Visitor, earlier: Conversation) -> bool:
        """Whether a passage went that was there when the conversation was opened."""
        replies = [to_places(turn.reply) for turn in earlier.turns]
        ids = {one for reply in replies for one in passage_ids(reply)}
        return len(self._library.passages(list(ids), visitor.readable)) < len(ids)

    def _rebuilt(self, visitor: Visitor, found: Sequence[StoredTurn]) -> tuple[Turn, ...]:
        passages = self._passages(visitor, found)
        with self._database.reading() as conn:
            said = feedback.of(conn, visitor.id, [turn.id for turn in found])
        return tuple(
            Turn(
                turn.id,
                turn.question,
                from_places(turn.looked_up, turn.reply, passages),
                said.get(turn.id),
            )
            for turn in found
        )

    def _passages(
        self, visitor: Visitor, found: Iterable[StoredTurn], *, nearest: bool = True
    ) -> dict[int, Passage]:
        """What the turns are made of, as far as it is still there for this visitor."""
        wanted = (passage_ids(turn.reply) if nearest else _answering(turn.reply) for turn in found)
        ids = list(dict.fromkeys(one for ids in wanted for one in ids))
        return {one.id: one for one in self._library.passages(ids, visitor.readable)}


def _check_kept(conn: Connection, visitor: Visitor, earlier: Conversation) -> None:
    """DeletedMeanwhile unless what comes now may be added to a conversation that was opened.

    One without title had not begun then, so that nobody can have deleted it.
    """
    ended = owners.generation(conn, visitor.id) != earlier.generation
    if ended or (earlier.title and stored.title_of(conn, visitor.id, earlier.id) is None):
        raise DeletedMeanwhile("the conversation was deleted meanwhile: open another and ask again")


def title_from(question: str) -> str:
    """A title of at most ``MAX_TITLE_CHARS``, cut at a word where there is one."""
    text = " ".join(question.split())
    if len(text) <= MAX_TITLE_CHARS:
        return text
    space = text.rfind(" ", MAX_TITLE_CHARS // 2, MAX_TITLE_CHARS - 1)
    return text[: space if space > 0 else MAX_TITLE_CHARS - 2].rstrip(" ,;:") + " …"


def _answering(reply: StoredReply) -> Iterable[int]:
    """The passages of the answer and of those beside it."""
    return (place["passage_id"] for place in reply["answers"][: 1 + reply.get("n_beside", 0)])


def _said(turn: StoredTurn, passages: dict[int, Passage]) -> str:
    """The question and its quotations, as the page shows them."""
    answer = from_places(turn.looked_up, turn.reply, passages).answer
    said = [turn.question]
    for one in answer.listed if answer is not None else ():
        cut = quoted(one)
        said.append(f"{cut.before}{cut.span}{cut.after} {one.citation.document_name}")
    return " ".join(said)
