"""The wiring above the list of documents: pasting, choosing, making and removing a collection.

Decides nothing: the desk does, within a visitor's rights.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from chatbot.desk import Desk
from chatbot.people.collections import EVERYTHING, seen_title
from chatbot.people.workspace import Visitor
from chatbot.ui.chosen import Chosen
from chatbot.ui.library_panel import choice_html, follow, renew_after, shelf_html, thread_anew
from chatbot.ui.parts import QUIET, Parts, Update, attempt, visitor_of
from chatbot.views.collections import paste_html
from chatbot.views.source import source_html
from chatbot.views.words import Words


def wire(parts: Parts, desk: Desk, words: Words) -> None:
    """Every click above the list."""
    chooser = Chooser(parts, desk, words)
    inputs, outputs = [parts.token, parts.chosen], [parts.choice, parts.shelf]
    look: dict[str, Any] = {"concurrency_id": "look", "trigger_mode": "multiple", **QUIET}
    parts.choice.choose(chooser.choose, inputs, outputs, **look)
    parts.choice.make(chooser.make, inputs, outputs, **look)
    parts.choice.retitle(chooser.retitle, inputs, outputs, **look)
    parts.choice.discard(
        chooser.discard,
        [*inputs, parts.conversation],
        [*outputs, parts.thread, parts.place, parts.source],
        **look,
    )
    came = parts.paste.paste(
        chooser.paste,
        inputs,
        [parts.paste, parts.shelf],
        concurrency_id="upload",
        trigger_mode="multiple",
        **QUIET,
    )
    renew_after(came, parts, desk, words)


@dataclass(frozen=True, slots=True)
class Chooser:
    """The events; each returns the choice and the list below it as they are then."""

    parts: Parts
    desk: Desk
    words: Words

    def choose(self, token: str | None, chosen: Chosen, event: gr.EventData) -> tuple[str, str]:
        """Another collection, or all."""
        chosen.among = str(event.value)
        return self._shown(visitor_of(self.desk, self.words, token), chosen)

    def make(self, token: str | None, chosen: Chosen, event: gr.EventData) -> tuple[str, str]:
        """A new collection, which is then the chosen one."""
        visitor, title = visitor_of(self.desk, self.words, token), seen_title(str(event.title))

        def make() -> None:
            chosen.among = self.desk.collections.make(visitor, title)

        notice = attempt(self.words, make) if title else ""
        return self._shown(visitor_of(self.desk, self.words, token), chosen, notice)

    def retitle(self, token: str | None, chosen: Chosen, event: gr.EventData) -> tuple[str, str]:
        """Another title for one of the visitor's collections."""
        visitor, title = visitor_of(self.desk, self.words, token), seen_title(str(event.title))
        rename, collection_id = self.desk.collections.rename, str(event.collection)
        notice = attempt(self.words, rename, visitor, collection_id, title) if title else ""
        return self._shown(visitor, chosen, notice)

    def discard(
        self, token: str | None, chosen: Chosen, conversation_id: str, event: gr.EventData
    ) -> Update:
        """A collection goes with all in it, and with what was quoted from there."""
        visitor, is_here = visitor_of(self.desk, self.words, token), chosen.mark(conversation_id)
        remove, collection_id = self.desk.documents.remove_collection, str(event.collection)
        notice = attempt(self.words, remove, visitor, collection_id)
        if not notice:
            chosen.among = EVERYTHING
        visitor = visitor_of(self.desk, self.words, token)
        choice, shelf = self._shown(visitor, chosen, notice)
        update: Update = {self.parts.choice: choice, self.parts.shelf: shelf}
        if not is_here():
            return update
        chosen.look(is_here, lambda _: None, lambda _: (None, ""))
        return {
            **update,
            self.parts.place: None,
            self.parts.source: source_html(None, self.words),
            **thread_anew(self.parts, self.desk, visitor, conversation_id, self.words),
        }

    async def paste(
        self, token: str | None, chosen: Chosen, event: gr.EventData
    ) -> AsyncIterator[tuple[Any, str]]:
        """A pasted text becomes a document; the form empties when it was taken."""
        visitor = await asyncio.to_thread(visitor_of, self.desk, self.words, token)
        name, text, paste = str(event.name), str(event.text), self.desk.documents.paste
        if not text.strip():
            return
        notice = await asyncio.to_thread(
            attempt, self.words, paste, visitor, name, text, chosen.among
        )
        if notice:
            drawn = (self.desk, visitor, self.words, chosen, notice)
            yield gr.skip(), await asyncio.to_thread(shelf_html, *drawn)
            return
        chosen.n_pasted += 1
        emptied: Any = paste_html(self.words, chosen.n_pasted)
        async for html in follow(self.desk, visitor, self.words, chosen):
            yield emptied, html
            emptied = gr.skip()

    def _shown(self, visitor: Visitor, chosen: Chosen, notice: str = "") -> tuple[str, str]:
        shelf = shelf_html(self.desk, visitor, self.words, chosen, notice)
        return choice_html(self.desk, visitor, self.words, chosen), shelf
