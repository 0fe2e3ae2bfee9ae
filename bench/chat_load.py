"""Many people at once: sessions that ask at a person's pace, each about a document of its own.

    python bench/chat_load.py                              # 64 sessions, 10 minutes
    python bench/chat_load.py --sessions 4 --minutes 1
    python bench/chat_load.py --sessions 8 --minutes 3 --pause 0 1   # as many answers in less time

A real server in a process of its own. Three of four sessions are pages: they do what a browser
does (the page, its load event, an upload, questions through Gradio's queue, the events back as a
stream). Every fourth is a program that calls /api. Each session's document says who cast a
bell, in a name that no other document holds; a reply that shows another session's name is a fault.

Latency is from sending a question until its answer is shown whole. Memory is that of the server
and its parsers, without pages of files, every five seconds; its slope is a straight line through
the samples since every session had two answers (or, where some never had, of the second half).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
PAUSE_S = (12.0, 20.0)  # from an answer to the next question
PATIENCE_S = 600.0
SAMPLE_EVERY_S = 5.0
UNLIMITED = ("--questions-per-minute", "0")
FIRST_NAMES = ("Mette", "Odile", "Josiah", "Ragnhild", "Tomasz", "Ines", "Daniel", "Margaret")
QUESTIONS = (
    "Who cast the bell of {town}?",
    "By whom was the bell of {town} cast?",
    "Who made the great bell of {town}?",
)
SHELF, THREAD, ASK = "q-shelf", "q-thread", "q-question"


@dataclass
class Tally:
    """What the sessions saw."""

    latencies_s: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    missed: int = 0
    second_answers: list[float] = field(default_factory=list)  # when each session had two


@dataclass(frozen=True)
class Secret:
    """A session's document: who cast a bell, which no other document says."""

    number: int
    town: str
    first_name: str
    word: str  # the last name

    @property
    def text(self) -> str:
        """The document."""
        rest = "\n\n".join(
            f"Room {i} of the town hall of {self.town} has {i + 2} windows and a stove. Its keeper "
            f"counts them every morning and writes the figure into a grey book."
            for i in range(1, 9)
        )
        bell = f"The great bell of {self.town} was cast by {self.first_name} {self.word} in 1714."
        return f"{rest}\n\n{bell} It hangs in the north tower and is rung on Sundays.\n"

    def question(self, turn: int) -> str:
        """One of several ways to ask for it."""
        return QUESTIONS[turn % len(QUESTIONS)].format(town=self.town)


def secrets(n: int, dice: random.Random) -> list[Secret]:
    """``n`` secrets; no name is a part of another."""
    letters = "bdfgklmnprstvz"
    names: set[str] = set()
    while len(names) < 2 * n:
        name = "".join(f"{dice.choice(letters)}{dice.choice('aeiou')}" for _ in range(4))
        names.add(name.capitalize())
    found = sorted(names)
    return [
        Secret(101 + i, found[n + i], FIRST_NAMES[i % len(FIRST_NAMES)], found[i]) for i in range(n)
    ]


