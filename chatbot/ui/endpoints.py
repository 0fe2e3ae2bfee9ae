"""The calls as named endpoints of Gradio, for gradio_client.

Decides nothing: ``chatbot.api.calls`` does the work.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

import gradio as gr
from gradio.events import api as endpoint

from chatbot.api.calls import Calls, Token
from chatbot.api.errors import Refused
from chatbot.api.records import CollectionFields, DocumentFields, FileFields, Library
from chatbot.views.terminal import ReplyFields
from retriever.types import PassageFields

T = TypeVar("T")


class Failure(gr.Error):
    """A refusal as Gradio passes it on: the kind is its title."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(str(refused), title=refused.kind, duration=None, print_exception=False)


def expose(calls: Calls) -> None:
    """Adds the named endpoints to the page that is being built.

    None of them waits in Gradio's queue: ``Calls`` has turns of its own, so that programs leave
    the page its share.
    """

    async def visit(name: str = "", password: str = "") -> Token:
        """Get a token: of your account, or of a new private library."""
        return await _told(calls.visit(name, password))

    async def ask(
        question: str,
        with_shared: bool = True,
        collection: str = "",
        x_quoth_token: gr.Header | None = None,
    ) -> ReplyFields:
        """Answer a question with a quotation from your documents, or with none."""
        return await _told(calls.ask(x_quoth_token, question, with_shared, collection))

    async def search(
        question: str,
        k: int = 10,
        with_shared: bool = True,
        collection: str = "",
        x_quoth_token: gr.Header | None = None,
    ) -> list[PassageFields]:
        """Find the passages of your documents that are nearest to a question."""
        return await _told(calls.search(x_quoth_token, question, k, with_shared, collection))

    async def add(
        name: str = "",
        text: str = "",
        file: gr.FileData | None = None,
        wait_s: float = 60.0,
        collection: str = "",
        x_quoth_token: gr.Header | None = None,
    ) -> FileFields:
        """Add one document to your private library: either a text or a file."""
        return await _told(calls.add(x_quoth_token, name, text, file, wait_s, collection))

    async def documents(collection: str = "", x_quoth_token: gr.Header | None = None) -> Library:
        """List the collections and documents that you can ask, and the files on their way."""
        return await _told(calls.documents(x_quoth_token, collection))

    async def remove(
        document_id: int, collection: str = "", x_quoth_token: gr.Header | None = None
    ) -> DocumentFields:
        """Remove one of your own documents for good."""
        return await _told(calls.remove(x_quoth_token, document_id, collection))

    for call in (visit, ask, search, add, documents, remove):
        endpoint(call, queue=False)
    _expose_collections(calls)


def _expose_collections(calls: Calls) -> None:
    async def make_collection(
        name: str, x_quoth_token: gr.Header | None = None
    ) -> CollectionFields:
        """Make a collection of your own, or find the one of that name."""
        return await _told(calls.make_collection(x_quoth_token, name))

    async def remove_collection(
        collection: str, x_quoth_token: gr.Header | None = None
    ) -> CollectionFields:
        """Remove one of your own collections with all documents in it, for good."""
        return await _told(calls.remove_collection(x_quoth_token, collection))

    for call in (make_collection, remove_collection):
        endpoint(call, queue=False)


async def _told(call: Awaitable[T]) -> T:
    try:
        return await call
    except Refused as refused:
        raise Failure(refused) from refused
