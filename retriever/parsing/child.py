"""Parsing outside this process: a file that crashes, hangs or swells costs itself alone.

Opens no file and loads no parser; what comes back is checked before it is believed.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from retriever.parsing.limits import ParseLimits, megabytes
from retriever.parsing.pages import pieces_of
from retriever.parsing.pool import ALARM, Answer, ParsingCancelled, Watch, ask
from retriever.parsing.wire import (
    Job,
    Result,
    raise_failure,
    unpack_boxes,
    unpack_document,
    unpack_picture,
)
from retriever.types import Box, PagePicture, ParsedDocument, UnreadableFile

__all__ = [
    "ParsingCancelled",
    "Watch",
    "boxes_in_child",
    "parse_in_child",
    "picture_in_child",
    "result_of",
    "run",
]

T = TypeVar("T")

_log = logging.getLogger(__name__)
_known_modules: list[str] = []  # parsers that files needed so far, in order
# Boxes that were asked for: on a scanned page they take OCR a second or more.
_known_boxes: dict[tuple[object, ...], list[Box]] = {}
_MAX_KNOWN_BOXES = 200


def parse_in_child(
    path: Path,
    name: str | None = None,
    limits: ParseLimits | None = None,
    watch: Watch | None = None,
) -> ParsedDocument:
    """``parsing.parse`` in a process of its own, within ``limits``.

    Raises:
        UnreadableFile: as ``parse`` does; ``broken`` also where a limit on time or memory ended
            the parser, or it crashed. The reason says which.
        ParsingCancelled: ``watch.is_cancelled`` said so.
        OSError: the file cannot be opened.
    """
    limits, name = limits or ParseLimits(), name or path.name
    job = Job("parse", os.path.abspath(path), {"name": name}, limits)
    result = result_of(job, run(job, watch))
    return _checked(lambda: unpack_document(result, name, limits))


def picture_in_child(
    path: Path, page_number: int, width_px: int = 1000, limits: ParseLimits | None = None
) -> PagePicture:
    """``parsing.page_picture`` in a process of its own; raises what that and a limit raise."""
    arguments = {"page_number": page_number, "width_px": width_px}
    job = Job("picture", os.path.abspath(path), arguments, limits or ParseLimits.of_a_page())
    result = result_of(job, run(job))
    return _checked(lambda: unpack_picture(result))


def boxes_in_child(
    path: Path, document: ParsedDocument, char_start: int, char_end: int
) -> list[Box]:
    """Where ``document.text[char_start:char_end]`` stands on the pages of its file.

    ``parsing.find_boxes`` in a process of its own; raises what that and a limit raise.

    Raises:
        ValueError: the range does not lie in the text.
    """
    pieces = [
        [piece.page_index, piece.page_offset, piece.text]
        for piece in pieces_of(document, char_start, char_end)
    ]
    stamp = path.stat()
    key = (str(path), stamp.st_mtime_ns, stamp.st_size, char_start, char_end)
    if (known := _known_boxes.get(key)) is not None:
        return known
    job = Job("boxes", os.path.abspath(path), {"pieces": pieces}, ParseLimits.of_a_page())
    result = result_of(job, run(job))
    boxes = _checked(lambda: unpack_boxes(result))
    if len(_known_boxes) >= _MAX_KNOWN_BOXES:
        _known_boxes.pop(next(iter(_known_boxes)), None)
    _known_boxes[key] = boxes
    return boxes


def run(job: Job, watch: Watch | None = None) -> Answer:
    """How a job ended and what it cost; nonsense from its process is a broken file."""
    known = replace(job, modules=tuple(_known_modules))
    return _checked(lambda: ask(known, watch or Watch()))


def result_of(job: Job, answer: Answer) -> Result:
    """What a job gave; raises what it raised, or UnreadableFile where it was ended."""
    if answer.result is None:
        raise _ended(answer.signal_number, job.limits)
    names = answer.result.values.get("modules")
    for name in names if isinstance(names, list) else []:
        if isinstance(name, str) and name.isidentifier() and name not in _known_modules:
            _known_modules.append(name)
    raise_failure(answer.result)
    return answer.result


def _checked(read: Callable[[], T]) -> T:
    """What ``read`` makes of a parser's words; ``broken`` when they make no sense."""
    try:
        return read()
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        _log.info("a parser sent nonsense", exc_info=True)
        reason = "its parser gave no sound result; the file may be hostile"
        raise UnreadableFile("broken", reason) from error


def _ended(signal_number: int, limits: ParseLimits) -> UnreadableFile:
    """Why a process gave no result, by the signal that ended it."""
    names = {int(known): known.name for known in signal.Signals}
    memory = megabytes(limits.max_memory_bytes)
    if signal_number == ALARM:
        reason = f"reading it took more than {limits.max_wall_s:g} s, the limit for one file"
    elif names.get(signal_number) == "SIGXCPU":
        reason = (
            f"it needs more than {limits.max_cpu_s:g} s of processor time, the limit for one file"
        )
    else:
        reason = f"its parser crashed: it is damaged, or needs more than {memory} of memory"
    _log.info("a parser was ended by signal %s", names.get(signal_number, signal_number))
    return UnreadableFile("broken", reason)
