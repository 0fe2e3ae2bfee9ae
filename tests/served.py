"""A real server in a process of its own, for tests of its doors."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import httpx

ROOT = Path(__file__).resolve().parents[1]
START_S = 300.0  # on a busy machine
PATIENCE_S = 60.0


@contextmanager
def served(home: Path, log: Path, *flags: str, **variables: str) -> Iterator[str]:
    """The address of ``python -m chatbot serve``; the server ends with the block.

    Its standard error goes to ``log``. Fails when a call or an event ended in a stack trace.
    """
    command = [sys.executable, "-m", "chatbot", "serve", "--home", str(home), "--port", "0"]
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [*command, *flags],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, **variables},
        ) as server,
    ):
        assert server.stdout is not None
        late = Timer(START_S, server.kill)  # which ends its output
        late.start()
        try:
            ready = next((line for line in server.stdout if "ready at" in line), None)
            late.cancel()
            assert ready is not None, f"the server did not start: {log.read_text()}"
            yield ready.split()[-1]
        finally:  # or leaving the block would wait for it without end
            server.terminate()
            try:
                server.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                server.kill()
                raise
    assert not failed(log.read_text()), f"an event failed: {log.read_text()}"


def event(client: httpx.Client, name: str, token: str, data: dict[str, str]) -> str:
    """What the page would get to show after a click."""
    every = client.get("/config").json()["dependencies"]
    called = next(
        one for one in every if name in [of for _, of in one["targets"]] and one["inputs"]
    )
    session = secrets.token_hex(8)
    body = {
        "fn_index": called["id"],
        "data": [token, *[None] * (len(called["inputs"]) - 1)],
        "event_data": data,
        "session_hash": session,
    }
    assert client.post("/gradio_api/queue/join", json=body).status_code == 200
    url = f"/gradio_api/queue/data?session_hash={session}"
    with client.stream("GET", url) as told:
        line = next(line for line in told.iter_lines() if "process_completed" in line)
    return "".join(map(str, json.loads(line.removeprefix("data: "))["output"].get("data", ())))


def failed(errors: str) -> bool:
    """Whether a file of ours stands in a stack trace, other than to hand the request on.

    What Gradio refuses by itself (a session that is over, a path that is no upload) passes
    through the doors in front of it, and no further.
    """
    lines = re.findall(r'File "[^"]*/chatbot/[^"]*".*\n\s*(.*)', errors)
    return any("_app" not in line for line in lines)
