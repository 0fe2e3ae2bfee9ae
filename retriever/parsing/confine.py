"""Bounds that the system holds on a process that parses: time, memory, files, network.

Knows the calls of Linux and what macOS shares with it; elsewhere it does nothing.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import re
import signal
import sys
from pathlib import Path

from retriever.parsing.landlock import hide_files
from retriever.parsing.limits import ParseLimits

_MAX_WRITTEN_BYTES = 64 << 20  # Tesseract writes a little
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000


def leave_network() -> bool:
    """Move this process and its children into a network of their own, which reaches nothing.

    Returns:
        Whether it worked: some containers refuse it, and only Linux knows it.
    """
    if sys.platform != "linux":
        return False
    return bool(ctypes.CDLL(None).unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0)


def confine(limits: ParseLimits, path: Path) -> None:
    """Bound what this process may take from now on; the system ends it when it takes more.

    Of the machine's documents it sees ``path`` alone, where the system can hide the others.
    """
    if sys.platform == "win32":
        return
    hide_files(path)
    import resource

    cpu_s = math.ceil(limits.max_cpu_s)
    memory_bytes = _mapped_bytes("VmSize") + limits.max_memory_bytes
    bounds = {
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: _MAX_WRITTEN_BYTES,
        resource.RLIMIT_NOFILE: 64,
    }
    for kind, bound in bounds.items():
        with contextlib.suppress(ValueError, OSError):  # macOS knows no bound on memory
            resource.setrlimit(kind, (bound, bound))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))  # a signal, then the end
    set_alarm(limits)


def set_alarm(limits: ParseLimits) -> None:
    """Let the system end this process when the time is over, counted from now."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, limits.max_wall_s)


def is_short_of_memory() -> bool:
    """Whether this process came so near its bound that a failure may be due to it.

    Half of the bound counts: what is asked for last is often as large as all before.
    """
    if sys.platform != "linux":
        return False
    import resource

    return 2 * _mapped_bytes("VmPeak") > resource.getrlimit(resource.RLIMIT_AS)[0] > 0


def _mapped_bytes(field: str) -> int:
    """Memory that this process has mapped, most of it never touched; 0 where nobody counts it."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    found = re.search(rf"^{field}:\s+(\d+) kB", status.read_text(), re.MULTILINE)
    return int(found[1]) << 10 if found else 0
