"""Under which names this server may be reached: a check of every request's Host and Origin.

Keeps web pages out that reach a server on this machine or network through a name of their own
(DNS rebinding), or from their own page. Knows no page and no desk.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable
from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from chatbot.settings import Settings

EVERY_HOST = "*"
# Endings that no public name server knows, so that nobody outside can point such a name here:
# RFC 6762, RFC 8375, and the one that ICANN keeps free for private networks.
LOCAL_ENDINGS = (".local", ".home.arpa", ".internal")
MISDIRECTED, FORBIDDEN = 421, 403
_HOST = re.compile(r"(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._-]+))(?::\d*)?")


class AllowedHosts:
    """The names that requests may carry.

    Loopback's names are always allowed, and so are addresses in figures: a page can only be
    rebound under a name. All others must be named, but for those that only a network of one's
    own gives, where whoever could give them may come in directly.
    """

    def __init__(self, names: Iterable[str], *, on_network: bool = False) -> None:
        """Those that are allowed besides.

        Args:
            names: of hosts; one that begins with a dot stands for all below it, ``*`` for all.
            on_network: whether the server can be reached from its network.
        """
        self._names = {name.casefold() for name in names}
        self._on_network = on_network

    def allow(self, name: str) -> None:
        """One more, as the tunnel's own when it is open."""
        if name:
            self._names.add(name.casefold())

    def has(self, host: str) -> bool:
        """Whether a request may be for this host (in small letters, without its port)."""
        if EVERY_HOST in self._names or _is_address(host) or _is_loopback(host):
            return True
        if self._on_network and _is_of_network(host):
            return True
        above = (name for name in self._names if name.startswith("."))
        return host in self._names or any(host.endswith(name) for name in above)

    def may_call(self, origin: str, host: str) -> bool:
        """Whether a page of this origin may call this host: its own, or one that is named.

        A name with all below it does not count here: others may have pages below it as well.
        """
        if EVERY_HOST in self._names:
            return True
        caller = host_of_origin(origin)
        if not caller:
            return False
        both_here = _is_loopback(caller) and _is_loopback(host)
        return caller == host or caller in self._names or both_here


def allowed_hosts(settings: Settings) -> AllowedHosts:
    """What the settings name, and what they make the server reachable as."""
    on_network = not _is_loopback(settings.host)
    own = (settings.host, socket.gethostname()) if on_network else (settings.host,)
    return AllowedHosts((*settings.allowed_hosts, *own), on_network=on_network)


class HostCheck:
    """Lets requests through whose Host, and Origin if there is one, are allowed."""

    def __init__(self, app: ASGIApp, hosts: AllowedHosts) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what is not allowed in one sentence."""
        refusal = self._refusal(Headers(scope=scope)) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, headers: Headers) -> PlainTextResponse | None:
        given = headers.getlist("host")
        host = host_of(given[0]) if len(given) == 1 else ""
        if not self._hosts.has(host):
            said = f"this server is not known as {host or 'that'}: {_advice(host)}\n"
            return PlainTextResponse(said, MISDIRECTED)
        origin = headers.get("origin")
        if origin is not None and not self._hosts.may_call(origin, host):
            caller = host_of_origin(origin)
            said = f"a page of {caller or 'that origin'} may not call this server: "
            return PlainTextResponse(f"{said}{_advice(caller)}\n", FORBIDDEN)
        return None


def host_of(given: str) -> str:
    """The host of "host:port", in small letters; "" when it is none, or malformed."""
    found = _HOST.fullmatch(given.lower())
    return (found["v6"] or found["name"]).removesuffix(".") if found else ""


def host_of_origin(origin: str) -> str:
    """The host of an Origin header; "" for "null", or what is no web page's."""
    scheme, _, host = origin.partition("://")
    return host_of(host) if scheme in ("http", "https") else ""


def is_own_machine(host: str, address: str) -> bool:
    """Whether a request for this host, from this address, was made here and brought by nobody."""
    return _is_loopback(host) and _is_loopback(address)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    if _is_address(host):
        return ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")


def _is_of_network(host: str) -> bool:
    """Whether it is a name that no public name server knows: of one part, or by its ending."""
    return bool(host) and ("." not in host or host.endswith(LOCAL_ENDINGS))


def _advice(host: str) -> str:
    return f"to allow it, start it with --allowed-hosts {host or 'NAME'}"
