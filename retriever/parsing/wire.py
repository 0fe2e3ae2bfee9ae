"""What passes between a process that parses and the one that asked: frames, jobs and results.

Data alone in both directions: whatever a hostile file made of its parser, reading what it sends
runs nothing.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import IO, Any, Literal

from retriever.parsing.limits import ParseLimits
from retriever.types import Box, PagePicture, ParsedDocument, State, UnreadableFile

Call = Literal["parse", "picture", "boxes"]
Kind = Literal[b"S", b"P", b"R", b"E"]  # started, progress, result, ended

_HEAD = struct.Struct(">cQ")
_FAILURES: frozenset[State] = frozenset({"empty", "no_text", "encrypted", "unsupported", "broken"})
_MAX_REASON_CHARS = 500
_MAX_WARNINGS = 1000


@dataclass(frozen=True, slots=True)
class Job:
    """What to do with a file: ``arguments`` belong to the ``call``.

    ``modules`` are parsers that earlier files needed: loaded once for all files to come.
    """

    call: Call
    path: str
    arguments: Mapping[str, Any]
    limits: ParseLimits
    modules: tuple[str, ...] = ()

    def line(self) -> bytes:
        """The job as one line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def of_line(cls, line: bytes) -> Job:
        """What ``line`` made."""
        fields = json.loads(line)
        limits = ParseLimits(**fields.pop("limits"))
        return cls(limits=limits, modules=tuple(fields.pop("modules")), **fields)


@dataclass(frozen=True, slots=True)
class Result:
    """What a call gave: a few named values, and its bulk (text or a picture) as bytes."""

    values: Mapping[str, Any]
    bulk: bytes = b""

    def pack(self) -> bytes:
        """As the body of a frame."""
        return json.dumps(self.values).encode() + b"\n" + self.bulk

    @classmethod
    def unpack(cls, body: bytes) -> Result:
        """Raises ValueError when the body is none."""
        head, _, bulk = body.partition(b"\n")
        values = json.loads(head)
        if not isinstance(values, dict):
            raise ValueError("a result's values must be an object")
        return cls(values, bulk)


def write_frame(stream: IO[bytes], kind: Kind, body: bytes) -> None:
    """Send a frame at once."""
    stream.write(_HEAD.pack(kind, len(body)) + body)
    stream.flush()


def read_frame(stream: IO[bytes], max_bytes: Callable[[], int]) -> tuple[bytes, bytes] | None:
    """The next frame's kind and body; None when the other side has ended.

    Raises:
        ValueError: the body is longer than ``max_bytes`` says when its head has come.
    """
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    kind, size_bytes = _HEAD.unpack(head)
    if size_bytes > max_bytes():
        raise ValueError(f"a frame of {size_bytes} bytes; the limit is {max_bytes()}")
    body = stream.read(size_bytes)
    return (kind, body) if len(body) == size_bytes else None


def failure(error: UnreadableFile) -> Result:
    """A file's final state and reason as a result."""
    return Result({"state": error.state, "reason": error.reason})


def raise_failure(result: Result) -> None:
    """Raise what the call raised, if it did: UnreadableFile, ValueError or OSError."""
    values = result.values
    if "state" in values:
        state: State = values["state"] if values["state"] in _FAILURES else "broken"
        raise UnreadableFile(state, str(values.get("reason"))[:_MAX_REASON_CHARS])
    if "mistake" in values:
        raise ValueError(str(values["mistake"])[:_MAX_REASON_CHARS])
    if "errno" in values:
        raise OSError(int(values["errno"]), str(values.get("message"))[:_MAX_REASON_CHARS])


def pack_document(document: ParsedDocument) -> Result:
    """A document as a result, but for its name, which the asker knows."""
    values = {
        "media_type": document.media_type,
        "page_starts": document.page_starts,
        "warnings": document.warnings,
    }
    return Result(values, document.text.encode())


def unpack_document(result: Result, name: str, limits: ParseLimits) -> ParsedDocument:
    """The document in a result, checked: nothing that a parser sent is believed.

    Raises:
        ValueError: it is no sound document, or over a limit.
    """
    text = result.bulk.decode()
    starts = [int(start) for start in _list(result, "page_starts", limits.max_pages)]
    warnings = [str(warning)[:_MAX_REASON_CHARS] for warning in _list(result, "warnings")]
    is_ascending = starts == sorted(starts) and starts[:1] == [0] and starts[-1] <= len(text)
    if not text or len(text) > limits.max_chars or not is_ascending:
        raise ValueError(f"{len(text)} characters on {len(starts)} pages are no document")
    media_type = str(result.values["media_type"])[:200]
    return ParsedDocument(name, media_type, text, tuple(starts), tuple(warnings[:_MAX_WARNINGS]))


def unpack_picture(result: Result) -> PagePicture:
    """The picture in a result; raises ValueError when it is none."""
    if not result.bulk.startswith(b"\x89PNG"):
        raise ValueError("the picture is no PNG")
    return PagePicture(result.bulk, int(result.values["width_px"]), int(result.values["height_px"]))


def unpack_boxes(result: Result) -> list[Box]:
    """The boxes in a result; raises ValueError when they are none."""
    boxes = []
    for page_number, *edges in _list(result, "boxes"):
        left, top, right, bottom = (min(1.0, max(0.0, float(edge))) for edge in edges)
        boxes.append(Box(int(page_number), left, top, right, bottom))
    return boxes


def _list(result: Result, name: str, at_most: int = 1_000_000) -> Sequence[Any]:
    values = result.values.get(name)
    if not isinstance(values, list) or len(values) > at_most:
        raise ValueError(f"{name} must be a list of at most {at_most}")
    return values
