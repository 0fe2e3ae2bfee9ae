"""Run by test_queue_crash: for each line of input, a forked child with a worker, until killed.

It queues versions of a few files, small and large, and cancels some. It says ``begin`` and
``end`` around each change; what it said ``end`` to is acknowledged.
"""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path

import faiss  # noqa: F401 (loaded before the first fork)
import tantivy  # noqa: F401
import torch  # noqa: F401

from retriever import Library
from retriever.intake import ingest
from tests.retriever.slow_encoder import slow_encoder

BATCH = 8


def text_of(version: int) -> str:
    """What a version says: one passage, or many."""
    line = f"Version number{version} keeps secret{version}secret and tells of crash{version % 7}."
    return "\n\n".join([" ".join([line] * 14)] * (1 + 20 * (version % 3)))


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def run(home: Path, folder: Path, version: int, chance: random.Random) -> None:
    with Library.open(home, encoder=slow_encoder(0.002)) as library, library.worker(threads=2):
        while True:
            version += 1
            name = f"{chance.randrange(6)}.txt"
            path = folder / name
            path.write_text(text_of(version))
            say("begin", name, version)
            if chance.random() < 0.2:
                library.add(path)
            else:
                library.queue.enqueue([path])
            say("end", name, version)
            if chance.random() < 0.3:
                library.search(f"secret{version}secret", 2)
            time.sleep(chance.random() * 0.05)


def main() -> None:
    ingest.BATCH = BATCH
    for line in sys.stdin:
        home, folder, version, seed = line.rstrip("\n").split("\t")
        child = os.fork()
        if not child:
            say("child", os.getpid(), 0)
            run(Path(home), Path(folder), int(version), random.Random(int(seed)))
        os.waitpid(child, 0)
        say("dead", 0, 0)


if __name__ == "__main__":
    main()
