"""Run by test_crash: adds documents for ever, and says each id once it was acknowledged."""

from __future__ import annotations

import sys
from pathlib import Path

from retriever import Library
from tests.retriever.hash_encoder import hash_encoder


def say(document_id: int, number: int) -> None:
    sys.stdout.write(f"{document_id} {number}\n")
    sys.stdout.flush()


def main(home: str, folder: str, first: int) -> None:
    with Library.open(Path(home), encoder=hash_encoder()) as library:
        for number in range(first, first + 10_000):
            path = Path(folder) / f"{number}.txt"
            path.write_text(f"document number{number} tells of crash{number % 7}. " * 8)
            document = library.add(path)
            say(document.id, number)
            if number % 3 == 0:
                library.search(f"number{number}", 1)
            if number % 10 == 9:
                library.remove([document.id])
                say(-document.id, number)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
