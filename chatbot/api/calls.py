"""What a program can call: visit, ask, search, add, documents, remove, and what makes and removes
collections. Each gives plain records.

Knows the desk, and nothing of HTTP, Gradio or MCP. Every call checks its arguments itself,
because they come from outside.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ParamSpec, TypeVar

from typing_extensions import TypedDict

from chatbot.api.errors import Refused, refusals
from chatbot.api.records import (
    CollectionFields,
    DocumentFields,
    FileFields,
    Library,
    added_fields,
    collection_fields,
    document_fields,
    file_fields,
    shared_fields,
)
from chatbot.desk import Desk
from chatbot.people.collections import EVERYTHING, NO_SUCH, seen_title
from chatbot.people.workspace import Visitor
from chatbot.views.terminal import ReplyFields, reply_fields
from retriever.types import Job, PassageFields, UnknownCollection, UnknownDocument, UnknownJob

TOKEN_HEADER = "X-Quoth-Token"
AT_ONCE = 2  # calls that compute: two cores, and the page wants its share
MOST_WAITING = 64  # more would wait longer than a program is patient
MOST_PASSAGES = 50
MOST_WAIT_S = 300.0
MOST_ID = 2**63 - 1  # what a database holds
LOOK_AGAIN_S = 0.1

P = ParamSpec("P")
T = TypeVar("T")


class Token(TypedDict):
    """What ``visit`` gives."""

    token: str


class Calls:
    """One desk's calls. They belong to one event loop; what computes runs in threads."""

    def __init__(self, desk: Desk, max_file_bytes: int, uploads: Path) -> None:
        """Files are taken from below ``uploads`` alone, and up to ``max_file_bytes``."""
        self._desk = desk
        self.max_file_bytes = max_file_bytes
        self._uploads = uploads.resolve()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def visit(self, name: object = "", password: object = "") -> Token:
        """A token: of an account by its name and password, or of a new visitor."""
        with refusals():
            if not isinstance(name, str) or not isinstance(password, str):
                raise Refused("invalid", "expected name and password to be strings")
            people = self._desk.workspace
            if name:
                account = await self._compute(people.log_in, name, password)
                if account is None or not people.may_stay(account):  # it may have ended meanwhile
                    raise Refused("not_allowed", "this name and password do not belong together")
            login = secrets.token_hex(16)  # a login of its own: nobody's sign-out ends it
            return {"token": people.enter(None, name, login=login, is_program=True)}

    async def ask(
        self,
        token: object,
        question: object,
        with_shared: object = True,
        collection: object = EVERYTHING,
    ) -> ReplyFields:
        """The answer to one question that stands alone, in the form of ``ask --json``."""
        with refusals():
            visitor, text = await self._visitor(token), _question(question)
            shared = _flag(with_shared, "with_shared")
            among = await self._among(visitor, collection)
            reply = await self._compute(
                self._desk.reply, visitor, text, with_shared=shared, among=among
            )
            return reply_fields(reply)

    async def search(
        self,
        token: object,
        question: object,
        k: object = 10,
        with_shared: object = True,
        collection: object = EVERYTHING,
    ) -> list[PassageFields]:
        """The ``k`` nearest passages, best first, without reading them."""
        with refusals():
            visitor, text = await self._visitor(token), _question(question)
            if not isinstance(k, int) or isinstance(k, bool) or not 1 <= k <= MOST_PASSAGES:
                raise Refused("invalid", f"expected k from 1 to {MOST_PASSAGES}, got {k!r}")
            shared = _flag(with_shared, "with_shared")
            among = await self._among(visitor, collection)
            hits = await self._compute(self._desk.search, visitor, text, k, shared, among)
            return [hit.fields for hit in hits]

    async def add(
        self,
        token: object,
        name: object = "",
        text: object = "",
        file: object = None,
        wait_s: object = 60.0,
        collection: object = EVERYTHING,
    ) -> FileFields:
        """Take in a text or an uploaded file; returns when it is done or ``wait_s`` are over.

        ``file`` is where ``/gradio_api/upload`` put it, as a string or as Gradio's record; it is
        consumed.
        """
        with refusals():
            visitor = await self._visitor(token)
            patience_s = _seconds(wait_s)
            among = await self._among(visitor, collection)
            added = await asyncio.to_thread(self._take, visitor, name, text, file, among)
            return await self._outcome(visitor, added[0], patience_s)

    async def documents(self, token: object, collection: object = EVERYTHING) -> Library:
        """Everything the caller can ask, or what is in one collection; and what is on its way."""
        with refusals():
            visitor = await self._visitor(token)
            among = await self._among(visitor, collection)
            within = await asyncio.to_thread(self._collections, visitor)
            shelf = await asyncio.to_thread(self._desk.documents.shelf, visitor, among)
            listed = (*shelf.own, *shelf.shared)
            unfinished = [job for job in shelf.jobs if not job.done or job.can_retry]
            return {
                "collections": list(within.values()),
                "documents": [document_fields(one, within) for one in listed],
                "files": [file_fields(job) for job in unfinished],
            }

    async def remove(
        self, token: object, document_id: object, collection: object = EVERYTHING
    ) -> DocumentFields:
        """Remove a document that the caller may remove, for good; returns what it was."""
        with refusals():
            visitor = await self._visitor(token)
            if not isinstance(document_id, int) or isinstance(document_id, bool):
                raise Refused("invalid", f"expected a number as document_id, got {document_id!r}")
            if not abs(document_id) <= MOST_ID:
                raise UnknownDocument("no such document of yours; documents lists them")
            among = await self._among(visitor, collection)
            within = await asyncio.to_thread(self._collections, visitor)
            gone = await asyncio.to_thread(self._desk.documents.remove, visitor, document_id, among)
            if gone is None:
                raise UnknownDocument(f"no document {document_id} of yours; documents lists them")
            return document_fields(gone, within)

    async def make_collection(self, token: object, name: object) -> CollectionFields:
        """A new collection of the caller's own, or the one that has this name already."""
        with refusals():
            visitor = await self._visitor(token)
            if not isinstance(name, str) or not seen_title(name):
                raise Refused("invalid", f"expected a name for the collection, got {name!r}")
            made = await asyncio.to_thread(self._desk.collections.make, visitor, name)
            return await self._own_collection(visitor, made)

    async def remove_collection(self, token: object, collection: object) -> CollectionFields:
        """Remove one of the caller's own collections with all in it; returns what it was."""
        with refusals():
            visitor = await self._visitor(token)
            among = await self._among(visitor, collection)
            gone = await self._own_collection(visitor, among)
            await asyncio.to_thread(self._desk.documents.remove_collection, visitor, among)
            return gone

    async def _among(self, visitor: Visitor, collection: object) -> str:
        """The choice that a caller's word for a collection stands for."""
        if not isinstance(collection, str):
            raise Refused("invalid", f"expected a collection's name or id, got {collection!r}")
        return await asyncio.to_thread(self._desk.collections.meant, visitor, collection)

    async def _own_collection(self, visitor: Visitor, collection_id: str) -> CollectionFields:
        every = await asyncio.to_thread(self._desk.collections.of, visitor)
        found = [one for one in every if one.id == collection_id]
        if not found:
            raise UnknownCollection(NO_SUCH)
        return collection_fields(found[0])

    def _collections(self, visitor: Visitor) -> dict[str, CollectionFields]:
        """The collections with a name that a visitor can ask, by what the library calls them."""
        own = {one.collection: collection_fields(one) for one in self._desk.collections.of(visitor)}
        return {**own, **{name: shared_fields(name) for name in visitor.shared}}

    async def _visitor(self, token: object) -> Visitor:
        try:
            return await asyncio.to_thread(self._desk.visitor, token)
        except PermissionError as error:
            got = "one that is not valid here" if token else "none"
            raise Refused(
                "no_token",
                f"expected a token in the header {TOKEN_HEADER}, got {got}; visit gives one",
            ) from error

    async def _compute(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        async with self._turn():
            return await asyncio.to_thread(work, *args, **kwargs)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._waiting >= MOST_WAITING:
            raise Refused("busy", f"{self._waiting} calls wait already; try again in a while")
        self._waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turns.release()

    def _take(
        self, visitor: Visitor, name: object, text: object, file: object, among: str
    ) -> tuple[Job, ...]:
        """Queue the one text or file that was given."""
        if not isinstance(name, str) or not isinstance(text, str):
            raise Refused("invalid", "expected name and text to be strings")
        if bool(text.strip()) == (file is not None):
            raise Refused("invalid", "expected either a text or a file, and not both")
        if file is None:
            self._check_size(len(text.encode("utf-8", "replace")))
            return self._desk.documents.paste(visitor, name, text, among)
        path = self._uploaded(file)
        try:
            self._check_size(path.stat().st_size)
        except Refused:
            path.unlink()
            raise
        label = _last_part(name) or _last_part(_original_name(file)) or path.name
        return self._desk.documents.add(visitor, [(path, label)], among)

    def _check_size(self, size_bytes: int) -> None:
        if size_bytes > self.max_file_bytes:
            raise Refused("limit", f"expected at most {self.max_file_bytes >> 20} MiB")

    def _uploaded(self, file: object) -> Path:
        """An upload's path; nothing else on this machine can be named."""
        given = file.get("path") if isinstance(file, dict) else file
        path = Path(given).resolve() if isinstance(given, str) and "\0" not in given else None
        if path is None or not path.is_relative_to(self._uploads) or not path.is_file():
            raise Refused("invalid", "expected as file what /gradio_api/upload gave")
        return path

    async def _outcome(self, visitor: Visitor, job: Job, patience_s: float) -> FileFields:
        """The file when it is done, or as it is when time is over."""
        deadline = time.monotonic() + patience_s
        while not job.done and time.monotonic() < deadline:
            await asyncio.sleep(LOOK_AGAIN_S)
            try:
                job = await asyncio.to_thread(self._desk.documents.job, visitor, job.id)
            except UnknownJob:  # done, and off the list since something else was added
                found = await asyncio.to_thread(self._desk.documents.became, job)
                if found is None:
                    raise Refused("not_found", f"{job.name} was removed meanwhile") from None
                return added_fields(found)
        return file_fields(job)


def _original_name(file: object) -> str:
    name = file.get("orig_name") if isinstance(file, dict) else None
    return name if isinstance(name, str) else ""


def _last_part(name: str) -> str:
    """A file's name without any folder of its owner's."""
    return Path(name.replace("\\", "/")).name


def _question(value: object) -> str:
    """What can be looked up; its length is a limit of the desk's."""
    if not isinstance(value, str):
        raise Refused("invalid", f"expected a question, got {type(value).__name__}")
    if not value.strip():
        raise Refused("invalid", "expected a question, got an empty one")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise Refused("invalid", "expected a question in Unicode, got half a surrogate pair")
    return value.strip()


def _flag(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise Refused("invalid", f"expected true or false as {name}, got {value!r}")
    return value


def _seconds(value: object) -> float:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not 0 <= value <= MOST_WAIT_S
    ):
        raise Refused("invalid", f"expected wait_s from 0 to {MOST_WAIT_S:.0f}, got {value!r}")
    return float(value)
