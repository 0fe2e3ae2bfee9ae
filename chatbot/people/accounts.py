"""People with accounts: one file of names, roles and hashed passwords.

Knows no page, no documents and no tokens. A file that changes is read again at once.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, Self, get_args

from filelock import FileLock, Timeout

from retriever.private import FILE, opened, tighten

Role = Literal["owner", "member", "visitor"]
AccountRole = Literal["owner", "member"]

VERSION = 1
MIN_PASSWORD_CHARS = 8
MAX_PASSWORD_CHARS = 1000
PATIENCE_S = 10.0  # a change takes milliseconds
_NAME = re.compile(r"[\w.@+-]{1,64}\Z")
_MEMORY_BYTES = 256 << 20  # the most that a file's parameters may ask scrypt for


class UnknownAccount(LookupError):
    """The users file has no account of this name."""


@dataclass(frozen=True, slots=True)
class PasswordHash:
    """A password as scrypt leaves it (RFC 7914), with its parameters.

    The defaults are those of the OWASP password storage cheat sheet for 16 MiB.
    """

    salt: str
    digest: str
    n: int = 2**14
    r: int = 8
    p: int = 5

    @classmethod
    def of(cls, password: str) -> Self:
        """A new hash, with a salt of its own."""
        empty = cls(secrets.token_hex(16), "")
        return replace(empty, digest=empty._scrypt(password))

    def fits(self, password: str) -> bool:
        """Whether this is the password; takes as long when it is not."""
        return hmac.compare_digest(self._scrypt(password), self.digest)

    def _scrypt(self, password: str) -> str:
        return hashlib.scrypt(
            password.encode("utf-8", "replace"),
            salt=bytes.fromhex(self.salt),
            n=self.n,
            r=self.r,
            p=self.p,
            maxmem=_MEMORY_BYTES,
        ).hex()


@dataclass(frozen=True, slots=True)
class Account:
    """A person who can log in.

    Attributes:
        id: random, never given twice: an account made anew under an old name inherits nothing.
        name: to log in with.
        role: owner or member.
        password: its hash.
    """

    id: str
    name: str
    role: AccountRole
    password: PasswordHash


class Accounts:
    """The accounts of a users file. Thread-safe; several processes may change the file."""

    def __init__(self, file: Path) -> None:
        """Reads the file, which must exist, and closes it to others if it is this user's.

        Raises:
            FileNotFoundError: there is none.
            ValueError: it is no users file.
        """
        self._file = file
        self._guard = threading.Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._known: Mapping[str, Account] = {}
        self._nobody = PasswordHash(secrets.token_hex(16), "")
        self.all()
        tighten(file)

    @classmethod
    def made(cls, file: Path) -> Self:
        """As opening it, but a file that is missing is made."""
        with _changing(file):
            if not file.exists():
                _write(file, {})
        return cls(file)

    def all(self) -> list[Account]:
        """Every account, by name."""
        with self._guard:
            self._follow()
            return sorted(self._known.values(), key=lambda account: account.name)

    def find(self, name: str) -> Account | None:
        """The account of a name, None without one."""
        with self._guard:
            self._follow()
            return self._known.get(name)

    def check(self, name: str, password: str) -> Account | None:
        """The account when the password is its own; takes as long when there is no such name."""
        account = self.find(name)
        if len(password) > MAX_PASSWORD_CHARS:
            return None
        fits = (account.password if account else self._nobody).fits(password)
        return account if fits else None

    def add(self, name: str, role: AccountRole, password: str) -> Account:
        """Makes an account.

        Raises:
            ValueError: name, role or password cannot be, or the name is taken.
        """
        if not _NAME.match(name):
            raise ValueError(f"expected a name of letters, digits and ._@+-, got {name!r}")
        if role not in get_args(AccountRole):
            raise ValueError(f"expected owner or member as the role, got {role!r}")
        account = Account(secrets.token_hex(16), name, role, _hashed(password))
        with _changing(self._file), self._guard:
            self._follow()
            if name.casefold() in (known.casefold() for known in self._known):
                raise ValueError(f"there is an account {name!r} already; choose another name")
            self._write({**self._known, name: account})
        return account

    def remove(self, name: str) -> Account:
        """Takes an account out; UnknownAccount without one. Its documents stay for a while."""
        with _changing(self._file), self._guard:
            account = self._named(name)
            self._write({key: one for key, one in self._known.items() if key != name})
        return account

    def set_password(self, name: str, password: str) -> None:
        """Exchanges a password.

        Raises:
            UnknownAccount: there is no such account.
            ValueError: the password is too short or too long.
        """
        hashed = _hashed(password)
        with _changing(self._file), self._guard:
            account = self._named(name)
            self._write({**self._known, name: replace(account, password=hashed)})

    def _named(self, name: str) -> Account:
        self._follow()
        if name not in self._known:
            raise UnknownAccount(f"no account {name!r} in {self._file}: list them first")
        return self._known[name]

    def _write(self, accounts: Mapping[str, Account]) -> None:
        _write(self._file, accounts)
        self._follow()

    def _follow(self) -> None:
        """Read the file when it is not the one that was read last."""
        found = self._file.stat()
        stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
        if stamp != self._stamp:
            self._known = _read(self._file)
            self._stamp = stamp


def _hashed(password: str) -> PasswordHash:
    if not MIN_PASSWORD_CHARS <= len(password) <= MAX_PASSWORD_CHARS:
        raise ValueError(
            f"expected a password of {MIN_PASSWORD_CHARS} to {MAX_PASSWORD_CHARS} characters, "
            f"got {len(password)}"
        )
    return PasswordHash.of(password)


def _read(file: Path) -> dict[str, Account]:
    try:
        whole = json.loads(file.read_text(encoding="utf-8"))
        if whole["version"] != VERSION:
            raise ValueError(f"version {whole['version']}")
        accounts = [_account(entry) for entry in whole["users"]]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"expected a users file of version {VERSION} in {file}, got another ({error!r}); "
            "make one with: python -m chatbot users add NAME --file users.json"
        ) from None
    return {account.name: account for account in accounts}


def _account(entry: Mapping[str, Any]) -> Account:
    password = PasswordHash(**entry["scrypt"])
    if entry["role"] not in get_args(AccountRole) or not _NAME.match(entry["name"]):
        raise ValueError(f"name {entry['name']!r}, role {entry['role']!r}")
    if not re.fullmatch(r"[0-9a-f]{32}", entry["id"]) or len(bytes.fromhex(password.digest)) < 32:
        raise ValueError(f"an id or a hash of {entry['name']!r} that was never made here")
    if 128 * password.n * password.r * password.p > _MEMORY_BYTES:
        raise ValueError(f"scrypt parameters of {entry['name']!r} that take too much memory")
    return Account(entry["id"], entry["name"], entry["role"], password)


@contextmanager
def _changing(file: Path) -> Iterator[None]:
    """Nobody else changes the file meanwhile, in whatever process; it can be read.

    Raises:
        TimeoutError: another process has been changing it for longer than ``PATIENCE_S``.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(file.with_name(f".{file.name}.lock"), timeout=PATIENCE_S, mode=FILE)
    try:
        held = lock.acquire()
    except Timeout:
        raise TimeoutError(
            f"another process has been changing {file} for more than {PATIENCE_S:.0f} s: "
            "wait for it to end, then try again"
        ) from None
    with held:
        yield


def _write(file: Path, accounts: Mapping[str, Account]) -> None:
    """The file in one step, readable by its owner alone; as it was when that fails."""
    users = [
        {"id": one.id, "name": one.name, "role": one.role, "scrypt": asdict(one.password)}
        for one in accounts.values()
    ]
    text = json.dumps({"version": VERSION, "users": users}, ensure_ascii=False, indent=2)
    beside = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with opened(beside, "xb") as new:
            new.write(f"{text}\n".encode())  # UTF-8, as it is read, whatever the locale
            new.flush()
            os.fsync(new.fileno())
        beside.replace(file)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
