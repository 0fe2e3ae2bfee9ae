"""Freed memory goes back to the system after a large piece of work.

Knows the C library alone. glibc keeps what was freed in small pieces for later, and for threads
apart: after an index of a million passages was built, that was half of the process (1.0 of
2.1 GiB).
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache

M_ARENA_MAX = -8  # of glibc's malloc.h


def share_heap() -> None:
    """All threads that begin from now on take memory from one place; nothing outside Linux.

    A place of its own, which glibc gives each thread, keeps up to 64 MB after the thread ended,
    and ``give_back`` does not reach it: the word index starts a thread each time it follows.
    """
    if (library := _c_library()) and hasattr(library, "mallopt"):
        library.mallopt(M_ARENA_MAX, 1)


def give_back() -> None:
    """Returns freed memory to the system; takes milliseconds, and nothing outside Linux."""
    if (library := _c_library()) and hasattr(library, "malloc_trim"):
        library.malloc_trim(0)


@cache
def _c_library() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        return ctypes.CDLL(None)
    except OSError:
        return None
