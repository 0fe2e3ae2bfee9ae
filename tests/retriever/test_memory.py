"""Freed memory leaves the process, and what an index holds in files is never in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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

BUILD = """
import sys
from pathlib import Path
import numpy as np
from retriever.index import quantised
from retriever.memory import give_back

def mib():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024

folder, chance = Path(sys.argv[1]), np.random.default_rng(1)
quantised.HELD_ROWS = 3000
rows = chance.standard_normal((3000, 768), dtype=np.float32)
index = quantised.QuantisedIndex.train(rows, 32, folder)
before = most = mib()
for part in range(30):
    index.add(range(3000 * part, 3000 * (part + 1)), rows)
    most = max(most, mib())
index.so_far().write(folder / "written")
opened = quantised.QuantisedIndex.open(folder / "written")
opened.search(rows[0], 10)
print(len(opened), (folder / "written").stat().st_size >> 20, max(most, mib()) - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc is Linux's")
def test_freed_blocks_go_back_to_the_system() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    kept, left = map(float, done.stdout.split())
    assert kept > 190
    assert left < kept - 150


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks /proc")
def test_lists_are_built_in_files(tmp_path: Path) -> None:
    command = [sys.executable, "-c", BUILD, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    n_rows, file_mib, more_mib = map(float, done.stdout.split())
    assert n_rows == 90_000
    assert file_mib > 60
    assert more_mib < file_mib / 3
