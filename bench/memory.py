"""Memory while a large text is indexed: sampled at each tenth of the way.

    python bench/memory.py --mib 1024 --stand-in      # everything but the encoder, 1 GiB
    python bench/memory.py --mib 8                    # the real encoder, as much as time allows

The text is sentences of ../shared/data/corpus_en recombined from a seed into files of 1 to
4 MB, each deleted when it was added. The stand-in encoder gives vectors of the same length
from hashes, so that parsing, splitting, SQL, FAISS and tantivy do what they always do. One
question is asked at every tenth, so that the indexes follow. Memory is that of this process
and of those it started (parsers), without pages of files; see ``status`` in proc(5).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from corpus import DATA, where

from retriever import Library
from retriever.encoding.embed import Encoder, FloatArray

MIB = 1 << 20
DIMENSION = 384
STEPS = 10


def stand_in() -> Encoder:
    """An encoder that only hashes: two of 65,536 fixed directions a text, added."""
    directions = np.random.default_rng(7).standard_normal((1 << 16, DIMENSION), np.float32)

    def forward(texts: list[str]) -> FloatArray:
        sums = np.array([zlib.crc32(text.encode()) for text in texts], dtype=np.uint32)  # (n,)
        rows: FloatArray = directions[sums & 0xFFFF] + directions[sums >> 16]
        return rows

    return Encoder("stand-in", DIMENSION, forward)


def sentences() -> list[str]:
    """Sentences of the English books."""
    books = sorted((DATA / "corpus_en").glob("*.md"))
    if not books:
        sys.exit("this benchmark reads ../shared/data/corpus_en, which is not here")
    text = "\n".join(book.read_text(encoding="utf-8") for book in books)
    return [f"{part.strip()}. " for part in text.split(". ") if 20 < len(part) < 1000]


def files(folder: Path, n_bytes: int, seed: int = 11) -> Iterator[Path]:
    """Text files of 1 to 4 MB, ``n_bytes`` in all; one is there at a time."""
    rng, known = np.random.default_rng(seed), sentences()
    left, number = n_bytes, 0
    while left > 0:
        size = min(left, int(rng.integers(1, 5)) * MIB)
        chosen = [known[i] for i in rng.integers(len(known), size=size // 40)]
        text = "".join(
            f"{piece}\n\n" if i % 8 == 7 else piece for i, piece in enumerate(chosen)
        ).encode()[:size]
        path = folder / f"{number:05d}.txt"
        path.write_text(text.decode(errors="ignore"), encoding="utf-8")
        yield path
        path.unlink()
        left -= size
        number += 1


def memory_mib(fields: Sequence[str] = ("RssAnon", "RssShmem")) -> float:
    """Memory of this process and its children in MiB, without pages of files."""
    own = Path("/proc/self")
    children = (own / "task" / own.resolve().name / "children").read_text().split()
    total = 0
    for process in (own, *(Path("/proc") / child for child in children)):
        for line in (process / "status").read_text().splitlines():
            if line.split(":")[0] in fields:
                total += int(line.split()[1])
    return total / 1024


def main() -> None:
    """Indexes the text and prints a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--mib", type=float, default=8, help="size of the text (%(default)s)")
    parser.add_argument("--stand-in", action="store_true", help="an encoder that only hashes")
    args = parser.parse_args()
    encoder = stand_in() if args.stand_in else Encoder.load()
    kind = "stand-in encoder" if args.stand_in else "real encoder"
    print(f"\n{where()}; {args.mib:g} MiB of text, {kind}\n")
    print("| text MiB | passages | memory MiB | most since | files' pages MiB | s |")
    print("|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with Library.open(home / "home", encoder=encoder) as library:
            run(library, home, args.mib)


def run(library: Library, folder: Path, mib: float) -> None:
    """Adds all files; a line at each tenth."""
    started, done, passages, most, step = time.monotonic(), 0.0, 0, 0.0, 0
    for path in files(folder, int(mib * MIB)):
        passages += library.add(path).n_passages
        done += path.stat().st_size / MIB
        most = max(most, memory_mib())
        if done < mib * step / STEPS and done < mib:
            continue
        library.search("what follows from the origin of the wealth of nations?", 5)
        most = max(most, memory_mib())
        print(
            f"| {done:.0f} | {passages} | {memory_mib():.0f} | {most:.0f} "
            f"| {memory_mib(['RssFile']):.0f} | {time.monotonic() - started:.0f} |",
            flush=True,
        )
        most, step = 0.0, int(done * STEPS / mib) + 1


if __name__ == "__main__":
    main()
