"""What was acknowledged survives kill -9; what was removed stays away."""

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

ROUNDS = 12


class Children:
    """A process that forks children which add documents until they are killed."""

    def __init__(self, home: Path, folder: Path, repo_root: Path) -> None:
        self.home, self.folder = home, folder
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.retriever.adding_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=repo_root,
        )

    def run_and_kill(self, first: int, n_lines: int, delay_s: float) -> Iterator[tuple[int, int]]:
        """(document id, number) that a child acknowledged; removals have a negative id."""
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(f"{self.home}\t{self.folder}\t{first}\n")
        process.stdin.flush()
        child = int(process.stdout.readline().split()[0])
        said = [process.stdout.readline() for _ in range(n_lines)]
        time.sleep(delay_s)
        os.kill(child, signal.SIGKILL)
        while len((line := process.stdout.readline()).split()) == 2:
            said.append(line)
        assert int(line.split()[-1]) == -signal.SIGKILL, "the child ended by itself"
        for line in said:
            document_id, number = line.split()
            yield int(document_id), int(number)

    def close(self) -> None:
        """Ends the process."""
        self._process.communicate()


@pytest.fixture
def children(tmp_path: Path, repo_root: Path) -> Iterator[Children]:
    folder = tmp_path / "documents"
    folder.mkdir()
    made = Children(tmp_path / "home", folder, repo_root)
    yield made
    made.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
def test_acknowledged_changes_survive_kill_9(children: Children) -> None:
    chance = random.Random(1859)
    kept: dict[int, int] = {}  # document id -> number
    removed: set[int] = set()
    for turn in range(ROUNDS):
        delay_s = chance.random() * 0.1
        for document_id, number in children.run_and_kill(
            1000 * turn, chance.randint(1, 12), delay_s
        ):
            if document_id > 0:
                assert document_id not in kept
                assert document_id not in removed
                kept[document_id] = number
            else:
                del kept[-document_id]
                removed.add(-document_id)
        with Library.open(children.home, encoder=hash_encoder()) as library:
            assert library.verify() == []
            listed = {document.id for document in library.documents()}
            missing = kept.keys() - listed
            # The very last removal may have happened without being acknowledged.
            assert len(missing) <= 1
            assert all(kept[i] % 10 == 9 for i in missing)
            assert not removed & listed
            kept = {i: number for i, number in kept.items() if i in listed}
            for document_id, number in kept.items():
                hits = library.search(f"number{number}", 1)
                assert hits[0].passage.document_id == document_id
    assert len(kept) > ROUNDS
    assert removed
