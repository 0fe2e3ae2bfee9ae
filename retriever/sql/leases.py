"""Leases in SQL: which process works on what, taken over when that process is gone.

Knows nothing of the work. All functions belong to a transaction of their caller.
"""

from __future__ import annotations

import os
import socket
import time
import uuid
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from .schema import LEASES

LIFETIME_S = 60.0  # a holder that says nothing for so long has lost it

_process_tokens: dict[int, str] = {}  # by process id, so that a fork is another process


class LeaseLost(RuntimeError):
    """Somebody else took the work over: stop, and write nothing more of it."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on ``name``, for as long as it is renewed."""

    name: str
    owner: str


def take(conn: Connection, name: str) -> Lease | None:
    """A lease, or None while somebody alive holds it."""
    row = conn.execute(select(LEASES).where(LEASES.c.name == name).with_for_update()).first()
    if row and not _is_gone(row.owner, row.expires_at):
        return None
    if row:
        conn.execute(delete(LEASES).where(LEASES.c.name == name))
    owner = "|".join((socket.gethostname(), str(os.getpid()), _token(), uuid.uuid4().hex))
    values = {"name": name, "owner": owner, "expires_at": time.time() + LIFETIME_S}
    try:
        with conn.begin_nested():
            conn.execute(insert(LEASES).values(**values))
    except IntegrityError:  # another process was faster
        return None
    return Lease(name, owner)


def renew(conn: Connection, lease: Lease) -> None:
    """Holds on to a lease.

    Raises:
        LeaseLost: it was taken over.
    """
    changed = update(LEASES).where(LEASES.c.name == lease.name, LEASES.c.owner == lease.owner)
    if conn.execute(changed.values(expires_at=time.time() + LIFETIME_S)).rowcount != 1:
        raise LeaseLost(f"another process took over {lease.name}")


def release(conn: Connection, lease: Lease) -> None:
    """Lets a lease go; no error if it was lost."""
    mine = (LEASES.c.name == lease.name, LEASES.c.owner == lease.owner)
    conn.execute(delete(LEASES).where(*mine))


def is_held(conn: Connection, name: str) -> bool:
    """Whether somebody alive holds it."""
    row = conn.execute(select(LEASES).where(LEASES.c.name == name)).first()
    return row is not None and not _is_gone(row.owner, row.expires_at)


def _token() -> str:
    """Tells this process from an earlier one with the same number."""
    return _process_tokens.setdefault(os.getpid(), uuid.uuid4().hex)


def _is_gone(owner: str, expires_at: float) -> bool:
    if time.time() > expires_at:
        return True
    host, pid, token, _ = owner.split("|")
    if host != socket.gethostname() or os.name != "posix":
        return False
    if int(pid) == os.getpid():
        return token != _token()
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
