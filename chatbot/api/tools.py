"""The calls as tools of the Model Context Protocol, for assistants.

Decides nothing: ``chatbot.api.calls`` does the work. The docstrings here are what an assistant
reads about each tool. See https://modelcontextprotocol.io.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated, Any, TypeVar

from mcp.server.fastmcp import Context, FastMCP
from mcp.server.fastmcp.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import Field
from starlette.requests import Request

from chatbot.api.calls import MOST_PASSAGES, TOKEN_HEADER, Calls
from chatbot.api.errors import Refused
from chatbot.api.records import CollectionFields, DocumentFields, FileFields, Library
from chatbot.views.terminal import ReplyFields
from retriever.types import PassageFields

T = TypeVar("T")
Caller = Context[Any, Any, Request]

INSTRUCTIONS = (
    "Quoth answers questions with quotations out of the caller's own documents, each with its "
    "document, page and the probability that it is right. Quote its answers word for word."
)
Question = Annotated[
    str, Field(description='A whole question that stands alone, as "When was the lamp lit?".')
]
NAMED = "The name or id of a collection that `documents` lists."
InCollection = Annotated[str, Field(description=f"{NAMED} Without one: all of them.")]
WithShared = Annotated[
    bool, Field(description="Whether to look in the shared documents too, not only in one's own.")
]


def tool_server(calls: Calls) -> FastMCP:
    """A server of the calls; the caller's token comes in a header of its requests.

    It does not look at the names in requests: ``HostCheck`` does so for every address.
    """
    server = FastMCP(
        "Quoth",
        instructions=INSTRUCTIONS,
        log_level="WARNING",
        stateless_http=True,
        json_response=True,
        streamable_http_path="/",
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )

    @server.tool()
    async def ask(
        caller: Caller,
        question: Question,
        with_shared: WithShared = True,
        collection: InCollection = "",
    ) -> ReplyFields:
        """Answer a question with a quotation from the caller's documents, or with none.

        The answer is always a stretch of a document, with the passage around it and the
        probability that it is right. It is null when no document says.
        """
        return await _told(calls.ask(_token(caller), question, with_shared, collection))

    @server.tool()
    async def search(
        caller: Caller,
        question: Question,
        k: Annotated[int, Field(description="How many passages.", ge=1, le=MOST_PASSAGES)] = 10,
        with_shared: WithShared = True,
        collection: InCollection = "",
    ) -> list[PassageFields]:
        """Find the passages of the caller's documents that are nearest to a question."""
        return await _told(calls.search(_token(caller), question, k, with_shared, collection))

    @server.tool()
    async def add(
        caller: Caller,
        text: Annotated[str, Field(description="The document's whole text.")],
        name: Annotated[
            str, Field(description='What the document is called: "minutes.txt"; may be empty.')
        ] = "",
        collection: Annotated[str, Field(description=f"Where it goes. {NAMED}")] = "",
    ) -> FileFields:
        """Add a text to the caller's private library; it replaces one of the same name."""
        return await _told(calls.add(_token(caller), name, text, collection=collection))

    @server.tool()
    async def documents(caller: Caller, collection: InCollection = "") -> Library:
        """List the collections and documents that the caller can ask, and files on their way."""
        return await _told(calls.documents(_token(caller), collection))

    @server.tool()
    async def remove(
        caller: Caller,
        document_id: Annotated[int, Field(description="A number that `documents` lists.")],
        collection: InCollection = "",
    ) -> DocumentFields:
        """Remove one of the caller's own documents for good."""
        return await _told(calls.remove(_token(caller), document_id, collection))

    @server.tool()
    async def make_collection(
        caller: Caller,
        name: Annotated[str, Field(description='What the collection is called: "Travel".')],
    ) -> CollectionFields:
        """Make a collection of the caller's own, or find the one of that name."""
        return await _told(calls.make_collection(_token(caller), name))

    @server.tool()
    async def remove_collection(
        caller: Caller, collection: Annotated[str, Field(description=NAMED)]
    ) -> CollectionFields:
        """Remove one of the caller's own collections with all documents in it, for good."""
        return await _told(calls.remove_collection(_token(caller), collection))

    return server


def _token(caller: Caller) -> str | None:
    request = caller.request_context.request
    return request.headers.get(TOKEN_HEADER) if request is not None else None


async def _told(call: Awaitable[T]) -> T:
    try:
        return await call
    except Refused as refused:
        raise ToolError(f"{refused.kind}: {refused}") from refused
