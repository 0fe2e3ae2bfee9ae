"""Passwords are kept hashed, names find no foreign workspace, and a changed file counts at once."""

from __future__ import annotations

import errno
import io
import json
import locale
import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from chatbot.__main__ import main
from chatbot.people import accounts as module
from chatbot.people.accounts import Accounts, PasswordHash, UnknownAccount

SECRET = "correct horse"
ADD_BOB = """
import sys
from pathlib import Path
from chatbot.people.accounts import Accounts
accounts = Accounts(Path(sys.argv[1]))
print("ready", flush=True)
accounts.add("bob", "member", "correct horse")
"""


def test_a_password_is_kept_as_scrypt_with_its_parameters(tmp_path: Path) -> None:
    file = tmp_path / "users.json"
    account = Accounts.made(file).add("ada", "owner", SECRET)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text(encoding="utf-8")
    assert SECRET not in text
    assert json.loads(text)["users"][0]["scrypt"]["n"] == 2**14
    again = Accounts(file)
    assert again.check("ada", SECRET) == account
    assert again.check("ada", SECRET + " ") is None
    assert again.check("bob", SECRET) is None
    assert again.check("ada", "x" * 10_000_000) is None


def test_two_equal_passwords_are_kept_differently() -> None:
    one, two = PasswordHash.of(SECRET), PasswordHash.of(SECRET)
    assert one.fits(SECRET)
    assert (one.salt, one.digest) != (two.salt, two.digest)


def test_scrypt_is_that_of_the_standard() -> None:
    known = PasswordHash("4e61436c", "", 1024, 8, 16)  # salt "NaCl", RFC 7914, section 12
    assert known._scrypt("password").startswith("fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830")


def test_a_name_is_written_as_it_is_read_whatever_the_locale(tmp_path: Path) -> None:
    accounts = Accounts.made(tmp_path / "users.json")
    before = locale.setlocale(locale.LC_CTYPE)
    locale.setlocale(locale.LC_CTYPE, "C")  # ASCII
    try:
        made = accounts.add("zo\u00eb", "member", SECRET)
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    assert Accounts(tmp_path / "users.json").find("zo\u00eb") == made


def test_a_file_that_cannot_be_written_stays_as_it_was_with_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = Accounts.made(tmp_path / "users.json")
    ada = accounts.add("ada", "member", SECRET)
    before = sorted(tmp_path.iterdir())

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        accounts.remove("ada")
    assert sorted(tmp_path.iterdir()) == before
    assert Accounts(tmp_path / "users.json").all() == accounts.all() == [ada]


def test_a_change_by_another_process_counts_at_once(tmp_path: Path) -> None:
    file = tmp_path / "users.json"
    here, there = Accounts.made(file), Accounts(file)
    there.add("ada", "member", SECRET)
    assert here.find("ada") is not None
    there.set_password("ada", "another one")
    assert here.check("ada", SECRET) is None
    assert here.check("ada", "another one") is not None
    there.remove("ada")
    assert here.find("ada") is None


def test_an_account_made_anew_is_another(tmp_path: Path) -> None:
    accounts = Accounts.made(tmp_path / "users.json")
    first = accounts.add("ada", "member", SECRET)
    accounts.remove("ada")
    assert accounts.add("ada", "member", SECRET).id != first.id


def test_threads_lose_no_account(tmp_path: Path) -> None:
    accounts = Accounts.made(tmp_path / "users.json")
    threads = [
        threading.Thread(target=accounts.add, args=(f"user{n}", "member", SECRET)) for n in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Accounts(tmp_path / "users.json").all()) == 3


