"""A received file becomes an entry of the store: parsed, split, embedded.

Knows no database and no index; a bad file ends as an entry that says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .files import Incoming
from .parsing.child import parse_in_child
from .records import MAX_PASSAGES, Entry
from .split import split
from .types import ParsedDocument, Progress, ProgressCallback, Slice, State, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from .embed import Encoder, FloatArray

EMBED_AT_ONCE = 128  # passages between two reports


@dataclass(frozen=True, slots=True)
class Report:
    """Tells whoever waits where a file stands."""

    name: str
    callback: ProgressCallback | None

    def __call__(self, state: State, fraction: float) -> None:
        """Passes ``state`` and how much of it is done on."""
        if self.callback:
            self.callback(Progress(self.name, state, fraction))


def prepare(incoming: Incoming, encoder: Callable[[], Encoder], report: Report) -> Entry:
    """Reads a file to the end; never raises for its content.

    Args:
        incoming: the copy to read.
        encoder: asked for the encoder when there is something to embed.
        report: told about every step.
    """
    report("parsing", 0.0)
    try:
        parsed, slices = _read(incoming.path, report.name)
    except UnreadableFile as failure:
        return _failed(incoming, report.name, failure.state, failure.reason)
    except Exception as error:  # a parser's mistake costs its file, not the library
        reason = f"the file could not be read ({type(error).__name__}): it may be damaged"
        return _failed(incoming, report.name, "broken", reason)
    rows = _embed(encoder(), slices, incoming, report)
    return Entry(parsed, "indexed", "", incoming.size_bytes, incoming.sha256, slices, rows)


def _read(path: Path, name: str) -> tuple[ParsedDocument, list[Slice]]:
    parsed = parse_in_child(path, name)
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
    return parsed, slices


def _embed(
    encoder: Encoder, slices: Sequence[Slice], incoming: Incoming, report: Report
) -> FloatArray:
    """Rows of shape (len(slices), dimension)."""
    report("embedding", 0.0)
    parts = []
    for start in range(0, len(slices), EMBED_AT_ONCE):
        part = slices[start : start + EMBED_AT_ONCE]
        parts.append(encoder.encode([piece.ranked_text for piece in part]))
        incoming.touch()
        report("embedding", (start + len(part)) / len(slices))
    return np.concatenate(parts)


def _failed(incoming: Incoming, name: str, state: State, reason: str) -> Entry:
    parsed = ParsedDocument(name=name, media_type="", text="", page_starts=(0,))
    rows = np.zeros((0, 0), dtype=np.float32)
    return Entry(parsed, state, reason, incoming.size_bytes, incoming.sha256, (), rows)
