"""A PostgreSQL server of the tests' own, made in a temporary folder and gone after them.

No test lives here.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

USER = "quoth"
DATABASE = "quoth"


def missing() -> str:
    """What is not here to run it; empty when all is."""
    if importlib.util.find_spec("psycopg") is None:
        return "no psycopg: pip install 'psycopg[binary]'"
    return "" if _program("initdb") else "no PostgreSQL: apt-get install postgresql"


@contextmanager
def serving() -> Iterator[str]:
    """Starts a server on a socket of its own; the address of an empty database in it."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # a socket's path may not be long
    try:
        if os.getuid() == 0:
            shutil.chown(folder, "postgres")
        data = folder / "data"
        _run("initdb", "-D", data, "-A", "trust", "-U", USER, "--no-sync")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        log = folder / "log"
        _run("pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "-t", "120", "start")
        try:
            _run("createdb", "-h", folder, "-U", USER, DATABASE)
            yield f"postgresql+psycopg://{USER}@/{DATABASE}?host={folder}"
        finally:
            _run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def empty(url: str) -> None:
    """Takes everything out of the database; whoever is still connected is cut off."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        others = "pid <> pg_backend_pid() AND datname = current_database()"
        conn.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
        conn.execute(text("DROP SCHEMA public CASCADE"))
        conn.execute(text("CREATE SCHEMA public"))
    engine.dispose()


def _program(name: str) -> str | None:
    """The program of that name: on the path, or where Debian keeps it."""
    kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(kept[-1]) if kept else None)


def _run(name: str, *arguments: str | Path) -> None:
    """Runs one of its programs, as its own user where this is the superuser, which it refuses."""
    program = _program(name)
    assert program is not None, f"{name} is not installed"
    user = "postgres" if os.getuid() == 0 else None
    command = [program, *map(str, arguments)]
    done = subprocess.run(command, user=user, cwd="/", capture_output=name != "pg_ctl", check=False)
    assert done.returncode == 0, f"{name} failed: {done.stderr!r}"
