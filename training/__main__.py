"""Every command of training behind one door: ``python -m training COMMAND ...``.

Lists and starts them; knows nothing of what they do.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

from training.cli import Parser, commands

PROG = "python -m training"


def main(argv: Sequence[str] | None = None) -> int:
    """List the commands, or run one and return its exit status; 2 for one that is not there."""
    words = list(sys.argv[1:] if argv is None else argv)
    known = commands()
    if not words or words[0] in ("-h", "--help"):
        print(overview(known))
        return 0
    name = words[0].replace("-", "_")
    if name not in known:
        Parser(prog=PROG).error(f"no command {words[0]!r}, there are {', '.join(known)}")
    try:
        return int(import_module(f"training.{name}").main(words[1:]))
    except KeyboardInterrupt:
        return 130


def overview(known: dict[str, str]) -> str:
    """A line for each command."""
    width = max(map(len, known))
    lines = [f"  {name:<{width}}  {summary}" for name, summary in known.items()]
    return "\n".join(
        [f"usage: {PROG} COMMAND ...", "", *lines, "", f"{PROG} COMMAND --help says more of one."]
    )


if __name__ == "__main__":
    raise SystemExit(main())
