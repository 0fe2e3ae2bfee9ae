"""Search over 10 thousand, 100 thousand and 1 million passages: time, memory, disk, recall.

``PYTHONPATH=. python bench/scale.py``. Text and vectors of the first 100 thousand are real, the
others are made of real ones: see ``scale_corpus.py``. Each step of each size runs in a process
of its own: passages into SQL, indexes from SQL, then searches over what was saved.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from corpus import percentile_ms, where
from scale_corpus import N_REAL, Material, asked, material, recombined_rows, recombined_text

from retriever import Library
from retriever.encoding import identity
from retriever.encoding.embed import Encoder
from retriever.index.lexical import TantivyIndex
from retriever.index.vectors import FaissIndex
from retriever.records import Entry, FloatArray
from retriever.sql import contents, store
from retriever.types import ParsedDocument, Slice

PASSAGES_A_DOCUMENT = 500
DOCUMENTS_A_TRANSACTION = 20
N_TIMED = 200  # questions
K = 20


def passages(real: Material, n: int) -> Iterator[tuple[list[str], FloatArray]]:
    """Texts and rows of one document after another, ``n`` passages in all."""
    random = np.random.default_rng(n)
    for start in range(0, n, PASSAGES_A_DOCUMENT):
        stop = min(start + PASSAGES_A_DOCUMENT, n)
        if stop <= len(real.texts):
            yield real.texts[start:stop], real.rows[start:stop]
        else:
            texts = recombined_text(real.texts, stop - start, random)
            yield texts, recombined_rows(real.rows, stop - start, random)


def entry(number: int, texts: list[str], rows: FloatArray) -> Entry:
    """A document of these passages as the store takes it."""
    slices, start = [], 0
    for text in texts:
        slices.append(Slice(start, start + len(text), text))
        start += len(text) + 1
    parsed = ParsedDocument(f"{number}.txt", "text/plain", "\n".join(texts), (0,))
    return Entry(parsed, "indexed", "", start, f"{number:064x}", slices, rows)


def fill(home: Path, cache: Path, n: int, n_real: int) -> dict[str, float]:
    """Writes passages and vectors into SQL, as adding documents does after embedding."""
    real = material(cache, n_real)
    started = time.perf_counter()
    with Library.open(home) as library:
        database = library._database
        documents = enumerate(passages(real, n), start=1)
        while part := list(islice(documents, DOCUMENTS_A_TRANSACTION)):
            with database.writing() as conn:
                collection = store.lock_collection(conn, "default")
                identity.agree(conn, library.encoder)
                for number, (texts, rows) in part:
                    store.add(conn, collection, entry(number, texts, rows))
    return {"into_sql_s": time.perf_counter() - started}


def index(home: Path) -> dict[str, float]:
    """Makes both indexes from SQL, as the first search or a rebuild does."""
    started = time.perf_counter()
    with Library.open(home) as library:
        for collection in library._searcher._existing(["default"]):
            library._indexes.follow(collection)
    elapsed_s = time.perf_counter() - started
    files = [path for path in (home / "indexes").rglob("*") if path.is_file()]
    return {
        "index_s": elapsed_s,
        "index_bytes": sum(path.stat().st_size for path in files),
        "sql_bytes": (home / "library.db").stat().st_size,
    }


def resident_bytes() -> dict[str, int]:
    """Memory of this process: its own, and mapped files that are in memory just now."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    found = dict(line.split(":", 1) for line in lines)
    return {key: 1024 * int(found[key].split()[0]) for key in ("RssAnon", "RssFile")}


def search(home: Path, cache: Path) -> dict[str, float]:
    """Times searches, with the encoder and without it, and counts what exact search finds."""
    questions, encoder = asked(cache)
    with tempfile.TemporaryDirectory() as empty:  # what programs take, without any passage
        TantivyIndex(Path(empty)), FaissIndex(1)
    before = resident_bytes()
    with Library.open(home, encoder=encoder) as library:
        library.search(questions[-1], K)
        without = timed(library, questions[:N_TIMED])
        after = resident_bytes()
        recall = recall_against_exact(library, encoder.encode(questions[:N_TIMED]))
        n = library.stats().passages
    with Library.open(home) as library:
        library.search(questions[-1], K)
        whole = timed(library, questions[:N_TIMED])
    return {
        "own_bytes": (after["RssAnon"] - before["RssAnon"]) / n,
        "mapped_bytes": (after["RssFile"] - before["RssFile"]) / n,
        "p50_ms": percentile_ms(without, 50),
        "p95_ms": percentile_ms(without, 95),
        "whole_p50_ms": percentile_ms(whole, 50),
        "whole_p95_ms": percentile_ms(whole, 95),
        "recall": recall,
    }


def timed(library: Library, questions: list[str]) -> list[float]:
    """Seconds of each search."""
    found = []
    for question in questions:
        started = time.perf_counter()
        library.search(question, K)
        found.append(time.perf_counter() - started)
    return found


