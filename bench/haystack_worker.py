"""Haystack's extractive reader behind standard input and output, one JSON object a line.

Started by ``reader_speed.py`` in an environment of its own; knows nothing of Quoth.
In: ``{"question", "texts"}``. Out: ``{"seconds", "answer"}``, first an empty one when ready.
"""

from __future__ import annotations

import json
import sys
import time

import torch
from haystack import Document
from haystack_integrations.components.readers.transformers import TransformersExtractiveReader


def main(model: str, threads: int, clock_name: str) -> None:
    """Answer line by line until standard input ends; ``clock_name`` is wall or cpu."""
    clock = time.process_time if clock_name == "cpu" else time.perf_counter
    torch.set_num_threads(threads)
    replies, sys.stdout = sys.stdout, sys.stderr  # what libraries print goes elsewhere
    reader = TransformersExtractiveReader(
        model, top_k=5, no_answer=False, model_kwargs={"dtype": torch.float32}
    )
    reader.warm_up()
    print("{}", file=replies, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        documents = [Document(content=text) for text in asked["texts"]]
        started = clock()
        answers = reader.run(query=asked["question"], documents=documents)["answers"]
        seconds = clock() - started
        reply = {"seconds": seconds, "answer": answers[0].data if answers else ""}
        print(json.dumps(reply), file=replies, flush=True)


main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
