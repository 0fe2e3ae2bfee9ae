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
SPACE = "/api/spaces/ada/quoth"


@dataclass
class Hub:
    """What the Space holds, and how it was made.

    Attributes:
        address: of the server.
        is_there: whether the Space is there.
        made: what was said when the Space was made or found; of one that is there nothing changes.
        volumes: what is mounted in the Space.
        variables: its variables, by name.
        files: contents by path, of files that came inside a commit.
        large: SHA-256 by path, of files that came through LFS.
        stored: contents by SHA-256.
    """

    address: str = ""
    is_there: bool = False
    made: dict[str, Any] = field(default_factory=dict)
    volumes: list[dict[str, Any]] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
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

    def make(self, said: dict[str, Any]) -> None:
        """Make the Space; one that is there stays as it is."""
        self.made = said
        if not self.is_there:
            self.is_there = True
            self.volumes = said.get("volumes", [])
            self.variables = {one["key"]: one["value"] for one in said.get("variables", [])}

    def status(self, path: str) -> int:
        """The HTTP status of the reply to a call that comes now."""
        if path.endswith("/repos/create") and self.is_there:
            return 409
        return 404 if path == SPACE and not self.is_there else 200

    def set_up(self, path: str, body: bytes) -> dict[str, Any] | None:
        """What the hub replies to calls about a Space's volumes and variables, if it is one."""
        if path.endswith("/runtime"):
            return {"stage": "RUNNING", "volumes": self.volumes or None}
        if path.endswith("/volumes"):
            self.volumes = json.loads(body)["volumes"]
            return {}
        if path.endswith("/variables"):
            said = json.loads(body)
            self.variables[said["key"]] = said["value"]
            return {key: {"value": value} for key, value in self.variables.items()}
        return None

    def answer(self, path: str, body: bytes) -> dict[str, Any] | list[dict[str, Any]]:
        """What the hub replies to a call."""
        if (told := self.set_up(path, body)) is not None:
            return told
        if path.startswith("/lfs/"):
            self.stored[path.rsplit("/", 1)[1]] = body
            return {}
        if path.endswith("/repos/create"):
            self.make(json.loads(body))
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

        def reply(self, body: bytes = b"") -> None:
            path = self.path.split("?")[0]
            status, sent = hub.status(path), json.dumps(hub.answer(path, body)).encode()
            self.send_response(status)
            if status == 404:
                self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def do_GET(self) -> None:
            self.reply()

        def do_POST(self) -> None:
            self.reply(self.body())

        def do_PUT(self) -> None:
            self.reply(self.body())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.address = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
