"""Run by test_worker: works on the queue of the home it is given, slowly, until it is killed."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from retriever import Library
from retriever.intake import ingest
from tests.retriever.slow_encoder import slow_encoder
from tests.retriever.test_ingest import BATCH

if __name__ == "__main__":
    ingest.BATCH = BATCH
    with Library.open(Path(sys.argv[1]), encoder=slow_encoder(0.03)) as library, library.worker():
        time.sleep(120)
