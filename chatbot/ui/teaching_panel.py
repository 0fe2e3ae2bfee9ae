"""The wiring of what people say of answers: two thumbs, and the right words in the source.

Decides nothing: what is kept is the desk's, the views draw. The thread is not drawn anew, so
that nothing moves under the hand: one turn's thumbs and line are put in their place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from chatbot.desk import Desk
from chatbot.people.troubles import trouble_text
from chatbot.people.workspace import Visitor
from chatbot.source import Place
from chatbot.teaching import MAX_ANSWER_CHARS, find_words, trimmed
from chatbot.types import Turn, Verdict
from chatbot.ui.chosen import NOTHING, Chosen, IsHere
from chatbot.ui.parts import QUIET, Parts, Update, attempt, visitor_of
from chatbot.ui.source_column import source_column
from chatbot.views.teaching import kind_of, said_html, showing_html, shown_html, unsaid_html
from chatbot.views.words import Words
from retriever.types import UnknownDocument, page_number_at

TEACHING_JS = (Path(__file__).parent / "teaching.js").read_text(encoding="utf-8")


def place_said() -> gr.HTML:
    """Where the server says what changes in a turn; nobody sees it."""
    return gr.HTML("", elem_id="q-said", apply_default_css=False, js_on_load=TEACHING_JS)


def place_showing() -> gr.HTML:
    """The line over the source in which the right words are taken in."""
    return gr.HTML("", elem_id="q-teach", apply_default_css=False, js_on_load=TEACHING_JS)


def wire(parts: Parts, desk: Desk, words: Words) -> None:
    """Thumbs, what follows them, and the words that are shown."""
    teacher = Teacher(parts, desk, words)
    look: dict[str, Any] = {"concurrency_id": "look", **QUIET}
    inputs = [parts.token, parts.conversation]
    parts.thread.judge(teacher.judge, inputs, [parts.said, parts.teach, parts.lesson], **look)
    column = [parts.teach, parts.lesson, parts.place, parts.source]
    parts.thread.teach(teacher.begin, [*inputs, parts.place, parts.chosen], column, **look)
    for leaves in (
        *(parts.teach.leave, parts.question.submit, parts.send.click, parts.fresh.click),
        *(parts.thread.example, parts.history.resume),
    ):
        leaves(teacher.leave, None, [parts.teach, parts.lesson], queue=False, **QUIET)
    showing = [*inputs, parts.lesson, parts.place, parts.chosen]
    parts.teach.here(teacher.show, showing, [parts.said, *column], **look)


@dataclass(frozen=True, slots=True)
class Teacher:
    """The events; each returns what changes on the page."""

    parts: Parts
    desk: Desk
    words: Words

    def judge(self, token: str | None, conversation: str, event: gr.EventData) -> Update:
        """A thumb, or "it is not in my documents"; a pressed thumb is taken back.

        Or why that is not kept: then the thumbs are as they were.
        """
        visitor = visitor_of(self.desk, self.words, token)
        turn = self._turn(visitor, conversation, str(event.turn))
        if turn is None:
            return {self.parts.said: gr.skip()}
        said = event._data or {}
        kind = said.get("kind") or kind_of(turn, str(said.get("thumb")))
        teaching = self.desk.teaching
        judge = partial(teaching.judge, kind=str(kind)) if kind else teaching.take_back
        try:
            notice = attempt(self.words, judge, visitor, turn.id)
        except (LookupError, ValueError):  # gone meanwhile, or nothing that can be said
            return {self.parts.said: gr.skip()}
        if notice:
            return {self.parts.said: unsaid_html(turn, notice)}
        verdict = Verdict(str(kind)) if kind else None
        return {
            self.parts.said: said_html(replace(turn, verdict=verdict), self.words),
            self.parts.teach: "",
            self.parts.lesson: "",
        }

    def begin(
        self,
        token: str | None,
        conversation: str,
        place: Place | None,
        chosen: Chosen,
        event: gr.EventData,
    ) -> Update:
        """The source as text, and over it the line that asks for the right words."""
        is_here = chosen.mark(conversation)
        visitor = visitor_of(self.desk, self.words, token)
        turn = self._turn(visitor, conversation, str(event.turn))
        if turn is None:
            return {self.parts.teach: ""}
        shown = self._taught_place(visitor, turn) or place or _read_place(turn)
        there = replace(shown, as_text=True) if shown else None
        column = self._column(visitor, there, chosen, is_here) if there else {}
        begun = {self.parts.teach: showing_html(self.words), self.parts.lesson: turn.id}
        return {**begun, **column} if is_here() else NOTHING

    def leave(self) -> tuple[str, str]:
        """Nothing is shown after all."""
        return "", ""

    def show(
        self,
        token: str | None,
        conversation: str,
        lesson: str,
        place: Place | None,
        chosen: Chosen,
        event: gr.EventData,
    ) -> Update:
        """The words that were selected or typed, taken in; or why they could not be."""
        is_here = chosen.mark(conversation)
        update = self._shown(token, conversation, lesson, place, chosen, is_here, event)
        return update if is_here() else NOTHING

    def _shown(
        self,
        token: str | None,
        conversation: str,
        lesson: str,
        place: Place | None,
        chosen: Chosen,
        is_here: IsHere,
        event: gr.EventData,
    ) -> Update:
        visitor = visitor_of(self.desk, self.words, token)
        turn = self._turn(visitor, conversation, lesson)
        if turn is None:
            return {self.parts.teach: "", self.parts.lesson: ""}
        try:
            document_id, start, end = self._selected(visitor, place, event._data or {})
            verdict = self._kept(visitor, lesson, document_id, start, end)
            starts = self.desk.library.page_starts(document_id, visitor.readable)
        except Unshown as error:
            return {self.parts.teach: showing_html(self.words, notice=str(error))}
        except LookupError:  # the document or the turn went meanwhile
            return {self.parts.teach: showing_html(self.words, notice=self.words.gone)}
        there = Place(document_id, page_number_at(starts, start), start, end, as_text=True)
        return {
            self.parts.said: said_html(replace(turn, verdict=verdict), self.words),
            self.parts.teach: shown_html(self.words),
            self.parts.lesson: "",
            **self._column(visitor, there, chosen, is_here),
        }

    def _selected(
        self, visitor: Visitor, place: Place | None, said: dict[str, Any]
    ) -> tuple[int, int, int]:
        """Document, start and end of the words; ``Unshown``, worded for a person, without."""
        typed = str(said.get("words") or "")[: 4 * MAX_ANSWER_CHARS]
        if place is None or not typed.strip():
            raise Unshown(self.words.nothing_selected)
        try:
            document = self.desk.library.document(place.document_id, visitor.readable)
            text = self.desk.library.text(place.document_id, visitor.readable)
        except UnknownDocument:
            raise Unshown(self.words.gone) from None
        span = _span(text, typed, said.get("start"), said.get("end"), place.char_start)
        if span is None:
            raise Unshown(self.words.words_not_there.format(name=document.name))
        if span[1] - span[0] > MAX_ANSWER_CHARS:
            raise Unshown(self.words.too_many_words.format(limit=MAX_ANSWER_CHARS))
        return document.id, *span

    def _kept(self, visitor: Visitor, lesson: str, document_id: int, *span: int) -> Verdict:
        """The verdict that the right words stand there; ``Unshown`` where it cannot be kept."""
        try:
            return self.desk.teaching.show(visitor, lesson, document_id, *span)
        except Exception as error:
            if notice := trouble_text(error, self.words):
                raise Unshown(notice) from error
            raise

    def _taught_place(self, visitor: Visitor, turn: Turn) -> Place | None:
        """Where the right words were shown before."""
        where = turn.verdict.place if turn.verdict is not None else None
        if where is None:
            return None
        document_id, start, end = where
        return self.desk.step(visitor, Place(document_id, 1, start, end), 0)

    def _turn(self, visitor: Visitor, conversation: str, turn_id: str) -> Turn | None:
        return self.desk.history.open(visitor, conversation).turn(turn_id)

    def _column(self, visitor: Visitor, there: Place, chosen: Chosen, is_here: IsHere) -> Update:
        """The source at a place; no change when something else is to be shown meanwhile."""
        drawn = source_column(self.desk, self.words, visitor, chosen, is_here, lambda _: there)
        return {self.parts.place: drawn[0], self.parts.source: drawn[1]} if drawn else {}


def _read_place(turn: Turn) -> Place | None:
    """What was quoted; where nothing was, the nearest passage."""
    if turn.reply.answer is not None:
        return Place.of_citation(turn.reply.answer.citation)
    return Place.of_passage(turn.reply.nearest[0].passage) if turn.reply.nearest else None


class Unshown(Exception):
    """Why words were not taken in, worded for a person."""


def _span(text: str, words: str, start: object, end: object, near: int) -> tuple[int, int] | None:
    """Where the words stand: where they were selected, else as near there as can be."""
    if isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text):
        # Between a table's cells a browser puts white space that is not there.
        if "".join(text[start:end].split()) == "".join(words.split()):
            return trimmed(text, start, end)
        near = start
    return find_words(text, words, near)
