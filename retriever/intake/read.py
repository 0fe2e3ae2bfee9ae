"""A received file's text in passages, or why there are none.

Knows no database and no model; a bad file ends as ``UnreadableFile``, whatever its parser did.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..files import Incoming
from ..parsing.child import ParsingCancelled, parse_in_child
from ..parsing.child import Watch as ParsingWatch
from ..records import MAX_PASSAGES, Entry
from ..split import split
from ..types import ParsedDocument, Slice, UnreadableFile
from .several import Stopped
from .watch import Watch


def parsed_file(path: Path, name: str, watch: Watch) -> ParsedDocument:
    """The file as one text, parsed in a process of its own.

    Raises:
        UnreadableFile: it cannot be read, or its parser failed.
        Stopped: or whatever else ``watch`` raised.
    """
    raised: list[BaseException] = []  # by the watch, not by the parser

    def follow(done: float) -> None:
        try:
            watch.tell("parsing", done)
        except BaseException as error:
            raised.append(error)
            raise

    try:
        return parse_in_child(path, name, watch=ParsingWatch(follow, watch.stopped))
    except ParsingCancelled as error:
        watch.tell("parsing", 0.0)  # says why, by raising
        raise Stopped from error
    except Exception as error:  # a parser's mistake costs its file, not the library
        if raised or isinstance(error, UnreadableFile):
            raise
        reason = f"the file could not be read ({type(error).__name__}): it may be damaged"
        raise UnreadableFile("broken", reason) from error


def slices_of(parsed: ParsedDocument) -> Sequence[Slice]:
    """The text in passages.

    Raises:
        UnreadableFile: there are none or too many, or the text cannot be stored.
    """
    slices = split(parsed)
    if not slices:
        raise UnreadableFile("empty", "the file holds no text")
    if len(slices) > MAX_PASSAGES:
        reason = f"the file has more than {MAX_PASSAGES} passages: cut it into smaller files"
        raise UnreadableFile("broken", reason)
    try:
        parsed.text.encode()
    except UnicodeEncodeError as error:
        raise UnreadableFile("broken", "the text holds characters that do not exist") from error
    return slices


def failed(incoming: Incoming, name: str, failure: UnreadableFile) -> Entry:
    """What is recorded of a file that cannot become a document."""
    parsed = ParsedDocument(name=name, media_type="", text="", page_starts=(0,))
    rows = np.zeros((0, 0), dtype=np.float32)
    state, reason = failure.state, failure.reason
    return Entry(parsed, state, reason, incoming.size_bytes, incoming.sha256, (), rows)