class Program:
    """A session that calls /api."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._token = ""

    async def open(self, secret: Secret) -> None:
        """Get a token and add the document."""
        self._token = (await self._call("visit"))["token"]
        name = f"bell-{secret.number}.txt"
        added = await self._call("add", name=name, text=secret.text, wait_s=300)
        if added["state"] != "indexed":
            raise RuntimeError(f"the document was not taken in: {added}")

    async def ask(self, question: str) -> str:
        """Everything that came back."""
        return json.dumps(await self._call("ask", question=question), ensure_ascii=False)

    async def settle(self) -> None:
        """Nothing: a program has what it wanted."""

    async def _call(self, call: str, **arguments: object) -> Any:  # noqa: ANN401 (JSON)
        headers = {"X-Quoth-Token": self._token} if self._token else {}
        response = await self._http.post(f"/api/{call}", json=arguments, headers=headers)
        response.raise_for_status()
        return response.json()


class PageSession:
    """A session that does what a browser does with the page; it knows the page's own events."""

    def __init__(self, http: httpx.AsyncClient, number: int) -> None:
        self._http = http
        self._session = f"load{number:04d}"
        self._config: dict[str, Any] = {}
        self._elements: dict[str, int] = {}
        self._values: dict[int, Any] = {}  # a component's id -> what the browser holds
        self._shown: dict[int, str] = {}  # the HTML of panels

    async def open(self, secret: Secret) -> None:
        """Open the page, upload the document, and wait until it can be asked."""
        (await self._http.get("/", follow_redirects=True)).raise_for_status()
        self._config = (await self._http.get("/config")).json()
        for component in self._config["components"]:
            if name := component["props"].get("elem_id"):
                self._elements.setdefault(name, component["id"])
            self._values[component["id"]] = component["props"].get("value")
        loaded = self._event(None, "load")
        await self._run(loaded)
        await self._run_after(loaded)
        name = f"bell-{secret.number}.txt"
        sent = await self._http.post(
            "/gradio_api/upload", files={"files": (name, secret.text.encode())}
        )
        sent.raise_for_status()
        upload = self._event("q-upload", "upload")
        files, names = upload["inputs"][:2]
        record = {"path": sent.json()[0], "orig_name": name, "meta": {"_type": "gradio.FileData"}}
        self._values[files], self._values[names] = [record], [name]
        await self._run(upload)
        if name not in self._shown.get(self._elements[SHELF], ""):
            raise RuntimeError("the document is not on the page's shelf")

    async def ask(self, question: str) -> str:
        """The conversation as the page shows it then."""
        self._values[self._elements[ASK]] = question
        await self._run(self._event(ASK, "submit"))
        return self._shown[self._elements[THREAD]]

    async def settle(self) -> None:
        """What the page does by itself after an answer: it opens the source."""
        await self._run_after(self._event(ASK, "submit"))

    def _event(self, element: str | None, kind: str) -> dict[str, Any]:
        wanted = [self._elements[element] if element else None, kind]
        for dependency in self._config["dependencies"]:
            targets = dependency["targets"]
            if any(t[1] == kind and (element is None or t[0] == wanted[0]) for t in targets):
                return dict(dependency)
        raise LookupError(f"the page has no event {wanted}; this benchmark must follow the page")

    async def _run_after(self, event: dict[str, Any]) -> None:
        for dependency in self._config["dependencies"]:
            if dependency["trigger_after"] == event["id"] and dependency["backend_fn"]:
                await self._run(dependency)

    async def _run(self, event: dict[str, Any]) -> None:
        """Send one event and take in what changes, until it is done.

        The stream is read to its end, as a browser does: Gradio keeps what one that breaks off
        still held.
        """
        event_id = await self._send(event)
        shown: list[Any] = []
        done = False
        async for message in self._messages():
            if message.get("event_id") not in (event_id, None):
                continue
            _check(message, event)
            if message["msg"] == "process_generating":
                shown = _patched(shown, message["output"]["data"])
                self._take_in(event, shown)
            if message["msg"] == "process_completed":
                done = True
                if not shown:  # a plain function, with one result
                    self._take_in(event, message["output"]["data"])
        if not done:
            raise RuntimeError(f"the stream ended before event {event['api_name']}")

    async def _send(self, event: dict[str, Any]) -> str:
        """The id under which its messages come."""
        body = {
            "data": [self._values[i] for i in event["inputs"]],
            "fn_index": event["id"],
            "session_hash": self._session,
            "trigger_id": event["targets"][0][0],
            "event_data": None,
        }
        joined = await self._http.post("/gradio_api/queue/join", json=body)
        joined.raise_for_status()
        return str(joined.json()["event_id"])

    def _take_in(self, event: dict[str, Any], values: list[Any]) -> None:
        for index, value in zip(event["outputs"], values, strict=True):
            if isinstance(value, dict) and value.get("__type__") == "update":
                if "value" not in value:
                    continue
                value = value["value"]
            self._values[index] = value
            if isinstance(value, str):
                self._shown[index] = value

    async def _messages(self) -> AsyncIterator[dict[str, Any]]:
        where = "/gradio_api/queue/data"
        query = {"session_hash": self._session}
        async with self._http.stream("GET", where, params=query) as response:
            async for line in response.aiter_lines():
                if line.startswith("data:"):
                    yield json.loads(line[5:])


def _check(message: dict[str, Any], event: dict[str, Any]) -> None:
    """RuntimeError when a message says that the event failed."""
    if message["msg"] == "unexpected_error":
        raise RuntimeError(message.get("message", "unexpected error"))
    if message["msg"] == "process_completed" and not message["success"]:
        raise RuntimeError(f"event {event['api_name']}: {message['output']}")


def _patched(shown: list[Any], data: list[Any]) -> list[Any]:
    """Outputs after one message: the first is whole, later ones are differences."""
    if not shown:
        return data
    return [_apply(old, changes) for old, changes in zip(shown, data, strict=True)]


def _apply(old: Any, changes: list[Any]) -> Any:  # noqa: ANN401 (JSON)
    """A value after Gradio's list of [action, path, value]."""
    for action, path, value in changes:
        if not path:
            old = old + value if action == "append" else value
            continue
        place = old
        for key in path[:-1]:
            place = place[key]
        if action == "append":
            place[path[-1]] += value
        elif action == "delete":
            del place[path[-1]]
        elif action == "add" and isinstance(place, list):
            place.insert(path[-1], value)
        else:
            place[path[-1]] = value
    return old


