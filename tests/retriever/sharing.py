"""Two processes that change one home while a third searches it.

Used by test_sharing.py for seconds and by bench/two_writers.py for minutes. Every process opens
the home for itself; they tell each other numbers of documents and nothing else.
"""

from __future__ import annotations

import multiprocessing
import queue
import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KEPT = 150  # documents of a writer; with more, its oldest is removed
STEP = 1_000_000  # numbers of a writer


@dataclass(frozen=True, slots=True)
class Told:
    """What a process did, or how it failed."""

    role: str
    acts: dict[str, int]
    present: tuple[int, ...]
    fault: str


def share(home: Path, folder: Path, seconds: float) -> list[Told]:
    """Runs the three processes; what each told at its end."""
    context = multiprocessing.get_context("spawn")
    added = context.Queue(maxsize=40)  # so that the searcher is never far behind
    told = context.Queue()
    ready = context.Barrier(3)  # the seconds count from when all have the home open
    processes = [
        context.Process(target=_run, args=(act, role, home, folder, seconds, ready, added, told))
        for role, act in (("writer 1", _write), ("writer 2", _write), ("searcher", _search))
    ]
    for process in processes:
        process.start()
    found = []
    try:
        for _ in processes:
            found.append(told.get(timeout=seconds + 240))
    finally:
        for process in processes:
            process.join(10)
            process.kill()
    return sorted(found, key=lambda one: one.role)


def faults(home: Path, told: list[Told]) -> list[str]:
    """What went wrong in the processes, and what is wrong with the home after them."""
    library = _open(home)
    with library:
        found = [f"{one.role}: {one.fault}" for one in told if one.fault]
        found += library.verify()
        listed = {document.name for document in library.documents()}
        expected = {f"{number}.txt" for one in told for number in one.present}
        found += [f"{name} is lost" for name in sorted(expected - listed)]
        found += [f"{name} came back" for name in sorted(listed - expected)]
        for name in sorted(expected & listed):
            if not _finds(library, int(name.removesuffix(".txt"))):
                found.append(f"{name} is listed, but not found")
    return found


def _open(home: Path) -> Any:
    import faiss  # noqa: F401 (else loaded at the first search)
    import tantivy  # noqa: F401
    import torch  # noqa: F401

    from retriever import Library
    from tests.retriever.hash_encoder import hash_encoder

    return Library.open(home, encoder=hash_encoder())


def _run(
    act: Callable[..., None],
    role: str,
    home: Path,
    folder: Path,
    seconds: float,
    ready: Any,
    added: Any,
    told: Any,
) -> None:
    acts: dict[str, int] = {}
    present: deque[int] = deque()
    fault = ""
    try:
        with _open(home) as library:
            ready.wait(120)
            act(library, role, folder, time.time() + seconds, added, acts, present)
    except Exception:
        fault = traceback.format_exc()
    added.cancel_join_thread()  # whoever is left unread does not matter
    told.put(Told(role, acts, tuple(present), fault))


def _write(
    library: Any,
    role: str,
    folder: Path,
    until: float,
    added: Any,
    acts: dict[str, int],
    present: deque[int],
) -> None:
    number = int(role.split()[1]) * STEP
    ids: dict[int, int] = {}
    while time.time() < until or "removed" not in acts:
        number += 1
        path = folder / f"{number}.txt"
        path.write_text(f"Document number{number} tells of part{number % 7}. " * (3 + number % 40))
        ids[number] = library.add(path).id
        path.unlink()
        present.append(number)
        acts["added"] = acts.get("added", 0) + 1
        if number % 4 == 0:
            library.remove([ids.pop(present.pop())])
            acts["removed"] = acts.get("removed", 0) + 1
            continue
        try:
            added.put(number, timeout=max(0.0, until - time.time()))
        except queue.Full:
            continue
        if len(present) > KEPT:
            library.remove([ids.pop(present.popleft())])
            acts["removed"] = acts.get("removed", 0) + 1


def _search(
    library: Any,
    role: str,
    folder: Path,
    until: float,
    added: Any,
    acts: dict[str, int],
    present: deque[int],
) -> None:
    while time.time() < until or (acts.get("searched", 0) < 2 and time.time() < until + 60):
        try:
            number = added.get(timeout=0.2)
        except queue.Empty:
            continue
        if not _finds(library, number):
            raise AssertionError(f"{number} was acknowledged, but is not found")
        acts["searched"] = acts.get("searched", 0) + 1


def _finds(library: Any, number: int) -> bool:
    hits = library.search(f"number{number}", 1)
    return bool(hits) and hits[0].passage.document_name == f"{number}.txt"
