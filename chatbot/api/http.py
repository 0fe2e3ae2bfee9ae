"""The calls over plain HTTP: one address a call, JSON in, JSON out, a status that says how it went.

Knows no page framework; the routes are handed to whatever serves the page.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chatbot.api.calls import TOKEN_HEADER, Calls
from chatbot.api.errors import Refused

ROOM_FOR_JSON = 64 * 1024  # what the arguments take beside a text of the largest size

Call = Callable[..., Awaitable[object]]


def call_route(calls: Calls) -> Route:
    """``POST /api/ask`` and so on, with the arguments as a JSON object."""
    named: dict[str, Call] = {
        "visit": calls.visit,
        "ask": calls.ask,
        "search": calls.search,
        "add": calls.add,
        "documents": calls.documents,
        "remove": calls.remove,
        "make_collection": calls.make_collection,
        "remove_collection": calls.remove_collection,
    }

    async def answer(request: Request) -> Response:
        name = request.path_params["call"]
        try:
            if name not in named:
                raise Refused("not_found", f"expected one of {', '.join(named)}, got {name}")
            arguments = _arguments(await _body(request, calls.max_file_bytes + ROOM_FOR_JSON))
            return JSONResponse(await _bound(name, named[name], request, arguments))
        except Refused as refused:
            content = {"error": str(refused), "kind": refused.kind}
            return JSONResponse(content, refused.status)

    return Route("/api/{call}", answer, methods=["POST"])


async def _body(request: Request, most_bytes: int) -> bytes:
    """The request's body, read no further than ``most_bytes``."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            raise Refused("limit", f"expected at most {most_bytes} bytes")
    return bytes(body)


def _arguments(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Refused("invalid", "expected the arguments as one JSON object")
    return found


def _bound(name: str, call: Call, request: Request, given: Mapping[str, Any]) -> Awaitable[object]:
    """The call with its arguments, once they are known to fit."""
    takes = inspect.signature(call).parameters
    own = {"token": request.headers.get(TOKEN_HEADER)} if "token" in takes else {}
    if unknown := given.keys() - (takes.keys() - own.keys()):
        raise Refused("invalid", f"{name} does not take {', '.join(map(repr, sorted(unknown)))}")
    needed = {key for key, one in takes.items() if one.default is one.empty}
    if missing := needed - given.keys() - own.keys():
        raise Refused("invalid", f"{name} needs {', '.join(sorted(missing))}")
    return call(**own, **given)
