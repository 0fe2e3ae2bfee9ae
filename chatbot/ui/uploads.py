"""What becomes of an upload until the desk takes it in: counted, kept from others, swept away.

Knows no page. Gradio receives the bytes.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatbot.api.callers import address_of
from chatbot.people.limits import Gate, LimitReached, limit_text
from chatbot.ui.doorway import preferred
from chatbot.views.words import Words

FOLDER = "GRADIO_TEMP_DIR"
UPLOAD = "/gradio_api/upload"
CLOSED = (  # how addresses begin
    "/gradio_api/file",
    "/gradio_api/proxy=",
    "/gradio_api/stream",
    "/gradio_api/process_recording",
    "/gradio_api/deep_link",
    "/gradio_api/vibe-",
    "/gradio_api/undo-vibe-",
    "/gradio_api/run-history",
    "/gradio_api/runs",
    "/gradio_api/component_server",
    "/gradio_api/dev/",
    "/gradio_api/profiling",
    "/monitoring",
)
OF_ONE_UPLOAD = re.compile("[0-9a-f]{64}")  # what Gradio calls its folder
ABANDONED_AFTER_S = 3600.0  # half an upload this old is nobody's


@contextmanager
def private_folder() -> Iterator[None]:
    """Gradio's uploads lie in a folder of this user's alone, unless one was named.

    To be entered before Gradio is imported.
    """
    if os.environ.get(FOLDER):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="quoth-", ignore_cleanup_errors=True) as folder:
        os.environ[FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[FOLDER]


def keep_apart() -> None:
    """Every upload lies in a folder of its own, and is its uploader's alone to take away.

    Gradio names the folder by what is uploaded, so that two people who upload the same would
    share it.
    """
    from gradio import route_utils

    class OwnFile(route_utils.GradioUploadFile):
        """An upload whose folder nobody else's bytes can name."""

        def __init__(self, *args: Any, **more: Any) -> None:  # noqa: ANN401 (Gradio's own)
            super().__init__(*args, **more)
            self.sha.update(secrets.token_bytes(32))

    route_utils.GradioUploadFile = OwnFile  # type: ignore[misc]


class CountedUploads:
    """Lets through as much as an address may upload; a request says first how large it is."""

    def __init__(self, app: ASGIApp, gate: Gate, pages: Mapping[str, Words], folder: Path) -> None:
        """``pages`` are the words of each language, ``folder`` is where Gradio puts uploads."""
        self._app = app
        self._gate = gate
        self._pages = pages
        self._folder = folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through but uploads that are too many or too large."""
        if scope["type"] != "http" or scope["path"].rstrip("/") != UPLOAD:
            await self._app(scope, receive, send)
            return
        address = address_of(scope)
        if refusal := self._refusal(address, Headers(scope=scope)):
            await refusal(scope, receive, send)
            return
        answer = _Heard(send)
        try:
            with suppress(ClientDisconnect):  # nobody is there to be told
                await self._app(scope, receive, answer)
        except TypeError:  # Gradio's own, of a form whose `files` are none
            await PlainTextResponse("expected files as `files`", 400)(scope, receive, send)
        finally:
            self._gate.uploaded(address, answer.n_files)
            _sweep(self._folder)

    def _refusal(self, address: str, headers: Headers) -> Response | None:
        size = headers.get("content-length", "")
        if not (size.isascii() and size.isdecimal()):
            return PlainTextResponse("expected the upload's size as Content-Length", 411)
        try:
            self._gate.uploading(address, int(size))
        except LimitReached as error:
            words = self._pages[preferred(headers.get("accept-language", ""), self._pages)]
            return PlainTextResponse(limit_text(error, words), 429)
        return None


class _Heard:
    """Passes an answer on, and counts the files that it names."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._status = 0
        self._body = b""

    async def __call__(self, message: Message) -> None:
        self._status = message.get("status", self._status)
        self._body += message.get("body", b"")
        await self._send(message)

    @property
    def n_files(self) -> int:
        """How many files were taken in; 0 when it went wrong."""
        return len(json.loads(self._body)) if self._status == 200 else 0


class Closed:
    """Shuts what Gradio offers and this page does not use, first of all files: it would serve an
    upload to whoever can name it, by two addresses.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through but what is closed."""
        if str(scope.get("path", "")).startswith(CLOSED):
            await JSONResponse({"detail": "Not Found"}, 404)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _sweep(folder: Path) -> None:
    """Deletes what Gradio leaves: uploads that broke off, and empty folders of others."""
    for path in folder.glob("*"):
        with suppress(OSError):  # gone meanwhile, or a folder that holds something
            if time.time() - path.stat().st_mtime <= ABANDONED_AFTER_S:
                continue
            if OF_ONE_UPLOAD.fullmatch(path.name):
                path.rmdir()
            elif path.name.startswith("tmp"):
                path.unlink()
