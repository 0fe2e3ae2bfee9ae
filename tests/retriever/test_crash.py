"""What was acknowledged survives kill -9; what was removed stays away."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from retriever import Library
from tests.retriever.hash_encoder import hash_encoder

ROUNDS = 10


def run_and_kill(home: Path, folder: Path, first: int, lines: int, delay_s: float) -> list[str]:
    """Lets a child add documents, kills it, and returns the whole lines it printed."""
    command = [
        sys.executable,
        "-m",
        "tests.retriever.adding_child",
        str(home),
        str(folder),
        str(first),
    ]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as child:
        assert child.stdout is not None
        said = [child.stdout.readline() for _ in range(lines)]
        try:
            child.wait(delay_s)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
        said += child.stdout.readlines()
    assert child.returncode == -signal.SIGKILL, "the child ended by itself"
    return [line for line in said if line.endswith("\n")]


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_acknowledged_changes_survive_kill_9(tmp_path: Path) -> None:
    chance = random.Random(1859)
    home, folder = tmp_path / "home", tmp_path / "documents"
    folder.mkdir()
    kept: dict[int, int] = {}  # document id -> number
    removed: dict[int, int] = {}
    for round_ in range(ROUNDS):
        first = 1000 * round_
        for line in run_and_kill(home, folder, first, chance.randint(1, 12), chance.random() * 0.3):
            document_id, number = map(int, line.split())
            if document_id > 0:
                assert document_id not in kept and document_id not in removed
                kept[document_id] = number
            else:
                removed[-document_id] = kept.pop(-document_id)
        with Library.open(home, encoder=hash_encoder()) as library:
            assert library.verify() == []
            listed = {document.id for document in library.documents()}
            # The last removal may have happened without being acknowledged.
            assert len(kept.keys() - listed) <= 1
            assert all(kept[i] % 10 == 9 for i in kept.keys() - listed)
            assert not removed.keys() & listed
            kept = {i: number for i, number in kept.items() if i in listed}
            for document_id, number in kept.items():
                hits = library.search(f"number{number}", 1)
                assert hits[0].passage.document_id == document_id
    assert len(kept) > ROUNDS
