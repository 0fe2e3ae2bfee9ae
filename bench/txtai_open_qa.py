"""txtai from question to answer behind standard input and output, one JSON object a line.

Started by ``open_qa.py`` in an environment of its own; knows nothing of Quoth. A hybrid
embeddings index with content, and the extractive pipeline over what it finds, passage by
passage in the index's order: the first answer counts, since the pipeline gives no scores. (Its
other way, all passages joined into one text, is cut at 512 tokens and reads three of ten.)
Where nothing is said of a setting, it is txtai's own. The passages' vectors are handed over,
made by the same encoder, so that only questions are embedded here.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from txtai.embeddings import Embeddings
from txtai.pipeline import Questions


def index_of(corpus: Path, encoder: str) -> Embeddings:
    """The passages in a hybrid index (vectors and BM25) that keeps their text."""
    texts = json.loads((corpus / "passages.json").read_text(encoding="utf-8"))
    known = dict(zip(texts, np.load(corpus / "vectors.npy", allow_pickle=False), strict=True))
    model = SentenceTransformer(encoder, device="cpu")

    def rows(batch: Sequence[str]) -> np.ndarray:
        """Known vectors of passages, new ones of questions: shape (n, dim)."""
        if all(text in known for text in batch):
            return np.stack([known[text] for text in batch])
        return np.asarray(model.encode(list(batch), normalize_embeddings=True))

    index = Embeddings(method="external", transform=rows, hybrid=True, content=True)
    index.index(enumerate(texts))
    return index


def answer_of(reader: Questions, question: str, text: str) -> str:
    """What the pipeline quotes; "" for none.

    Where the best start or end is no word of the text (a reader's way to say that it does not
    answer), the pipeline of txtai 9.14 stops with a TypeError: that counts as none.
    """
    try:
        return reader([question], [text])[0] or ""
    except TypeError:
        return ""


def main(corpus: str, encoder: str, model: str, threads: int, clock_name: str) -> None:
    """Answer line by line until standard input ends."""
    clock = time.process_time if clock_name == "cpu" else time.perf_counter
    torch.set_num_threads(threads)
    replies, sys.stdout = sys.stdout, sys.stderr  # what libraries print goes elsewhere
    index, reader = index_of(Path(corpus), encoder), Questions(model, gpu=False)
    print("{}", file=replies, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        question = asked["question"]
        started = clock()
        found = index.search(question, asked["k"])
        reply: dict[str, object] = {"ranked": [int(one["id"]) for one in found]}
        if asked["read"]:
            answers = [answer_of(reader, question, one["text"]) for one in found]
            reply["answer"] = next((answer for answer in answers if answer), "")
        reply["seconds"] = clock() - started
        print(json.dumps(reply), file=replies, flush=True)


main(*sys.argv[1:4], threads=int(sys.argv[4]), clock_name=sys.argv[5])
