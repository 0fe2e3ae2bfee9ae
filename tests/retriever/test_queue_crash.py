"""A queue whose process is killed at random moments loses no file and keeps no half one.

QUOTH_TEST_KILLS sets how many times.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from retriever import Library
from tests.retriever.hash_encoder import hash_encoder
from tests.retriever.queue_child import BATCH, text_of

KILLS = int(os.environ.get("QUOTH_TEST_KILLS", "5"))
PATIENCE_S = 60.0


class Queues:
    """A process that forks children which queue files until they are killed."""

    def __init__(self, home: Path, folder: Path, repo_root: Path) -> None:
        self.home, self.folder = home, folder
        self.acknowledged: dict[str, int] = {}  # name -> version
        self.begun: dict[str, list[int]] = {}  # versions that may be there or not
        self.version = 0
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.retriever.queue_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=repo_root,
        )

    def kill(self, chance: random.Random) -> None:
        """Lets a child run for a moment, kills it, and remembers what it said."""
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        line = f"{self.home}\t{self.folder}\t{self.version}\t{chance.randrange(10**9)}\n"
        process.stdin.write(line)
        process.stdin.flush()
        child = int(process.stdout.readline().split()[1])
        time.sleep(0.2 + chance.random() * 0.8)
        os.kill(child, signal.SIGKILL)
        while (words := process.stdout.readline().split())[0] != "dead":
            self.version = int(words[2])
            if words[0] == "end":
                self.acknowledged[words[1]] = self.version
            else:
                self.begun.setdefault(words[1], []).append(self.version)

    def may_be_there(self, name: str) -> set[int]:
        """The version acknowledged last, and later ones."""
        last = self.acknowledged.get(name, 0)
        return {version for version in self.begun[name] if version >= last}

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture
def queues(tmp_path: Path, repo_root: Path) -> Iterator[Queues]:
    folder = tmp_path / "documents"
    folder.mkdir()
    made = Queues(tmp_path / "home", folder, repo_root)
    yield made
    made.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
def test_a_killed_queue_loses_nothing(queues: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retriever.intake.ingest.BATCH", BATCH)
    chance = random.Random(1859)
    for turn in range(KILLS):
        queues.kill(chance)
        with Library.open(queues.home, encoder=hash_encoder()) as library:
            assert library.verify() == [], f"kill {turn}"
            if turn % 2:
                continue  # killed again before anything waiting was done
            with library.worker(threads=2):
                library.queue.wait([job.id for job in library.queue.jobs()], PATIENCE_S)
            assert library.verify() == [], f"kill {turn}"
            check(library, queues, turn)


def check(library: Library, queues: Queues, turn: int) -> None:
    """Every file has one document, which says what was acknowledged last, or what came after."""
    documents = {document.name: document for document in library.documents()}
    assert len(documents) == len(library.documents()), f"kill {turn}"
    assert queues.acknowledged.keys() <= documents.keys() <= queues.begun.keys(), f"kill {turn}"
    for name, document in documents.items():
        assert document.state == "indexed", f"kill {turn}: {document.reason}"
        text = library.text(document.id)
        version = int(text.split("secret")[1])
        assert version in queues.may_be_there(name), f"kill {turn}: {name}"
        assert text == text_of(version), f"kill {turn}"
        [hit] = library.search(f"secret{version}secret", 1)
        assert hit.passage.document_id == document.id, f"kill {turn}"
    kept = {path.name for path in (queues.home / "files").glob("*/*")}
    assert kept == {document.sha256 for document in documents.values()}, f"kill {turn}"
