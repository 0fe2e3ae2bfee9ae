"""Two processes add to one home and remove from it while a third searches.

    python bench/two_writers.py --minutes 10

Every document is searched for by the third process as soon as its addition was acknowledged.
Exit status 1 when anything failed, was lost or came back, or `verify` found a difference.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.retriever.sharing import faults, share  # noqa: E402


def main() -> int:
    """Runs the three processes; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--minutes", type=float, default=10.0, help="how long (%(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home, documents = Path(folder) / "home", Path(folder) / "documents"
        documents.mkdir()
        told = share(home, documents, options.minutes * 60)
        for one in told:
            acts = ", ".join(f"{act} {n}" for act, n in one.acts.items())
            print(f"{one.role}: {acts or 'nothing'}, {len(one.present)} documents kept")
        found = faults(home, told)
    for fault in found:
        print(fault)
    print(f"{options.minutes:g} minutes, faults: {len(found)}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
