"""Memory while a large text is indexed: sampled at each tenth of the way.

    python bench/memory.py --mib 1024 --stand-in      # everything but the encoder, 1 GiB
    python bench/memory.py --mib 8                    # the real encoder, as much as time allows

The text is sentences of ../shared/data/corpus_en recombined from a seed into files of 1 to
4 MB, each deleted when it was added. The stand-in encoder gives vectors of the same length
from hashes, so that parsing, splitting, SQL, FAISS and tantivy do what they always do. One
question is asked at every tenth, so that the indexes follow. Memory is that of this process
and of those it started (parsers), looked at twenty times a second: their own (RssAnon and
RssShmem of ``status`` in proc(5)), and the pages of mapped files that are in memory just now,
which the system takes back when it needs them (RssFile).
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
from corpus import DATA, where

from retriever import Library
from retriever.encoding.embed import Encoder
from retriever.records import FloatArray

MIB = 1 << 20
DIMENSION = 384
STEPS = 10
EVERY_S = 0.05


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


class Watch:
    """Looks at the memory of this process and its children until it is left."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._most = {"own": 0.0, "files": 0.0}
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(EVERY_S):
            own, files = memory_mib("RssAnon", "RssShmem"), memory_mib("RssFile")
            with self._lock:
                self._most["own"] = max(self._most["own"], own)
                self._most["files"] = max(self._most["files"], files)

    def most_mib(self) -> tuple[float, float]:
        """Most of its own, and of pages of files, in MiB since this was last asked."""
        with self._lock:
            found = self._most["own"], self._most["files"]
            self._most = {"own": 0.0, "files": 0.0}
        return found


def memory_mib(*fields: str) -> float:
    """Sum of these fields of ``status`` over this process and its children, in MiB."""
    own = Path("/proc/self")
    children = (own / "task" / str(os.getpid()) / "children").read_text().split()
    total = 0
    for process in (own, *(Path("/proc") / child for child in children)):
        with suppress(OSError):  # a child that has ended
            for line in (process / "status").read_text().splitlines():
                if line.split(":")[0] in fields:
                    total += int(line.split()[1])
    return total / 1024


def main() -> None:
    """Indexes the text and prints a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--mib", type=float, default=8, help="size of the text (%(default)s)")
    parser.add_argument("--stand-in", action="store_true", help="an encoder that only hashes")
    parser.add_argument("--folder", type=Path, help="where the library lies for now")
    args = parser.parse_args()
    encoder = stand_in() if args.stand_in else Encoder.load()
    kind = "stand-in encoder" if args.stand_in else "real encoder"
    print(f"\n{where()}; {args.mib:g} MiB of text, {kind}\n")
    print("| text MiB | passages | own MiB | most own since | most files' pages since | s |")
    print("|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        home = Path(folder)
        with Library.open(home / "home", encoder=encoder) as library, Watch() as watch:
            run(library, home, args.mib, watch)


def run(library: Library, folder: Path, mib: float, watch: Watch) -> None:
    """Adds all files; a line at each tenth."""
    started, done, passages, step = time.monotonic(), 0.0, 0, 0
    for path in files(folder, int(mib * MIB)):
        passages += library.add(path).n_passages
        done += path.stat().st_size / MIB
        if done < mib * step / STEPS and done < mib:
            continue
        library.search("what follows from the origin of the wealth of nations?", 5)
        own, mapped = watch.most_mib()
        print(
            f"| {done:.0f} | {passages} | {memory_mib('RssAnon', 'RssShmem'):.0f} | {own:.0f} "
            f"| {mapped:.0f} | {time.monotonic() - started:.0f} |",
            flush=True,
        )
        step = int(done * STEPS / mib) + 1


if __name__ == "__main__":
    main()
