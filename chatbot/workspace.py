"""Who may see which collection: a visitor is a secret token, a token is a private collection.

Knows no page and no documents. Rights come from the token alone, never from a name that a
browser sends.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

SAMPLES = "samples"
KEY_FILE = "visitors.key"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}\Z")  # 256 bits as URL-safe base64 without padding


@dataclass(frozen=True, slots=True)
class Visitor:
    """One person's rights: it writes to ``collection`` and reads ``shared`` besides.

    Attributes:
        id: what everything of this person's is filed under; says nothing about them.
        collection: where their documents go.
        shared: collections that they may read and not change.
    """

    id: str
    collection: str
    shared: tuple[str, ...]

    @property
    def readable(self) -> tuple[str, ...]:
        """Every collection this visitor may see."""
        return (self.collection, *self.shared)


class Workspace:
    """Tells visitors apart. The key in ``home`` keeps their tokens valid over restarts."""

    def __init__(self, home: Path, shared: tuple[str, ...] = (SAMPLES,)) -> None:
        self._key = _load_key(home / KEY_FILE)
        self._shared = shared

    @property
    def browser_secret(self) -> str:
        """What the page obscures the token with in the browser; not the key itself."""
        return hmac.digest(self._key, b"browser storage", "sha256").hex()[:32]

    def new_token(self) -> str:
        """A token nobody can guess: 256 random bits."""
        return secrets.token_urlsafe(32)

    def is_token(self, token: object) -> bool:
        """Whether this could be a token that ``new_token`` gave out."""
        return isinstance(token, str) and bool(_TOKEN.match(token))

    def visitor(self, token: object) -> Visitor:
        """The rights that a token carries.

        Raises:
            PermissionError: this is not a token.
        """
        if not isinstance(token, str) or not self.is_token(token):
            raise PermissionError("expected the page's own token, got none; reload the page")
        digest = hmac.new(self._key, token.encode("ascii"), hashlib.sha256).hexdigest()
        own = f"visitor-{digest[:40]}"
        return Visitor(own, own, self._shared)


def _load_key(path: Path) -> bytes:
    """The home's key, made on first use and readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) != 32:
            raise ValueError(
                f"expected 32 bytes in {path}, got {len(key)}; delete the file to give every "
                "visitor a new workspace"
            ) from None
        return key
    with os.fdopen(descriptor, "wb") as file:
        key = secrets.token_bytes(32)
        file.write(key)
    return key
