"""Freed memory leaves the process."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import ctypes
from pathlib import Path
from retriever.memory import give_back

def mib():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024

libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
blocks = [libc.malloc(10_000) for _ in range(20_000)]
for block in blocks:
    ctypes.memset(block, 1, 10_000)
for block in blocks[:-1]:  # the last one stays on top, so that nothing leaves by itself
    libc.free(block)
kept = mib()
give_back()
print(kept, mib())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc is Linux's")
def test_freed_blocks_go_back_to_the_system() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    kept, left = map(float, done.stdout.split())
    assert kept > 190
    assert left < kept - 150
