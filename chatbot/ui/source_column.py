"""The source column, drawn where it goes: one way for clicks, for answers and for corrections.

Knows what a page is at and the desk; no component.
"""

from __future__ import annotations

from chatbot.desk import Desk
from chatbot.people.workspace import Visitor
from chatbot.source import Place
from chatbot.ui.chosen import Chosen, IsHere, Onward
from chatbot.views.source import source_html
from chatbot.views.words import Words

Shown = tuple[Place | None, str]  # where the column is, and how it looks


def source_column(
    desk: Desk,
    words: Words,
    visitor: Visitor,
    chosen: Chosen,
    is_here: IsHere,
    onward: Onward,
    nowhere: str = "",
) -> Shown | None:
    """The column where it goes; a line in it says that a document is gone.

    ``nowhere`` is what it says without a place. None when something else is to be shown
    meanwhile, or the page is not where it was.
    """

    def draw(place: Place | None) -> Shown:
        view = desk.look(visitor, place)
        notice = words.gone if place else nowhere
        return (view.place if view else None), source_html(view, words, notice=notice)

    return chosen.look(is_here, onward, draw)
