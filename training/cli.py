"""What the commands of training share: how misuse ends."""

from __future__ import annotations

import argparse
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """Ends misuse with status 2 and one line on standard error."""

    def error(self, message: str) -> NoReturn:
        """Say what was wrong and where help is."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")
