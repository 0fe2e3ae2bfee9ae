"""A place to sign in on this machine: as much of OpenID Connect as Hugging Face's sign-in needs.

Lets in whom a test names, without asking; decides nothing about them.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT = "quoth"
SIGN_IN_LIFE_S = 3600


@dataclass
class Provider:
    """Who signs in next, and how.

    Attributes:
        address: of the server.
        user: id and name of whoever signs in; None for somebody who cancels.
        is_forged: whether what is said of them is signed by somebody else.
        is_down: whether every call is answered with an error of the server's.
        nonces: what each sign-in under way must be answered with, by its code.
    """

    address: str = ""
    user: tuple[str, str] | None = None
    is_forged: bool = False
    is_down: bool = False
    nonces: dict[str, str] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))

    def answer(self, path: str, said: Mapping[str, str]) -> dict[str, Any] | str:
        """The reply to a call: JSON, or where to go."""
        if path == "/authorize":
            return f"{said['redirect_uri']}&{urlencode(self._outcome(said))}"
        if path == "/token":
            return self._token(self.nonces.pop(said["code"]))
        if path == "/keys":
            return dict(KeySet([self.key]).as_dict(private=False))
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
        }

    def _outcome(self, said: Mapping[str, str]) -> dict[str, str]:
        if self.user is None:
            return {"error": "access_denied", "state": said["state"]}
        code = secrets.token_hex(8)
        self.nonces[code] = said["nonce"]
        return {"code": code, "state": said["state"]}

    def _token(self, nonce: str) -> dict[str, Any]:
        assert self.user is not None
        identity, name = self.user
        now_s = int(time.time())
        claims = {
            **{"iss": self.address, "aud": CLIENT, "nonce": nonce, "sub": identity},
            **{"iat": now_s, "exp": now_s + SIGN_IN_LIFE_S, "name": name, "picture": ""},
            **{"preferred_username": name, "profile": f"{self.address}/{name}"},
        }
        key = RSAKey.generate_key(2048, {"kid": "1"}) if self.is_forged else self.key
        return {
            "access_token": secrets.token_hex(16),
            "token_type": "bearer",
            "expires_in": SIGN_IN_LIFE_S,
            "scope": "openid profile",
            "id_token": jwt.encode({"alg": "RS256", "kid": "1"}, claims, key),
        }


@contextmanager
def provider_here() -> Iterator[Provider]:
    """A provider that serves while the block runs."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def reply(self, body: str = "") -> None:
            asked = urlsplit(self.path)
            said = {key: value[0] for key, value in parse_qs(body or asked.query).items()}
            answer = provider.answer(asked.path, said)
            sent = b"" if isinstance(answer, str) else json.dumps(answer).encode()
            status = 302 if isinstance(answer, str) else 200
            self.send_response(503 if provider.is_down else status)
            if isinstance(answer, str):
                self.send_header("Location", answer)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def do_GET(self) -> None:
            self.reply()

        def do_POST(self) -> None:
            self.reply(self.rfile.read(int(self.headers["Content-Length"])).decode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.address = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
