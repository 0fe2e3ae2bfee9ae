"""Freed memory goes back to the system after a large piece of work.

Knows the C library alone. glibc keeps what was freed in small pieces for later; after an index
of a million passages was built, that was half of the process (1.0 of 2.1 GiB).
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache


def give_back() -> None:
    """Returns freed memory to the system; takes milliseconds, and nothing outside Linux."""
    if trim := _malloc_trim():
        trim(0)


@cache
def _malloc_trim() -> ctypes._NamedFuncPointer | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):  # another C library, such as musl
        return None
