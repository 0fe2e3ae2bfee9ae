"""Leases: one holder at a time, taken over from the dead and the silent, never from the living."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import update

from retriever.sql import leases
from retriever.sql.database import Database
from retriever.sql.leases import Lease, LeaseLost
from retriever.sql.schema import LEASES


def take(database: Database, name: str = "work") -> Lease | None:
    with database.writing() as conn:
        return leases.take(conn, name)


def test_one_holder_at_a_time(database: Database) -> None:
    first = take(database)
    assert first is not None
    assert take(database) is None
    assert take(database, "other work") is not None
    with database.writing() as conn:
        assert leases.is_held(conn, "work")
        leases.renew(conn, first)
        leases.release(conn, first)
        assert not leases.is_held(conn, "work")
    assert take(database) is not None


def test_the_silent_lose_it_and_are_told(database: Database) -> None:
    first = take(database)
    assert first is not None
    with database.writing() as conn:
        conn.execute(update(LEASES).values(expires_at=time.time() - 1))
    second = take(database)
    assert second is not None
    with database.writing() as conn, pytest.raises(LeaseLost, match="took over work"):
        leases.renew(conn, first)
    with database.writing() as conn:
        leases.release(conn, first)  # not mine any more: changes nothing
        leases.renew(conn, second)


@pytest.mark.skipif(sys.platform == "win32", reason="processes cannot be asked for there")
def test_the_dead_lose_it_at_once(database: Database, database_url: str, repo_root: Path) -> None:
    code = (
        "import sys; from retriever.sql import leases\n"
        "from retriever.sql.database import Database\n"
        "with Database(sys.argv[1]).writing() as conn: print(leases.take(conn, 'work'))"
    )
    command = [sys.executable, "-c", code, database_url]
    done = subprocess.run(command, cwd=repo_root, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Lease(")
    assert take(database) is not None


def test_an_earlier_process_of_the_same_number_is_dead(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert take(database) is not None
    monkeypatch.setattr(leases, "_process_tokens", {})  # as after a restart
    assert take(database) is not None
