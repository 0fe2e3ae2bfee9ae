"""The list of conversations: its wiring, and what a page shows when it opens.

Decides nothing: the desk's history lists, opens and deletes within a visitor's rights.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import gradio as gr

from chatbot.desk import Desk
from chatbot.types import Conversation
from chatbot.ui.chosen import NOTHING, Chosen
from chatbot.ui.conversation import Asker
from chatbot.ui.parts import QUIET, Parts, Update, attempt, visitor_of
from chatbot.views.export import exported
from chatbot.views.words import Words

# Handed over by the page itself, so that nothing to fetch lies about on the server.
DOWNLOAD_JS = """(file) => {
  if (!file) return;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([file.text], { type: file.media_type }));
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}"""


def wire(parts: Parts, desk: Desk, words: Words, asker: Asker) -> None:
    """Every click in the list, and the search above it."""
    lister = Lister(parts, desk, words, asker)
    shown = [parts.history, parts.conversation, parts.thread, parts.place, parts.source]
    own = [parts.token, parts.conversation, parts.find]
    turning = [*own, parts.chosen]
    look: dict[str, Any] = {"concurrency_id": "look", **QUIET}
    parts.history.resume(lister.resume, turning, shown, trigger_mode="multiple", **look)
    parts.history.rename(lister.rename, own, [parts.history], **look)
    parts.history.forget(lister.forget, turning, shown, **look)
    parts.history.forget_all(lister.forget_all, turning, [parts.find, *shown], **look)
    parts.find.change(lister.search, own, [parts.history], trigger_mode="always_last", **look)
    ready = parts.history.export(lister.export, [parts.token], [parts.download], **look)
    ready.then(None, [parts.download], None, js=DOWNLOAD_JS)


@dataclass(frozen=True, slots=True)
class Lister:
    """The list's events; each returns what changes on the page."""

    parts: Parts
    desk: Desk
    words: Words
    asker: Asker

    def resume(
        self, token: str | None, _current: str, find: str, chosen: Chosen, event: gr.EventData
    ) -> Update:
        """A conversation of the list goes on."""
        is_here = chosen.turn(str(event.conversation))
        visitor = visitor_of(self.desk, self.words, token)
        now = self.desk.history.open(visitor, str(event.conversation))
        shown = self.asker.shown(visitor, now, chosen, is_here, find)
        return shown if is_here() else NOTHING

    def rename(self, token: str | None, current: str, find: str, event: gr.EventData) -> str:
        """Another title; or why it stays as it was."""
        visitor, rename = visitor_of(self.desk, self.words, token), self.desk.history.rename
        notice = attempt(self.words, rename, visitor, str(event.conversation), str(event.value))
        return self.asker.listed(visitor, current, find, notice)

    def forget(
        self, token: str | None, current: str, find: str, chosen: Chosen, event: gr.EventData
    ) -> Update:
        """One less; when it is the open one, the page begins anew. Or why it stays."""
        visitor, is_here = visitor_of(self.desk, self.words, token), chosen.mark(current)
        notice = attempt(self.words, self.desk.history.delete, visitor, str(event.conversation))
        if current == event.conversation and not notice and is_here():
            is_here = chosen.turn()
            shown = self.asker.shown(visitor, Conversation(visitor.id), chosen, is_here, find)
            return shown if is_here() else NOTHING
        return {self.parts.history: self.asker.listed(visitor, current, find, notice)}

    def forget_all(self, token: str | None, current: str, find: str, chosen: Chosen) -> Update:
        """None left; or why all stay."""
        visitor = visitor_of(self.desk, self.words, token)
        if notice := attempt(self.words, self.desk.history.delete_all, visitor):
            return {self.parts.history: self.asker.listed(visitor, current, find, notice)}
        is_here = chosen.turn()
        shown = self.asker.shown(visitor, Conversation(visitor.id), chosen, is_here)
        return {**shown, self.parts.find: ""} if is_here() else NOTHING

    def search(self, token: str | None, current: str, find: str) -> str:
        """Those that hold the words."""
        return self.asker.listed(visitor_of(self.desk, self.words, token), current, find)

    def export(self, token: str | None, event: gr.EventData) -> dict[str, str] | None:
        """A conversation as a file, for the browser to keep."""
        visitor = visitor_of(self.desk, self.words, token)
        conversation = self.desk.history.open(visitor, str(event.conversation))
        if not conversation.id:
            return None
        as_json = event.form == "json"
        return asdict(exported(conversation, "json" if as_json else "markdown", self.words))
