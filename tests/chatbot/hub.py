"""A hub of one Space on this machine: as much of Hugging Face's HTTP calls as an upload needs.

Keeps what was sent; decides nothing about it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

OID = "a" * 40


@dataclass
class Hub:
    """What the Space holds, and how it was made.

    Attributes:
        address: of the server.
        made: what was said when the Space was made or found.
        files: contents by path, of files that came inside a commit.
        large: SHA-256 by path, of files that came through LFS.
        stored: contents by SHA-256.
    """

    address: str = ""
    made: dict[str, Any] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    large: dict[str, str] = field(default_factory=dict)
    stored: dict[str, bytes] = field(default_factory=dict)

    def commit(self, lines: list[dict[str, Any]]) -> None:
        """Take in one commit."""
        for line in lines:
            value = line["value"]
            match line["key"]:
                case "file":
                    self.files[value["path"]] = base64.b64decode(value["content"])
                case "lfsFile":
                    self.large[value["path"]] = value["oid"]
                case "deletedFile":
                    self.files.pop(value["path"])

    def answer(self, path: str, body: bytes) -> dict[str, Any] | list[dict[str, Any]]:
        """What the hub replies to a call."""
        if path.endswith("/repos/create"):
            self.made = json.loads(body)
            return {"url": f"{self.address}/spaces/{self.made['organization']}/quoth"}
        if "/preupload/" in path:
            asked = json.loads(body)["files"]
            modes = {True: "lfs", False: "regular"}
            large = (".safetensors", ".onnx", ".pdf", ".docx", ".xlsx")
            files = [
                {"path": f["path"], "uploadMode": modes[f["path"].endswith(large)]} for f in asked
            ]
            return {"files": [{**one, "shouldIgnore": False, "oid": None} for one in files]}
        if path.endswith("/objects/batch"):
            to = f"{self.address}/lfs/"
            objects = [
                {**one, "actions": {"upload": {"href": to + one["oid"], "header": {}}}}
                for one in json.loads(body)["objects"]
            ]
            return {"transfer": "basic", "objects": objects}
        if "/commit/" in path:
            self.commit([json.loads(line) for line in body.splitlines()])
            return {"success": True, "commitOid": OID, "commitUrl": f"{self.address}/c/{OID}"}
        if "/tree/" in path:
            names = [*self.files, *self.large]
            return [{"type": "file", "path": name, "size": 1, "oid": OID} for name in names]
        return {"id": "ada/quoth", "sha": OID, "siblings": [], "private": False}


@contextmanager
def hub_here() -> Iterator[Hub]:
    """A hub that serves while the block runs."""
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def body(self) -> bytes:
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        def reply(self, told: object) -> None:
            sent = json.dumps(told).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def do_GET(self) -> None:
            self.reply(hub.answer(self.path.split("?")[0], b""))

        def do_POST(self) -> None:
            self.reply(hub.answer(self.path.split("?")[0], self.body()))

        def do_PUT(self) -> None:
            hub.stored[self.path.rsplit("/", 1)[1]] = self.body()
            self.reply({})

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.address = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
