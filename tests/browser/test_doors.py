"""What the server gives to somebody who does not use the page: nothing private."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

pytestmark = pytest.mark.browser


def get(url: str) -> tuple[int, str]:
    try:
        with urlopen(url, timeout=60) as answer:
            return answer.status, answer.read().decode("utf-8", "replace")
    except HTTPError as error:
        return error.code, error.read().decode("utf-8", "replace")


def post(url: str, body: dict[str, Any]) -> tuple[int, str]:
    request = Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    return get_request(request)


def get_request(request: Request) -> tuple[int, str]:
    try:
        with urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode("utf-8", "replace")
    except HTTPError as error:
        return error.code, error.read().decode("utf-8", "replace")


def test_only_the_doors_for_programs_are_listed(address: str) -> None:
    status, text = get(f"{address}gradio_api/info")
    assert status == 200
    listed = json.loads(text)
    doors = {"visit", "ask", "search", "add", "documents", "remove"}
    doors |= {"make_collection", "remove_collection"}
    assert {name.strip("/") for name in listed["named_endpoints"]} == doors
    assert listed["unnamed_endpoints"] == {}


def test_the_home_cannot_be_fetched(address: str, home: Path) -> None:
    for file in ("visitors.key", "library.db"):
        assert (home / file).is_file()
        status, text = get(f"{address}gradio_api/file={home / file}")
        assert status in (403, 404)
        assert "SQLite" not in text


def test_a_path_on_the_server_is_no_upload(address: str, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("not yours")
    config = json.loads(get(f"{address}config")[1])
    targets = {one["id"]: [name for _, name in one["targets"]] for one in config["dependencies"]}
    event_id = next(number for number, names in targets.items() if "upload" in names)
    file = {"path": str(outside), "orig_name": "outside.txt", "meta": {"_type": "gradio.FileData"}}
    body = {
        "fn_index": event_id,
        "data": [[file], ["outside.txt"], "A" * 43, None],
        "session_hash": "forged",
    }
    status, _ = post(f"{address}gradio_api/queue/join", body)
    if status == 200:
        with urlopen(f"{address}gradio_api/queue/data?session_hash=forged", timeout=60) as events:
            told = next(line.decode() for line in events if b"process_completed" in line)
        assert '"success":false' in told.replace(" ", "")
    assert outside.read_text() == "not yours"
