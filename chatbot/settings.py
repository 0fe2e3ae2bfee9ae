"""How Quoth runs here: one frozen record from flags and environment, nobody else reads either.

Knows no library and no page. Flags win over the environment, the environment over defaults.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEFAULT_PORT = 7860
LOOPBACK = "127.0.0.1"
EVERY_ADDRESS = "0.0.0.0"


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be chosen.

    Attributes:
        home: folder of the library and of the visitors' key.
        host: address to listen on.
        port: port to listen on; 0 takes a free one.
        share: whether to open Gradio's public tunnel (needs the network).
        reader: folder of a reader, None for the shipped one.
        encoder: name or folder of a sentence encoder, None for the packaged one.
        threshold: probability from 0 to 1 below which nothing is answered, None for the
            reader's own.
        max_file_mb: largest upload in MiB.
        shared: collections that every visitor may read, besides the samples.
    """

    home: Path
    host: str = LOOPBACK
    port: int = DEFAULT_PORT
    share: bool = False
    reader: Path | None = None
    encoder: str | None = None
    threshold: float | None = None
    max_file_mb: int = 100
    shared: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise ValueError(f"expected a port from 0 to 65535, got {self.port}")
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise ValueError(f"expected a threshold from 0 to 1, got {self.threshold}")
        if self.max_file_mb < 1:
            raise ValueError(f"expected at least 1 MiB for an upload, got {self.max_file_mb}")


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
    parser.add_argument("--share", action="store_true", help="open a public tunnel")
    parser.add_argument("--max-file-mb", type=int, metavar="N", help="largest upload in MiB")
    parser.add_argument(
        "--show", action="append", metavar="COLLECTION", help="a collection all visitors may read"
    )


def from_flags(flags: Namespace | None, environment: Mapping[str, str]) -> Settings:
    """Settings from parsed flags (None: no flags at all) over an environment.

    Raises:
        ValueError: a value is out of its range.
    """
    given = {} if flags is None else vars(flags)
    return Settings(
        home=given.get("home") or _default_home(environment),
        host=given.get("host") or _default_host(environment),
        port=_first(given.get("port"), _port(environment), DEFAULT_PORT),
        share=bool(given.get("share")),
        reader=given.get("reader"),
        encoder=given.get("encoder") or environment.get("QUOTH_ENCODER") or None,
        threshold=given.get("threshold"),
        max_file_mb=_first(given.get("max_file_mb"), None, 100),
        shared=tuple(given.get("show") or ()),
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


def _port(environment: Mapping[str, str]) -> int | None:
    value = environment.get("QUOTH_PORT")
    if not value:
        return None
    if not value.isdecimal():
        raise ValueError(f"expected a number in QUOTH_PORT, got {value!r}")
    return int(value)


def _first(flag: int | None, variable: int | None, default: int) -> int:
    if flag is not None:
        return flag
    return default if variable is None else variable
