"""The right column's wiring: turning pages, stepping from mark to mark, picture or text.

Decides nothing: the desk looks, the view draws.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from chatbot.desk import Desk
from chatbot.source import Place
from chatbot.ui.chosen import NOTHING, Chosen, Onward
from chatbot.ui.parts import QUIET, Parts, Update, visitor_of
from chatbot.ui.source_column import Shown, source_column
from chatbot.views.words import Words

Looked = Shown | Update  # the column, or no change


def wire(parts: Parts, desk: Desk, words: Words) -> None:
    """Every click in the source column; none is lost that comes while another is on its way."""
    looker = Looker(desk, words)
    outputs = [parts.place, parts.source]
    inputs = [parts.token, parts.chosen]
    look: dict[str, Any] = {
        "concurrency_id": "look",
        "concurrency_limit": 4,
        "trigger_mode": "multiple",
        **QUIET,
    }
    parts.source.turn(looker.turn, inputs, outputs, **look)
    parts.source.number(looker.go_to, inputs, outputs, **look)
    parts.source.further(looker.further, inputs, outputs, **look)
    parts.source.step(looker.step, inputs, outputs, **look)
    parts.source.switch(looker.switch, inputs, outputs, **look)
    parts.shelf.open(looker.open, [parts.token, parts.lesson, parts.chosen], outputs, **look)


@dataclass(frozen=True, slots=True)
class Looker:
    """The column's events; each returns the place and what is shown of it."""

    desk: Desk
    words: Words

    def turn(self, token: str | None, chosen: Chosen, event: gr.EventData) -> Looked:
        """A page on or back."""
        by = 1 if int(event.by) > 0 else -1
        return self._go(token, chosen, lambda at: _at_page(at, at.page_number + by))

    def go_to(self, token: str | None, chosen: Chosen, event: gr.EventData) -> Looked:
        """The page whose number was typed; what is no number changes nothing."""
        typed = str(event.value).strip()[:9]
        wanted = int(typed) if typed.isdecimal() else None
        return self._go(token, chosen, lambda at: at if wanted is None else _at_page(at, wanted))

    def further(self, token: str | None, chosen: Chosen, event: gr.EventData) -> Looked:
        """The text before or after what is shown of a page."""
        return self._go(token, chosen, lambda at: at.moved(int(event.at), int(event.by)))

    def step(self, token: str | None, chosen: Chosen, event: gr.EventData) -> Looked:
        """The next mark, or the one before."""
        visitor, by = visitor_of(self.desk, self.words, token), int(event.by)
        return self._go(token, chosen, lambda at: self.desk.step(visitor, at, by))

    def switch(self, token: str | None, chosen: Chosen) -> Looked:
        """From the picture to the text, or back."""
        return self._go(token, chosen, lambda at: replace(at, as_text=not at.as_text))

    def open(self, token: str | None, lesson: str, chosen: Chosen, event: gr.EventData) -> Looked:
        """The first page of a document in the library; as text where words are to be selected."""
        first = Place(int(event.document), 1, as_text=bool(lesson))
        return self._show(token, chosen, lambda _: first)

    def _go(self, token: str | None, chosen: Chosen, onward: Callable[[Place], Place]) -> Looked:
        """On from where the column is; nothing where it shows no document."""
        if chosen.place is None:
            return NOTHING
        return self._show(token, chosen, lambda at: at and onward(at))

    def _show(self, token: str | None, chosen: Chosen, onward: Onward) -> Looked:
        is_here, visitor = chosen.mark(), visitor_of(self.desk, self.words, token)
        shown = source_column(self.desk, self.words, visitor, chosen, is_here, onward)
        return shown or NOTHING


def _at_page(place: Place, page_number: int) -> Place:
    """The same document at another page, the last one at most."""
    return replace(place, page_number=max(1, page_number), text_start=None)
