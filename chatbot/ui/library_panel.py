"""The left column's wiring: files come in, show where they stand, and go again.

Decides nothing: the desk adds, lists and removes within a visitor's rights.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.events import Dependency

from chatbot.desk import Desk
from chatbot.people.collections import EVERYTHING
from chatbot.people.workspace import LIBRARY, Visitor
from chatbot.source import Place
from chatbot.ui.chosen import NOTHING, Chosen
from chatbot.ui.parts import QUIET, Parts, Update, attempt, visitor_of
from chatbot.ui.source_column import source_column
from chatbot.views.collections import collections_html
from chatbot.views.conversation import conversation_html
from chatbot.views.library import About, library_html
from chatbot.views.source import source_html
from chatbot.views.words import Words
from retriever.types import UnknownCollection

FOLLOW_EVERY_S = 0.25
NAMES_JS = "(files, _, ...more) => [files, (files ?? []).map((file) => file.orig_name), ...more]"
# A question that is looked up meanwhile stays; its answer draws all.
UNASKED_JS = """(token, conversation, chosen) =>
  [token, document.querySelector('.q-pending') ? '' : conversation, chosen]"""


def wire(parts: Parts, desk: Desk, words: Words) -> None:
    """Uploading and removing, and what can be done with a file on its way."""

    async def uploaded(
        paths: list[str] | None, names: list[str] | None, token: str | None, chosen: Chosen
    ) -> AsyncIterator[Update]:
        visitor = await asyncio.to_thread(visitor_of, desk, words, token)
        files = _last_first((Path(p), _name(p, names, i)) for i, p in enumerate(paths or ()))
        notice = await asyncio.to_thread(
            attempt, words, desk.documents.add, visitor, files, chosen.among
        )
        async for drawn in _followed(desk, visitor, words, chosen, notice):
            yield _update(parts, drawn)

    def removed(
        token: str | None,
        chosen: Chosen,
        place: Place | None,
        conversation_id: str,
        event: gr.EventData,
    ) -> Update:
        visitor, is_here = visitor_of(desk, words, token), chosen.mark(conversation_id)
        document_id = int(event.document)
        notice = attempt(words, desk.documents.remove, visitor, document_id)
        update = _update(parts, _drawn(desk, visitor, words, chosen, notice))
        if notice or not is_here():
            return update
        update |= thread_anew(parts, desk, visitor, conversation_id, words)
        if place is not None and place.document_id == document_id:
            chosen.look(is_here, lambda _: None, lambda _: (None, ""))
            update |= {parts.place: None, parts.source: source_html(None, words)}
        return update

    came = parts.upload.upload(
        uploaded,
        [parts.upload, parts.names, parts.token, parts.chosen],
        [parts.choice, parts.shelf],
        js=NAMES_JS,
        concurrency_id="upload",
        concurrency_limit=None,
        trigger_mode="multiple",
        **QUIET,
    )
    renew_after(came, parts, desk, words)
    parts.shelf.remove(
        removed,
        [parts.token, parts.chosen, parts.place, parts.conversation],
        [parts.choice, parts.shelf, parts.thread, parts.place, parts.source],
        concurrency_id="look",
        **QUIET,
    )
    _wire_jobs(parts, desk, words)


def _wire_jobs(parts: Parts, desk: Desk, words: Words) -> None:
    """What can be done with a file on its way."""

    async def retried(
        token: str | None, chosen: Chosen, event: gr.EventData
    ) -> AsyncIterator[Update]:
        visitor = await asyncio.to_thread(visitor_of, desk, words, token)
        job_id = int(event.job)
        notice = await asyncio.to_thread(attempt, words, desk.documents.retry, visitor, job_id)
        async for drawn in _followed(desk, visitor, words, chosen, notice):
            yield _update(parts, drawn)

    def cancelled(token: str | None, chosen: Chosen, event: gr.EventData) -> Update:
        visitor = visitor_of(desk, words, token)
        notice = attempt(words, desk.documents.cancel, visitor, int(event.job))
        return _update(parts, _drawn(desk, visitor, words, chosen, notice))

    def dismissed(token: str | None, chosen: Chosen, event: gr.EventData) -> Update:
        visitor = visitor_of(desk, words, token)
        notice = attempt(words, desk.documents.dismiss, visitor, int(event.job))
        return _update(parts, _drawn(desk, visitor, words, chosen, notice))

    own: dict[str, Any] = {
        "inputs": [parts.token, parts.chosen],
        "outputs": [parts.choice, parts.shelf],
        **QUIET,
    }
    came = parts.shelf.retry(retried, concurrency_id="upload", trigger_mode="multiple", **own)
    renew_after(came, parts, desk, words)
    parts.shelf.cancel(cancelled, concurrency_id="look", trigger_mode="multiple", **own)
    parts.shelf.dismiss(dismissed, concurrency_id="look", trigger_mode="multiple", **own)


def shelf_html(desk: Desk, visitor: Visitor, words: Words, chosen: Chosen, notice: str = "") -> str:
    """The visitor's library column as it is now."""
    return _drawn(desk, visitor, words, chosen, notice).html


