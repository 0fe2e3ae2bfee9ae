"""The middle column's wiring: a question typed or clicked becomes an answer with its source.

Decides nothing: the desk answers, the views draw.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from chatbot.choices import Choice
from chatbot.desk import Desk, place_of
from chatbot.following import Following
from chatbot.history import DeletedMeanwhile
from chatbot.people.limits import LimitReached
from chatbot.people.troubles import trouble_text
from chatbot.people.workspace import Visitor
from chatbot.source import Place
from chatbot.types import Conversation, Working
from chatbot.ui.chosen import NOTHING, Chosen, IsHere, Onward
from chatbot.ui.library_panel import library_anew
from chatbot.ui.parts import QUIET, Parts, Update, visitor_of
from chatbot.ui.source_column import source_column
from chatbot.views.conversation import conversation_html, earlier_html, working_html
from chatbot.views.history import history_html
from chatbot.views.source import opening_html, source_html
from chatbot.views.words import Words
from retriever.types import UnknownCollection

ASKING_AT_ONCE = 2  # two cores: more would only make everyone wait longer
TELL_EVERY_S = 0.15  # often enough to be seen to move, too seldom to cost anything

# What a question is asked among is what the page shows when it is sent.
AMONG_JS = """(...sent) => {
  const choice = document.querySelector('#q-choice select');
  return [...sent.slice(0, -1), choice ? choice.value : ''];
}"""
# progress.js shows the question at once; it is told when the event is over, and how.
ASK_JS = f"""(token, question, ...sent) => {{
  document.dispatchEvent(new CustomEvent('q-asked', {{ detail: question }}));
  return [token, question, ...({AMONG_JS})(...sent)];
}}"""
OVER_JS = "() => { document.dispatchEvent(new Event('q-over')); }"
FAILED_JS = "() => { document.dispatchEvent(new Event('q-failed')); }"
NEW_JS = "() => ''"
REFUSED = "<i data-refused></i>"  # tells the page to put the question back into its box

log = logging.getLogger(__name__)


def wire(parts: Parts, asker: Asker) -> None:
    """Typed questions, example questions, candidates, and a new conversation.

    The source follows an answer in an event of its own: while it is drawn, the next question can
    be sent already. A new conversation waits in the page's queue like all else, so that nothing
    sent before it arrives after it; what is sent after it is for the new one, come or not.
    """
    shown = [parts.thread, parts.conversation, parts.place, parts.source, parts.history]
    answered = [
        parts.find,
        parts.thread,
        parts.conversation,
        parts.place,
        parts.history,
        parts.progress,
        parts.source,
        *(library := [parts.choice, parts.shelf]),
    ]
    ask: dict[str, Any] = {"concurrency_id": "ask", **QUIET}
    beside: dict[str, Any] = {"concurrency_id": "look", **QUIET}
    source = [parts.place, parts.source]
    scope = [parts.with_shared, parts.conversation, parts.chosen, parts.among]
    asked = gr.on(
        [parts.question.submit, parts.send.click],
        asker.answer,
        [parts.token, parts.question, *scope],
        answered,
        concurrency_limit=ASKING_AT_ONCE,
        js=ASK_JS,
        **ask,
    )
    clicked = parts.thread.example(
        asker.answer_example, [parts.token, *scope], answered, js=AMONG_JS, **ask
    )
    for sent in (asked, clicked):
        sent.then(asker.look, [parts.token, parts.chosen], source, **beside)
        sent.then(None, None, None, js=OVER_JS, **QUIET)  # also while the source before is drawn
        sent.failure(None, None, None, js=FAILED_JS, **QUIET)
    parts.thread.cite(
        asker.show_choice,
        [parts.token, parts.conversation, parts.chosen],
        source,
        trigger_mode="multiple",
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
        [parts.token, *scope],
        [parts.question, parts.thread, *source, *library],
        js=AMONG_JS,
        **ask,
    )
    parts.fresh.click(None, None, [parts.conversation], js=NEW_JS, **QUIET)  # first, and at once
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

    def answer(
        self,
        token: str | None,
        question: str,
        with_shared: bool,
        conversation_id: str,
        chosen: Chosen,
        among: str,
    ) -> Iterator[Update]:
        """The question, how far it has come, then its reply; or what went wrong.

        It is asked where the page was when it was sent, and shown if the page is there. It runs
        to its end all the same, to keep its place in the queue for as long as it computes.
        """
        question = question.encode("utf-8", "replace").decode().strip()  # no half characters
        if not question:
            return
        chosen.woke(among)
        is_here = chosen.mark(conversation_id)
        answered = self._answered(
            token, question, with_shared, conversation_id, chosen, among, is_here
        )
        yield from (update for update in answered if is_here())
        if not is_here():
            yield {self.parts.progress: ""}  # or what it said last would stand for the next one

    def answer_example(
        self,
        token: str | None,
        with_shared: bool,
        conversation_id: str,
        chosen: Chosen,
        among: str,
        event: gr.EventData,
    ) -> Iterator[Update]:
        """An example that was clicked is a question like any other."""
        question = str(event.question)
        yield from self.answer(token, question, with_shared, conversation_id, chosen, among)

    def answer_as_typed(
        self,
        token: str | None,
        with_shared: bool,
        conversation_id: str,
        chosen: Chosen,
        among: str,
        event: gr.EventData,
    ) -> Update:
        """A follow-up that was read otherwise than meant is looked up as it was typed."""
        chosen.woke(among)
        is_here = chosen.mark(conversation_id)
        visitor, turn_id = visitor_of(self.desk, self.words, token), str(event.turn)
        earlier = self.desk.history.open(visitor, conversation_id)
        try:
            now = self.desk.ask_as_typed(visitor, turn_id, earlier, with_shared, among)
        except Exception as error:
            told = self._notice(earlier, self._why(error))
            told |= self._library_anew(visitor, chosen, error)
            return told if is_here() else NOTHING
        place = place_of(now, Choice(turn_id, "candidate", 0))
        chosen.arrived(is_here, now.id, place)
        html = conversation_html(now.turns, words=self.words, reaching=turn_id)
        update = {self.parts.thread: html, **self._source(visitor, chosen, is_here)}
        return update if is_here() else NOTHING

    def show_choice(
        self, token: str | None, conversation_id: str, chosen: Chosen, event: gr.EventData
    ) -> Update:
        """The source of a candidate or of a passage that was clicked; or that it is gone."""
        is_here = chosen.mark(conversation_id)
        visitor = visitor_of(self.desk, self.words, token)
        choice = Choice(str(event.turn), str(event.kind), int(event.index))
        earlier = self.desk.history.open(visitor, conversation_id)
        place = place_of(earlier, choice)
        gone = self.words.gone
        return self._source(visitor, chosen, is_here, lambda _: place, gone) or NOTHING

    def earlier(self, token: str | None, conversation_id: str, event: gr.EventData) -> str:
        """A few turns more, above those that the page shows."""
        visitor = visitor_of(self.desk, self.words, token)
        conversation = self.desk.history.open(visitor, conversation_id)
        return earlier_html(conversation.turns, str(event.turn), self.words)

    def begin(self, token: str | None, chosen: Chosen) -> Update:
        """An empty conversation."""
        is_here = chosen.turn()
        visitor = visitor_of(self.desk, self.words, token)
        shown = self.shown(visitor, Conversation(visitor.id), chosen, is_here)
        return {**shown, self.parts.find: ""} if is_here() else NOTHING

    def shown(
        self, visitor: Visitor, now: Conversation, chosen: Chosen, is_here: IsHere, find: str = ""
    ) -> Update:
        """A conversation as it is now, with the source of its last answer, and the list of all."""
        drawn = self.drawn(visitor, now, find)
        chosen.arrived(is_here, now.id, drawn.pop(self.parts.place))
        return drawn | self._source(visitor, chosen, is_here)

    def drawn(
        self, visitor: Visitor, now: Conversation, find: str = "", notice: str = ""
    ) -> Update:
        """A conversation as it is now, its place in the list, and the place of its last answer."""
        html = conversation_html(now.turns, examples=self.examples, words=self.words, notice=notice)
        last = Choice(now.turns[-1].id, "candidate", 0) if now.turns else None
        return {
            self.parts.thread: html,
            self.parts.conversation: now.id,
            self.parts.history: self.listed(visitor, now.id, find),
            self.parts.place: place_of(now, last) if last else None,
        }

    def look(self, token: str | None, chosen: Chosen) -> Update:
        """The source column at the place that the page is at, or is about to be."""
        if not self.desk.workspace.is_token(token):
            return {self.parts.source: source_html(None, self.words)}
        is_here, visitor = chosen.mark(), visitor_of(self.desk, self.words, token)
        return self._source(visitor, chosen, is_here) or NOTHING

    def _answered(
        self,
        token: str | None,
        question: str,
        with_shared: bool,
        conversation_id: str,
        chosen: Chosen,
        among: str,
        is_here: IsHere,
    ) -> Iterator[Update]:
        if not self.desk.workspace.is_token(token):
            yield self._excuse(Conversation(), self.words.stranger)
            return
        try:
            visitor = self.desk.visitor(token)
        except LimitReached as error:  # forgotten since the page was opened
            yield self._excuse(Conversation(), self._why(error))
            return
        earlier = self._asked_in(visitor, conversation_id, chosen)
        yield {
            self.parts.thread: conversation_html(earlier.turns, pending=question, words=self.words)
        }
        try:
            too_early = self._on_their_way(visitor, with_shared, among)
            asking = Following[Working, Conversation](
                lambda say: self.desk.ask(visitor, question, earlier, with_shared, say, among),
                TELL_EVERY_S,
            )
            for working in asking:
                yield {self.parts.progress: working_html(working, self.words)}
            now = asking.result()
            is_found = not now.turns or now.turns[-1].reply.answer is not None
            notice = self.words.still_read if too_early and not is_found else ""
            told = {**self.drawn(visitor, now, notice=notice), self.parts.find: ""}
            told[self.parts.source] = self._opening(now, told[self.parts.place])
            chosen.arrived(is_here, now.id, told[self.parts.place])
        except Exception as error:
            # Whatever it was, the page must not go on saying that it is looking.
            left = Conversation() if isinstance(error, DeletedMeanwhile) else earlier
            told = self._excuse(left, self._why(error))
            told |= self._library_anew(visitor, chosen, error)
        yield {self.parts.progress: "", **told}

    def listed(self, visitor: Visitor, current_id: str, find: str = "", notice: str = "") -> str:
        """The visitor's conversations as HTML: all of them, or what is looked for."""
        found, searched = self.desk.history.listed(visitor, find), bool(find.strip())
        return history_html(found, current_id, words=self.words, searched=searched, notice=notice)

    def _on_their_way(self, visitor: Visitor, with_shared: bool, among: str) -> bool:
        """Whether a question comes before a document that could answer it."""
        asked = self.desk.collections.asked(visitor, among, with_shared)
        return self.desk.documents.on_their_way(asked)

    def _opening(self, now: Conversation, place: Place | None) -> str:
        """The source until the answer's page is drawn: no mark of the answer before stays."""
        answer = now.turns[-1].reply.answer if now.turns else None
        if place is None or answer is None:
            return source_html(None, self.words)
        return opening_html(answer.citation.document_name, self.words)

    def _library_anew(self, visitor: Visitor, chosen: Chosen, error: Exception) -> Update:
        """The library, where the collection that was asked is gone: another tab removed it."""
        if not isinstance(error, UnknownCollection):
            return {}
        return library_anew(self.parts, self.desk, visitor, self.words, chosen)

    def _asked_in(self, visitor: Visitor, conversation_id: str, chosen: Chosen) -> Conversation:
        """Where a question is asked: questions that come at once on one page begin but one."""
        history = self.desk.history
        now = history.open(visitor, conversation_id)
        return now if now.id else history.begun(visitor, chosen.begin(conversation_id))

    def _source(
        self,
        visitor: Visitor,
        chosen: Chosen,
        is_here: IsHere,
        onward: Onward = lambda at: at,
        nowhere: str = "",
    ) -> Update:
        """The source column where it goes; ``nowhere`` without a place, so that no old mark stays.

        No change when something else is to be shown meanwhile.
        """
        drawn = source_column(self.desk, self.words, visitor, chosen, is_here, onward, nowhere)
        return {self.parts.place: drawn[0], self.parts.source: drawn[1]} if drawn else {}

    def _why(self, error: Exception) -> str:
        """What is said of a question that was not answered."""
        if isinstance(error, DeletedMeanwhile):
            return self.words.deleted_meanwhile
        if notice := trouble_text(error, self.words):
            return notice
        log.error("a question failed", exc_info=error)
        return self.words.trouble.format(reason=type(error).__name__)

    def _excuse(self, earlier: Conversation, notice: str) -> Update:
        """The conversation as it was, the question back in its box, and a line that says why."""
        return {**self._notice(earlier, notice), self.parts.progress: REFUSED}

    def _notice(self, earlier: Conversation, notice: str) -> Update:
        """The conversation as it was, and a line that says what did not happen."""
        html = conversation_html(
            earlier.turns, notice=notice, examples=self.examples, words=self.words
        )
        return {self.parts.thread: html}
