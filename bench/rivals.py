"""Other programs as child processes, each in an environment of its own, one JSON object a line.

Makes the environments and holds the conversation; knows nothing of what is asked.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HAYSTACK = ("haystack-ai>=3", "transformers-haystack>=2", "sentence-transformers-haystack>=2")
TXTAI = ("txtai>=9",)
QUIET = {"HAYSTACK_TELEMETRY_ENABLED": "False", "HF_HUB_OFFLINE": "1"}


class Rival:
    """A program that answers a line with a line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None and process.stdout is not None
        self._requests, self._replies = process.stdin, process.stdout

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The reply to one request; RuntimeError if the program has ended."""
        print(json.dumps(request), file=self._requests, flush=True)
        return self.reply()

    def reply(self) -> dict[str, Any]:
        """The next line it says; RuntimeError if it has ended."""
        line = self._replies.readline()
        if not line:
            raise RuntimeError("the program ended without a reply")
        reply: dict[str, Any] = json.loads(line)
        return reply


def environment(folder: Path, packages: Sequence[str]) -> Path:
    """The interpreter of a virtual environment, made with these packages where it is missing.

    It sees the packages of this one, so that torch and transformers are the same for all.

    Raises:
        subprocess.CalledProcessError: they cannot be installed.
    """
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        inner = sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)})
        (Path(inner) / "outer.pth").write_text(sysconfig.get_path("purelib") + "\n")
        install = [str(python), "-m", "pip", "install", "--quiet", *packages]
        subprocess.run(install, check=True, stdout=subprocess.DEVNULL)
    return python


@contextmanager
def rival(
    name: str, env: Path, packages: Sequence[str], words: Sequence[str]
) -> Iterator[Rival | None]:
    """A program started in its environment, after its first line; None, with a line, if it fails.

    Args:
        name: for messages.
        env: folder of its environment.
        packages: installed where the environment is missing.
        words: script and arguments.
    """
    try:
        command = [str(environment(env, packages)), *words]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, env=os.environ | QUIET,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"without {name}: its environment could not be made: {error}", file=sys.stderr)
        yield None
        return
    with process:
        other = Rival(process)
        try:
            other.reply()
        except RuntimeError:
            print(f"without {name}: run  {' '.join(command)}  to see why", file=sys.stderr)
            yield None
            return
        yield other
        assert process.stdin is not None
        process.stdin.close()
