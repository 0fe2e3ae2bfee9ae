"""The middle column's wiring: a question typed or clicked becomes an answer with its source.

Decides nothing: the desk answers, the views draw.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from chatbot.desk import Desk, place_of
from chatbot.following import Following
from chatbot.history import DeletedMeanwhile
from chatbot.people.limits import LimitReached
from chatbot.people.troubles import trouble_text
from chatbot.people.workspace import Visitor
from chatbot.source import Place
from chatbot.types import Conversation, Working
from chatbot.ui.chosen import Chosen, each_unless_turned, unless_turned
from chatbot.ui.parts import QUIET, Parts, Update
from chatbot.views.conversation import Choice, conversation_html, earlier_html, working_html
from chatbot.views.history import history_html
from chatbot.views.source import source_html
from chatbot.views.words import Words

ASKING_AT_ONCE = 2  # two cores: more would only make everyone wait longer
TELL_EVERY_S = 0.15  # often enough to be seen to move, too seldom to cost anything

log = logging.getLogger(__name__)


def wire(parts: Parts, asker: Asker) -> None:
    """Typed questions, example questions, candidates, and a new conversation.

    The source follows an answer in an event of its own: while it is drawn, the next question can
    be sent already. A new conversation waits in the page's queue like all else, so that nothing
    sent before it arrives after it.
    """
    shown = [parts.thread, parts.conversation, parts.place, parts.source, parts.history]
    answered = [
        parts.question,
        parts.find,
        parts.thread,
        parts.conversation,
        parts.place,
        parts.history,
        parts.progress,
    ]
    beside: dict[str, Any] = {"concurrency_id": "look", **QUIET}
    asked = gr.on(
        [parts.question.submit, parts.send.click],
        asker.answer,
        [parts.token, parts.question, parts.with_shared, parts.conversation, parts.chosen],
        answered,
        concurrency_id="ask",
        concurrency_limit=ASKING_AT_ONCE,
        **QUIET,
    )
    asked.then(asker.look, [parts.token, parts.place, parts.chosen], [parts.source], **beside)
    clicked = parts.thread.example(
        asker.answer_example,
        [parts.token, parts.with_shared, parts.conversation, parts.chosen],
        answered,
        concurrency_id="ask",
        **QUIET,
    )
    clicked.then(asker.look, [parts.token, parts.place, parts.chosen], [parts.source], **beside)
    parts.thread.cite(
        asker.show_choice,
        [parts.token, parts.conversation, parts.chosen],
        [parts.place, parts.source],
        **beside,
    )
    parts.thread.earlier(
        asker.earlier,
        [parts.token, parts.conversation],
        [parts.earlier],
        **beside,
    )
    parts.thread.as_typed(
        asker.answer_as_typed,
        [parts.token, parts.with_shared, parts.conversation, parts.chosen],
        [parts.question, parts.thread, parts.place, parts.source],
        concurrency_id="ask",
        **QUIET,
    )
    parts.fresh.click(
        asker.begin,
        [parts.token, parts.chosen],
        [parts.find, *shown],
        concurrency_limit=None,
        **QUIET,
    )


@dataclass(frozen=True, slots=True)
class Asker:
    """The column's events; each returns what changes on the page."""

    parts: Parts
    desk: Desk
    words: Words
    examples: tuple[str, ...]

    @each_unless_turned
    def answer(
        self,
        token: str | None,
        question: str,
        with_shared: bool,
        conversation_id: str,
        chosen: Chosen,
    ) -> Iterator[Update]:
        """The question at once, how far it has come, then its reply; or what went wrong."""
        question = question.encode("utf-8", "replace").decode().strip()  # no half characters
        if not question:
            return
        if not self.desk.workspace.is_token(token):
            yield self._excuse(Conversation(), question, self.words.stranger)
            return
        try:
            visitor = self.desk.visitor(token)
        except LimitReached as error:  # forgotten since the page was opened
            yield self._excuse(Conversation(), question, self._why(error))
            return
        earlier = self._asked_in(visitor, conversation_id, chosen)
        pending = conversation_html(earlier.turns, pending=question, words=self.words)
        yield {self.parts.question: "", self.parts.thread: pending}
        try:
            asking = Following[Working, Conversation](
                lambda say: self.desk.ask(
                    visitor, question, earlier, with_shared, say, chosen.among
                ),
                TELL_EVERY_S,
            )
            for working in asking:
                yield {self.parts.progress: working_html(working, self.words)}
            now = asking.result()
            told = {**self.drawn(visitor, now), self.parts.find: ""}
        except Exception as error:
            # Whatever it was, the page must not go on saying that it is looking.
            left = Conversation() if isinstance(error, DeletedMeanwhile) else earlier
            told = self._excuse(left, question, self._why(error))
        yield told

    def answer_example(
        self,
        token: str | None,
        with_shared: bool,
        conversation_id: str,
        chosen: Chosen,
        event: gr.EventData,
    ) -> Iterator[Update]:
        """An example that was clicked is a question like any other."""
        yield from self.answer(token, str(event.question), with_shared, conversation_id, chosen)

    @unless_turned
    def answer_as_typed(
        self,
        token: str | None,
        with_shared: bool,
        conversation_id: str,
        chosen: Chosen,
        event: gr.EventData,
    ) -> Update:
        """A follow-up that was read otherwise than meant is looked up as it was typed."""
        visitor, turn_id = self.desk.visitor(token), str(event.turn)
        earlier = self.desk.history.open(visitor, conversation_id)
        try:
            now = self.desk.ask_as_typed(visitor, turn_id, earlier, with_shared, chosen.among)
        except Exception as error:
            return self._notice(earlier, self._why(error))
        html = conversation_html(now.turns, words=self.words, reaching=turn_id)
        source = self._source(visitor, place_of(now, Choice(turn_id, "candidate", 0)))
        return {self.parts.thread: html, **source}

    @unless_turned
    def show_choice(
        self, token: str | None, conversation_id: str, _chosen: Chosen, event: gr.EventData
    ) -> Update:
        """The source of a candidate or of a passage that was clicked."""
        visitor = self.desk.visitor(token)
        choice = Choice(str(event.turn), str(event.kind), int(event.index))
        earlier = self.desk.history.open(visitor, conversation_id)
        return self._source(visitor, place_of(earlier, choice))

    def earlier(self, token: str | None, conversation_id: str, event: gr.EventData) -> str:
        """A few turns more, above those that the page shows."""
        visitor = self.desk.visitor(token)
        conversation = self.desk.history.open(visitor, conversation_id)
        return earlier_html(conversation.turns, str(event.turn), self.words)

    def begin(self, token: str | None, chosen: Chosen) -> Update:
        """An empty conversation."""
        chosen.n_turned += 1
        visitor = self.desk.visitor(token)
        return {**self.shown(visitor, Conversation(visitor.id)), self.parts.find: ""}

    def shown(self, visitor: Visitor, now: Conversation, find: str = "") -> Update:
        """A conversation as it is now, with the source of its last answer, and the list of all."""
        drawn = self.drawn(visitor, now, find)
        return drawn | self._source(visitor, drawn[self.parts.place])

    def drawn(self, visitor: Visitor, now: Conversation, find: str = "") -> Update:
        """A conversation as it is now, its place in the list, and the place of its last answer."""
        html = conversation_html(now.turns, examples=self.examples, words=self.words)
        last = Choice(now.turns[-1].id, "candidate", 0) if now.turns else None
        return {
            self.parts.thread: html,
            self.parts.conversation: now.id,
            self.parts.history: self.listed(visitor, now.id, find),
            self.parts.place: place_of(now, last) if last else None,
        }

    @unless_turned
    def look(self, token: str | None, place: Place | None, _chosen: Chosen) -> Update:
        """The source column at the place that the page is at."""
        if not self.desk.workspace.is_token(token):
            return {self.parts.source: source_html(None, self.words)}
        source = self._source(self.desk.visitor(token), place)
        return {self.parts.source: source[self.parts.source]}

    def listed(self, visitor: Visitor, current_id: str, find: str = "", notice: str = "") -> str:
        """The visitor's conversations as HTML: all of them, or what is looked for."""
        found, searched = self.desk.history.listed(visitor, find), bool(find.strip())
        return history_html(found, current_id, words=self.words, searched=searched, notice=notice)

    def _asked_in(self, visitor: Visitor, conversation_id: str, chosen: Chosen) -> Conversation:
        """Where a question is asked: questions that come at once on one page begin but one."""
        history = self.desk.history
        now = history.open(visitor, conversation_id)
        return now if now.id else history.begun(visitor, chosen.begin(conversation_id))

    def _source(self, visitor: Visitor, place: Place | None) -> Update:
        """The source column at a place; empty without one, so that no old mark stays."""
        view = self.desk.look(visitor, place)
        html = source_html(view, self.words, notice=self.words.gone if place else "")
        return {self.parts.place: place, self.parts.source: html}

    def _why(self, error: Exception) -> str:
        """What is said of a question that was not answered."""
        if isinstance(error, DeletedMeanwhile):
            return self.words.deleted_meanwhile
        if notice := trouble_text(error, self.words):
            return notice
        log.error("a question failed", exc_info=error)
        return self.words.trouble.format(reason=type(error).__name__)

    def _excuse(self, earlier: Conversation, question: str, notice: str) -> Update:
        """The conversation as it was, the question back in its box, and a line that says why."""
        return {**self._notice(earlier, notice), self.parts.question: question}

    def _notice(self, earlier: Conversation, notice: str) -> Update:
        """The conversation as it was, and a line that says what did not happen."""
        html = conversation_html(
            earlier.turns, notice=notice, examples=self.examples, words=self.words
        )
        return {self.parts.thread: html}
