"""Run by crashing.py: for each line of input, a forked child that changes a home until killed.

The libraries are imported once, so that a child starts in moments. A child says ``begin`` and
``end`` around each change; what it said ``end`` to is acknowledged.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import faiss  # noqa: F401 (loaded before the first fork)
import tantivy  # noqa: F401
import torch  # noqa: F401

from retriever import Library, SourceFile
from retriever.care import reembed
from retriever.index import quantised
from retriever.index.sizing import Sizing
from retriever.intake import ingest
from tests.retriever.hash_encoder import hash_encoder

KEPT = 30  # documents; with more, one is removed for each that is added
SLOTS = 8  # sources whose file changes again and again
ENCODERS = {salt: hash_encoder(f"salt-{salt}", salt) for salt in ("0", "1")}
SIZINGS = (Sizing(unsaved=16), Sizing(exact_up_to=64, words_up_to=32, piece=16, unsaved=16))


def text_of(number: int) -> str:
    """What document ``number`` says, of several passages; its secret stands nowhere else."""
    line = f"Document number{number} keeps secret{number}secret and tells of crash{number % 7}. "
    return (line * 9 + "\n\n") * (1 + number % 4)


def number_of(name: str) -> int:
    """The number in a document's name."""
    return int(name.split(".")[0])


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


@contextmanager
def said(act: str, number: int = 0, old: int = 0) -> Iterator[None]:
    say("begin", act, number, old)
    yield
    say("end", act, number, old)


class Worker:
    """Random changes of one home."""

    def __init__(self, home: Path, folder: Path, number: int, chance: random.Random) -> None:
        self.home, self.folder, self.number, self.chance = home, folder, number, chance
        self.salt = "0" if chance.random() < 0.5 else "1"

    def run(self, mode: str) -> None:
        acts: dict[str, Callable[[Library], None]] = {
            "change": self.change, "reopen": self.change, "rebuild": self.rebuild,
            "backup": self.back_up, "reembed": self.reembed, "queue": self.enqueue,
        }  # fmt: skip
        while True:
            sizing = self.chance.choice(SIZINGS)
            with Library.open(self.home, encoder=ENCODERS[self.salt], sizing=sizing) as library:
                if mode != "reembed" and not self.fits(library):
                    self.salt = "1" if self.salt == "0" else "0"
                    continue
                for _ in range({"reopen": 3, "reembed": 1}.get(mode, 1_000_000)):
                    acts[mode](library)

    def fits(self, library: Library) -> bool:
        try:
            library.search("document", 1)
        except ValueError:
            return False
        return True

    def change(self, library: Library) -> None:
        listed = library.documents()
        dice = self.chance.random()
        if listed and (len(listed) > KEPT or dice < 0.25):
            document = self.chance.choice(listed)
            with said("remove", number_of(document.name)):
                library.remove([document.id])
        elif dice < 0.55:
            self.replace(library)
        else:
            path, number = self.file()
            with said("add", number):
                library.add(path)
            path.unlink()
        if self.chance.random() < 0.4:
            library.search(f"number{self.number}", 1)

    def file(self) -> tuple[Path, int]:
        self.number += 1
        path = self.folder / f"{self.number}.txt"
        path.write_text(text_of(self.number))
        return path, self.number

    def replace(self, library: Library) -> None:
        """A source's new version. Which document it gave before is asked of SQL itself."""
        slot, (path, number) = f"slot-{self.chance.randrange(SLOTS)}", self.file()
        with library._database.reading() as conn:
            query = "SELECT name FROM documents d JOIN sources s ON s.document_id = d.id"
            names = conn.exec_driver_sql(f"{query} WHERE s.source = '{slot}'").scalars().all()
        with said("replace", number, number_of(names[0]) if names else 0):
            library.add(path, source=slot)
        path.unlink()

    def enqueue(self, library: Library) -> None:
        with library.worker():
            for _ in range(4):
                path, number = self.file()
                with said("enqueue", number):
                    jobs = library.queue.enqueue([SourceFile(path)])
                path.unlink()
                if self.chance.random() < 0.5:
                    with said("wait"):
                        library.queue.wait([job.id for job in jobs], timeout_s=60)
        self.change(library)

    def rebuild(self, library: Library) -> None:
        self.change(library)
        with said("rebuild"):
            library.rebuild()

    def back_up(self, library: Library) -> None:
        self.change(library)
        with said("backup"):
            library.back_up(self.folder / "home.quoth")
        with said("restore"):
            shutil.rmtree(self.folder / "again", ignore_errors=True)
            Library.restore(self.folder / "home.quoth", self.folder / "again")

    def reembed(self, library: Library) -> None:
        with said("reembed"):
            library.rebuild()
        self.salt = "1" if self.salt == "0" else "0"
        self.change(library)


def main() -> None:
    reembed.AT_ONCE = 8
    quantised.HELD_ROWS = 8
    ingest.BATCH = 3  # so that most documents are written in several steps
    for line in sys.stdin:
        home, folder, number, seed, mode = line.rstrip("\n").split("\t")
        child = os.fork()
        if not child:
            say("child", os.getpid(), 0, 0)
            worker = Worker(Path(home), Path(folder), int(number), random.Random(int(seed)))
            worker.run(mode)
        _, status = os.waitpid(child, 0)
        say("dead", os.waitstatus_to_exitcode(status), 0, 0)


if __name__ == "__main__":
    main()
