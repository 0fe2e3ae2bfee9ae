"""What the server keeps of each open page, and for how long: a few small values, and no panel.

Stands in for Gradio's own bookkeeping; knows no component by name, and no desk.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.state_holder import SessionState, StateHolder
from starlette.exceptions import HTTPException

CLOSED_LIFE = timedelta(hours=1)  # a machine that slept comes back to its page
UNUSED_LIFE = timedelta(days=1)
SWEPT_EVERY = timedelta(minutes=1)


def keep_little(page: gr.Blocks) -> None:
    """Makes a page that is being served keep what it needs, and refuse events that it lacks."""
    page.default_config.fns = Events(page.default_config.fns)
    pages = OpenPages()
    pages.set_blocks(page)
    page.app.state_holder = pages


class Events(dict[int, BlockFunction]):
    """The page's events by number. One that the server has no part in is nobody's to send."""

    def __getitem__(self, number: int) -> BlockFunction:
        """HTTPException where there is none to run, instead of an error in the log."""
        event = self.get(number)
        if event is None or event.fn is None:
            raise HTTPException(404, f"expected an event that the server answers, got {number}")
        return event


class OpenPage(SessionState):
    """The values of ``gr.State`` on one page.

    Gradio's own also keeps what every panel shows, to put it into links that nobody makes here;
    and each time that an update passes a panel over, the panel anew, with all it showed.
    """

    def __init__(self, blocks: gr.Blocks) -> None:
        super().__init__(blocks)
        self.blocks_config = blocks.default_config  # nothing of it changes from page to page
        self.config_values = {}

    def __setitem__(self, key: int, value: Any) -> None:  # noqa: ANN401 (Gradio's own)
        """A state's value; a panel is what it is on every page."""
        if isinstance(self.blocks_config.blocks.get(key), gr.State):
            self.state_data[key] = value

    def _update_config(self, key: int) -> None:
        """Gradio says that a panel changed."""

    def _update_value_in_config(self, key: int, value: Any) -> None:  # noqa: ANN401 (Gradio's own)
        """Gradio says what a panel shows."""


class OpenPages(StateHolder):
    """All open pages, by what the browser calls each; closed and unused ones are forgotten."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._swept = datetime.now()

    def __getitem__(self, session_id: str) -> SessionState:
        """The page of that name, which is open from now on."""
        if session_id not in self.session_data:
            self.session_data[session_id] = OpenPage(self.blocks)
        page = super().__getitem__(session_id)
        page.is_closed = False
        return page

    def delete_all_expired_state(self) -> None:
        """Forgets what is over; Gradio calls it every second."""
        now = datetime.now()
        if now - self._swept >= SWEPT_EVERY:
            self._swept = now
            self.sweep(now)

    def sweep(self, now: datetime) -> None:
        """Forgets pages that were closed or left alone for too long, and uploads that are gone."""
        for session_id, used in list(self.time_last_used.items()):
            page = self.session_data.get(session_id)
            life = UNUSED_LIFE if page is not None and not page.is_closed else CLOSED_LIFE
            if now - used > life:
                self._forget(session_id)
        uploads = self.blocks.upload_file_set
        there = {path for path in uploads if os.path.exists(path)}
        kept = self.blocks.temp_file_sets
        self.blocks.temp_file_sets = [there if files is uploads else files for files in kept]
        self.blocks.upload_file_set = there  # another set: Gradio may be walking through the old

    def _forget(self, session_id: str) -> None:
        """The page's values, and answers that it never fetched."""
        queue = self.blocks._queue
        for kept in (
            *(self.session_data, self.time_last_used),
            *(queue.pending_messages_per_session, queue.pending_event_ids_session),
        ):
            kept.pop(session_id, None)
