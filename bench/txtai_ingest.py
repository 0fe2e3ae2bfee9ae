"""txtai indexes given passages with content; figures as JSON on standard output.

Started by ``ingest.py`` in an environment of its own; knows nothing of Quoth.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from txtai import Embeddings


def main(model: str, passages_file: str, home: str) -> None:
    """As txtai's own examples do: vectors and content, saved; the clock starts when loaded."""
    passages = json.loads(Path(passages_file).read_text(encoding="utf-8"))
    embeddings = Embeddings(path=model, content=True)
    embeddings.batchtransform(["the model is loaded"])
    started, cpu_started = time.perf_counter(), time.process_time()
    embeddings.index(passages)
    embeddings.save(str(Path(home) / "index"))
    s, cpu_s = time.perf_counter() - started, time.process_time() - cpu_started
    print(json.dumps({"pages": 0, "passages": embeddings.count(), "s": s, "cpu_s": cpu_s}))


main(sys.argv[1], sys.argv[2], sys.argv[3])
