"""Text and vectors for the benchmark of size: real ones first, then real ones recombined.

Knows where the corpora lie and how a text is embedded, but neither library nor index.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from corpus import DATA

from reader.squad import load_squad
from retriever.encoding.embed import DEFAULT_ENCODER, PROBE, Encoder
from retriever.records import FloatArray
from retriever.sentences import sentences

N_REAL = 100_000
N_QUESTIONS = 1000
PASSAGE_WORDS = 40  # at least, where the paragraph is long enough
BLOCK = 2500  # passages embedded between two files
SEED = 17


@dataclass(frozen=True, slots=True)
class Material:
    """Real passages with their unit rows, shape (n, dim)."""

    texts: list[str]
    rows: FloatArray


def asked(folder: Path) -> tuple[list[str], Encoder]:
    """Questions of people, and an encoder that knows them and nothing else by heart.

    The true encoder is loaded only where it has not told their rows yet: it takes memory that
    would be counted.
    """
    questions = _questions()
    texts = [*questions, PROBE]
    rows = _block(folder / "asked.npy", texts)
    known = dict(zip(texts, rows, strict=True))
    encoder = Encoder(
        DEFAULT_ENCODER, rows.shape[1], lambda asked: np.stack([known[text] for text in asked])
    )
    return questions, encoder


def material(folder: Path, n_real: int = N_REAL) -> Material:
    """Reads and embeds; ``folder`` keeps finished blocks, so that a second run resumes."""
    texts = _passages()[:n_real]
    folder.mkdir(parents=True, exist_ok=True)
    parts = []
    for start in range(0, len(texts), BLOCK):
        parts.append(_block(folder / f"rows-{start}.npy", texts[start : start + BLOCK]))
        print(f"\rembedded {start + len(parts[-1])}/{len(texts)}", end="", file=sys.stderr)
    print(file=sys.stderr)
    return Material(texts, np.concatenate(parts))


@cache
def _encoder() -> Encoder:
    return Encoder.load()


def _block(path: Path, texts: list[str]) -> FloatArray:
    if path.is_file():
        kept: FloatArray = np.load(path, allow_pickle=False)
        if len(kept) == len(texts):
            return kept
    rows = _encoder().encode(texts)
    part = path.with_suffix(".part.npy")
    np.save(part, rows)
    part.replace(path)
    return rows


def _passages() -> list[str]:
    """Runs of whole sentences from every English text, each once, in a fixed random order."""
    folder = DATA / "corpus_en"
    if not folder.is_dir():
        sys.exit("this benchmark reads ../shared/data/corpus_en, which is not here")
    found: dict[str, None] = {}
    for path in sorted(folder.iterdir()):
        for paragraph in path.read_text(encoding="utf-8").splitlines():
            found.update(dict.fromkeys(_cut(paragraph)))
    texts = list(found)
    order = np.random.default_rng(SEED).permutation(len(texts))
    return [texts[index] for index in order]


def _cut(paragraph: str) -> Iterator[str]:
    start, words = 0, 0
    for low, high in sentences(paragraph, 0, len(paragraph)):
        words += len(paragraph[low:high].split())
        if words >= PASSAGE_WORDS:
            yield paragraph[start:high].strip()
            start, words = high, 0
    if words >= PASSAGE_WORDS // 3:
        yield paragraph[start:].strip()


def _questions() -> list[str]:
    examples = load_squad(DATA / "en" / "squad-train-v1.1-partial.json")
    order = np.random.default_rng(SEED).permutation(len(examples))[:N_QUESTIONS]
    return [examples[index].question for index in order]


def recombined_text(texts: list[str], n: int, random: np.random.Generator) -> list[str]:
    """``n`` texts made of the first half of one real passage and the second half of another."""
    pairs = random.integers(0, len(texts), size=(n, 2))
    found = []
    for first, second in pairs.tolist():
        one, other = texts[first].split(), texts[second].split()
        found.append(" ".join(one[: len(one) // 2] + other[len(other) // 2 :]))
    return found


def recombined_rows(rows: FloatArray, n: int, random: np.random.Generator) -> FloatArray:
    """``n`` unit rows, each a real one moved by half the difference of two others; shape (n, dim).

    The cosine to the real one is about 0.82, to another one made from it about 0.68: what a
    passage has to its nearest neighbours among real ones. So each subject gets as many times
    more passages as the whole has, instead of new subjects that no question is about.
    """
    own, one, other = random.integers(0, len(rows), size=(3, n))
    moved = rows[own] + 0.5 * (rows[one] - rows[other])
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), dtype=np.float32)
