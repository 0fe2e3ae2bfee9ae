"""The right column's wiring: turning pages and switching between picture and text.

Decides nothing: the desk looks, the view draws.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr

from chatbot.desk import Desk
from chatbot.source import Place
from chatbot.ui.parts import Parts
from chatbot.view_source import source_html
from chatbot.words import Words

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


def wire(parts: Parts, desk: Desk, words: Words) -> None:
    """Every click in the source column."""

    def show(token: str | None, place: Place | None) -> tuple[Place | None, str]:
        view = desk.look(desk.visitor(token), place)
        notice = words.gone if place is not None else ""
        return (view.place if view else None), source_html(view, words, notice=notice)

    def turned(
        token: str | None, place: Place | None, event: gr.EventData
    ) -> tuple[Place | None, str]:
        if place is not None:
            page_number = max(1, place.page_number + (1 if int(event.by) > 0 else -1))
            place = replace(place, page_number=page_number)
        return show(token, place)

    def switched(token: str | None, place: Place | None) -> tuple[Place | None, str]:
        if place is not None:
            place = replace(place, as_text=not place.as_text)
        return show(token, place)

    def opened(token: str | None, event: gr.EventData) -> tuple[Place | None, str]:
        return show(token, Place(int(event.document), 1))

    outputs = [parts.place, parts.source]
    inputs = [parts.token, parts.place]
    look: dict[str, Any] = {"concurrency_id": "look", "concurrency_limit": 4, **QUIET}
    parts.source.turn(turned, inputs, outputs, **look)
    parts.source.switch(switched, inputs, outputs, **look)
    parts.shelf.open(opened, [parts.token], outputs, **look)
