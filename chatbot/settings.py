"""How Quoth runs here: one frozen record from flags and environment, nobody else reads either.

Knows no library and no page. Flags win over the environment, the environment over defaults.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chatbot.people.limits import Limits

DEFAULT_PORT = 7860
MAX_FILE_MB = 100  # of one upload
LOOPBACK = "127.0.0.1"
EVERY_ADDRESS = "0.0.0.0"
KEEP_DAYS = 30
KEEP_DAYS_IN_A_SPACE = 1
PROXIES_OF_SPACES = "127.0.0.1,10.0.0.0/8"
HOSTS_OF_SPACES = (".hf.space", "huggingface.co")  # which shows a Space inside its own page

# field of Settings or Limits -> (variable, meaning of its flag)
NUMBERS = {
    "max_file_mb": ("QUOTH_MAX_FILE_MB", "largest upload in MiB"),
    "keep_days": ("QUOTH_KEEP_DAYS", "forget a visitor who was not here for N days; 0 never does"),
    "question_chars": ("QUOTH_QUESTION_CHARS", "longest question in characters"),
    "questions_per_minute": ("QUOTH_QUESTIONS_PER_MINUTE", "a visitor's questions in a minute"),
    "uploads_per_hour": ("QUOTH_UPLOADS_PER_HOUR", "a visitor's files in an hour"),
    "files_at_once": ("QUOTH_FILES_AT_ONCE", "files in one upload"),
    "files": ("QUOTH_FILES", "documents that a visitor may have"),
    "total_mb": ("QUOTH_TOTAL_MB", "MiB of files that a visitor may have"),
    "collections": ("QUOTH_COLLECTIONS", "collections that a visitor may make"),
    "address_questions_per_minute": (
        "QUOTH_ADDRESS_QUESTIONS_PER_MINUTE",
        "questions from one address in a minute",
    ),
    "address_visitors_per_hour": (
        "QUOTH_ADDRESS_VISITORS_PER_HOUR",
        "new visitors from one address in an hour",
    ),
    "address_uploads_per_hour": (
        "QUOTH_ADDRESS_UPLOADS_PER_HOUR",
        "files from one address in an hour",
    ),
    "address_mb_per_hour": ("QUOTH_ADDRESS_MB_PER_HOUR", "MiB from one address in an hour"),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be chosen.

    Attributes:
        home: folder of the library and of the visitors' key.
        host: address to listen on.
        port: port to listen on; 0 takes a free one.
        allowed_hosts: names that it may be reached under, besides its own addresses, loopback's
            and its network's; one that begins with a dot stands for all below it, ``*`` for all.
        trusted_proxies: addresses or networks, with commas between, of proxies that tell where
            a request came from (``X-Forwarded-For``).
        share: whether to open Gradio's public tunnel (needs the network).
        reader: folder of a reader, None for the shipped one.
        encoder: name or folder of a sentence encoder, None for the packaged one.
        threshold: probability from 0 to 1 below which nothing is answered, None for the usual.
        max_file_mb: largest upload in MiB.
        shared: collections that every visitor may read, besides the samples.
        auth: users file of those who may log in; None without accounts.
        visitors: whether people without an account may come in where there are accounts.
        hf_oauth: whether people may log in with their Hugging Face account.
        owner_name: Hugging Face name of the owner in a Space, "" elsewhere.
        space_host: name under which a Space is opened by itself, "" elsewhere.
        keep_days: days after which a visitor who was not seen is forgotten, 0 for never.
        limits: what one visitor, and one address, may do.
        metrics_token: secret for ``/metrics``; None without that address.
    """

    home: Path
    host: str = LOOPBACK
    port: int = DEFAULT_PORT
    allowed_hosts: tuple[str, ...] = ()
    trusted_proxies: str = LOOPBACK
    share: bool = False
    reader: Path | None = None
    encoder: str | None = None
    threshold: float | None = None
    max_file_mb: int = MAX_FILE_MB
    shared: tuple[str, ...] = ()
    auth: Path | None = None
    visitors: bool = False
    hf_oauth: bool = False
    owner_name: str = ""
    space_host: str = ""
    keep_days: int = KEEP_DAYS
    limits: Limits = field(default_factory=Limits)
    metrics_token: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise ValueError(f"expected a port from 0 to 65535, got {self.port}")
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise ValueError(f"expected a threshold from 0 to 1, got {self.threshold}")
        if self.max_file_mb < 1:
            raise ValueError(f"expected at least 1 MiB for an upload, got {self.max_file_mb}")
        if self.keep_days < 0:
            raise ValueError(f"expected 0 (for ever) or more days to keep, got {self.keep_days}")


def add_flags(parser: ArgumentParser, *, serving: bool = False) -> None:
    """The flags that every command shares, and those of ``serve``."""
    parser.add_argument(
        "--home", type=Path, metavar="DIR", help="the library's folder (default: $QUOTH_HOME)"
    )
    parser.add_argument("--reader", type=Path, metavar="DIR", help="another reader's folder")
    parser.add_argument("--encoder", metavar="NAME", help="another sentence encoder")
    parser.add_argument(
        "--threshold", type=float, metavar="P", help="answer from this probability up"
    )
    if not serving:
        return
    parser.add_argument("--host", help=f"address to listen on (default: {LOOPBACK})")
    parser.add_argument("--port", type=int, help=f"port, 0 for any (default: {DEFAULT_PORT})")
    parser.add_argument(
        "--allowed-hosts",
        metavar="NAMES",
        help="names it may be reached under, with commas between, `*` for any",
    )
    parser.add_argument(
        "--trusted-proxies",
        metavar="ADDRESSES",
        help="proxies to believe where a request came from, with commas between",
    )
    parser.add_argument("--share", action="store_true", help="open a public tunnel")
    parser.add_argument(
        "--show", action="append", metavar="COLLECTION", help="a collection all visitors may read"
    )
    parser.add_argument(
        "--auth", type=Path, metavar="FILE", help="let people log in; see python -m chatbot users"
    )
    parser.add_argument(
        "--visitors", action="store_true", help="with --auth: let others in without an account"
    )
    for name, (_, meaning) in NUMBERS.items():
        flag = f"--{name.replace('_', '-')}"
        parser.add_argument(flag, type=int, metavar="N", help=meaning)


