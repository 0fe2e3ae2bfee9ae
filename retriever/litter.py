"""What file managers and programs leave behind beside the files that people keep.

Knows names alone; opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

_NAMES = frozenset({"__macosx", ".ds_store", "thumbs.db", "desktop.ini"})
_BEGINNINGS = ("._", "~$")  # macOS's second half of a file, and Office's note that one is open


def is_litter(parts: Iterable[str]) -> bool:
    """Whether a path of these names leads to something that nobody wants to read."""
    return any(part.lower() in _NAMES or part.startswith(_BEGINNINGS) for part in parts)
