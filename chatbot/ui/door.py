"""Who is let in: Gradio's own login over the desk's accounts.

Knows nothing of the page behind it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from contextvars import ContextVar

import gradio as gr
from gradio.context import LocalContext
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from chatbot.api.callers import CALLER, caller_of
from chatbot.desk import Desk
from chatbot.people.accounts import Account
from chatbot.people.limits import LimitReached
from chatbot.ui.doorway import preferred
from chatbot.ui.hub import hub_user, login_by
from chatbot.ui.kept import kept_by
from chatbot.views.people import sign_in_html
from chatbot.views.words import Words

SIGN_IN = "sign-in"
SIGN_OUT = "sign-out"
CHECKS_AT_ONCE = 2  # scrypt takes memory and time, on purpose
ExceptionHandler = Callable[[Request, Exception], Awaitable[Response]]
_CHECKED: ContextVar[Account] = ContextVar("checked")  # whose password fitted in this request


class Logins(MutableMapping[str, str]):
    """What Gradio keeps of its logins, secret -> name, over the accounts that they were made for.

    A login that may not stay is one no more.
    """

    def __init__(self, may_stay: Callable[[Account], bool]) -> None:
        self._may_stay = may_stay
        self._accounts: dict[str, Account] = {}

    def __getitem__(self, secret: str) -> str:
        """The account's name."""
        account = self._accounts.get(secret)
        if account is None or not self._may_stay(account):
            self._accounts.pop(secret, None)
            raise KeyError("no such login, or one that has ended")
        return account.name

    def __setitem__(self, secret: str, name: str) -> None:
        """A login to the account that was checked just now, and to no later one of its name."""
        account = _CHECKED.get()
        if account.name != name:
            raise ValueError(f"expected the login of {account.name!r}, got {name!r}")
        self._accounts[secret] = account

    def __delitem__(self, secret: str) -> None:
        """Ends it; nothing happens when it has ended."""
        self._accounts.pop(secret, None)

    def __iter__(self) -> Iterator[str]:
        """The secrets of those that may stay."""
        return iter([secret for secret in list(self._accounts) if secret in self])

    def __len__(self) -> int:
        """How many may stay."""
        return sum(1 for _ in self)


class Door:
    """The way in, for one desk. Without accounts everybody is let in, and no way leads here."""

    def __init__(self, desk: Desk, pages: Mapping[str, Words], style: str) -> None:
        """``pages`` are the words of each language, as ``Doorway`` takes them."""
        self._desk = desk
        self._pages = pages
        self._style = style
        self._checks = asyncio.Semaphore(CHECKS_AT_ONCE)

    def routes(self) -> list[BaseRoute]:
        """The form to sign in with, and the way out."""
        if not self._desk.has_accounts:
            return []
        return [Route(f"/{SIGN_IN}", self._sign_in), Route(f"/{SIGN_OUT}", self._sign_out)]

    def exception_handlers(self) -> dict[int, ExceptionHandler]:
        """What happens to those who are not let in."""
        return {401: self._ask_to_sign_in} if self._desk.has_accounts else {}

    def open(self, app: gr.routes.App) -> None:
        """Let people log in; before, only those are let in who need not."""
        if self._desk.has_accounts:
            app.tokens = Logins(self._desk.workspace.may_stay)  # type: ignore[assignment]
            app.auth = self.check  # type: ignore[assignment]

    def name_of(self, request: Request) -> str | None:
        """Who asks: the name of an account, "" for a visitor, None for nobody that is let in."""
        name = request.app.tokens.get(login_of(request))
        if name:
            return str(name)
        return "" if self._desk.workspace.visitors else None

    async def check(self, name: str, password: str) -> bool:
        """Whether name and password belong together; scrypt runs beside the event loop."""
        async with self._checks:
            try:
                found = await asyncio.to_thread(self._desk.workspace.log_in, name, password)
            except LimitReached as error:
                headers = {"Retry-After": str(error.got)}
                raise HTTPException(429, str(error), headers) from None
        if found is not None:
            _CHECKED.set(found)
        return found is not None

    async def _sign_in(self, request: Request) -> Response:
        path = preferred(request.headers.get("accept-language", ""), self._pages)
        headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        return HTMLResponse(sign_in_html(self._style, self._pages[path]), headers=headers)

    async def _sign_out(self, request: Request) -> Response:
        login = login_of(request)
        self._desk.workspace.leave(login)
        request.app.tokens.pop(login, None)
        return RedirectResponse("./", 303)

    async def _ask_to_sign_in(self, request: Request, error: Exception) -> Response:
        """A person goes to the form; a program is told."""
        del error
        if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
            return RedirectResponse(request.url_for("_sign_in"), 303)
        return JSONResponse({"detail": "expected somebody who has logged in; log in first"}, 401)


def login_of(request: Request) -> str:
    """The secret of Gradio's login that a request carries, "" without one."""
    name = request.app.cookie_id
    cookies = (f"access-token-{name}", f"access-token-unsecure-{name}")
    return next((request.cookies[c] for c in cookies if c in request.cookies), "")


def caller() -> str:
    """The address that counts for what is done now: of a page's event, or of another request."""
    request = LocalContext.request.get(None)
    inner = request.request if isinstance(request, gr.Request) else request
    return caller_of(inner.scope) if isinstance(inner, Request) else CALLER.get()


def enter(
    desk: Desk,
    kept: str | None,
    request: gr.Request,
    profile: gr.OAuthProfile | None,
    granted: gr.OAuthToken | None,
) -> str:
    """The token of whoever opened a page; ``PermissionError`` for nobody that is let in.

    The login counts as it is now, and not the name that it had when the event began to wait.
    """
    if profile is not None and granted is not None:
        hub, login = hub_user(profile, desk.owner_name), login_by(granted.token)
        return desk.workspace.enter(kept, "", hub, login, ends_s=granted.expires_at)
    inner, login, name = request.request, "", ""
    if isinstance(inner, Request):
        kept = kept or kept_by(inner)
        if login := login_of(inner):
            name = inner.app.tokens.get(login, "")
    return desk.workspace.enter(kept, name, None, login)
