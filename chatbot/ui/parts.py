"""The page's components, named once, so that every panel can wire itself to the others.

With what the events of several panels have in common; holds no event.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec

import gradio as gr

from chatbot.desk import Desk
from chatbot.people.limits import LimitReached
from chatbot.people.troubles import trouble_text
from chatbot.people.workspace import Visitor, is_session
from chatbot.views.words import Words

P = ParamSpec("P")
Update = dict[Any, Any]  # component -> its new value, as Gradio takes it
# How Gradio is told of an event that is the page's own.
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


@dataclass(frozen=True, slots=True)
class Parts:
    """What the panels share.

    ``token`` lives in the browser, and so does ``conversation`` (the id of the one that the page
    shows, "" for a new one): an event that waits is for what was shown when it was sent, as
    ``among`` (a collection, filled in then) is. ``place`` (a ``source.Place`` or None) lives on
    the server, one for each open page, as does ``lesson`` (the id of the turn whose right words
    are being shown, or "").
    """

    token: gr.BrowserState
    choice: gr.HTML
    chosen: gr.State
    among: gr.Textbox
    conversation: gr.Textbox
    place: gr.State
    paste: gr.HTML
    person: gr.HTML
    progress: gr.HTML
    earlier: gr.HTML
    shelf: gr.HTML
    find: gr.Textbox
    history: gr.HTML
    download: gr.JSON
    upload: gr.UploadButton
    names: gr.JSON
    with_shared: gr.Checkbox
    fresh: gr.Button
    thread: gr.HTML
    question: gr.Textbox
    send: gr.Button
    source: gr.HTML
    lesson: gr.State
    said: gr.HTML
    teach: gr.HTML


def visitor_of(desk: Desk, words: Words, token: object) -> Visitor:
    """Whose event it is.

    Raises:
        gr.Error: nobody's any more, as after a sign-out in another tab; the page says so.
    """
    try:
        return desk.visitor(token)
    except PermissionError:
        had_signed_in = desk.has_accounts or is_session(token)
        notice = words.signed_out if had_signed_in else words.stranger
    except LimitReached as error:  # forgotten since the page was opened
        notice = trouble_text(error, words)
    raise gr.Error(notice, print_exception=False)


def attempt(words: Words, act: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> str:
    """Does something; returns why that could not be, "" when it was done.

    Raises:
        Exception: whatever nobody expected.
    """
    try:
        act(*args, **kwargs)
    except Exception as error:
        if notice := trouble_text(error, words):
            return notice
        raise
    return ""