def in_turn(homes: Path, sizes: list[int], cache: Path) -> dict[str, float]:
    """Median milliseconds of a search of each size, embedding included, one question after
    another put to all of them, each size first as often as the others.
    """
    questions, _ = asked(cache)
    encoder = Encoder.load()
    opened = [Library.open(homes / str(n), encoder=encoder) for n in sizes]
    for library in opened:
        timed(library, questions[-5:])
    found: list[list[float]] = [[] for _ in sizes]
    for number, question in enumerate(questions[:N_TIMED]):
        for step in range(len(sizes)):
            place = (number + step) % len(sizes)
            found[place] += timed(opened[place], [question])
    return {str(n): percentile_ms(own, 50) for n, own in zip(sizes, found, strict=True)}


def recall_against_exact(library: Library, rows: FloatArray) -> float:
    """Share of the K truly nearest passages that the vector index finds, over all questions."""
    [collection] = library._searcher._existing(["default"])
    followers = library._indexes.follow(collection)
    assert followers is not None, "nothing was embedded"
    best = [np.zeros((2, 0)) for _ in rows]  # ids and scores
    with library._database.reading() as conn:
        for document_id in contents.document_sizes(conn, collection)[:, 0].tolist():
            pairs = list(contents.vectors_of(conn, collection, [document_id]))
            ids = np.array([i for i, _ in pairs], dtype=np.float64)
            scores = rows @ np.stack([row for _, row in pairs]).T  # (questions, passages)
            for place, own in enumerate(scores):
                both = np.concatenate([best[place], np.stack([ids, own])], axis=1)
                best[place] = both[:, np.argsort(-both[1])[:K]]
    hits = 0
    for row, true in zip(rows, best, strict=True):
        hits += len({i for i, _ in followers.nearest(row, K)} & set(true[0].astype(int).tolist()))
    return hits / (K * len(rows))


def child(arguments: list[str]) -> dict[str, float]:
    """One step in a process of its own."""
    command = [sys.executable, __file__, *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def row_of(n: int, found: dict[str, float]) -> str:
    """A line of the table."""
    return (
        f"| {n:,} | {found['into_sql_s']:.0f} | {found['index_s']:.0f} "
        f"| {found['own_bytes']:.0f} + {found['mapped_bytes']:.0f} "
        f"| {found['index_bytes'] / n:.0f} | {found['sql_bytes'] / n:.0f} "
        f"| {found['p50_ms']:.1f} / {found['p95_ms']:.1f} "
        f"| {found['whole_p50_ms']:.1f} / {found['whole_p95_ms']:.1f} | {found['recall']:.4f} |"
    )


HEAD = (
    "| passages | into SQL s | indexes s | memory a passage, own + mapped (bytes) "
    "| index files a passage (bytes) | SQL a passage (bytes) | search p50 / p95 ms "
    "| with the question's embedding | recall@20 |\n|---|---|---|---|---|---|---|---|---|"
)


def main() -> None:
    """Run every size and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    temporary = Path(tempfile.gettempdir())
    parser.add_argument(
        "--passages", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], help="the sizes"
    )
    parser.add_argument("--real", type=int, default=N_REAL, help="how many passages are real")
    parser.add_argument(
        "--cache", type=Path, default=temporary / "quoth-scale", help="keeps real vectors"
    )
    parser.add_argument("--homes", type=Path, help="keeps the libraries, to search them again")
    parser.add_argument("--step", nargs=3, metavar=("STEP", "HOME", "N"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.step:
        step, home, n = args.step[0], Path(args.step[1]), int(args.step[2])
        steps = {
            "fill": lambda: fill(home, args.cache, n, args.real),
            "index": lambda: index(home),
            "search": lambda: search(home, args.cache),
            "turns": lambda: in_turn(home, args.passages, args.cache),
        }
        print(json.dumps(steps[step]()))
        return
    material(args.cache, args.real)
    print(f"\n{where()}; {args.real:,} passages are real\n\n{HEAD}", flush=True)
    homes = args.homes or Path(tempfile.mkdtemp(prefix="quoth-scale-homes-"))
    for n in args.passages:
        home, found = homes / str(n), {}
        common = ["--cache", str(args.cache), "--real", str(args.real)]
        known = homes / f"{n}.json"
        made = json.loads(known.read_text("ascii")) if known.is_file() else {}
        for step in ("fill", "index", "search"):
            if step == "search" or not made:
                found.update(child([*common, "--step", step, str(home), str(n)]))
            if step == "index" and not made:
                known.write_text(json.dumps(found), "ascii")
        print(row_of(n, {**made, **found}), flush=True)
    sizes = [str(n) for n in args.passages]
    common = ["--cache", str(args.cache), "--passages", *sizes]
    medians = child([*common, "--step", "turns", str(homes), "0"])
    told = [f"{int(n):,}: {ms:.1f} ms, {ms / medians[sizes[0]]:.2f} x" for n, ms in medians.items()]
    print(f"\nin turn, one question after another, embedding included: {'; '.join(told)}")
    if not args.homes:
        shutil.rmtree(homes)


if __name__ == "__main__":
    main()
