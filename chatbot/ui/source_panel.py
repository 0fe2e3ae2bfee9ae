"""The right column's wiring: turning pages, stepping from mark to mark, picture or text.

Decides nothing: the desk looks, the view draws.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from chatbot.desk import Desk
from chatbot.source import Place
from chatbot.ui.chosen import Chosen, unless_turned
from chatbot.ui.parts import QUIET, Parts
from chatbot.views.source import source_html
from chatbot.views.words import Words

Shown = tuple[Place | None, str]  # what the column is at, and its HTML


def wire(parts: Parts, desk: Desk, words: Words) -> None:
    """Every click in the source column."""
    looker = Looker(desk, words)
    outputs = [parts.place, parts.source]
    inputs = [parts.token, parts.place, parts.chosen]
    look: dict[str, Any] = {"concurrency_id": "look", "concurrency_limit": 4, **QUIET}
    parts.source.turn(looker.turn, inputs, outputs, **look)
    parts.source.number(looker.go_to, inputs, outputs, **look)
    parts.source.step(looker.step, inputs, outputs, **look)
    parts.source.switch(looker.switch, inputs, outputs, **look)
    parts.shelf.open(looker.open, [parts.token, parts.lesson, parts.chosen], outputs, **look)


@dataclass(frozen=True, slots=True)
class Looker:
    """The column's events; each returns the place and what is shown of it."""

    desk: Desk
    words: Words

    @unless_turned
    def turn(
        self, token: str | None, place: Place | None, _chosen: Chosen, event: gr.EventData
    ) -> Shown:
        """A page on or back."""
        by = 1 if int(event.by) > 0 else -1
        return self._at_page(token, place, place.page_number + by if place else 1)

    @unless_turned
    def go_to(
        self, token: str | None, place: Place | None, _chosen: Chosen, event: gr.EventData
    ) -> Shown:
        """The page whose number was typed; what is no number changes nothing."""
        typed = str(event.value).strip()[:9]
        known = place.page_number if place else 1
        return self._at_page(token, place, int(typed) if typed.isdecimal() else known)

    @unless_turned
    def step(
        self, token: str | None, place: Place | None, _chosen: Chosen, event: gr.EventData
    ) -> Shown:
        """The next mark, or the one before."""
        if place is not None:
            place = self.desk.step(self.desk.visitor(token), place, int(event.by))
        return self._show(token, place)

    @unless_turned
    def switch(self, token: str | None, place: Place | None, _chosen: Chosen) -> Shown:
        """From the picture to the text, or back."""
        if place is not None:
            place = replace(place, as_text=not place.as_text)
        return self._show(token, place)

    @unless_turned
    def open(self, token: str | None, lesson: str, _chosen: Chosen, event: gr.EventData) -> Shown:
        """The first page of a document in the library; as text where words are to be selected."""
        return self._show(token, Place(int(event.document), 1, as_text=bool(lesson)))

    def _at_page(self, token: str | None, place: Place | None, page_number: int) -> Shown:
        """The same document at another page, the last one at most."""
        if place is not None:
            place = replace(place, page_number=max(1, page_number))
        return self._show(token, place)

    def _show(self, token: str | None, place: Place | None) -> Shown:
        view = self.desk.look(self.desk.visitor(token), place)
        notice = self.words.gone if place is not None else ""
        return (view.place if view else None), source_html(view, self.words, notice=notice)
