"""What an open page is at, and the one rule for events: what comes late is not shown.

Knows no component and no desk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import wraps
from typing import ParamSpec, TypeVar

import gradio as gr

from chatbot.people.collections import EVERYTHING
from chatbot.store.conversations import new_id
from chatbot.ui.parts import Update

NOTHING: Update = gr.skip()  # changes on the page

P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class Chosen:
    """Which collection an open page shows; changed in place, so that lists that follow see it.

    ``n_pasted`` counts the texts that were pasted into the page, ``n_turned`` how often it
    turned to another conversation. ``begun`` has the ids that conversations begun here get: by
    the turn, and by what the page was at then.
    """

    among: str = EVERYTHING
    n_pasted: int = 0
    n_turned: int = 0
    begun: dict[tuple[int, str], str] = field(default_factory=dict)

    def mark(self) -> Callable[[], bool]:
        """Tells later whether the page is still at the conversation that it is at now."""
        turned = self.n_turned
        return lambda: self.n_turned == turned

    def begin(self, instead_of: str) -> str:
        """The id of a conversation to begin, the same for all questions that would begin it.

        ``instead_of`` is what the page is at: "", or the id of one that was deleted.
        """
        return self.begun.setdefault((self.n_turned, instead_of), new_id())


def unless_turned(event: Callable[P, T]) -> Callable[P, T | Update]:
    """An event, given the page's ``Chosen``, that changes nothing when it comes late.

    Late is what was begun for one conversation and ends when the page has turned to another.
    """

    @wraps(event)
    def on_time(*args: P.args, **kwargs: P.kwargs) -> T | Update:
        is_here = _chosen(args).mark()
        update = event(*args, **kwargs)
        return update if is_here() else NOTHING

    return on_time


def each_unless_turned(event: Callable[P, Iterator[T]]) -> Callable[P, Iterator[T]]:
    """As ``unless_turned``, for an event that tells its progress; it runs to its end all the same.

    So it keeps its place in the queue for as long as it computes.
    """

    @wraps(event)
    def on_time(*args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        is_here = _chosen(args).mark()
        yield from (update for update in event(*args, **kwargs) if is_here())

    return on_time


def _chosen(args: tuple[object, ...]) -> Chosen:
    return next(one for one in args if isinstance(one, Chosen))
