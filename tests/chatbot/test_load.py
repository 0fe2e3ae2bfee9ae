"""Several sessions at once see their own documents alone; bench/chat_load.py with few questions."""

from __future__ import annotations

import asyncio
import importlib.util
import random
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.served import served

N_SESSIONS = 4  # three pages and a program
N_QUESTIONS = 2


@pytest.fixture(scope="module")
def bench(repo_root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("chat_load", repo_root / "bench/chat_load.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["chat_load"] = module  # its records look their types up there
    spec.loader.exec_module(module)
    return module


def test_sessions_get_their_own_answers(bench: ModuleType, tmp_path: Path) -> None:
    known = bench.secrets(N_SESSIONS, random.Random(1))
    tally = bench.Tally()
    uploads = str(tmp_path / "uploads")
    with served(tmp_path / "home", tmp_path / "log", GRADIO_TEMP_DIR=uploads) as address:
        asyncio.run(_ask(bench, address, known, tally))
    assert tally.faults == []
    assert tally.missed == 0
    assert len(tally.latencies_s) == N_SESSIONS * N_QUESTIONS


async def _ask(bench: ModuleType, address: str, known: list[object], tally: object) -> None:
    sessions = (
        bench.session(i, address, known, tally, n_questions=N_QUESTIONS, pause_s=(0.0, 0.0))
        for i in range(N_SESSIONS)
    )
    await asyncio.gather(*sessions)


def test_a_foreign_name_would_be_seen(bench: ModuleType) -> None:
    known = bench.secrets(3, random.Random(1))
    names = [word for one in known for word in (one.word, one.town)]
    assert len(set(names)) == len(names)
    for one in known:
        assert one.word in one.text
        assert not any(other.word in one.text for other in known if other is not one)
