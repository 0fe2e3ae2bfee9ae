"""What stands above the list of documents, as HTML: pasting a text, choosing a collection.

Knows no page framework and no library; every title is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from chatbot.paste import MAX_NAME_CHARS
from chatbot.people.limits import MB
from chatbot.store.conversations import MAX_TITLE_CHARS
from chatbot.views.library import off_html
from chatbot.views.words import ENGLISH, Words


def drop_html(max_file_mb: int, words: Words = ENGLISH) -> str:
    """The line under the button: drop anywhere, or what is on its way, which the page fills in."""
    return (
        f'<p class="q-quiet q-drop q-idle" role="status" data-max="{max_file_mb * MB}" '
        f'data-one="{escape(words.sending_one)}" data-many="{escape(words.sending)}">'
        f"{escape(words.drop)}</p>"
    )


def left_out_html(max_file_mb: int, words: Words = ENGLISH) -> str:
    """Where the page says which files were too large to be sent; empty until then."""
    left_out = words.left_out.format(limit=max_file_mb, names="{names}")
    return f'<p class="q-told q-out" role="alert" data-out="{escape(left_out)}"></p>'


def paste_html(words: Words = ENGLISH, n_pasted: int = 0) -> str:
    """A small form to paste into, to be opened.

    Another ``n_pasted`` than before makes the page empty the form.
    """
    name, text = escape(words.paste_name), escape(words.paste_text)
    return (
        f'<details class="q-fold q-paste" data-key="paste"><summary>{escape(words.paste)}</summary>'
        f'<form data-n="{n_pasted}"><input name="name" maxlength="{MAX_NAME_CHARS}" '
        f'placeholder="{name}" aria-label="{name}" autocomplete="off">'
        f'<textarea name="text" rows="6" placeholder="{text}" aria-label="{text}" required>'
        f'</textarea><button data-event="paste">{escape(words.paste_add)}</button></form></details>'
    )


def collections_html(
    own: Mapping[str, str], shared: Mapping[str, str], chosen: str, words: Words = ENGLISH
) -> str:
    """The choice of a collection, and what can be done with the chosen one.

    Args:
        own: titles of the person's collections by id.
        shared: titles of shared ones that they may fill, by id.
        chosen: the id of one of them, "" for all.
        words: of the page.
    """
    choice = _choice({**own, **shared}, chosen, words) if own or shared else ""
    opener = words.new if choice else words.new_collection
    new = _form("make", opener, words.make, words)
    acts = _acts(chosen, own[chosen], words) if chosen in own else ""
    return f'<div class="q-scope">{choice}{acts}{new}</div>'


def _choice(titles: Mapping[str, str], chosen: str, words: Words) -> str:
    options = "".join(
        f'<option value="{escape(key)}"{" selected" if key == chosen else ""}>'
        f"{escape(title)}</option>"
        for key, title in {"": words.everything, **titles}.items()
    )
    label = escape(words.collection)
    return f'<select data-event="choose" aria-label="{label}">{options}</select>'


def _acts(chosen: str, title: str, words: Words) -> str:
    sure = escape(words.remove_collection.format(name=title))
    rename = _form("retitle", words.rename, words.rename, words, chosen, title)
    return (
        f"{rename}"
        f'<details class="q-fold" data-key="discard-{escape(chosen)}">'
        f"<summary>{escape(words.remove)}</summary>"
        f'<button type="button" data-event="discard" data-collection="{escape(chosen)}">{sure}'
        f"</button>{off_html(words)}</details>"
    )


def _form(
    event: str, opener: str, act: str, words: Words, chosen: str = "", title: str = ""
) -> str:
    name = escape(words.rename_collection.format(name=title) if title else words.collection_name)
    return (
        f'<details class="q-fold" data-key="{event}-{escape(chosen)}">'
        f"<summary>{escape(opener)}</summary>"
        f'<form><input name="title" maxlength="{MAX_TITLE_CHARS}" value="{escape(title)}" '
        f'placeholder="{name}" aria-label="{name}" autocomplete="off" required>'
        f'<button data-event="{event}" data-collection="{escape(chosen)}">{escape(act)}</button>'
        "</form></details>"
    )
