"""Haystack from question to answer behind standard input and output, one JSON object a line.

Started by ``open_qa.py`` in an environment of its own; knows nothing of Quoth. In-memory BM25
and embedding retrievers, joined by reciprocal rank, then the extractive reader; where nothing
is said of a setting, it is Haystack's own. The passages' vectors are handed over, made by the
same encoder, so that only questions are embedded here.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from haystack import Document, Pipeline
from haystack.components.joiners import DocumentJoiner
from haystack.components.retrievers.in_memory import (
    InMemoryBM25Retriever,
    InMemoryEmbeddingRetriever,
)
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersTextEmbedder,
)
from haystack_integrations.components.readers.transformers import TransformersExtractiveReader


def store_of(corpus: Path) -> InMemoryDocumentStore:
    """The passages and their vectors in a document store."""
    texts = json.loads((corpus / "passages.json").read_text(encoding="utf-8"))
    rows = np.load(corpus / "vectors.npy", allow_pickle=False)  # (P, dim)
    documents = [
        Document(content=text, meta={"place": place}, embedding=rows[place].tolist())
        for place, text in enumerate(texts)
    ]
    store = InMemoryDocumentStore()
    store.write_documents(documents)
    return store


def pipeline_of(store: InMemoryDocumentStore, encoder: str, model: str | None) -> Pipeline:
    """Question -> joined passages, read by the model where one is named."""
    made = Pipeline()
    embedder = SentenceTransformersTextEmbedder(model=encoder, progress_bar=False)
    made.add_component("embedder", embedder)
    made.add_component("near", InMemoryEmbeddingRetriever(store))
    made.add_component("words", InMemoryBM25Retriever(store))
    made.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
    made.connect("embedder.embedding", "near.query_embedding")
    made.connect("near", "joiner")
    made.connect("words", "joiner")
    if model is not None:
        kwargs = {"dtype": torch.float32}
        reader = TransformersExtractiveReader(model, no_answer=False, model_kwargs=kwargs)
        made.add_component("reader", reader)
        made.connect("joiner.documents", "reader.documents")
    return made


def inputs(question: str, k: int) -> dict[str, Any]:
    """What the pipeline needs to find k passages."""
    return {
        "embedder": {"text": question},
        "near": {"top_k": k},
        "words": {"query": question, "top_k": k},
        "joiner": {"top_k": k},
    }


def main(corpus: str, encoder: str, model: str, threads: int, clock_name: str) -> None:
    """Answer line by line until standard input ends."""
    clock = time.process_time if clock_name == "cpu" else time.perf_counter
    torch.set_num_threads(threads)
    replies, sys.stdout = sys.stdout, sys.stderr  # what libraries print goes elsewhere
    store = store_of(Path(corpus))
    searching, asking = pipeline_of(store, encoder, None), pipeline_of(store, encoder, model)
    print("{}", file=replies, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        question, k = asked["question"], asked["k"]
        started = clock()
        if asked["read"]:
            done = asking.run(inputs(question, k) | {"reader": {"query": question}})
            seconds, answers = clock() - started, done["reader"]["answers"]
            reply = {"seconds": seconds, "answer": answers[0].data if answers else ""}
        else:
            documents = searching.run(inputs(question, k))["joiner"]["documents"]
            ranked = [document.meta["place"] for document in documents]
            reply = {"seconds": clock() - started, "ranked": ranked}
        print(json.dumps(reply), file=replies, flush=True)


main(*sys.argv[1:4], threads=int(sys.argv[4]), clock_name=sys.argv[5])
