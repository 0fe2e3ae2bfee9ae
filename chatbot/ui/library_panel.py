"""The left column's wiring: files come in, show where they stand, and go again.

Decides nothing: the desk adds, lists and removes within a visitor's rights.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import gradio as gr

from chatbot.desk import Desk
from chatbot.source import Place
from chatbot.ui.door import enter
from chatbot.ui.parts import Parts
from chatbot.view_library import library_html, notice_html
from chatbot.view_people import person_html
from chatbot.view_source import source_html
from chatbot.words import Words
from chatbot.workspace import Visitor

FOLLOW_EVERY_S = 0.25
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
NAMES_JS = "(files, names, token) => [files, (files ?? []).map((file) => file.orig_name), token]"


def wire(page: gr.Blocks, parts: Parts, desk: Desk, words: Words) -> None:
    """Opening the page, uploading, removing."""

    async def opened(
        token: str | None, request: gr.Request, profile: gr.OAuthProfile | None
    ) -> AsyncIterator[tuple[str | None, str, str]]:
        try:
            token = enter(desk, token, request, profile)
        except PermissionError:
            yield None, "", notice_html(words.signed_out)
            return
        visitor = desk.visitor(token)
        person = person_html(visitor, words, has_accounts=desk.has_accounts)
        async for html in _follow(desk, visitor, words):
            yield token, person, html

    async def uploaded(
        paths: list[str] | None, names: list[str] | None, token: str | None
    ) -> AsyncIterator[str]:
        visitor = desk.visitor(token)
        files = [(Path(path), _name(path, names, i)) for i, path in enumerate(paths or ())]
        await asyncio.to_thread(desk.add, visitor, files)
        async for html in _follow(desk, visitor, words):
            yield html

    def removed(
        token: str | None, place: Place | None, event: gr.EventData
    ) -> tuple[str, Place | None, str | dict[str, Any]]:
        visitor = desk.visitor(token)
        document_id = int(event.document)
        desk.remove(visitor, document_id)
        html = shelf_html(desk, visitor, words)
        if place is not None and place.document_id == document_id:
            return html, None, source_html(None, words)
        return html, place, gr.skip()

    page.load(
        opened,
        [parts.token],
        [parts.token, parts.person, parts.shelf],
        concurrency_limit=None,
        **QUIET,
    )
    parts.upload.upload(
        uploaded,
        [parts.upload, parts.names, parts.token],
        [parts.shelf],
        js=NAMES_JS,
        concurrency_id="upload",
        concurrency_limit=None,
        trigger_mode="multiple",
        **QUIET,
    )
    parts.shelf.remove(
        removed,
        [parts.token, parts.place],
        [parts.shelf, parts.place, parts.source],
        concurrency_id="look",
        **QUIET,
    )
    _wire_jobs(parts, desk, words)


def _wire_jobs(parts: Parts, desk: Desk, words: Words) -> None:
    """What can be done with a file on its way."""

    async def retried(token: str | None, event: gr.EventData) -> AsyncIterator[str]:
        visitor = desk.visitor(token)
        await asyncio.to_thread(desk.retry, visitor, int(event.job))
        async for html in _follow(desk, visitor, words):
            yield html

    def cancelled(token: str | None, event: gr.EventData) -> str:
        visitor = desk.visitor(token)
        desk.cancel(visitor, int(event.job))
        return shelf_html(desk, visitor, words)

    def dismissed(token: str | None, event: gr.EventData) -> str:
        visitor = desk.visitor(token)
        desk.dismiss(visitor, int(event.job))
        return shelf_html(desk, visitor, words)

    own: dict[str, Any] = {"inputs": [parts.token], "outputs": [parts.shelf], **QUIET}
    parts.shelf.retry(retried, concurrency_id="upload", trigger_mode="multiple", **own)
    parts.shelf.cancel(cancelled, concurrency_id="look", trigger_mode="multiple", **own)
    parts.shelf.dismiss(dismissed, concurrency_id="look", trigger_mode="multiple", **own)


def shelf_html(desk: Desk, visitor: Visitor, words: Words) -> str:
    """The visitor's library column as it is now."""
    shelf = desk.shelf(visitor)
    return library_html(shelf.jobs, shelf.own, shelf.shared, words)


async def _follow(desk: Desk, visitor: Visitor, words: Words) -> AsyncIterator[str]:
    """The column now, and again whenever it changes, until nothing is on its way."""
    last = ""
    while True:
        busy = desk.busy(visitor)
        html = await asyncio.to_thread(shelf_html, desk, visitor, words)
        if html != last:
            yield html
            last = html
        if not busy:
            return
        await asyncio.sleep(FOLLOW_EVERY_S)


def _name(path: str, names: list[str] | None, index: int) -> str:
    """The name the file had at its owner's, without any folder; a label and nothing more."""
    given = names[index] if names and index < len(names) else ""
    return Path(str(given).replace("\\", "/")).name or Path(path).name