def library_anew(
    parts: Parts, desk: Desk, visitor: Visitor, words: Words, chosen: Chosen
) -> Update:
    """The column as it is now; with the choice, where the collection that it shows is gone."""
    return _update(parts, _drawn(desk, visitor, words, chosen, ""))


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The column with what it tells, and the collection that it shows.

    ``choice`` is that of a collection, drawn anew where the chosen one is gone, else "".
    """

    html: str
    among: str
    notice: str
    choice: str = ""


def _update(parts: Parts, drawn: _Drawn) -> Update:
    """What the page changes, the choice where it must."""
    choice: Update = {parts.choice: drawn.choice} if drawn.choice else {}
    return {parts.shelf: drawn.html, **choice}


def _drawn(desk: Desk, visitor: Visitor, words: Words, chosen: Chosen, notice: str) -> _Drawn:
    visitor, among = desk.collections.known(visitor), chosen.among  # one may be new, or gone
    choice = ""
    try:
        shelf = desk.documents.shelf(visitor, among)
    except UnknownCollection:  # removed meanwhile, in another tab
        among = chosen.among = EVERYTHING
        shelf = desk.documents.shelf(visitor)
        notice = notice or words.collection_gone
        choice = choice_html(desk, visitor, words, chosen)
    html = library_html(
        shelf.jobs,
        shelf.own,
        shelf.shared,
        words,
        about=About(shelf.languages, shelf.titles),
        title=_titles(desk, visitor, words).get(among, ""),
        writable=shelf.writable,
        notice=notice,
    )
    return _Drawn(html, among, notice, choice)


def renew_after(came: Dependency, parts: Parts, desk: Desk, words: Words) -> None:
    """After files came: where one took an earlier one's place, what quoted that says so."""

    def renewed(token: str | None, conversation_id: str, chosen: Chosen) -> Update:
        visitor, is_here = visitor_of(desk, words, token), chosen.mark(conversation_id)
        jobs = desk.library.queue.jobs(visitor.writable)
        if not any(job.outcome == "replaced" for job in jobs) or not is_here():
            return NOTHING
        update = thread_anew(parts, desk, visitor, conversation_id, words)
        drawn = source_column(desk, words, visitor, chosen, is_here, lambda at: at)
        if drawn:
            update |= {parts.place: drawn[0], parts.source: drawn[1]}
        return update or NOTHING

    came.then(
        renewed,
        [parts.token, parts.conversation, parts.chosen],
        [parts.thread, parts.place, parts.source],
        js=UNASKED_JS,
        concurrency_id="look",
        **QUIET,
    )


def thread_anew(
    parts: Parts, desk: Desk, visitor: Visitor, conversation_id: str, words: Words
) -> Update:
    """The conversation after a removal: what was quoted from there is gone in it too.

    It is drawn whole, since the page may show any part of it.
    """
    if not conversation_id:
        return {}
    turns = desk.history.open(visitor, conversation_id).turns
    first = turns[0].id if turns else ""
    return {parts.thread: conversation_html(turns, words=words, reaching=first)}


def choice_html(desk: Desk, visitor: Visitor, words: Words, chosen: Chosen) -> str:
    """The choice of a collection as it is now."""
    own = {one.id: one.title for one in desk.collections.of(visitor)}
    return collections_html(own, _shared(visitor, words), chosen.among, words)


def _titles(desk: Desk, visitor: Visitor, words: Words) -> dict[str, str]:
    """What every collection is called that this visitor may choose, by what a page names it."""
    own = {one.id: one.title for one in desk.collections.of(visitor)}
    return {**own, **_shared(visitor, words)}


def _shared(visitor: Visitor, words: Words) -> dict[str, str]:
    names = [name for name in visitor.writable if name not in visitor.own]
    return {name: words.everyones if name == LIBRARY else name for name in names}


async def follow(desk: Desk, visitor: Visitor, words: Words, chosen: Chosen) -> AsyncIterator[str]:
    """The column now, and again whenever it changes, until nothing is on its way."""
    async for drawn in _followed(desk, visitor, words, chosen):
        yield drawn.html


async def _followed(
    desk: Desk, visitor: Visitor, words: Words, chosen: Chosen, refused: str = ""
) -> AsyncIterator[_Drawn]:
    """As ``follow``; once, with a notice that something was ``refused``."""
    if refused:
        yield await asyncio.to_thread(_drawn, desk, visitor, words, chosen, refused)
        return
    last = notice = ""
    while True:
        busy = await asyncio.to_thread(desk.documents.busy, visitor)
        told = notice if chosen.among == EVERYTHING else ""
        drawn = await asyncio.to_thread(_drawn, desk, visitor, words, chosen, told)
        notice = drawn.notice
        if drawn.among != chosen.among:  # another was chosen meanwhile: this is not to be seen
            continue
        if drawn.html != last:
            yield drawn
            last = drawn.html
        if not busy:
            return
        await asyncio.sleep(FOLLOW_EVERY_S)


def _last_first(files: Iterable[tuple[Path, str]]) -> list[tuple[Path, str]]:
    """Files by their names from the last on: the list has on top what came last.

    Figures count as such, so that 9 comes before 10.
    """
    named = [(re.split(r"(\d+)", name.casefold()), path, name) for path, name in files]
    named.sort(key=lambda one: [int(p) if p.isdecimal() else p for p in one[0]], reverse=True)
    return [(path, name) for _, path, name in named]


def _name(path: str, names: list[str] | None, index: int) -> str:
    """The name the file had at its owner's, without any folder; a label and nothing more."""
    given = names[index] if names and index < len(names) else ""
    return Path(str(given).replace("\\", "/")).name or Path(path).name
