"""Parts of files are slices that together are the file; what is no text is named, not dropped."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader import texts
from reader.texts import (
    MOST_PART_CHARS,
    PART_CHARS,
    Part,
    Question,
    Skipped,
    paragraph,
    part_end,
    read_questions,
    read_texts,
)


def parts_of(*paths: Path) -> list[Part]:
    found = list(read_texts(map(str, paths)))
    assert all(isinstance(one, Part) for one in found), found
    return [one for one in found if isinstance(one, Part)]


def skipped_of(*paths: Path) -> list[Skipped]:
    return [one for one in read_texts(map(str, paths)) if isinstance(one, Skipped)]


PIECES = st.sampled_from(
    ["word ", "\n", "\n\n", "\r\n \r\n", "é" * 90, "x" * 1500, "字" * 700, " "]
)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_the_parts_together_are_the_text(text: str) -> None:
    parts, start = [], 0
    while start < len(text):
        end = part_end(text[start:])
        assert 0 < end <= MOST_PART_CHARS
        parts.append(text[start : start + end])
        start += end
    assert "".join(parts) == text


@pytest.mark.parametrize("block_bytes", [1, 7, 4096])
def test_blocks_do_not_show(
    block_bytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "Ein Käse, 字 und 🧀.\r\n\r\n" * 90 + "x" * 5000 + " y\n" * 900
    path = tmp_path / "long.txt"
    path.write_bytes(text.encode())
    whole = parts_of(path)
    monkeypatch.setattr(texts, "BLOCK_BYTES", block_bytes)
    assert parts_of(path) == whole
    assert "".join(part.text for part in whole) == text
    assert all(text[p.char_start :].startswith(p.text) for p in whole)
    assert len(whole) == 4


def test_paragraphs_stay_whole_and_short_ones_together() -> None:
    short, long = "a " * 200 + "\n\n", "b " * 1000 + "\n\n"  # 402 and 2,002 characters
    assert part_end(short * 5) == 2 * len(short) <= PART_CHARS
    assert part_end(short + long + short) == len(short)
    assert part_end(long + short) == len(long)
    assert part_end("c " * 1900) == 3800  # one paragraph, whole
    assert part_end("line\n" * 2000) == MOST_PART_CHARS  # cut at a line's end
    assert part_end("d" * 9000) == MOST_PART_CHARS


def test_a_byte_order_mark_is_no_character(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfWer?\r\n")
    assert parts_of(tmp_path / "a.txt") == [Part(str(tmp_path / "a.txt"), "Wer?\r\n", 0)]


def test_an_empty_file_is_an_empty_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    assert [part.text for part in parts_of(tmp_path)] == [""]


@pytest.mark.parametrize(
    "content, reason",
    [
        ("zu spät".encode("latin-1"), "invalid continuation byte at byte 5"),
        (b"\xef\xbb\xbf" + b"ok " * 40_000 + b"\xff", "at byte 120003"),
        (b"cut \xe5\xad", "unexpected end of data at byte 4"),
        ("Wer?".encode("utf-16"), "iconv -f UTF-16"),
        (b"GIF89a\0\0", "NUL"),
    ],
)
def test_what_is_not_text_is_named(content: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(content)
    (named,) = read_texts([str(tmp_path / "x.bin")])
    (below,) = read_texts([str(tmp_path)])
    assert isinstance(named, Skipped)
    assert isinstance(below, Skipped)
    assert reason in named.reason
    assert reason in below.reason
    assert (named.failure, below.failure) == (True, False)


def test_folders_are_walked_by_name_without_what_is_hidden(tmp_path: Path) -> None:
    for name in ("b/2.txt", "b/1.txt", "c.txt", ".git/x", "b/.hidden", "a/deep/er.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    assert [p.text for p in parts_of(tmp_path)] == ["c.txt", "a/deep/er.md", "b/1.txt", "b/2.txt"]


def test_what_is_missing_or_no_file_is_named(tmp_path: Path) -> None:
    (missing,) = skipped_of(tmp_path / "no.txt")
    assert (missing.reason, missing.failure) == ("No such file or directory", True)
    (tmp_path / "gone").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")  # reading it would wait for ever
    assert [Path(one.name).name for one in skipped_of(tmp_path)] == ["gone", "loop", "pipe"]


def test_a_stream_is_read_like_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("Käse\r\n".encode())))
    assert list(read_texts(["-"])) == [Part("-", "Käse\r\n", 0)]


def test_a_pipe_is_read_like_a_file() -> None:
    out, into = os.pipe()
    os.write(into, "Käse".encode())
    os.close(into)
    assert [part.text for part in parts_of(Path(f"/dev/fd/{out}"))] == ["Käse"]
    os.close(out)


def test_a_paragraph_lies_between_empty_lines() -> None:
    text = "One.\r\n\r\nTwo\nlines.\n \t\nThree."
    start = text.index("lines")
    assert paragraph(text, start, start + 5) == "Two\nlines."
    assert paragraph(text, 0, 3) == "One.\r"
    assert paragraph(text, len(text) - 1, len(text)) == "Three."


def test_questions_a_line_or_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "q.txt"
    path.write_bytes(
        b'\xef\xbb\xbfWho?\r\n\n  {"id": 3, "question": "When?"}\nWh\xff?\n{bad\n{"q": "Why?"}\n'
        b'{"question": " "}\n{"question": "\\ud800?"}\n{"question": ' + b"[" * 100_000
    )
    found = list(read_questions(str(path)))
    assert found[:3] == [Question("Who?"), Question("When?", 3), Question("Wh\ufffd?")]
    assert found[6] == Question("??")  # half a character
    wrong = [one for one in found if isinstance(one, Skipped)]
    assert [one.name.split(", ")[1] for one in wrong] == [f"line {n}" for n in (5, 6, 7, 9)]
    assert "expected" in wrong[1].reason
