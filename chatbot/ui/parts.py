"""The page's components, named once, so that every panel can wire itself to the others.

Holds no events and no logic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

Update = dict[Any, Any]  # component -> its new value, as Gradio takes it


@dataclass(frozen=True, slots=True)
class Parts:
    """What the panels share.

    ``token`` lives in the browser; ``conversation`` (the id of one, "" for a new one) and
    ``place`` (a ``source.Place`` or None) live on the server, one for each open page, as does
    ``lesson`` (the id of the turn whose right words are being shown, or "").
    """

    token: gr.BrowserState
    choice: gr.HTML
    chosen: gr.State
    conversation: gr.State
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
