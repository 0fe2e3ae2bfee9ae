"""Pasted text on its way to become a document: what it is called.

Pure: takes strings, returns strings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from itertools import chain, count

MAX_NAME_CHARS = 60  # without the suffix, and the number of a name that was taken
_SUFFIXES = (".txt", ".md")
_HEADING = re.compile(r"^#{1,6} \S", re.MULTILINE)  # Markdown's
_UNFIT = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\ud800-\udfff]+')


@dataclass(frozen=True, slots=True)
class PastedName:
    """A text's name; ``is_given`` if it says all that the person called it, and nothing else."""

    text: str
    is_given: bool


def pasted_name(name: str, text: str) -> PastedName:
    """As it was given, else the text's first words; with a fitting suffix."""
    given = _label(name)
    first_line = next((line for line in text.splitlines() if line.strip()), "")
    label = given or _label(first_line.lstrip("#"))
    suffix = ".md" if _HEADING.search(text) else ".txt"
    if label.casefold().endswith(_SUFFIXES):
        label, _, ending = label.rpartition(".")
        suffix = f".{ending}"
    label = label.strip(". ")
    short = _cut(label)
    is_given = bool(given and label) and short == label
    return PastedName(f"{short or 'text'}{suffix}", is_given)


def free_name(name: str, held: Mapping[str, Set[str]], sha256: str) -> str:
    """What to call a text so that it takes the place of no other.

    That is the name that the same bytes have already; else ``name``, with a number if need be.

    Args:
        name: what it would be called.
        held: SHA-256 of what has each name, "" where that is not known.
        sha256: of the text's bytes.
    """
    if same := [one for one, hashes in held.items() if hashes == {sha256}]:
        return same[0]
    stem, _, ending = name.rpartition(".")
    numbered = (f"{stem} {number}.{ending}" for number in count(2))
    return next(one for one in chain([name], numbered) if one not in held)


def _label(text: str) -> str:
    """What of a text can stand in a file's name."""
    return " ".join(_UNFIT.sub(" ", text).split())


def _cut(label: str) -> str:
    """At most ``MAX_NAME_CHARS``, if possible without half a word."""
    if len(label) <= MAX_NAME_CHARS:
        return label
    end = label.rfind(" ", 0, MAX_NAME_CHARS)
    return label[: end if end > 0 else MAX_NAME_CHARS]
