"""Parsing in a process of its own: the same results, and an end for what crashes or hangs."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from retriever.parsing import page_picture, parse, pool
from retriever.parsing.child import (
    ParsingCancelled,
    Watch,
    boxes_in_child,
    parse_in_child,
    picture_in_child,
    run,
)
from retriever.parsing.limits import ParseLimits
from retriever.parsing.wire import Job, Result, read_frame, unpack_document, write_frame
from retriever.types import UnreadableFile
from tests.retriever.marking import mark_boxes
from tests.retriever.test_parsing_pdf import BODY, write_pdf

HEAVY_HTML = "<html>" + "<p>some words and <b>more</b></p>" * 400_000


def reason_of(path: Path, **bounds: float) -> str:
    with pytest.raises(UnreadableFile) as caught:
        parse_in_child(path, limits=ParseLimits(**bounds))  # type: ignore[arg-type]
    assert caught.value.state == "broken"
    return caught.value.reason


@pytest.fixture
def heavy(tmp_path: Path) -> Path:
    """A file that takes seconds and hundreds of megabytes."""
    (tmp_path / "heavy.html").write_text(HEAVY_HTML)
    return tmp_path / "heavy.html"


def test_the_document_is_the_same_as_without_a_child(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Name,Town\nAnn,Zürich\n學者,𝒳\n")
    pdf = write_pdf(tmp_path / "a.pdf", ["First page.", "Second page."], broken=0)
    for path in (tmp_path / "a.csv", pdf, pdf):
        assert parse_in_child(path) == parse(path)
    assert parse_in_child(tmp_path / "a.csv", "b.txt") == parse(tmp_path / "a.csv", "b.txt")


def test_failures_are_the_same_as_without_a_child(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7 nothing more")
    (tmp_path / "a.txt").write_bytes(b" ")
    for name in ("a.pdf", "a.txt"):
        with pytest.raises(UnreadableFile) as here:
            parse(tmp_path / name)
        with pytest.raises(UnreadableFile) as there:
            parse_in_child(tmp_path / name)
        assert (there.value.state, there.value.reason) == (here.value.state, here.value.reason)
    with pytest.raises(FileNotFoundError):
        parse_in_child(tmp_path / "none.txt")


def test_pictures_and_boxes_are_the_same_as_without_a_child(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [BODY, BODY])
    document = parse(path)
    assert picture_in_child(path, 2, 300) == page_picture(path, 2, 300)
    start = document.text.index("copies")
    boxes = boxes_in_child(path, document, start, len(document.text) - 9)
    assert boxes == mark_boxes(path, document, start, len(document.text) - 9)
    assert {box.page_number for box in boxes} == {1, 2}
    with pytest.raises(ValueError, match="pages go from 1 to 2, got 3"):
        picture_in_child(path, 3)


@pytest.mark.skipif(os.name == "nt", reason="the system holds no limits there")
def test_a_limit_ends_the_file_and_says_which(heavy: Path, tmp_path: Path) -> None:
    assert reason_of(heavy, max_wall_s=0.2) == (
        "reading it took more than 0.2 s, the limit for one file"
    )
    assert reason_of(heavy, max_cpu_s=1) == (
        "it needs more than 1 s of processor time, the limit for one file"
    )
    (tmp_path / "a.txt").write_text("well")
    assert parse_in_child(tmp_path / "a.txt").text == "well"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds memory")
def test_memory_is_bounded(heavy: Path) -> None:
    limits = ParseLimits(max_memory_bytes=100 << 20)
    answer = run(Job("parse", str(heavy), {"name": heavy.name}, limits))
    assert answer.result is not None
    assert "more than 100 MB of memory" in answer.result.values["reason"]
    assert answer.peak_bytes < 200 << 20


def test_it_can_be_cancelled(heavy: Path) -> None:
    asked: list[float] = []

    def is_cancelled() -> bool:
        asked.append(time.monotonic())
        return len(asked) > 1

    with pytest.raises(ParsingCancelled):
        parse_in_child(heavy, watch=Watch(is_cancelled=is_cancelled))


def test_a_waiting_process_that_was_killed_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("well")
    for _ in range(2):
        assert parse_in_child(tmp_path / "a.txt").text == "well"
        for host in pool._idle[os.getpid()]:
            host.process.kill()
            host.process.wait()


@pytest.mark.skipif(os.name == "nt", reason="there are no process groups")
def test_a_process_that_waits_has_no_fork_to_be_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("well")
    assert parse_in_child(tmp_path / "a.txt").text == "well"
    killed: list[int] = []
    monkeypatch.setattr(os, "killpg", lambda group, _: killed.append(group))
    pool.close()
    assert killed == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_frames_keep_their_order_however_late_the_parent_is(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("word " * 100_000)  # more than a pipe holds
    job = Job("parse", str(tmp_path / "a.txt"), {"name": "a.txt"}, ParseLimits())
    code = (
        "import os, time\nfrom retriever.parsing import host\n"
        "real_fork = os.fork\n"
        "def fork():\n"
        "    child = real_fork()\n"
        "    time.sleep(1 if child else 0)\n"
        "    return child\n"
        "os.fork = fork\nhost.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], input=job.line(), capture_output=True)
    stream = io.BytesIO(done.stdout)
    started, given, ended = iter(lambda: read_frame(stream, lambda: 1 << 20), None)
    assert (started[0], given[0], ended[0]) == (b"S", b"R", b"E")
    document = unpack_document(Result.unpack(given[1]), "a.txt", job.limits)
    assert document == parse(tmp_path / "a.txt")


def test_a_parser_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", "classified")
    assert "classified" not in pool._environment().values()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has networks of one's own")
def test_a_parser_has_no_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = (
            "import socket\nfrom retriever.parsing.confine import leave_network\n"
            f"if not leave_network(): raise SystemExit(7)\n"
            f"socket.create_connection({server.getsockname()!r})"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    if done.returncode == 7:
        pytest.skip("this container grants no network of one's own")
    assert "Network is unreachable" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has Landlock")
def test_a_parser_sees_no_other_document(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / "other.txt").write_text("classified")
    code = (
        "import sys\nfrom pathlib import Path\nfrom retriever.parsing.landlock import hide_files\n"
        "mine, other = map(Path, sys.argv[1:])\n"
        "if not hide_files(mine): raise SystemExit(7)\n"
        "print(mine.read_text())\n"
        "for act in (other.read_text, lambda: list(other.parent.iterdir()),\n"
        "            lambda: mine.write_text('x'), lambda: mine.with_name('new').mkdir()):\n"
        "    try: print(act())\n"
        "    except PermissionError: print('denied')\n"
    )
    paths = [str(tmp_path / name) for name in ("mine.txt", "other.txt")]
    done = subprocess.run([sys.executable, "-c", code, *paths], capture_output=True, text=True)
    if done.returncode == 7:
        pytest.skip("this kernel has no Landlock")
    assert done.stdout.split() == ["mine", "denied", "denied", "denied", "denied"], done.stderr


@pytest.mark.parametrize(
    ("values", "bulk"),
    [
        ({}, b"text"),
        ({"media_type": "a", "page_starts": [1], "warnings": []}, b"text"),
        ({"media_type": "a", "page_starts": [0, 9], "warnings": []}, b"text"),
        ({"media_type": "a", "page_starts": [0, 3, 2], "warnings": []}, b"text"),
        ({"media_type": "a", "page_starts": [0], "warnings": "x"}, b"text"),
        ({"media_type": "a", "page_starts": [0], "warnings": []}, b""),
        ({"media_type": "a", "page_starts": [0], "warnings": []}, b"\xff"),
        ({"media_type": "a", "page_starts": [0], "warnings": []}, b"x" * 101),
    ],
)
def test_a_forged_document_is_refused(values: dict[str, object], bulk: bytes) -> None:
    with pytest.raises((ValueError, KeyError)):
        unpack_document(Result(values, bulk), "a", ParseLimits(max_chars=100))


def test_frames_end_where_they_should() -> None:
    stream = io.BytesIO()
    write_frame(stream, b"R", Result({"a": 1}, b"x\ny").pack())
    write_frame(stream, b"P", b"0.5")
    whole = stream.getvalue()
    stream.seek(0)
    frame = read_frame(stream, lambda: 100)
    assert frame and Result.unpack(frame[1]) == Result({"a": 1}, b"x\ny")
    assert read_frame(stream, lambda: 100) == (b"P", b"0.5")
    assert read_frame(stream, lambda: 100) is None
    assert read_frame(io.BytesIO(whole[:12]), lambda: 100) is None
    with pytest.raises(ValueError, match="the limit is 3"):
        read_frame(io.BytesIO(whole), lambda: 3)
