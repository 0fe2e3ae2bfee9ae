"""Pasted text on its way to become a document: what it is called.

Pure: takes strings, returns a string.
"""

from __future__ import annotations

import re

MAX_NAME_CHARS = 60
_SUFFIXES = (".txt", ".md")
_HEADING = re.compile(r"^#{1,6} \S", re.MULTILINE)  # Markdown's
_UNFIT = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')


def pasted_name(name: str, text: str) -> str:
    """The document's name: as it was given, else the text's first words; with a fitting suffix."""
    first_line = next((line for line in text.splitlines() if line.strip()), "")
    label = " ".join(_UNFIT.sub(" ", name or first_line.lstrip("#")).split())
    suffix = ".md" if _HEADING.search(text) else ".txt"
    if label.casefold().endswith(_SUFFIXES):
        label, _, given = label.rpartition(".")
        suffix = f".{given}"
    label = label.strip(". ")
    if len(label) > MAX_NAME_CHARS:
        cut = label.rfind(" ", 0, MAX_NAME_CHARS)
        label = label[: cut if cut > 0 else MAX_NAME_CHARS]
    return f"{label or 'text'}{suffix}"
