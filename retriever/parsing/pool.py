"""The processes that parse, seen from outside: started, asked, watched, kept warm, killed.

Knows frames and deadlines; what a job means is the business of who asks.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from retriever.parsing.wire import Job, Result, read_frame

ALARM = 14  # SIGALRM wherever there is one; here also for a process that was killed for its time
_GRACE_S = 5.0  # a process that its own alarm did not end is killed after this
_POLL_S = 0.1
_IDLE_HOSTS = 4
_PICTURE_BYTES = 64 << 20
_KEPT_ENVIRONMENT = (
    "PATH", "LANG", "LC_", "TMP", "TEMP", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_", "PYTHON",
    "TESSDATA",
)  # fmt: skip


class ParsingCancelled(Exception):
    """Whoever asked for a file to be parsed no longer wants it."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Who follows a job: told the part that is done (0 to 1), asked whether to go on."""

    progress: Callable[[float], None] | None = None
    is_cancelled: Callable[[], bool] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """How a job ended: its result, or else the signal that ended its process (0: none).

    ``peak_bytes`` of memory and ``cpu_s`` of processor time are 0 where they are not known.
    """

    result: Result | None
    signal_number: int = 0
    peak_bytes: int = 0
    cpu_s: float = 0.0


def ask(job: Job, watch: Watch) -> Answer:
    """Do a job in another process.

    Raises:
        ParsingCancelled: the watch said so.
        ValueError: the process sent what is no answer.
    """
    for _ in range(2):  # a process that waited for work may have been ended by anybody
        with _borrowed_host() as host:
            answer = host.ask(job, watch)
        if answer is not None:
            return answer
    return Answer(None)


class Host:
    """One process that parses, one job at a time."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "retriever.parsing.host"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment(),
            start_new_session=True,
        )  # fmt: skip
        self._worker = 0  # the fork that has the job; 0: none has
        self._max_bytes = 0
        self._frames: queue.SimpleQueue[tuple[bytes, bytes] | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, name="parsing", daemon=True).start()

    def _read(self) -> None:
        """Frames as they come; None at the end of the process, or of sense in what it says."""
        stream = self.process.stdout
        assert stream is not None, "standard output is a pipe"
        with contextlib.suppress(ValueError, OSError, MemoryError), stream:
            while frame := read_frame(stream, lambda: self._max_bytes):
                self._frames.put(frame)
        self._frames.put(None)

    def ask(self, job: Job, watch: Watch) -> Answer | None:
        """A job's answer; None when this process is gone. Raises as ``ask`` of the module."""
        self._max_bytes = 4 * job.limits.max_chars + _PICTURE_BYTES
        stream = self.process.stdin
        assert stream is not None, "standard input is a pipe"
        try:
            stream.write(job.line())
            stream.flush()
            return self._answer(job.limits.max_wall_s + _GRACE_S, watch)
        except (BrokenPipeError, EOFError):
            self.kill()
            return None
        except TimeoutError:
            self.kill()
            return Answer(None, ALARM)
        except BaseException:
            self.kill()
            raise

    def _answer(self, patience_s: float, watch: Watch) -> Answer:
        result: Result | None = None
        while True:
            kind, body = self._frame(patience_s, watch)
            if kind == b"S":
                self._worker = int(body)
            elif kind == b"P" and watch.progress:
                watch.progress(min(1.0, max(0.0, float(body))))
            elif kind == b"R":
                result = Result.unpack(body)
            elif kind == b"E":
                self._worker = 0  # from here on its number may become somebody else's
                return _answer_of(result, Result.unpack(body).values)

    def _frame(self, patience_s: float, watch: Watch) -> tuple[bytes, bytes]:
        """The next frame, asking on the way whether it is still wanted.

        Raises:
            TimeoutError: none came in time.
            EOFError: the process has ended.
        """
        deadline_s = time.monotonic() + patience_s
        while time.monotonic() < deadline_s:
            try:
                frame = self._frames.get(timeout=_POLL_S)
            except queue.Empty:
                if watch.is_cancelled and watch.is_cancelled():
                    raise ParsingCancelled from None
                continue
            if frame is None:
                raise EOFError
            return frame
        raise TimeoutError

    @property
    def is_alive(self) -> bool:
        """Whether it can take another job."""
        return self.process.poll() is None

    def kill(self) -> None:
        """End it and what it forked."""
        if self._worker and os.name == "posix" and self.is_alive:
            with contextlib.suppress(OSError):
                os.killpg(self._worker, signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        if self.process.stdin:
            with contextlib.suppress(OSError):
                self.process.stdin.close()


_idle: dict[int, list[Host]] = {}  # by the process that started them: a fork has none
_guard = threading.Lock()


def _answer_of(result: Result | None, end: Mapping[str, object]) -> Answer:
    signal_number, peak_bytes, cpu_s = (
        end.get(key, 0) for key in ("signal", "peak_bytes", "cpu_s")
    )
    if not isinstance(signal_number, int) or not isinstance(peak_bytes, int):
        raise ValueError(f"signal and peak_bytes must be whole numbers, got {end}")
    if not isinstance(cpu_s, int | float):
        raise ValueError(f"cpu_s must be a number, got {end}")
    return Answer(result, signal_number, peak_bytes, float(cpu_s))


@contextmanager
def _borrowed_host() -> Iterator[Host]:
    """A process that waits for work, kept for the next job when it outlives this one."""
    with _guard:
        mine = _idle.setdefault(os.getpid(), [])
        host = mine.pop() if mine else None
    if host is not None and not host.is_alive:
        host.kill()  # lets go of its pipes
        host = None
    host = host or Host()
    yield host
    with _guard:
        if host.is_alive and len(mine) < _IDLE_HOSTS:
            mine.append(host)
            return
    host.kill()


@atexit.register
def close() -> None:
    """End the processes that wait for work; the next file starts new ones."""
    with _guard:
        hosts = _idle.pop(os.getpid(), [])
    for host in hosts:
        host.kill()


def _environment() -> dict[str, str]:
    """What a parser may know of this process: where programs are and how people write."""
    kept = {key: os.environ[key] for key in os.environ if key.startswith(_KEPT_ENVIRONMENT)}
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OMP_THREAD_LIMIT"), "1")
    return kept | threads | {"PYTHONPATH": os.pathsep.join(map(os.path.abspath, paths))}
