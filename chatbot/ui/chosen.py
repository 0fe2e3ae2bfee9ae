"""What an open page is at, and the one rule for events: what comes late is not shown.

Knows no component and no desk.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import TypeVar

import gradio as gr

from chatbot.people.collections import EVERYTHING
from chatbot.source import Place
from chatbot.store.conversations import new_id
from chatbot.ui.parts import Update

NOTHING: Update = gr.skip()  # changes on the page

T = TypeVar("T")
IsHere = Callable[[], bool]  # whether the page is still where it was
Onward = Callable[[Place | None], Place | None]  # from where the source is to where it goes


@dataclass
class Chosen:
    """What an open page shows; changed in place, so that what takes its time sees it.

    Of a page that was forgotten while it slept this is a new one, which is not ``is_open``: what
    the page shows is known again with its next question, which says it.

    Attributes:
        among: the collection that is chosen.
        n_pasted: of the texts that were pasted into the page.
        n_turned: how often it turned to another conversation.
        begun: the ids that conversations begun here get: by the turn, and by what the page was
            at then.
        is_open: whether this is what the page is at, and not what any page begins with.
        conversation_id: of the conversation, "" for a new one; None when that is not known.
        place: what the source shows, or is about to.
        n_looked: how often the source was to show something else.
    """

    among: str = EVERYTHING
    n_pasted: int = 0
    n_turned: int = 0
    begun: dict[tuple[int, str], str] = field(default_factory=dict)
    is_open: bool = False
    conversation_id: str | None = None
    place: Place | None = None
    n_looked: int = 0

    def __post_init__(self) -> None:
        """With a lock, which is no field: Gradio copies those."""
        self._changing = Lock()

    def __deepcopy__(self, memo: dict[int, object]) -> Chosen:
        """Every page begins with one of its own, as Gradio makes them."""
        return Chosen(self.among)

    def opened(self, conversation_id: str, place: Place | None = None) -> None:
        """The page is there, with a conversation and the source of its last answer."""
        self.is_open = True
        self.conversation_id, self.place = conversation_id, place

    def woke(self, among: str) -> None:
        """A page that was forgotten while it slept says which collection it shows."""
        if not self.is_open:
            self.is_open, self.among = True, among

    def mark(self, sent_from: str | None = None) -> IsHere:
        """Tells later whether the page is still at the conversation that it is at now.

        ``sent_from`` is where it was when it sent what is done now, after waiting maybe.
        """
        turned, was_here = self.n_turned, sent_from is None or self._is_at(sent_from)
        return lambda: was_here and self.n_turned == turned

    def turn(self, conversation_id: str = "") -> IsHere:
        """The page turns to a conversation, or to a new one; tells later whether it is there."""
        with self._changing:
            self.n_turned += 1
            self.n_looked += 1  # what is on its way to the source comes late
            self.conversation_id, self.place = conversation_id, None
            return self.mark()

    def arrived(self, is_here: IsHere, conversation_id: str, place: Place | None) -> bool:
        """A conversation is shown with its last answer, where the source goes, if ``is_here``."""
        with self._changing:
            if not is_here():
                return False
            self.n_looked += 1
            self.conversation_id, self.place = conversation_id, place
            return True

    def look(
        self,
        is_here: IsHere,
        onward: Onward,
        draw: Callable[[Place | None], tuple[Place | None, T]],
    ) -> tuple[Place | None, T] | None:
        """The source goes on from where it is, or is about to be.

        So that of clicks that come at once each goes further than the one before.

        Returns:
            What ``draw`` says: the place that there is, and how it looks. None when something
            else was to be shown meanwhile, or the page is not where it was.
        """
        with self._changing:
            if not is_here():
                return None
            self.place = onward(self.place)
            self.n_looked += 1
            place, n_looked = self.place, self.n_looked
        drawn = draw(place)
        with self._changing:
            if self.n_looked != n_looked:
                return None
            self.place = drawn[0]
        return drawn

    def begin(self, instead_of: str) -> str:
        """The id of a conversation to begin, the same for all questions that would begin it.

        ``instead_of`` is what the page is at: "", or the id of one that was deleted.
        """
        key = (self.n_turned, instead_of)
        if key in self.begun or instead_of == self.conversation_id:
            return self.begun.setdefault(key, new_id())
        return self.begun.setdefault((self.n_turned, ""), new_id())  # whatever a browser sends

    def _is_at(self, sent_from: str) -> bool:
        """Whether that, or what was begun instead of it, is what the page shows."""
        begun = self.begun.get((self.n_turned, sent_from))
        return self.conversation_id in (None, sent_from, begun)