def from_flags(flags: Namespace | None, environment: Mapping[str, str]) -> Settings:
    """Settings from parsed flags (None: no flags at all) over an environment.

    Raises:
        ValueError: a value is out of its range.
    """
    given = {} if flags is None else vars(flags)
    numbers = {name: _number(name, given, environment) for name in NUMBERS}
    in_a_space = bool(environment.get("SPACE_ID"))
    keep_days = numbers.pop("keep_days")
    if keep_days is None:
        keep_days = KEEP_DAYS_IN_A_SPACE if in_a_space else KEEP_DAYS
    max_file_mb = numbers.pop("max_file_mb")
    auth = given.get("auth") or _path(environment.get("QUOTH_AUTH"))
    return Settings(
        home=given.get("home") or _default_home(environment),
        host=given.get("host") or _default_host(environment),
        port=_first(given.get("port"), _port(environment), DEFAULT_PORT),
        allowed_hosts=_allowed_hosts(given, environment),
        trusted_proxies=given.get("trusted_proxies") or _default_proxies(environment),
        share=bool(given.get("share")),
        reader=given.get("reader"),
        encoder=given.get("encoder") or environment.get("QUOTH_ENCODER") or None,
        threshold=given.get("threshold"),
        max_file_mb=_first(max_file_mb, None, MAX_FILE_MB),
        shared=tuple(given.get("show") or ()),
        auth=auth,
        visitors=bool(given.get("visitors")) or _is_on(environment.get("QUOTH_VISITORS")),
        hf_oauth=in_a_space and _has_hub(environment),
        owner_name=_owner_name(environment) if in_a_space else "",
        space_host=_space_hosts(environment)[0].strip(),
        keep_days=keep_days,
        limits=Limits(**{name: n for name, n in numbers.items() if n is not None}),
        metrics_token=environment.get("QUOTH_METRICS_TOKEN") or None,
    )


def _default_home(environment: Mapping[str, str]) -> Path:
    for name in ("QUOTH_HOME", "DATA_DIR"):
        if environment.get(name):
            return Path(environment[name])
    data = environment.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "quoth"


def _default_host(environment: Mapping[str, str]) -> str:
    """A Space is reached from outside its container; a desk is not, unless it says so."""
    return environment.get("QUOTH_HOST") or (
        EVERY_ADDRESS if environment.get("SPACE_ID") else LOOPBACK
    )


def _allowed_hosts(given: Mapping[str, Any], environment: Mapping[str, str]) -> tuple[str, ...]:
    """What was named, and where a Space is reached."""
    named = given.get("allowed_hosts") or environment.get("QUOTH_ALLOWED_HOSTS") or ""
    names = [name.strip() for name in named.split(",")]
    if environment.get("SPACE_ID"):
        names += [*_space_hosts(environment), *HOSTS_OF_SPACES]
    return tuple(name for name in names if name)


def _space_hosts(environment: Mapping[str, str]) -> list[str]:
    """The names of a Space, its own one first; one that is "" elsewhere."""
    return environment.get("SPACE_HOST", "").split(",") if environment.get("SPACE_ID") else [""]


def _default_proxies(environment: Mapping[str, str]) -> str:
    """On this machine; in a Space, which nobody else reaches, in its private network."""
    here = PROXIES_OF_SPACES if environment.get("SPACE_ID") else LOOPBACK
    return environment.get("FORWARDED_ALLOW_IPS") or here


def _owner_name(environment: Mapping[str, str]) -> str:
    """Who was named; else whom a Space belongs to, which may be an organisation, and nobody."""
    return environment.get("QUOTH_OWNER") or environment.get("SPACE_AUTHOR_NAME", "")


def _has_hub(environment: Mapping[str, str]) -> bool:
    """Whether Hugging Face is there to sign in with.

    Gradio asks for this ``SYSTEM`` too; without it, it would let everybody in as whoever the
    machine's own token belongs to.
    """
    return environment.get("SYSTEM") == "spaces" and bool(environment.get("OAUTH_CLIENT_ID"))


def _port(environment: Mapping[str, str]) -> int | None:
    return _decimal("QUOTH_PORT", environment)


def _number(name: str, given: Mapping[str, Any], environment: Mapping[str, str]) -> int | None:
    """What a flag or its variable says; None when neither does."""
    flag: int | None = given.get(name)
    return flag if flag is not None else _decimal(NUMBERS[name][0], environment)


def _decimal(variable: str, environment: Mapping[str, str]) -> int | None:
    value = environment.get(variable)
    if not value:
        return None
    if not value.isdecimal():
        raise ValueError(f"expected a number in {variable}, got {value!r}")
    return int(value)


def _is_on(value: str | None) -> bool:
    return (value or "").casefold() not in ("", "0", "false", "no", "off")


def _path(value: str | None) -> Path | None:
    return Path(value) if value else None


def _first(flag: int | None, variable: int | None, default: int) -> int:
    if flag is not None:
        return flag
    return default if variable is None else variable
