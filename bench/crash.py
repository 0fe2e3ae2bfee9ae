"""Kills a writer with SIGKILL at random moments, from outside, and looks at the home each time.

    python bench/crash.py --kills 200

Knows only what the writer said before it died; see tests/retriever/crashing.py. Exit status 1
when anything acknowledged was lost, anything removed came back, or `verify` found a difference.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.retriever.crashing import Crashes  # noqa: E402


def main() -> int:
    """Runs the kills; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--kills", type=int, default=200, help="how many (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments (%(default)s)")
    options = parser.parse_args()
    began, n_faults = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as folder:
        crashes = Crashes(Path(folder), options.seed)
        try:
            for turn in range(1, options.kills + 1):
                crashes.kill()
                for fault in crashes.faults():
                    n_faults += 1
                    print(f"kill {turn}: {fault}", flush=True)
                if turn % 50 == 0:
                    print(f"{turn} kills, faults: {n_faults}", flush=True)
        finally:
            crashes.close()
        moments = ", ".join(f"{act} {n}" for act, n in crashes.killed_in.most_common())
        took_s = time.monotonic() - began
        print(f"{options.kills} kills in {took_s:.0f} s, in the middle of: {moments}")
        print(f"{len(crashes.present)} documents present, {len(crashes.absent)} gone")
        print(f"faults: {n_faults}")
    return int(n_faults > 0)


if __name__ == "__main__":
    sys.exit(main())
