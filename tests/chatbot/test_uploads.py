"""Uploads over a real server: private on the disk, counted by address, half ones swept."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from chatbot.views.words_zh import CHINESE
from tests.served import served
from tests.waiting import until

FLAGS = ("--address-uploads-per-hour", "6", "--address-mb-per-hour", "3", "--max-file-mb", "1")
FOR = "x-forwarded-for"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("uploads")
    (folder / "uploads").mkdir()
    return folder


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    before = os.umask(0o000)  # a system that lets everybody read what is made
    try:
        uploads = {"GRADIO_TEMP_DIR": str(folder / "uploads")}
        with served(folder / "home", folder / "log", *FLAGS, **uploads) as address:
            yield address
    finally:
        os.umask(before)


def upload(
    address: str, n_files: int, caller: str, n_bytes: int = 10, **more: str
) -> httpx.Response:
    files = [("files", (f"{i}.txt", os.urandom(n_bytes))) for i in range(n_files)]
    return httpx.post(
        f"{address}/gradio_api/upload", files=files, headers={FOR: caller, **more}, timeout=60
    )


def test_uploads_are_private_and_the_home_as_well(address: str, folder: Path) -> None:
    (path,) = upload(address, 1, "198.51.100.1").json()
    for one in (Path(path), Path(path).parent, *(folder / "home").rglob("*"), folder / "home"):
        assert one.stat().st_mode & 0o077 == 0, one


def test_many_at_once_get_through_and_too_many_wait(address: str) -> None:
    assert len(upload(address, 6, "198.51.100.2").json()) == 6
    told = upload(address, 1, "198.51.100.2")
    assert (told.status_code, told.text) == (
        429,
        "6 files came from your address within an hour; wait 10 min.",
    )
    assert upload(address, 1, "198.51.100.3").status_code == 200
    chinese = upload(address, 1, "198.51.100.2", **{"accept-language": "zh-CN"})
    assert chinese.text == CHINESE.too_many_uploads_here.format(limit=6, count=10)


def test_what_one_request_takes_too_much_is_owed(address: str) -> None:
    assert upload(address, 9, "198.51.100.4").status_code == 200
    assert "wait 40 min" in upload(address, 1, "198.51.100.4").text


def test_sizes_are_counted_before_they_are_read(address: str) -> None:
    for _ in range(3):
        assert upload(address, 1, "198.51.100.5", 900_000).status_code == 200
    told = upload(address, 1, "198.51.100.5", 900_000)
    assert told.status_code == 429
    assert "More than 3 MB would come from your address" in told.text
    unsized = httpx.post(f"{address}/gradio_api/upload", content=iter([b"x"]))
    assert unsized.status_code == 411


def test_addresses_of_one_customer_are_one(address: str) -> None:
    for n in range(6):
        assert upload(address, 1, f"2001:db8:1:1::{n}").status_code == 200
    assert upload(address, 1, "2001:db8:1:1:ffff::1").status_code == 429
    assert upload(address, 1, "2001:db8:1:2::1").status_code == 200


def test_the_same_file_of_two_people_lies_in_two_places(address: str, folder: Path) -> None:
    paths = []
    for caller in ("198.51.100.7", "198.51.100.8"):
        files = [("files", ("handout.txt", b"The ferry leaves at nine."))]
        told = httpx.post(f"{address}/gradio_api/upload", files=files, headers={FOR: caller})
        paths.append(Path(*told.json()))
    first, second = paths
    assert first.name == second.name == "handout.txt"
    assert first.parent != second.parent
    first.unlink()
    assert second.read_text() == "The ferry leaves at nine."
    for one in paths:
        os.utime(one.parent, (0, 0))
    upload(address, 1, "198.51.100.8")
    until(lambda: not first.parent.exists())  # an empty folder is swept once the answer is out
    assert second.exists()  # one with a file is not


def test_half_an_upload_is_swept(address: str, folder: Path) -> None:
    host = urlsplit(address).netloc
    head = (
        f"POST /gradio_api/upload HTTP/1.1\r\nHost: {host}\r\n{FOR}: 198.51.100.6\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nsecret'
    )
    with socket.create_connection(host.split(":")) as connection:
        connection.sendall(head.encode())
        left = wait_for(folder, 1)
    for _ in range(20):  # what was received may still be written when the client is gone
        for path in filter(Path.exists, left):
            os.utime(path, (0, 0))
        httpx.post(f"{address}/gradio_api/upload", content=b"none")  # goes wrong, then sweeps
    assert not any(path.exists() for path in left)


def wait_for(folder: Path, n_files: int) -> list[Path]:
    for _ in range(200):
        found = list((folder / "uploads").glob("tmp*"))
        if len(found) >= n_files:
            return found
        time.sleep(0.05)
    raise AssertionError("no half upload was begun")
