"""Signing in with Hugging Face: who somebody is by it, the way out, and what fails on the way in.

Gradio goes to Hugging Face and back, and keeps what came of it in its session. Knows no page.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import gradio as gr
from gradio.oauth import _redirect_to_target
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from chatbot.desk import Desk
from chatbot.people.workspace import HubUser
from chatbot.views.people import not_kept_html, not_vouched_html
from chatbot.views.words import Words

SIGNED_IN = "oauth_info"  # where Gradio keeps it in the session
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


class Hub:
    """What there is besides Gradio's own ways; nothing where nobody can sign in so."""

    def __init__(self, desk: Desk, pages: Mapping[str, Words], style: str, space_host: str) -> None:
        """``pages`` are as in ``Door``; under ``space_host`` the page is opened by itself."""
        self._desk = desk
        self._pages = pages
        self._style = style
        self._address = f"https://{space_host}" if space_host else ""

    def routes(self) -> list[BaseRoute]:
        """The way out, and the end of a way in that never would; before Gradio's own."""
        if not self._desk.hf_oauth:
            return []
        begun = [
            Fruitless(f"/login/{step}", self._not_kept) for step in ("huggingface", "callback")
        ]
        return [Route("/logout", self._sign_out), *begun]

    def exception_handlers(self) -> dict[Any, Any]:
        """What happens to those who come back from Hugging Face with nothing."""
        if not self._desk.hf_oauth:
            return {}
        from authlib.integrations.base_client import OAuthError
        from authlib.integrations.httpx_client._compat import httpx2  # or what stands in for it
        from joserfc.errors import JoseError

        return dict.fromkeys((OAuthError, JoseError, httpx2.HTTPError), self._not_signed_in)

    async def _sign_out(self, request: Request) -> Response:
        """Ends the tokens of the pages that this sign-in opened as well."""
        signed_in = request.session.pop(SIGNED_IN, None)
        if signed_in is not None:
            self._desk.workspace.leave(login_by(signed_in["access_token"]))
        return _redirect_to_target(request)

    async def _not_kept(self, request: Request) -> Response:
        """Gradio would go to Hugging Face and back for as long as the browser plays along."""
        address = self._address + _redirect_to_target(request).headers["location"]
        page = not_kept_html(self._style, address, self._pages.values())
        return HTMLResponse(page, headers=NO_STORE)

    async def _not_signed_in(self, request: Request, error: Exception) -> Response:
        """A change of mind leads to the page; of all else people hear, and whoever runs it."""
        if getattr(error, "error", "") == CANCELLED:
            return RedirectResponse("/", 303)
        _log.warning("nobody was signed in: %s from Hugging Face", type(error).__name__)
        address = _redirect_to_target(request).headers["location"]
        page = not_vouched_html(self._style, address, self._pages.values())
        return HTMLResponse(page, headers=NO_STORE)


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
