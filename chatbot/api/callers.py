"""Where a request came from, as far as limits count: an address, or nothing for this machine.

Knows no page and no desk. Who stands behind a proxy is told by the server, which believes those
that ``--trusted-proxies`` names.
"""

from __future__ import annotations

from contextvars import ContextVar
from ipaddress import IPv6Address, IPv6Network, ip_address

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from chatbot.api.hosts import host_of, is_own_machine

IPV6_PREFIX = 64  # what one customer is given: within it, addresses cost nothing
MAX_CHARS = 64
CALLER: ContextVar[str] = ContextVar("caller", default="")


class Callers:
    """Notes for whatever a request calls where it came from."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through."""
        if scope["type"] == "http":
            CALLER.set(caller_of(scope))
        await self._app(scope, receive, send)


def caller_of(scope: Scope) -> str:
    """The address of a request; "" when it was made on this machine, under loopback's name.

    What a tunnel or a proxy on this machine brings is for another name, and counts.
    """
    client = address_of(scope)
    host = host_of(Headers(scope=scope).get("host", ""))
    return "" if is_own_machine(host, client) else client


def address_of(scope: Scope) -> str:
    """The address of a request as it is counted, wherever it was made."""
    given = str((scope.get("client") or ("unknown",))[0])[:MAX_CHARS]
    try:
        found = ip_address(given)
    except ValueError:
        return given
    if isinstance(found, IPv6Address) and not found.is_loopback:
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(IPv6Network((int(found), IPV6_PREFIX), strict=False))
    return str(found)
