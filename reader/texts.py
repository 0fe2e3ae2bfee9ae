"""Files, folders and streams -> texts and questions. Memory stays bounded whatever their size.

Knows no reader, no model and no terminal: what cannot be read is handed out as a record.
"""

from __future__ import annotations

import codecs
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

STANDARD_INPUT = "-"
# Paragraphs are read together up to here. Asked 90 questions of whole SQuAD dev articles, the
# reader had F1 69 with parts of 1,000 characters, 70 with single paragraphs, 59 with one text.
PART_CHARS = 1000
MOST_PART_CHARS = 4000  # a longer paragraph is cut
BLOCK_BYTES = 1 << 16
SPOOL_BYTES = 1 << 24  # what a stream may take of memory before it goes to disk
GAP = re.compile(r"\n[^\S\n]*\n\s*")  # an empty line or more
BORDERS = (re.compile(r"\n"), re.compile(r"\s"))  # of a paragraph: the better comes first
ELSEWHERE = "; other formats are read by  python -m retriever add"
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a document: ``document_text[char_start:][:len(text)] == text``.

    Offsets count code points after a byte order mark; every other character is kept, so
    ``open(document, encoding="utf-8-sig", newline="")`` gives the text that they count in.
    """

    document: str
    text: str
    char_start: int


@dataclass(frozen=True, slots=True)
class Question:
    """A question; ``id`` is that of its JSON line, if it has one."""

    text: str
    id: object = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """What could not be read, and why. No failure is what merely is no text, below a folder."""

    name: str
    reason: str
    failure: bool = True


class NotText(ValueError):
    """A file that is not UTF-8 text; says where it stops being so."""


def read_texts(names: Iterable[str]) -> Iterator[Part | Skipped]:
    """Every text below the names, in order: files, folders with all below, ``-`` for the stream.

    Folders are walked by name; hidden files and folders are left out. A text comes in parts
    of whole paragraphs, which together are the text.
    """
    for name in names:
        for file in _walk(name):
            if isinstance(file, Skipped):
                yield file
                continue
            try:
                yield from _parts(file)
            except NotText as error:
                named = file == name
                yield Skipped(file, f"{error}{ELSEWHERE if named else ''}", failure=named)
            except OSError as error:
                yield Skipped(file, error.strerror or "cannot be opened")


def paragraph(text: str, start: int, end: int) -> str:
    """What stands between the empty lines around ``text[start:end]``."""
    left = max((gap.end() for gap in GAP.finditer(text, 0, start)), default=0)
    right = GAP.search(text, end)
    return text[left : right.start() if right else len(text)]


def read_questions(name: str) -> Iterator[Question | Skipped]:
    """Questions of a file or, for ``-``, of standard input: one a line, or JSON lines.

    A line that begins with ``{`` is a JSON object with ``question`` and, if it likes, ``id``.
    Empty lines are passed over; bytes that are no UTF-8 become ``�``.

    Raises:
        OSError: if the file cannot be read.
    """
    with _open(name) as file:
        for number, line in enumerate(file, start=1):
            text = line.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace").strip()
            if text:
                yield _question(text, f"{name}, line {number}")


def _question(line: str, where: str) -> Question | Skipped:
    if not line.startswith("{"):
        return Question(line)
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Skipped(where, f"not JSON: {error}")
    text = row.get("question")
    if not isinstance(text, str) or not text.strip():
        return Skipped(where, f'expected {{"question": "...", "id": ...}}, got {line[:60]}')
    return Question(text.encode("utf-8", "replace").decode("utf-8"), row.get("id"))


def _walk(name: str) -> Iterator[str | Skipped]:
    """The name itself, or every file below it if it is a folder; links to folders stay shut."""
    if name == STANDARD_INPUT or not os.path.isdir(name):
        yield name
        return
    failed: list[OSError] = []
    for folder, inside, files in os.walk(name, onerror=failed.append):
        inside[:] = sorted(one for one in inside if not one.startswith("."))
        linked = (one for one in inside if os.path.islink(os.path.join(folder, one)))
        for file in sorted([*linked, *(one for one in files if not one.startswith("."))]):
            path = os.path.join(folder, file)
            yield path if os.path.isfile(path) else Skipped(path, "no file", failure=False)
    yield from (Skipped(str(e.filename), e.strerror or "cannot be listed") for e in failed)


def _parts(name: str) -> Iterator[Part]:
    """A document in parts, checked to its end before the first is handed out."""
    with _open(name) as file:
        for _ in _decoded(file):
            pass
        start, text = 0, ""
        for block in _decoded(file):
            text += block
            last = not block
            while len(text) > (PART_CHARS if last else MOST_PART_CHARS):
                end = part_end(text)
                yield Part(name, text[:end], start)
                start, text = start + end, text[end:]
        if text or not start:
            yield Part(name, text, start)


def part_end(text: str) -> int:
    """Where the first part of a text ends: after as many whole paragraphs as fit, at least one."""
    gaps = [gap.end() for gap in GAP.finditer(text, 0, MOST_PART_CHARS)]
    if fitting := [end for end in gaps if end <= PART_CHARS]:
        return fitting[-1]
    if gaps:
        return gaps[0]
    if len(text) <= MOST_PART_CHARS:
        return len(text)
    for border in BORDERS:
        if ends := [found.end() for found in border.finditer(text, 0, MOST_PART_CHARS)]:
            return ends[-1]
    return MOST_PART_CHARS


def _open(name: str) -> BinaryIO:
    """A file that can be read twice; a stream is copied first, to disk if it is long."""
    if name == STANDARD_INPUT:
        return _copy(sys.stdin.buffer)
    file = Path(name).open("rb")
    if file.seekable():
        return file
    with file:
        return _copy(file)


def _copy(stream: BinaryIO) -> BinaryIO:
    copy = SpooledTemporaryFile(SPOOL_BYTES)
    copyfileobj(stream, copy)
    copy.seek(0)
    return cast(BinaryIO, copy)


def _decoded(file: BinaryIO) -> Iterator[str]:
    """The text in blocks, from the beginning and without a byte order mark.

    Raises:
        NotText: at the first byte that is no UTF-8, or at a NUL.
    """
    file.seek(0)
    head = file.read(len(codecs.BOM_UTF8))
    if head.startswith(UTF_16):
        raise NotText("UTF-16, not UTF-8 text: convert it, as with  iconv -f UTF-16 -t UTF-8")
    position = len(head) if head == codecs.BOM_UTF8 else 0
    file.seek(position)
    decoder = codecs.getincrementaldecoder("utf-8")()
    while True:
        block = file.read(BLOCK_BYTES)
        held = len(decoder.getstate()[0])  # bytes of a character that the last block cut
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            byte = position - held + error.start
            raise NotText(f"not UTF-8 text ({error.reason} at byte {byte})") from error
        if "\0" in text:
            raise NotText("not text: it holds NUL characters")
        position += len(block)
        yield text
        if not block:
            return
