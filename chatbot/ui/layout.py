"""The page: three columns on a desk. Puts components in their places and wires the panels.

Decides nothing: rights, questions and sources are the desk's.
"""

from __future__ import annotations

from collections.abc import Set
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from chatbot.api.calls import Calls
from chatbot.desk import Desk, example_questions
from chatbot.ui import (
    arrival,
    collections_panel,
    conversation,
    endpoints,
    history_panel,
    library_panel,
    source_panel,
    teaching_panel,
)
from chatbot.ui.chosen import Chosen
from chatbot.ui.parts import Parts
from chatbot.views.collections import drop_html, left_out_html, paste_html
from chatbot.views.conversation import conversation_html, pending_html
from chatbot.views.library import by_name_html
from chatbot.views.source import source_html
from chatbot.views.words import ENGLISH, Words
from chatbot.views.words_zh import CHINESE

HERE = Path(__file__).parent
CLICKS_JS = (HERE / "clicks.js").read_text(encoding="utf-8")
PROGRESS_JS = (HERE / "progress.js").read_text(encoding="utf-8")
EARLIER_JS = (HERE / "earlier.js").read_text(encoding="utf-8")
PAGE_JS = "".join(
    (HERE / f"{name}.js").read_text(encoding="utf-8")
    for name in ("page", "adding", "names", "access", "folds", "lost")
)
STYLE = [  # in this order: a phone's rules are last
    HERE / f"{name}.css" for name in ("style", "library", "conversation", "source", "phone")
]
FIRST_JS = (HERE / "first.js").read_text(encoding="utf-8")
STORAGE_KEY = "quoth-visitor"
PAGES = {"": ENGLISH, "zh": CHINESE}  # an address below the root -> the words of its page
UPLOADS_KEPT = (3600, 24 * 3600)  # every hour: what nobody took in within a day

SYSTEM_FONTS = (
    "system-ui",
    "-apple-system",
    "Segoe UI",
    "Noto Sans",
    "Noto Sans CJK SC",
    "sans-serif",
)


def theme() -> gr.themes.Base:
    """The quietest theme Gradio has, in the system's own typeface."""
    return gr.themes.Base(font=SYSTEM_FONTS, font_mono=("ui-monospace", "monospace"))


def head() -> str:
    """What goes into the page's head: our own style and script, nothing from elsewhere.

    Gradio adds the style again, behind its own; here it keeps the first moments in shape.
    """
    return (
        '<meta name="referrer" content="no-referrer">'
        f"<style>{style()}</style><script>{PAGE_JS}</script>"
    )


def style() -> str:
    """The whole style in one text."""
    return "".join(path.read_text(encoding="utf-8") for path in STYLE)


def first_moments(words: Words) -> str:
    """What a visit sees until Gradio has drawn the page: the same welcome in the same place."""
    welcome = conversation_html((), examples=example_questions(), words=words)
    return (
        f"<script>{FIRST_JS}</script>"
        '<div id="q-first" class="gradio-container" inert aria-hidden="true"><i></i>'
        f'<div class="q-middle"><div class="q-head"><h2>{escape(words.conversation)}</h2></div>'
        f'{welcome}<div class="q-box-to-be"></div></div><i></i></div>'
    )


def build(desk: Desk, calls: Calls | None = None) -> gr.Blocks:
    """The whole page over a desk, once for each language: one address, one set of words.

    With ``calls``, they are its named endpoints.
    """
    page = gr.Blocks(
        title=ENGLISH.title, analytics_enabled=False, fill_width=True, delete_cache=UPLOADS_KEPT
    )
    if calls is not None:
        with page:  # first, so that no event of the page takes one of their names
            endpoints.expose(calls)
    named = set(page.fns)
    for path, words in PAGES.items():
        with page.route(words.title, path, show_in_navbar=False) if path else page:
            _fill(page, desk, words)
    _keep_private(page, named)
    return page


def _keep_private(page: gr.Blocks, named: Set[int]) -> None:
    """No program is told of an event but the named ones, Gradio's own button's included."""
    for number, event in page.fns.items():
        if number not in named:
            event.api_visibility = "private"


def _fill(page: gr.Blocks, desk: Desk, words: Words) -> None:
    """One language's page: its components and their events."""
    examples = example_questions()
    parts = _place(desk, words, examples)
    asker = conversation.Asker(parts, desk, words, examples)
    conversation.wire(parts, asker)
    history_panel.wire(parts, desk, words, asker)
    library_panel.wire(parts, desk, words)
    collections_panel.wire(parts, desk, words)
    arrival.wire(page, parts, desk, words, asker)
    source_panel.wire(parts, desk, words)
    teaching_panel.wire(parts, desk, words)


def _place(desk: Desk, words: Words, examples: tuple[str, ...]) -> Parts:
    secret = desk.workspace.browser_secret
    kept: dict[str, Any] = {
        "token": gr.BrowserState(None, storage_key=STORAGE_KEY, secret=secret),
        "conversation": gr.Textbox("", visible=False),
        "among": gr.Textbox("", visible=False),
        "chosen": gr.State(Chosen()),
        "place": gr.State(None),
        "lesson": gr.State(""),
    }
    gr.HTML(_top(words), elem_id="q-nav", apply_default_css=False, js_on_load=None)
    with gr.Row(elem_id="q-desk"):
        library = _library(words, desk.max_file_mb, with_hub=desk.hf_oauth)
        middle = _conversation(words, examples)
        source = _source(words)
    return Parts(**kept, **library, **middle, **source)


