"""What happens when the page opens: who it is, what they have, and the conversation that goes on.

Decides nothing: the door says who may come in, the desk what they see.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import gradio as gr

from chatbot.desk import Desk
from chatbot.people.limits import LimitReached, limit_text
from chatbot.ui.chosen import Chosen
from chatbot.ui.conversation import Asker
from chatbot.ui.door import enter
from chatbot.ui.library_panel import choice_html, follow, shelf_html
from chatbot.ui.parts import QUIET, Parts, Update
from chatbot.views.library import notice_html
from chatbot.views.people import person_html
from chatbot.views.words import Words

ADDRESS = "c"  # in the page's address: the conversation that it shows


def wire(page: gr.Blocks, parts: Parts, desk: Desk, words: Words, asker: Asker) -> None:
    """Everything at once, then the library again for as long as files are on their way."""

    def opened(
        token: str | None,
        chosen: Chosen,
        request: gr.Request,
        profile: gr.OAuthProfile | None,
        granted: gr.OAuthToken | None,
    ) -> Update:
        try:
            token = enter(desk, token, request, profile, granted)
            visitor = desk.visitor(token)
        except PermissionError:
            return nobody(words.signed_out)
        except LimitReached as error:
            return nobody(limit_text(error, words))
        now = desk.came_back(visitor, request.query_params.get(ADDRESS))
        drawn = asker.drawn(visitor, now)
        chosen.opened(now.id, drawn[parts.place])
        return {
            parts.token: token,
            parts.person: person_html(
                visitor, words, has_accounts=desk.has_accounts, with_hub=desk.hf_oauth
            ),
            parts.choice: choice_html(desk, visitor, words, chosen),
            parts.shelf: shelf_html(desk, visitor, words, chosen),
            **drawn,
        }

    def nobody(notice: str) -> Update:
        shelf = notice_html(notice)
        return {parts.token: None, parts.person: "", parts.choice: "", parts.shelf: shelf}

    async def followed(token: str | None, chosen: Chosen) -> AsyncIterator[str]:
        if token is None:
            return
        visitor = await asyncio.to_thread(desk.visitor, token)
        async for html in follow(desk, visitor, words, chosen):
            yield html

    shown = [parts.thread, parts.conversation, parts.place, parts.history]
    here = page.load(
        opened,
        [parts.token, parts.chosen],
        [parts.token, parts.person, parts.choice, parts.shelf, *shown],
        concurrency_limit=None,
        **QUIET,
    )
    here.then(asker.look, [parts.token, parts.chosen], [parts.place, parts.source], **QUIET)
    here.then(followed, [parts.token, parts.chosen], [parts.shelf], concurrency_limit=None, **QUIET)
