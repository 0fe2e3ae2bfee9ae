"""Zip archives: every file under a safe label, and a reason for each that cannot be had."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from retriever.parsing.archive import ArchiveLimits, Listing, Member, listing, members
from retriever.parsing.limits import ParseLimits
from retriever.parsing.sniff import is_archive
from retriever.types import State, UnreadableFile
from tests.retriever.test_parsing_states import office_bytes


def zip_of(
    files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED, flags: int = 0, mode: int = 0
) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type, info.external_attr = method, mode << 16
            archive.writestr(info, data)
            info.flag_bits |= flags
    return stream.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where members lie; nothing may be left in it or written beside it."""
    (tmp_path / "in").mkdir()
    yield tmp_path / "in"
    assert list((tmp_path / "in").iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} == {"in", "a.zip"}


def read(data: bytes, folder: Path, limits: ArchiveLimits | None = None) -> dict[str, object]:
    """Bytes, or state and reason, by label."""
    (folder.parent / "a.zip").write_bytes(data)
    found: dict[str, object] = {}
    for member in members(folder.parent / "a.zip", folder, limits):
        found[member.name] = outcome(member)
    return found


def outcome(member: Member) -> object:
    if member.failure:
        return (member.failure.state, member.failure.reason)
    assert member.path is not None and member.path.parent.name == "in"
    return member.path.read_bytes()


def test_files_come_in_order_without_litter(folder: Path) -> None:
    data = zip_of({
        "b.txt": b"two", "notes/": b"", "notes/a.txt": b"one", "__MACOSX/notes/._a.txt": b"x",
        "notes/.DS_Store": b"x", "notes/._b": b"x", "notes/~$a.docx": b"x", "empty.txt": b"",
    })  # fmt: skip
    assert list(read(data, folder).items()) == [
        ("b.txt", b"two"), ("notes/a.txt", b"one"), ("empty.txt", b"")
    ]  # fmt: skip


def test_a_folder_called_like_one_of_office_makes_no_office_file(folder: Path) -> None:
    data = zip_of({"word/essay.txt": b"one"})
    assert read(data, folder) == {"word/essay.txt": b"one"}
    assert is_archive(folder.parent / "a.zip")


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\Users\\..\\a.txt", "Users/a.txt"),
        ("//server/share/a.txt", "server/share/a.txt"),
        ("a\nb\x07.txt", "a b.txt"),
        ("../..", "a file without a name"),
        ("x" * 3000 + ".txt", "x" * 496 + ".txt"),
    ],
)
def test_a_name_is_a_label_and_never_a_path(folder: Path, name: str, label: str) -> None:
    assert read(zip_of({name: b"root"}), folder) == {label: b"root"}


def test_names_of_old_programs_are_read(folder: Path) -> None:
    name = "中国历史/第一章总结.txt".encode("gbk")
    data = zip_of({"#" * len(name): b"one"}).replace(b"#" * len(name), name)
    assert read(data, folder) == {"中国历史/第一章总结.txt": b"one"}


def test_archives_in_archives_are_opened_up_to_a_depth(folder: Path) -> None:
    word = office_bytes("docx")
    inner = zip_of({"deep.zip": zip_of({"c.txt": b"deep"}), "b.txt": b"inner"})
    found = read(zip_of({"inner.zip": inner, "a.docx": word}), folder)
    assert list(found) == ["inner.zip/deep.zip", "inner.zip/b.txt", "a.docx"]
    assert found["inner.zip/b.txt"] == b"inner"  # deep.zip goes to the parser, which refuses it
    assert found["a.docx"] == word


@pytest.mark.parametrize(
    ("data", "state", "reason"),
    [
        (zip_of({"a.txt": b"secret"}, flags=1), "encrypted", "password"),
        (zip_of({"a.txt": b"/etc/passwd"}, mode=0o120777), "unsupported", "a link"),
        (zip_of({"a.txt": b"x" * 99}, method=zipfile.ZIP_BZIP2), "unsupported", "unusual way"),
        (zip_of({"a.txt": bytes(3 << 20)}), "broken", "more than 200 times its size"),
        (zip_of({"a.txt": b"words"}, method=0).replace(b"words", b"worms"), "broken", "CRC"),
    ],
    ids=["password", "link", "method", "bomb", "damaged"],
)
def test_a_member_that_cannot_be_had_says_why(
    folder: Path, data: bytes, state: State, reason: str
) -> None:
    found = read(data, folder)["a.txt"]
    assert isinstance(found, tuple)
    assert found[0] == state and reason in found[1]