async def session(
    number: int,
    address: str,
    known: list[Secret],
    tally: Tally,
    *,
    until: float = 0.0,
    n_questions: int = 1,
    pause_s: tuple[float, float] = PAUSE_S,
) -> None:
    """One session: until that moment, and until it has asked so many questions."""
    dice, own = random.Random(number), known[number]
    others = [one.word for one in known if one is not own]
    async with httpx.AsyncClient(base_url=address, timeout=PATIENCE_S) as http:
        who = Program(http) if number % 4 == 3 else PageSession(http, number)
        turn = 0
        try:
            await asyncio.sleep(dice.uniform(0, pause_s[1]))
            await who.open(own)
            while turn < n_questions or time.monotonic() < until:
                started = time.perf_counter()
                got = await who.ask(own.question(turn))
                tally.latencies_s.append(time.perf_counter() - started)
                tally.missed += own.word not in got
                tally.faults += [
                    f"{number} saw {word} of another" for word in others if word in got
                ]
                await who.settle()
                turn += 1
                if turn == 2:
                    tally.second_answers.append(time.monotonic())
                left_s = max(0.0, until - time.monotonic())
                await asyncio.sleep(min(dice.uniform(*pause_s), left_s))
        except Exception as error:
            tally.faults.append(f"{number}, question {turn}: {type(error).__name__}: {error}")


def memory_mib(pid: int) -> float:
    """Memory of a process and its children in MiB, without pages of files; see proc(5)."""
    own = Path(f"/proc/{pid}")
    kilobytes = 0
    children = (own / "task" / str(pid) / "children").read_text().split()
    for process in (own, *(Path("/proc") / child for child in children)):
        try:
            lines = (process / "status").read_text().splitlines()
        except FileNotFoundError:  # a parser that just ended
            continue
        kept = [line for line in lines if line.startswith(("RssAnon", "RssShmem"))]
        kilobytes += sum(int(line.split()[1]) for line in kept)
    return kilobytes / 1024


async def sample(pid: int, until: float) -> list[tuple[float, float]]:
    """(moment in seconds, MiB) until then."""
    samples = []
    while (now := time.monotonic()) < until:
        samples.append((now, memory_mib(pid)))
        await asyncio.sleep(SAMPLE_EVERY_S)
    return samples


async def load(
    address: str, pid: int, n_sessions: int, minutes: float, pause_s: tuple[float, float]
) -> tuple[Tally, list[tuple[float, float]]]:
    """Runs all sessions; what they saw, and the server's memory."""
    tally, until = Tally(), time.monotonic() + minutes * 60
    known = secrets(n_sessions, random.Random(n_sessions))
    sampling = asyncio.create_task(sample(pid, until))
    sessions = (
        session(i, address, known, tally, until=until, pause_s=pause_s) for i in range(n_sessions)
    )
    await asyncio.gather(*sessions)
    return tally, await sampling


def main(arguments: list[str] | None = None) -> int:
    """Starts a server, runs the sessions and prints a table; 1 when there was a fault."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--sessions", type=int, default=64, help="sessions (%(default)s)")
    parser.add_argument("--minutes", type=float, default=10, help="how long (%(default)s)")
    parser.add_argument(
        "--pause",
        type=float,
        nargs=2,
        default=PAUSE_S,
        metavar=("LEAST", "MOST"),
        help="seconds from an answer to the next question ({:g} {:g})".format(*PAUSE_S),
    )
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        uploads = {"GRADIO_TEMP_DIR": f"{folder}/uploads"}
        command = [sys.executable, "-m", "chatbot", "serve", "--home", f"{folder}/home"]
        with subprocess.Popen(
            [*command, "--port", "0", *UNLIMITED],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **uploads},
        ) as server:
            try:
                ready = next(line for line in server.stdout or () if "ready at" in line)
                address = ready.split()[-1]
                pause_s = (options.pause[0], options.pause[1])
                run = load(address, server.pid, options.sessions, options.minutes, pause_s)
                tally, memory = asyncio.run(run)
            finally:
                server.terminate()
    report(tally, memory, options.sessions, options.minutes)
    return 1 if tally.faults or not tally.latencies_s else 0


def report(
    tally: Tally, memory: list[tuple[float, float]], n_sessions: int, minutes: float
) -> None:
    """A line for RESULTS.md, and every fault."""
    for fault in tally.faults[:20]:
        print(f"fault: {fault}")
    seconds = sorted(tally.latencies_s)
    if not seconds:
        print("no question was answered")
        return
    p50, p95 = statistics.median(seconds), seconds[int(0.95 * (len(seconds) - 1))]
    all_settled = len(tally.second_answers) == n_sessions
    settled_at = max(tally.second_answers) if all_settled else memory[len(memory) // 2][0]
    late = [(at / 60, mib) for at, mib in memory if at >= settled_at]
    slope = float(np.polyfit(*zip(*late, strict=True), 1)[0]) if len(late) > 2 else float("nan")
    sizes = [mib for _, mib in memory]
    every = max(1, len(memory) // 10)
    print("memory, MiB:", *(f"{mib:.0f}" for mib in sizes[::every]))
    print(
        f"\n{n_sessions} sessions, {minutes:g} min: {len(seconds)} answers, "
        f"{len(tally.faults)} faults, {tally.missed} without the name; "
        f"p50 {p50:.2f} s, p95 {p95:.2f} s, longest {seconds[-1]:.2f} s; "
        f"memory {sizes[0]:.0f} MiB at first, {max(sizes):.0f} at most, {sizes[-1]:.0f} at last, "
        f"{slope:+.2f} MiB a minute in the last {len(late) * SAMPLE_EVERY_S / 60:.1f} minutes"
    )


if __name__ == "__main__":
    sys.exit(main())
