"""A visitor's token in a cookie as well, for a browser that gives the page no storage of its own.

Such are those that forbid it inside another site's page, as a Space is shown in Hugging Face's.
An ASGI middleware for page addresses alone; knows no component and no desk.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "__Host-quoth-visitor"  # the prefix: no other host under the same name can set it
WAYS_OUT = ("logout", "sign-out")  # Gradio's, and the door's
KEPT_S = 365 * 24 * 3600
FLAGS = "Path=/; SameSite=None; Secure; Partitioned; HttpOnly"  # for each site around it apart


class Kept:
    """Gives each page a token to keep, over HTTPS: the one that it has, or a new one.

    Who signs out has another one from then on, so that the next person finds nothing.
    """

    def __init__(
        self, app: ASGIApp, pages: Collection[str], enter: Callable[[str | None], str]
    ) -> None:
        """``pages`` are paths without slashes; ``enter`` is the workspace's."""
        self._app = app
        self._pages = pages
        self._enter = enter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything through; a token that is there is kept for longer."""
        path = scope["path"].strip("/") if scope["type"] == "http" else None
        is_touched = path in self._pages or path in WAYS_OUT
        if not is_touched or scope["method"] != "GET" or scope["scheme"] != "https":
            await self._app(scope, receive, send)
            return
        token = self._enter(None if path in WAYS_OUT else kept_by(Request(scope)))

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                cookie = f"{COOKIE}={token}; Max-Age={KEPT_S}; {FLAGS}"
                MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        await self._app(scope, receive, sending)


def kept_by(request: Request) -> str | None:
    """The token that a browser keeps so; whoever takes it checks it."""
    return request.cookies.get(COOKIE)