def test_one_bad_member_costs_itself_alone(folder: Path) -> None:
    data = zip_of({"a.txt": b"first", "b.txt": b"words", "c.txt": b"last"}, method=0)
    found = read(data.replace(b"words", b"worms"), folder)
    assert (found["a.txt"], found["c.txt"]) == (b"first", b"last")
    assert isinstance(found["b.txt"], tuple)


def test_an_archive_has_limits_in_all(folder: Path) -> None:
    data = zip_of({f"{place}.txt": bytes([place]) * 1000 for place in range(5)})
    limits = ArchiveLimits(max_expanded_bytes=2500)
    assert [type(found) for found in read(data, folder, limits).values()] == [
        bytes, bytes, tuple, tuple, tuple
    ]  # fmt: skip
    with pytest.raises(UnreadableFile, match="it holds 5 parts; the limit is 4"):
        read(data, folder, ArchiveLimits(max_members=4))
    limits = ArchiveLimits(parse=ParseLimits(max_bytes=999))
    assert {type(found) for found in read(data, folder, limits).values()} == {tuple}
    with pytest.raises(ValueError, match="max_depth must be above zero"):
        ArchiveLimits(max_depth=0)


def test_what_is_stated_is_not_believed(folder: Path) -> None:
    """A member that says it is small and unpacks to more."""
    data = bytearray(zip_of({"a.txt": bytes(1 << 20)}))
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<L", data, data.index(mark) + at, 10)
    found = read(bytes(data), folder)["a.txt"]
    assert isinstance(found, tuple) and found[0] == "broken"


def test_a_list_of_members_too_long_to_read_is_not_read(folder: Path) -> None:
    data = zip_of({"a.txt": b"x"})
    end = data.rindex(b"PK\x05\x06")
    padded = bytearray(data[:end] + bytes(1 << 20) + data[end:])
    struct.pack_into("<L", padded, len(padded) - 22 + 12, 1 << 20)
    with pytest.raises(UnreadableFile, match="its list of parts has 1 MB: too long"):
        read(bytes(padded), folder, ArchiveLimits(max_members=100))
    with pytest.raises(UnreadableFile, match="damaged"):
        read(data[: len(data) // 2], folder)
    with pytest.raises(UnreadableFile, match="no files in the archive"):
        read(zip_of({"folder/": b""}), folder)


def test_a_place_before_the_beginning_is_damage(folder: Path) -> None:
    data = bytearray(zip_of({"mimetype": b"application/zip", "a.txt": b"x"}))
    end = data.rindex(b"PK\x05\x06") + 16
    struct.pack_into("<L", data, end, struct.unpack_from("<L", data, end)[0] + 10)
    found = read(bytes(data), folder)
    assert {outcome[0] for outcome in found.values() if isinstance(outcome, tuple)} == {"broken"}
    assert len(found) == 2
    assert is_archive(folder.parent / "a.zip")


def test_documents_are_no_archives(tmp_path: Path) -> None:
    kinds = {"a.docx": office_bytes("docx"), "a.zip": zip_of({"a.txt": b""}), "a.txt": b"PK"}
    for name, data in kinds.items():
        (tmp_path / name).write_bytes(data)
    assert [is_archive(tmp_path / name) for name in kinds] == [False, True, False]


def test_an_archive_counts_as_what_it_lists(folder: Path) -> None:
    inner = zip_of({"deep.zip": zip_of({"c.txt": b"deep"}), "b.txt": bytes(3000)})
    deep_bytes = len(zip_of({"c.txt": b"deep"}))
    word = office_bytes("docx")
    files = {"inner.ZIP": inner, "a.docx": word, "a.txt": bytes(5000), "folder/": b""}
    path = folder.parent / "a.zip"
    path.write_bytes(zip_of(files))
    assert listing(path) == Listing(4, deep_bytes + 3000 + len(word) + 5000)
    assert len(read(zip_of(files), folder)) == 4


@pytest.mark.parametrize("data", [b"words", b"PK\x03\x04", office_bytes("docx")])
def test_what_is_no_archive_counts_as_itself(data: bytes, folder: Path) -> None:
    path = folder.parent / "a.zip"
    path.write_bytes(data)
    assert listing(path) == Listing(1, len(data))


def test_an_archive_in_an_archive_is_known_by_its_name(folder: Path) -> None:
    inner = zip_of({"b.txt": b"inner"})
    assert list(read(zip_of({"a.txt": inner}), folder)) == ["a.txt"]
    path = folder.parent / "a.zip"
    path.write_bytes(zip_of({"a.zip": inner[:-4]}))  # damaged
    assert listing(path) == Listing(1, len(inner) - 4)
