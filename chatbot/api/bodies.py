"""How large a request may be that is no upload: it is held in memory, whoever sends it.

Knows no page and no desk.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """Lets through bodies of at most ``most_bytes``; those of ``unlimited`` paths as they are."""

    def __init__(self, app: ASGIApp, most_bytes: int, unlimited: str) -> None:
        self._app = app
        self._most_bytes = most_bytes
        self._unlimited = unlimited

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what says that it is larger, and end what turns out to be."""
        if scope["type"] != "http" or scope["path"].rstrip("/") == self._unlimited:
            await self._app(scope, receive, send)
            return
        size = Headers(scope=scope).get("content-length", "0")
        if size.isdecimal() and int(size) > self._most_bytes:
            await PlainTextResponse(self._sentence(), 413)(scope, receive, send)
            return
        n_bytes = 0

        async def counted() -> Message:
            nonlocal n_bytes
            message = await receive()
            n_bytes += len(message.get("body", b""))
            if n_bytes > self._most_bytes:
                raise HTTPException(413, self._sentence())
            return message

        await self._app(scope, counted, send)

    def _sentence(self) -> str:
        return f"expected at most {self._most_bytes} bytes"