def _library(words: Words, max_file_mb: int, *, with_hub: bool) -> dict[str, Any]:
    """The left column's components, by their names in ``Parts``."""
    with gr.Column(elem_id="q-library", min_width=0):
        _html(_brand(words))
        placed: dict[str, Any] = {
            "upload": gr.UploadButton(
                words.add, file_count="multiple", elem_id="q-upload", variant="secondary"
            ),
            "names": gr.JSON(visible=False),
        }
        _html(drop_html(max_file_mb, words))
        placed |= {
            "paste": _panel(paste_html(words), "q-paste"),
            "choice": _panel("", "q-choice"),
        }
        _html(by_name_html(words) + left_out_html(max_file_mb, words))
        placed["shelf"] = _panel("", "q-shelf")
        placed["find"], placed["history"] = _chats(words)
        placed |= {"download": gr.JSON(visible=False), "person": _panel("", "q-person")}
        if with_hub:
            gr.LoginButton(  # no logo: Gradio would fetch it from an address that is closed here
                words.sign_in, logout_value=words.sign_out_of, icon=None, elem_id="q-hub"
            )
    return placed


def _conversation(words: Words, examples: tuple[str, ...]) -> dict[str, Any]:
    """The middle column's components, by their names in ``Parts``."""
    placed: dict[str, Any] = {}
    with gr.Column(elem_id="q-conversation", min_width=0):
        with gr.Row(elem_classes="q-head"):
            _heading(words.conversation)
            placed["fresh"] = gr.Button(words.new_conversation, elem_id="q-fresh", size="sm")
        welcome = conversation_html((), examples=examples, words=words)
        placed["thread"] = _panel(welcome, "q-thread")
        placed["progress"] = gr.HTML(
            elem_id="q-progress", apply_default_css=False, js_on_load=PROGRESS_JS
        )
        _html(f'<template id="q-to-be">{pending_html("{question}", words)}</template>')
        placed["earlier"] = gr.HTML(
            elem_id="q-above", apply_default_css=False, js_on_load=EARLIER_JS
        )
        said = escape(words.server_lost)
        _html(f'<p id="q-no-server" role="alert" data-said="{said}"></p>')
        with gr.Row(elem_id="q-asking"):
            placed["question"] = gr.Textbox(
                placeholder=words.placeholder,
                label=words.placeholder,
                show_label=False,
                container=False,
                lines=1,
                max_lines=6,
                autofocus=True,
                elem_id="q-question",
            )
            placed["send"] = gr.Button(words.send, elem_id="q-send", min_width=0)
        placed["with_shared"] = gr.Checkbox(
            True, label=words.ask_shared, elem_id="q-shared", container=False
        )
    return placed


def _source(words: Words) -> dict[str, Any]:
    """The right column's components, by their names in ``Parts``."""
    with gr.Column(elem_id="q-source", min_width=0):
        _heading(words.source)
        return {
            "teach": teaching_panel.place_showing(),
            "source": _panel(source_html(None, words), "q-view"),
            "said": teaching_panel.place_said(),
        }


def _chats(words: Words) -> tuple[gr.Textbox, gr.HTML]:
    """The list of conversations below a box to search them, both hidden while there are none."""
    with gr.Column(elem_id="q-chats", min_width=0):
        _html(f"<h3>{escape(words.chats)}</h3>")
        find = gr.Textbox(
            placeholder=words.find_chats,
            label=words.find_chats,
            show_label=False,
            container=False,
            max_lines=1,
            elem_id="q-find",
        )
        return find, _panel("", "q-history")


def _panel(value: str, elem_id: str) -> gr.HTML:
    return gr.HTML(value, elem_id=elem_id, apply_default_css=False, js_on_load=CLICKS_JS)


def _heading(text: str) -> gr.HTML:
    return _html(f"<h2>{escape(text)}</h2>")


def _html(value: str) -> gr.HTML:
    return gr.HTML(value, apply_default_css=False, js_on_load=None)


def _brand(words: Words) -> str:
    """The name and the other languages; a screen reader hears what the column is."""
    return (
        f'<div class="q-head"><p class="q-brand">{escape(words.title)}</p>{_languages(words)}</div>'
        f'<h2 class="q-unseen">{escape(words.library)}</h2>'
    )


def _languages(words: Words) -> str:
    """A link to the page in each other language, named in that language."""
    links = "".join(
        f'<a class="q-language" href="./{path or "?language=en"}" lang="{other.language}" '
        f'hreflang="{other.language}">{escape(other.language_name)}</a>'
        for path, other in PAGES.items()
        if other is not words
    )
    return f"<p>{links}</p>"


def _top(words: Words) -> str:
    """Before the columns: the page's heading, where answers are said, a phone's tabs."""
    buttons = "".join(
        f'<button type="button" data-column="{column}" '
        f'aria-pressed="{str(column == "conversation").lower()}">{escape(label)}</button>'
        for column, label in (
            ("library", words.library),
            ("conversation", words.conversation),
            ("source", words.source),
        )
    )
    title = escape(words.title)
    return (
        f'<h1 class="q-unseen">{title}</h1><p id="q-spoken" class="q-unseen" role="status"></p>'
        f'<nav aria-label="{title}">{buttons}</nav>'
    )
