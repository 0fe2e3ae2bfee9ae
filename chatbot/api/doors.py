"""Every address besides the page's own, and what has to run while they are open.

Knows no page framework: Gradio's server takes routes and a lifespan as they are.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount

from chatbot.api.calls import Calls
from chatbot.api.http import call_route
from chatbot.api.tools import tool_server
from chatbot.api.watch import watch_routes
from chatbot.desk import Desk
from chatbot.settings import Settings

MCP_PATH = "/mcp"


@dataclass(frozen=True, slots=True)
class Doors:
    """Routes to be served beside the page, within ``lifespan``."""

    routes: list[BaseRoute]
    lifespan: Callable[[Starlette], AbstractAsyncContextManager[None]]


def doors(desk: Desk, calls: Calls, settings: Settings) -> Doors:
    """HTTP calls, tools for assistants, health and metrics."""
    tools = tool_server(calls)
    served = tools.streamable_http_app()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        del app
        async with tools.session_manager.run():
            yield

    routes: list[BaseRoute] = [
        call_route(calls),
        *watch_routes(desk, settings.metrics_token),
        Mount(MCP_PATH, served),
    ]
    return Doors(routes, lifespan)
