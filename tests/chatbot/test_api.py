"""The doors for programs, over a real server: HTTP, gradio_client, MCP, health and metrics."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, ListToolsResult

from tests.served import served

SECRET = "a secret for Prometheus"
LETTER = "The password of the vault in Zug is tangerine. Only Odile Ferrand knows it."
QUESTION = "What is the password of the vault in Zug?"
TOOLS = {
    *("ask", "search", "add", "documents", "remove"),
    *("make_collection", "remove_collection"),
}
PATIENCE_S = 300


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("api")
    with served(
        folder / "home",
        folder / "log",
        "--max-file-mb",
        "1",
        QUOTH_METRICS_TOKEN=SECRET,
        GRADIO_TEMP_DIR=str(folder / "uploads"),
    ) as found:
        yield found


class Caller:
    """Somebody with a token of their own."""

    def __init__(self, address: str) -> None:
        self.http = httpx.Client(base_url=address, timeout=PATIENCE_S)
        self.token = str(self.post("visit").json()["token"])
        self.http.headers["X-Quoth-Token"] = self.token

    def post(self, call: str, **arguments: object) -> httpx.Response:
        return self.http.post(f"/api/{call}", json=arguments)

    def got(self, call: str, **arguments: object) -> Any:
        response = self.post(call, **arguments)
        assert response.status_code == 200, response.text
        return response.json()

    def refused(self, call: str, **arguments: object) -> tuple[int, str]:
        response = self.post(call, **arguments)
        fields = response.json()
        assert fields.keys() == {"error", "kind"}
        assert fields["error"]
        return response.status_code, fields["kind"]


@pytest.fixture
def caller(address: str) -> Iterator[Caller]:
    found = Caller(address)
    yield found
    found.http.close()


other = caller  # a second one, for tests of two


def test_what_is_added_is_asked_listed_and_removed(caller: Caller, other: Caller) -> None:
    added = caller.got("add", name="vault.txt", text=LETTER)
    assert (added["document"], added["state"], added["done"]) == ("vault.txt", "indexed", True)
    reply = caller.got("ask", question=QUESTION)
    assert reply["answer"] == "tangerine"
    assert LETTER[reply["char_start"] : reply["char_end"]] == "tangerine"
    (passage,) = caller.got("search", question=QUESTION, k=5, with_shared=False)
    assert passage["text"] == LETTER

    assert other.got("ask", question=QUESTION)["answer"] != "tangerine"
    assert other.got("search", question=QUESTION, with_shared=False) == []
    listed = other.got("documents")["documents"]
    assert all(document["shared"] for document in listed)
    assert other.refused("remove", document_id=added["document_id"]) == (404, "not_found")

    own = [one for one in caller.got("documents")["documents"] if not one["shared"]]
    assert [one["document_id"] for one in own] == [added["document_id"]]
    assert caller.got("remove", document_id=added["document_id"])["document"] == "vault.txt"
    assert caller.got("search", question=QUESTION, with_shared=False) == []


def test_an_uploaded_file_is_taken_in_under_its_name(caller: Caller) -> None:
    upload = caller.http.post("/gradio_api/upload", files={"files": ("zug.md", LETTER.encode())})
    (path,) = upload.json()
    assert caller.got("add", file=path)["document"] == "zug.md"
    assert not Path(path).exists()
    broken = caller.http.post("/gradio_api/upload", files={"files": ("x.pdf", b"%PDF-1.4 no")})
    failed = caller.got("add", file=broken.json()[0])
    assert (failed["state"], failed["done"]) == ("broken", True)
    assert failed["reason"]


def test_what_is_over_a_limit_is_refused(caller: Caller) -> None:
    assert caller.refused("add", name="a.txt", text="x " * 600_000) == (429, "limit")
    assert caller.refused("ask", question="x" * 501) == (429, "limit")
    big = {"files": ("big.txt", b"x" * (2 << 20))}
    assert caller.http.post("/gradio_api/upload", files=big).status_code == 413
    assert caller.http.post("/gradio_api/upload", data={"files": "none"}).status_code == 400


@pytest.mark.parametrize("path", ["/gradio_api/queue/join", "/gradio_api/call/ask", "/api/visit"])
def test_no_body_is_held_that_is_larger_than_any_need(caller: Caller, path: str) -> None:
    large = b" " * (4 << 20)
    json_type = {"content-type": "application/json"}
    assert caller.http.post(path, content=large, headers=json_type).status_code == 413
    unsized = iter([large[: 1 << 20]] * 4)
    told = caller.http.post(path, content=unsized, headers=json_type)
    assert told.status_code == (429 if path == "/api/visit" else 413)


@pytest.mark.parametrize(
    "path",
    ["process_recording", "deep_link", "vibe-code", "run-history/connect", "component_server"],
)
def test_what_the_page_does_not_use_is_shut(caller: Caller, path: str) -> None:
    for method in ("GET", "POST"):
        assert caller.http.request(method, f"/gradio_api/{path}").status_code == 404
    assert caller.http.get("/monitoring/summary").status_code == 404


def test_odd_numbers_and_names_are_no_faults(caller: Caller) -> None:
    for number in (10**30, -(10**30), -1, 0):
        assert caller.refused("remove", document_id=number) == (404, "not_found")
    odd = b'{"name": "a\\ud800\\u0000\\u202eb"}'
    assert caller.http.post("/api/make_collection", content=odd).json()["collection"] == "a b"
    half = caller.http.post("/api/make_collection", content=b'{"name": "\\ud800"}')
    assert half.json()["kind"] == "invalid"


@pytest.mark.parametrize(
    "call, arguments",
    [
        ("ask", {}),
        ("ask", {"question": " "}),
        ("ask", {"question": ["When?"]}),
        ("ask", {"question": "When?", "with_shared": 1}),
        ("ask", {"question": "When?", "token": "mine"}),
        ("search", {"question": "When?", "k": 0}),
        ("search", {"question": "When?", "k": True}),
        ("search", {"question": "When?", "k": 51}),
        ("add", {}),
        ("add", {"name": "a.txt", "text": "a", "file": "b"}),
        ("add", {"name": 1, "text": "a"}),
        ("add", {"name": "a.txt", "text": "a", "wait_s": 1e9}),
        ("add", {"file": "/etc/passwd"}),
        ("add", {"file": {"path": "/etc/passwd"}}),
        ("add", {"file": "a\0b"}),
        ("add", {"file": 7}),
        ("remove", {"document_id": "1"}),
        ("ask", {"question": "When?", "collection": 1}),
        ("make_collection", {"name": " "}),
        ("make_collection", {"name": ["a"]}),
        ("remove_collection", {}),
    ],
    ids=str,
)
def test_a_wrong_argument_is_named(caller: Caller, call: str, arguments: dict[str, Any]) -> None:
    assert caller.refused(call, **arguments) == (400, "invalid")


def test_a_collection_is_named_by_its_id_or_its_name(caller: Caller, other: Caller) -> None:
    made = caller.got("make_collection", name=" Travel ")
    assert made == {"collection": "Travel", "collection_id": made["collection_id"], "shared": False}
    assert caller.got("make_collection", name="travel") == made
    added = caller.got("add", name="vault.txt", text=LETTER, collection="travel")
    caller.got("add", name="bell.txt", text="Snow fell on the bell tower in March.")
    for named in (made["collection_id"], "Travel", "TRAVEL"):
        inside = caller.got("documents", collection=named)
        assert [one["document"] for one in inside["documents"]] == ["vault.txt"]
        assert caller.got("ask", question=QUESTION, collection=named)["answer"] == "tangerine"
        (passage,) = caller.got("search", question=QUESTION, collection=named)
        assert passage["document_id"] == added["document_id"]
    every = caller.got("documents")
    assert made in every["collections"]
    own = {one["document"]: one["collection"] for one in every["documents"] if not one["shared"]}
    assert own == {"vault.txt": "Travel", "bell.txt": ""}

    shared = [one for one in every["collections"] if one["shared"]]
    assert {"collection": "samples", "collection_id": "samples", "shared": True} in shared
    samples = caller.got("documents", collection="samples")["documents"]
    assert samples
    assert all(one["shared"] and one["collection_id"] == "samples" for one in samples)
    lit = caller.got("ask", question="When was the lamp lit?", collection="samples")
    assert lit["document"] == "harrow-point-light.pdf"
    refused = caller.refused("add", name="a.txt", text="Mine.", collection="samples")
    assert refused == (404, "not_found")

    bell = next(one for one in every["documents"] if one["document"] == "bell.txt")
    elsewhere = {"document_id": bell["document_id"], "collection": "Travel"}
    assert caller.refused("remove", **elsewhere) == (404, "not_found")
    caller.got("remove", document_id=added["document_id"], collection="Travel")
    assert caller.got("documents", collection="Travel")["documents"] == []
    assert caller.got("remove_collection", collection="Travel") == made
    assert made not in caller.got("documents")["collections"]


def test_anothers_collection_is_like_none(caller: Caller, other: Caller) -> None:
    made = caller.got("make_collection", name="Secret papers")
    added = caller.got("add", name="vault.txt", text=LETTER, collection="Secret papers")
    assert made not in other.got("documents")["collections"]
    for named in (made["collection_id"], "Secret papers", "no such", "library.db", "../x"):
        for call, arguments in (
            ("ask", {"question": QUESTION}),
            ("search", {"question": QUESTION}),
            ("add", {"name": "forged.txt", "text": "The forger was here."}),
            ("documents", {}),
            ("remove", {"document_id": added["document_id"]}),
            ("remove_collection", {}),
        ):
            told = other.post(call, **arguments, collection=named)
            assert told.json() == {"error": "no such collection of yours", "kind": "not_found"}
            assert told.status_code == 404
    for named in ("", "samples"):
        assert caller.refused("remove_collection", collection=named) == (404, "not_found")
    assert [
        one["document"] for one in caller.got("documents", collection="Secret papers")["documents"]
    ] == ["vault.txt"]
    for n in range(49):
        caller.got("make_collection", name=f"Number {n}")
    assert caller.refused("make_collection", name="One more") == (429, "limit")


def test_no_token_no_call_no_json(caller: Caller) -> None:
    assert caller.refused("forget") == (404, "not_found")
    for body in ("{", "[]", "[" * 100_000):
        assert caller.http.post("/api/ask", content=body).json()["kind"] == "invalid"
    assert caller.http.get("/api/ask").status_code == 405
    for token in ("", "a", "ä" * 43):
        caller.http.headers = httpx.Headers({"X-Quoth-Token": token}, encoding="utf-8")
        for call, arguments in (
            ("ask", {"question": "When?"}),
            ("search", {"question": "When?"}),
            ("add", {"text": "a"}),
            ("documents", {}),
            ("remove", {"document_id": 1}),
            ("make_collection", {"name": "a"}),
            ("remove_collection", {"collection": "a"}),
        ):
            assert caller.refused(call, **arguments) == (401, "no_token")


def test_gradio_client_sees_the_calls_and_nothing_of_the_page(caller: Caller, address: str) -> None:
    client = Client(address, verbose=False, headers={"X-Quoth-Token": caller.token})
    shown = client.view_api(return_format="dict", print_info=False)
    assert shown is not None
    assert set(shown["named_endpoints"]) == {f"/{name}" for name in (*TOOLS, "visit")}
    assert shown["unnamed_endpoints"] == {}
    made = client.predict(name="Vaults", api_name="/make_collection")
    within = {"collection": made["collection"]}
    client.predict(name="vault.txt", text=LETTER, **within, api_name="/add")
    assert client.predict(QUESTION, api_name="/ask") == caller.got("ask", question=QUESTION)
    asked = client.predict(QUESTION, **within, api_name="/ask")
    assert asked == caller.got("ask", question=QUESTION, **within)
    with pytest.raises(AppError, match="no such collection"):
        client.predict(collection="Elsewhere", api_name="/documents")
    assert client.predict("Vaults", api_name="/remove_collection") == made
    with pytest.raises(AppError) as refused:
        client.predict("", api_name="/ask")
    assert refused.value.title == "invalid"
    with pytest.raises(AppError) as stranger:
        Client(address, verbose=False).predict("When?", api_name="/ask")
    assert stranger.value.title == "no_token"


def test_the_queue_cannot_be_passed_by(caller: Caller) -> None:
    """Gradio would run any event at once when it is posted to directly."""
    config = caller.http.get("/config").json()
    queued = [one["id"] for one in config["dependencies"] if one["queue"]]
    assert queued
    for index in queued:
        body = {"data": [], "fn_index": index, "session_hash": "s"}
        assert caller.http.post("/gradio_api/run/any", json=body).status_code == 404


def test_an_assistant_has_every_call_but_the_visit(caller: Caller, address: str) -> None:
    caller.got("add", name="vault.txt", text=LETTER)
    listed, answer, failed, unknown = asyncio.run(_assist(address, caller.token))
    assert {tool.name for tool in listed.tools} == TOOLS
    assert all(tool.description and tool.outputSchema for tool in listed.tools)
    assert answer.structuredContent == caller.got("ask", question=QUESTION)
    assert failed.isError
    assert "invalid: expected a question" in failed.content[0].text  # type: ignore[union-attr]
    assert unknown.content[0].text.endswith(  # type: ignore[union-attr]
        "not_found: no such collection of yours"
    )


async def _assist(
    address: str, token: str
) -> tuple[ListToolsResult, CallToolResult, CallToolResult, CallToolResult]:
    headers = {"X-Quoth-Token": token}
    async with (
        httpx.AsyncClient(headers=headers, timeout=PATIENCE_S) as http,
        streamable_http_client(f"{address}/mcp/", http_client=http) as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        return (
            await session.list_tools(),
            await session.call_tool("ask", {"question": QUESTION}),
            await session.call_tool("ask", {"question": ""}),
            await session.call_tool("ask", {"question": QUESTION, "collection": "no such"}),
        )


def test_health_is_open_and_metrics_ask_for_their_secret(caller: Caller) -> None:
    health = caller.http.get("/health")
    assert (health.status_code, health.json()["ok"]) == (200, True)
    assert caller.http.get("/metrics").status_code == 401
    wrong = {"authorization": f"Bearer {caller.token}"}
    assert caller.http.get("/metrics", headers=wrong).status_code == 401
    before = _metrics(caller)
    caller.got("ask", question="Who won the World Cup of 1998?")
    after = _metrics(caller)
    questions = 'quoth_questions_total{outcome="abstained"}'
    assert after[questions] == before[questions] + 1
    assert after["quoth_answer_seconds_count"] == before["quoth_answer_seconds_count"] + 1
    assert after['quoth_documents{state="indexed"}'] >= 6
    assert after["quoth_visitors_active"] >= 1
    assert after["process_resident_memory_bytes"] > 0


def _metrics(caller: Caller) -> dict[str, float]:
    response = caller.http.get("/metrics", headers={"authorization": f"Bearer {SECRET}"})
    assert response.headers["content-type"].startswith("text/plain; version=")
    assert caller.token not in response.text
    assert "visitor-" not in response.text
    lines = [line for line in response.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line)}


def blocks(page: Path, language: str) -> str:
    """A page's code in one language, in order."""
    found = re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)
    assert found
    return "\n".join(found)


def test_the_documented_shell_runs(address: str, repo_root: Path) -> None:
    script = blocks(repo_root / "docs" / "api.md", "sh").replace("http://127.0.0.1:7860", address)
    script = script.replace("curl -s ", "curl -sS --fail-with-body -w '\\n' ")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=repo_root, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert records[1]["answer"] == "Mette Holm"
    assert records[-2]["document"] == "harrow-point-light.pdf"
    assert records[-1]["ok"]


def test_the_documented_python_runs(address: str, repo_root: Path) -> None:
    code = blocks(repo_root / "docs" / "api.md", "python")
    done = subprocess.run(
        [sys.executable, "-c", code.replace("http://127.0.0.1:7860", address)],
        cwd=repo_root,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first.startswith("Samir Rahman repair-cafe-minutes.docx ")
    assert second == "Samir Rahman"
