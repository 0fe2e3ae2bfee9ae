"""The page's HTML on its way out: which language a first visit gets, and what its head holds.

An ASGI middleware for page addresses alone; knows no component and no desk.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatbot.views.words import Words

COOKIE = "quoth-language"
REMEMBERED_S = 365 * 24 * 3600
GRADIO_TAG = b'lang="en"'  # what Gradio's template says of every page
END_OF_HEAD = b"</head>"
GRADIO_ELEMENT = b"<gradio-app"
LANGUAGE = "language"  # in an address: the language was chosen, so nothing is guessed


class Doorway:
    """Sends a first visit to its language, remembers a choice, and names it in ``<html lang>``.

    ``pages`` maps paths without slashes to their words; the path "" is where a visit begins.
    ``head`` is put into the head of each, and ``first(words)`` before Gradio's own element, so
    that both are there before its scripts have run.
    """

    def __init__(
        self,
        app: ASGIApp,
        pages: Mapping[str, Words],
        head: str = "",
        first: Callable[[Words], str] = lambda words: "",
    ) -> None:
        self._app = app
        self._pages = dict(pages)
        self._head = head.encode()
        self._first = {path: first(words).encode() for path, words in pages.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through; touch only GET requests for a page."""
        path = _path(scope)
        if scope["type"] != "http" or scope["method"] != "GET" or path not in self._pages:
            await self._app(scope, receive, send)
            return
        wanted = self._wanted(Headers(scope=scope), scope) if path == "" else path
        if wanted != path:
            await _redirect(wanted, scope, send)
            return
        tag = f'lang="{self._pages[path].language}"'.encode()
        changes = {
            GRADIO_TAG: tag + b" data-" + tag.replace(b"lang", b"language"),
            END_OF_HEAD: self._head + END_OF_HEAD,
            GRADIO_ELEMENT: self._first[path] + GRADIO_ELEMENT,
        }
        small = "gzip" in Headers(scope=scope).get("accept-encoding", "")
        remembered = _remember(path, is_secure=scope.get("scheme") == "https")
        await self._app(scope, receive, _Changed(changes, remembered, send, small=small))

    def _wanted(self, headers: Headers, scope: Scope) -> str:
        """The path of the language that this visit should see."""
        if LANGUAGE in parse_qs(scope["query_string"].decode("latin-1")):
            return ""
        remembered = _cookie(headers.get("cookie", ""))
        if remembered is not None:
            return remembered if remembered in self._pages else ""
        return preferred(headers.get("accept-language", ""), self._pages)


def preferred(accept_language: str, pages: Mapping[str, Words]) -> str:
    """The path of the first language of a browser's list that there is a page in, else ""."""
    ranked = sorted(_ranges(accept_language), key=lambda pair: -pair[1])
    by_language = {words.language.split("-")[0]: path for path, words in pages.items()}
    for tag, _ in ranked:
        path = by_language.get(tag.split("-")[0])
        if path is not None:
            return path
    return ""


def _ranges(accept_language: str) -> list[tuple[str, float]]:
    """Languages with their weights (RFC 9110, 12.5.4); what is malformed counts nothing."""
    ranges = []
    for part in accept_language.lower().split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        if tag and quality > 0:
            ranges.append((tag, quality))
    return ranges


class _Changed:
    """Sends a page on with pieces of its HTML changed, each once, and its path remembered.

    Gradio leaves pages as they are; ``small`` compresses them. ``remembered`` is the cookie.
    """

    def __init__(
        self, changes: Mapping[bytes, bytes], remembered: str, send: Send, *, small: bool
    ) -> None:
        self._small = small
        self._changes = changes
        self._remembered = remembered
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        """Keep everything until the page is whole; what is no page goes on as it is."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body") or self._start is None:
            return
        if self._start["status"] == 200:
            for old, new in self._changes.items():
                self._body = self._body.replace(old, new, 1)
            headers = MutableHeaders(raw=self._start["headers"])
            if self._small and "content-encoding" not in headers:
                self._body = gzip.compress(self._body, compresslevel=6)
                headers["content-encoding"] = "gzip"
            headers["content-length"] = str(len(self._body))
            headers["vary"] = "Accept-Language, Accept-Encoding, Cookie"
            headers.append("set-cookie", self._remembered)
        await self._send(self._start)
        await self._send({**message, "body": self._body})


async def _redirect(path: str, scope: Scope, send: Send) -> None:
    query = scope["query_string"]
    location = b"./" + path.encode() + (b"?" + query if query else b"")
    headers = [(b"location", location), (b"vary", b"Accept-Language, Cookie")]
    await send({"type": "http.response.start", "status": 307, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _path(scope: Scope) -> str:
    path = str(scope.get("path", "")).removeprefix(str(scope.get("root_path", "")))
    return path.strip("/")


def _cookie(header: str) -> str | None:
    """The path that was seen last, None where none is remembered."""
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return None
    return found.value if found else None


def _remember(path: str, *, is_secure: bool) -> str:
    """The cookie of a path; over HTTPS also for a page that is shown inside another site's.

    A Space is, in Hugging Face's; a browser that keeps no cookies there keeps this one for each
    such site apart.
    """
    where = "SameSite=None; Secure; Partitioned" if is_secure else "SameSite=Lax"
    return f"{COOKIE}={path}; Max-Age={REMEMBERED_S}; Path=/; {where}; HttpOnly"
