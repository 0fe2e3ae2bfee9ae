"""``/health`` for whoever restarts the server, ``/metrics`` for whoever draws its curves.

Neither says anything about a visitor. Metrics are given for a secret only: behind a tunnel or a
proxy every request seems to come from this machine, so an address would prove nothing.
"""

from __future__ import annotations

import asyncio
import hmac
import logging

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from chatbot.desk import Desk
from chatbot.meter import CONTENT_TYPE

log = logging.getLogger(__name__)


def watch_routes(desk: Desk, metrics_token: str | None) -> list[Route]:
    """Both addresses; without a ``metrics_token`` there are no metrics."""

    async def health(request: Request) -> Response:
        del request
        try:
            condition = await asyncio.to_thread(desk.condition)
        except Exception as error:
            log.exception("the health check failed")
            content = {"ok": False, "library": "closed", "reason": type(error).__name__}
            return JSONResponse(content, 503)
        ok = condition.worker_alive
        content = {
            "ok": ok,
            "library": "read-only" if condition.read_only else "open",
            "reader": condition.reader,
            "queue": {"running": condition.worker_alive, "waiting": condition.n_waiting},
        }
        return JSONResponse(content, 200 if ok else 503)

    async def metrics(request: Request) -> Response:
        if metrics_token is None:
            return PlainTextResponse("metrics are off; set QUOTH_METRICS_TOKEN\n", 404)
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {metrics_token}".encode()):
            asked = {"www-authenticate": "Bearer"}
            return PlainTextResponse("expected the metrics' token\n", 401, asked)
        state = await asyncio.to_thread(desk.state)
        return Response(desk.meter.text(state), media_type=CONTENT_TYPE)

    return [Route("/health", health), Route("/metrics", metrics)]
