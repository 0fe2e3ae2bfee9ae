"""What the commands of training share: which there are, and how misuse ends."""

from __future__ import annotations

import argparse
import ast
from pathlib import Path
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """Ends misuse with status 2 and one line on standard error."""

    def error(self, message: str) -> NoReturn:
        """Say what was wrong and where help is."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def from_one(text: str) -> int:
    """A whole number from 1, as the type of a flag."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, got {text!r}")
    return int(text)


def commands() -> dict[str, str]:
    """Modules of this package that are commands (they have a ``main``), and what they say they do.

    Returns:
        Name -> the first line of its docstring. Nothing is imported for it.
    """
    found: dict[str, str] = {}
    for path in sorted(Path(__file__).parent.glob("[!_]*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        functions = [node.name for node in module.body if isinstance(node, ast.FunctionDef)]
        if "main" in functions:
            first, _, _ = (ast.get_docstring(module) or "").partition("\n")
            found[path.stem] = first.replace("``", "`")
    return found
