"""What this machine's processor offers: cores, and which products it is quick at.

Reads the operating system's own account of it; knows no model and no engine.
"""

from __future__ import annotations

import os
from pathlib import Path

CPU_INFO = Path("/proc/cpuinfo")  # Linux
VNNI = {"avx512_vnni", "avx_vnni"}


def available_cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def has_vnni() -> bool:
    """Whether the processor adds products of bytes in 32 bits; False where nothing tells."""
    return not VNNI.isdisjoint(_words())


def has_tiles() -> bool:
    """Whether the processor multiplies bfloat16 in tiles (AMX); False where nothing tells."""
    return "amx_bf16" in _words()


def bf16_pays() -> bool:
    """Whether products of bfloat16 are quicker than those of float32; False where nothing tells.

    They are with AMX and on AMD. Intel's avx512_bf16 without AMX, as a virtual machine may
    show it, takes nearly twice float32's time (docs/reader.md); emulated, all else is faster.
    """
    return has_tiles() or {"avx512_bf16", "AuthenticAMD"} <= _words()


def _words() -> set[str]:
    """The vendor's name, and a flag for each thing the processor can do."""
    try:
        return set(CPU_INFO.read_text(encoding="ascii", errors="replace").split())
    except OSError:
        return set()
