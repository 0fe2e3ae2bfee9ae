"""The command that keeps the users file: add, remove, list, passwd.

Never takes a password as an argument, and never shows one.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatbot.settings import Settings

USERS_FILE = Path("users.json")
ACTIONS = ("add", "remove", "list", "passwd")


def add_flags(parser: ArgumentParser) -> None:
    """What ``python -m chatbot users`` takes."""
    parser.add_argument("action", choices=ACTIONS, help="what to do with the account")
    parser.add_argument("name", nargs="?", metavar="NAME", help="the account; not for list")
    parser.add_argument(
        "--role", choices=("owner", "member"), default="member", help="of a new account"
    )
    parser.add_argument(
        "--file", type=Path, default=USERS_FILE, help=f"the users file (default: {USERS_FILE})"
    )
    parser.set_defaults(run=run)


def run(flags: Namespace, settings: Settings) -> int:
    """Do one of the actions; 2 when it cannot be done as it was asked."""
    del settings
    try:
        for line in _do(flags):
            sys.stdout.write(f"{line}\n")
    except FileNotFoundError:
        sys.stderr.write(f"quoth: there is no {flags.file}; users add NAME makes it\n")
        return 2
    except (ValueError, LookupError, TimeoutError) as error:
        sys.stderr.write(f"quoth: {error}\n")
        return 2
    return 0


def _do(flags: Namespace) -> list[str]:
    from chatbot.people.accounts import Accounts

    if flags.action == "list":
        return [f"{account.name}\t{account.role}" for account in Accounts(flags.file).all()]
    if not flags.name:
        raise ValueError(f"expected the account's name: users {flags.action} NAME")
    if flags.action == "remove":
        removed = Accounts(flags.file).remove(flags.name)
        return [f"removed {removed.name}; what they added goes after --keep-days"]
    if flags.action == "add":
        made = Accounts.made(flags.file).add(flags.name, flags.role, _password())
        return [f"added {made.name} as {made.role} to {flags.file}"]
    Accounts(flags.file).set_password(flags.name, _password())
    return [f"{flags.name} has a new password and must log in again"]


def _password() -> str:
    """Typed twice without showing it; the first line of standard input where nobody types."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass("Password: ")
    if getpass("The same again: ") != password:
        raise ValueError("the two passwords differ; nothing was changed")
    return password
