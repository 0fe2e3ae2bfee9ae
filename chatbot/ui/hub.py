"""Signing in with Hugging Face: who somebody is by it, how it ends, and what fails on the way in.

Gradio goes to Hugging Face and back, and keeps what came of it in its session. Knows no page.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import gradio as gr
from gradio.oauth import _redirect_to_target
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatbot.desk import Desk
from chatbot.people.workspace import HubUser
from chatbot.views.people import not_kept_html, not_vouched_html
from chatbot.views.words import Words

SIGNED_IN = "oauth_info"  # where Gradio keeps it in the session
ENDINGS = ("/login/callback", "/logout")  # Gradio's: where a sign-in may end
CANCELLED = "access_denied"  # RFC 6749, 4.1.2.1
TRIES = "_nb_redirects"  # in an address: how often Gradio began anew, for want of its cookie
GOOD_TRIES = ("0", "1")  # once may be an old cookie's fault
NO_STORE = {"Cache-Control": "no-store"}
_log = logging.getLogger(__name__)


class Fruitless(Route):
    """A step of Gradio's sign-in whose browser keeps no cookie; all others are Gradio's."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Also what Gradio never wrote there itself, and could not read."""
        if scope["type"] != "http" or Request(scope).query_params.get(TRIES, "0") in GOOD_TRIES:
            return Match.NONE, {}
        return super().matches(scope)


class Leaving:
    """Tells of each sign-in that a request ends: by signing out, or by another one over it."""

    def __init__(self, app: ASGIApp, leave: Callable[[Mapping[str, Any]], None]) -> None:
        self._app = app
        self._leave = leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything through; what ended has ended when the answer leaves."""
        if scope["type"] != "http" or scope["path"] not in ENDINGS:
            await self._app(scope, receive, send)
            return
        session = scope["session"]
        before = session.get(SIGNED_IN)

        async def sending(message: Message) -> None:
            if before is not None and session.get(SIGNED_IN) != before:
                self._leave(before)
            await send(message)

        await self._app(scope, receive, sending)


class Hub:
    """What there is besides Gradio's own ways; nothing where nobody can sign in so."""

    def __init__(self, desk: Desk, pages: Mapping[str, Words], style: str, space_host: str) -> None:
        """``pages`` are as in ``Door``; under ``space_host`` the page is opened by itself."""
        self._desk = desk
        self._pages = pages
        self._style = style
        self._address = f"https://{space_host}" if space_host else ""

    def routes(self) -> list[BaseRoute]:
        """The end of a way in that never would, before Gradio's own."""
        steps = ("huggingface", "callback") if self._desk.hf_oauth else ()
        return [Fruitless(f"/login/{step}", self._not_kept) for step in steps]

    def middleware(self) -> list[Middleware]:
        """What sees a sign-in end."""
        return [Middleware(Leaving, leave=self._leave)] if self._desk.hf_oauth else []

    def exception_handlers(self) -> dict[Any, Any]:
        """What happens to those who come back from Hugging Face with nothing."""
        if not self._desk.hf_oauth:
            return {}
        from authlib.integrations.base_client import OAuthError
        from joserfc.errors import JoseError

        errors = (OAuthError, JoseError, *_http_errors())
        return dict.fromkeys(errors, self._not_signed_in)

    def _leave(self, signed_in: Mapping[str, Any]) -> None:
        """The pages that a sign-in opened end with it, and a copy of its cookie opens none."""
        login = login_by(signed_in["access_token"])
        self._desk.workspace.leave(login, signed_in.get("expires_at", math.inf))

    async def _not_kept(self, request: Request) -> Response:
        """Gradio would go to Hugging Face and back for as long as the browser plays along."""
        address = self._address + _redirect_to_target(request).headers["location"]
        page = not_kept_html(self._style, address, self._pages.values())
        return HTMLResponse(page, headers=NO_STORE)

    async def _not_signed_in(self, request: Request, error: Exception) -> Response:
        """A change of mind leads to the page; of all else people hear, and whoever runs it."""
        if getattr(error, "error", "") == CANCELLED:
            return _redirect_to_target(request)
        _log.warning("nobody was signed in: %s from Hugging Face", type(error).__name__)
        address = _redirect_to_target(request).headers["location"]
        page = not_vouched_html(self._style, address, self._pages.values())
        return HTMLResponse(page, headers=NO_STORE)


def _http_errors() -> list[type[Exception]]:
    """What a request that failed raises, by whichever of the two libraries authlib takes."""
    names = [name for name in ("httpx", "httpx2") if find_spec(name)]
    return [import_module(name).HTTPError for name in names]


def hub_user(profile: gr.OAuthProfile, owner_name: str) -> HubUser:
    """The Hugging Face user of a profile; whom the Space belongs to is its owner here."""
    is_owner = bool(owner_name) and profile.username == owner_name
    return HubUser(profile["sub"], profile.username, "owner" if is_owner else "member")


def keep_in_frames() -> None:
    """Gradio's session is kept inside Hugging Face's own page too, where a Space is shown.

    Browsers that keep no cookies of one site inside another's keep those that they may keep
    apart for each (CHIPS). To be called before Gradio serves.
    """
    from starlette.middleware import sessions

    class KeptApart(sessions.SessionMiddleware):
        """Gradio's session, whose cookie says so."""

        def __init__(self, *args: Any, **more: Any) -> None:  # noqa: ANN401 (Gradio's own)
            super().__init__(*args, **more)
            self.security_flags += "; partitioned"

    sessions.SessionMiddleware = KeptApart  # type: ignore[misc]


def login_by(access_token: str) -> str:
    """What one sign-in is called; other tokens of the same person are other sign-ins."""
    return sha256(access_token.encode()).hexdigest()
