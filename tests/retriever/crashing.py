"""Kills a process that changes a home, again and again, and looks at what is left.

Used by test_crash.py for a few kills and by bench/crash.py for many. The only thing it knows of
a child are the lines that it wrote before it died.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from retriever import Library
from retriever.encoding.identity import WrongEncoder
from retriever.files import INCOMING
from retriever.index.sizing import Sizing
from tests.retriever.hash_encoder import hash_encoder

MODES = (*["change"] * 5, *["queue"] * 2, *["reopen"] * 2, "rebuild", "backup", "reembed")
SIZINGS = (None, Sizing(exact_up_to=64, words_up_to=32, piece=16, unsaved=16))
REPO_ROOT = Path(__file__).resolve().parents[2]


class Crashes:
    """One home, and what must be in it.

    Attributes:
        present: numbers of documents whose addition was acknowledged last.
        absent: numbers whose removal was.
        killed_in: how many children died in the middle of each kind of change.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.home, self.folder = folder / "home", folder / "documents"
        self.folder.mkdir()
        self.present: set[int] = set()
        self.absent: set[int] = set()
        self.killed_in: Counter[str] = Counter()
        self._number = 0
        self._known: set[int] = set()  # listed after the last kill
        self._either: tuple[int, int] | None = None  # a replacement that was not acknowledged
        self._chance = random.Random(seed)
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.retriever.crashing_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=REPO_ROOT,
        )

    def close(self) -> None:
        """Ends the process that makes children."""
        self._process.communicate()

    def kill(self) -> None:
        """One child, killed at a random moment."""
        said = list(self._lines_until_killed(self._chance.choice(MODES)))
        open_act = "between"
        for word, act, number, old in said:
            open_act = act if word == "begin" else "between"
            self._number = max(self._number, number)
            if act == "replace":
                self._replaced(word, number, old)
            elif act in ("add", "enqueue") and word == "end":
                self.present.add(number)
            elif act == "remove":
                self.present.discard(number)
                if word == "end":
                    self.absent.add(number)
        self.killed_in[open_act] += 1

    def _replaced(self, word: str, number: int, old: int) -> None:
        """One of the two is there at every moment, never both."""
        if word == "begin":
            self._either = (number, old) if old in self.present else None
            self.present.discard(old)
            return
        self._either = None
        self.present.add(number)
        if old:
            self.absent.add(old)

    def _lines_until_killed(self, mode: str) -> Iterator[tuple[str, str, int, int]]:
        writing, reading = self._process.stdin, self._process.stdout
        assert writing is not None and reading is not None
        seed = self._chance.randrange(1 << 30)
        words = (self.home, self.folder, self._number, seed, mode)
        writing.write("\t".join(map(str, words)) + "\n")
        writing.flush()
        child = int(reading.readline().split()[1])
        said = [reading.readline() for _ in range(self._chance.randint(0, 12))]
        time.sleep(self._chance.random() * 0.1)
        os.kill(child, signal.SIGKILL)
        while not (line := reading.readline()).startswith("dead"):
            assert line, "the process that makes children ended"
            said.append(line)
        assert line.split()[1] == str(-signal.SIGKILL), f"a child ended by itself: {said[-3:]}"
        for line in said:
            word, act, number, old = line.split()
            yield word, act, int(number), int(old)

    def faults(self) -> list[str]:
        """What is wrong with the home after opening it again; [] when nothing is."""
        found: list[str] = []
        with self._opened() as library:
            waiting = [job.id for job in library.queue.jobs() if not job.done]
            with library.worker():
                jobs = library.queue.wait(waiting, timeout_s=60)
            found += [f"{job.name} ended {job.state}" for job in jobs if job.state != "indexed"]
            listed = {int(d.name.split(".")[0]): d.id for d in library.documents()}
            found += library.verify()
            found += [f"{n} was acknowledged, but is lost" for n in self.present - listed.keys()]
            found += [f"{n} was removed, but is listed" for n in self.absent & listed.keys()]
            if self._either and len(listed.keys() & set(self._either)) != 1:
                found.append(f"of {self._either}, one replacing the other, not one is listed")
            for number, document_id in listed.items():
                hits = library.search(f"number{number} secret{number}secret", 1)
                if not hits or hits[0].passage.document_id != document_id:
                    found.append(f"{number} is listed, but not found")
            for number in sorted(self.absent)[-20:]:
                hits = library.search(f"number{number} secret{number}secret", 3)
                if any(f"number{number} " in hit.passage.text for hit in hits):
                    found.append(f"{number} was removed, but is found")
        # What an unacknowledged removal took out is gone as well; what was never acknowledged
        # and is not listed may be half done, for the next attempt.
        self.absent |= (self._known | self.present) - listed.keys()
        self.present, self._known, self._either = set(listed), set(listed), None
        return found + self._remains()

    def _opened(self) -> Library:
        sizing = self._chance.choice(SIZINGS)
        for salt in ("0", "1"):
            encoder = hash_encoder(f"salt-{salt}", salt)
            library = Library.open(self.home, encoder=encoder, sizing=sizing)
            try:
                library.search("document", 1)
            except WrongEncoder:
                library.close()
                continue
            return library
        raise AssertionError("the home fits neither encoder")

    def _remains(self) -> list[str]:
        """Files of the home that hold the secret of a document that is not there.

        Copies that were not even kept may lie there for an hour.
        """
        found = []
        paths = (path for path in self.home.rglob("*") if path.is_file())
        for path in (path for path in paths if not path.name.startswith(INCOMING)):
            data = path.read_bytes()
            for number in self.absent:
                if b"secret%dsecret" % number in data:
                    found.append(f"{path.name} still holds the text of {number}")
        return found
