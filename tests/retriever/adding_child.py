"""Run by test_crash: for each line of input, a forked child that adds documents until killed.

The libraries are imported once, so that a round takes moments. A child says its process id,
then each id that was acknowledged, and the negative of each id that was removed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import faiss  # noqa: F401 (loaded before the first fork)
import tantivy  # noqa: F401
import torch  # noqa: F401

from retriever import Library
from tests.retriever.hash_encoder import hash_encoder


def say(*numbers: int) -> None:
    sys.stdout.write(" ".join(map(str, numbers)) + "\n")
    sys.stdout.flush()


def add_for_ever(home: Path, folder: Path, first: int) -> None:
    with Library.open(home, encoder=hash_encoder()) as library:
        for number in range(first, first + 100_000):
            path = folder / f"{number}.txt"
            path.write_text(f"document number{number} tells of crash{number % 7}. " * 8)
            document = library.add(path)
            say(document.id, number)
            if number % 3 == 0:
                library.search(f"number{number}", 1)
            if number % 10 == 9:
                library.remove([document.id])
                say(-document.id, number)


def main() -> None:
    for line in sys.stdin:
        home, folder, first = line.rstrip("\n").split("\t")
        child = os.fork()
        if not child:
            say(os.getpid(), 0)
            add_for_ever(Path(home), Path(folder), int(first))
        _, status = os.waitpid(child, 0)
        say(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