def test_two_processes_lose_no_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repo_root: Path
) -> None:
    file = tmp_path / "users.json"
    accounts, write = Accounts.made(file), module._write
    command = [sys.executable, "-c", ADD_BOB, str(file)]
    with subprocess.Popen(command, cwd=repo_root, stdout=subprocess.PIPE) as other:

        def slowly(*given: Any) -> None:
            assert other.stdout is not None
            assert other.stdout.readline() == b"ready\n"
            time.sleep(2)  # time enough for the other to write, if nothing kept it from that
            write(*given)

        monkeypatch.setattr(module, "_write", slowly)
        accounts.add("ada", "owner", SECRET)
    assert other.returncode == 0
    assert [account.name for account in accounts.all()] == ["ada", "bob"]


def test_a_file_that_another_process_makes_meanwhile_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "folder" / "users.json"
    first = threading.Thread(target=lambda: Accounts.made(file).add("ada", "member", SECRET))
    exists = Path.exists

    def and_then_another(path: Path) -> bool:
        found = exists(path)
        if path == file and not found:
            monkeypatch.undo()
            first.start()
            first.join(1)  # waits for the lock, if there is one
        return found

    monkeypatch.setattr(Path, "exists", and_then_another)
    Accounts.made(file)
    first.join()
    assert [account.name for account in Accounts(file).all()] == ["ada"]


def test_who_waits_too_long_for_the_file_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "users.json"
    Accounts.made(file).add("ada", "member", SECRET)
    monkeypatch.setattr(module, "PATIENCE_S", 0.1)
    with module._changing(file):
        assert Accounts(file).find("ada") is not None  # reading waits for nobody
        assert main(["users", "remove", "ada", "--file", str(file)]) == 2
    assert "another process" in capsys.readouterr().err
    assert stat.S_IMODE((tmp_path / ".users.json.lock").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "password", "word"),
    [
        ("a b", SECRET, "name"),
        ("", SECRET, "name"),
        ("bob", "short", "8 to"),
        ("ADA", SECRET, "ada"),
    ],
)
def test_what_cannot_be_an_account_is_refused(
    tmp_path: Path, name: str, password: str, word: str
) -> None:
    accounts = Accounts.made(tmp_path / "users.json")
    accounts.add("ada", "member", SECRET)
    with pytest.raises(ValueError, match=f"(?i){word}"):
        accounts.add(name, "member", password)
    with pytest.raises(UnknownAccount):
        accounts.remove("bob")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"version": 2, "users": []}', '{"version": 1, "users": [{"name": "a"}]}'],
)
def test_what_is_no_users_file_is_said(tmp_path: Path, text: str) -> None:
    file = tmp_path / "users.json"
    file.write_text(text)
    with pytest.raises(ValueError, match="users file"):
        Accounts(file)


def test_parameters_that_would_take_all_memory_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "users.json"
    Accounts.made(file).add("ada", "member", SECRET)
    file.write_text(file.read_text().replace(f'"n": {2**14}', f'"n": {2**30}'))
    with pytest.raises(ValueError, match="memory"):
        Accounts(file)


def test_the_command_keeps_the_file_and_shows_no_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "users.json"

    def users(*words: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        status = main(["users", *words, "--file", str(file)])
        said = capsys.readouterr()
        return status, said.out, said.err

    assert users("add", "ada", "--role", "owner", typed=f"{SECRET}\n")[0] == 0
    assert users("add", "bob", typed=f"{SECRET}\n") == (0, f"added bob as member to {file}\n", "")
    assert users("list")[1] == "ada\towner\nbob\tmember\n"
    assert users("passwd", "bob", typed="nine chars\n")[0] == 0
    assert Accounts(file).check("bob", "nine chars") is not None
    assert users("remove", "bob")[0] == 0
    status, out, err = users("remove", "bob")
    assert (status, out) == (2, "")
    assert "no account 'bob'" in err
    assert users("add", "eve", typed="short\n")[0] == 2
    assert users("add", typed=SECRET)[0] == 2


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    file = tmp_path / "users.json"
    Accounts.made(file).add("ada", "member", SECRET)
    file.chmod(0o644)
    Accounts(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
