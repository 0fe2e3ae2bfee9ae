"""Passages and pages indexed a second: Quoth beside txtai and plain sentence-transformers.

    python bench/ingest.py --txtai-python ENVIRONMENT/bin/python

Each way indexes the same book in a process of its own, in turn, twice; the better run counts,
and the clock starts when the encoder is loaded.

Text: all have the same weights and the same passages, cut by Quoth beforehand for the others,
with the title and headings that Quoth embeds. Plain is ``encode`` in default batches and a
flat FAISS file; txtai is ``Embeddings.index`` with content, saved. Quoth is ``Library.add``
of the file, until search would find it: parsing, cutting, SQL, FAISS and BM25 included.
PDF: plain is pypdfium2 for the text and cuts every 800 characters, then as above.

``cpu`` compares processor time, which tells more than the clock on a machine with other work.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from corpus import DATA, where

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

CUT_CHARS = 800
TEXT, PDF, PASSAGES = "book.md", "book.pdf", "passages.json"


def book(n_chars: int) -> str:
    """The beginning of a public-domain book; exits with a plain line where it is absent."""
    file = DATA / "corpus_en" / "Charles_Darwin__On_the_Origin_of_Species.md"
    if not file.is_file():
        sys.exit("this benchmark reads ../shared/data/corpus_en, which is not here")
    return file.read_text(encoding="utf-8")[:n_chars]


def make_text(folder: Path, text: str) -> None:
    """The book, and the passages that Quoth cuts it into."""
    from retriever.parsing import parse
    from retriever.split import split

    file = folder / TEXT
    file.write_text(text, encoding="utf-8")
    passages = [piece.text for piece in split(parse(file, file.name))]
    (folder / PASSAGES).write_text(json.dumps(passages), encoding="utf-8")


def make_pdf(path: Path, text: str) -> None:
    """A text PDF, made on the spot with Chromium."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    body = "".join(f"<p>{paragraph}</p>" for paragraph in escaped.split("\n\n"))
    html = path.with_suffix(".html")
    html.write_text(f"<meta charset=utf-8><body style='font:12pt serif'>{body}", encoding="utf-8")
    command = [
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
        f"--print-to-pdf={path}", html.as_uri(),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=180)


class Clock:
    """Seconds of wall and processor since it was made, parsers in other processes included."""

    def __init__(self) -> None:
        self._s, self._cpu_s = time.perf_counter(), self._cpu()

    @staticmethod
    def _cpu() -> float:
        used = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(usage.ru_utime + usage.ru_stime for usage in used)

    def figures(self, pages: int, passages: int) -> dict[str, float]:
        """What was done and how long it took."""
        s, cpu_s = time.perf_counter() - self._s, self._cpu() - self._cpu_s
        return {"pages": pages, "passages": passages, "s": s, "cpu_s": cpu_s}


def sentence_transformer() -> SentenceTransformer:
    """The packaged encoder as its library runs it, warmed up."""
    from sentence_transformers import SentenceTransformer

    from retriever.encoding.embed import packaged_folder

    encoder = SentenceTransformer(str(packaged_folder()), device="cpu")
    encoder.encode(["the encoder is loaded"], show_progress_bar=False)
    return encoder


def index_flat(encoder: SentenceTransformer, passages: Sequence[str], home: Path) -> None:
    """Vectors in default batches, and a flat FAISS file of them."""
    import faiss

    vectors = encoder.encode(passages, normalize_embeddings=True, show_progress_bar=False)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    faiss.write_index(index, str(home / "index.faiss"))


def quoth(file: Path, home: Path) -> dict[str, float]:
    """``Library.add``, and the catching up that a search would wait for."""
    from retriever import Library

    with Library.open(home) as library:
        library.encoder.encode(["the encoder is loaded"])
        clock = Clock()
        document = library.add(file)
        library.close()
        return clock.figures(document.n_pages, document.n_passages)


def plain_text(file: Path, home: Path) -> dict[str, float]:
    """The same passages by sentence-transformers and FAISS alone."""
    passages = json.loads((file.parent / PASSAGES).read_text(encoding="utf-8"))
    encoder = sentence_transformer()
    clock = Clock()
    index_flat(encoder, passages, home)
    return clock.figures(0, len(passages))


def plain_pdf(file: Path, home: Path) -> dict[str, float]:
    """A tutorial's loop: text of the pages, equal cuts, vectors."""
    import pypdfium2

    encoder = sentence_transformer()
    clock = Clock()
    document = pypdfium2.PdfDocument(file)
    text = "\n".join(page.get_textpage().get_text_range() for page in document)
    passages = [text[i : i + CUT_CHARS] for i in range(0, len(text), CUT_CHARS)]
    index_flat(encoder, passages, home)
    return clock.figures(len(document), len(passages))


WAYS = {"quoth": quoth, "plain text": plain_text, "plain pdf": plain_pdf}


def command(way: str, file: Path, home: str, txtai_python: str) -> list[str]:
    """How a way is started in a process of its own."""
    if way != "txtai":
        return [sys.executable, __file__, "--child", way, str(file), home]
    from retriever.encoding.embed import packaged_folder

    worker = str(Path(__file__).with_name("txtai_ingest.py"))
    return [txtai_python, worker, str(packaged_folder()), str(file.parent / PASSAGES), home]


def compare(file: Path, ways: Sequence[str], runs: int, txtai_python: str) -> None:
    """Runs the ways in turn and prints a Markdown table; the first way is the yardstick."""
    best: dict[str, dict[str, float]] = {}
    for run in range(runs):
        for way in ways if run % 2 == 0 else reversed(ways):
            with tempfile.TemporaryDirectory() as home:
                started = command(way, file, home, txtai_python)
                done = subprocess.run(started, check=True, stdout=subprocess.PIPE, text=True)
            row = json.loads(done.stdout.splitlines()[-1])
            best[way] = {k: min(v, best.get(way, row)[k]) for k, v in row.items()}
    print(f"\n{where()}; {file.name}, better of {runs} runs\n")
    print("| way | passages | passages/s | pages/s | times | times by cpu |")
    print("|---|---|---|---|---|---|")
    first = {kind: best[ways[0]]["passages"] / best[ways[0]][kind] for kind in ("s", "cpu_s")}
    for way, row in best.items():
        rate = {kind: row["passages"] / row[kind] for kind in ("s", "cpu_s")}
        pages = f"{row['pages'] / row['s']:.1f}" if row["pages"] > 1 else ""
        print(
            f"| {way} | {row['passages']:.0f} | {rate['s']:.1f} | {pages} "
            f"| {rate['s'] / first['s']:.2f} | {rate['cpu_s'] / first['cpu_s']:.2f} |",
            flush=True,
        )


def main() -> None:
    """Both comparisons, or one way of one of them in this process."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--chars", type=int, default=600_000, help="size of the book")
    parser.add_argument("--runs", type=int, default=2, help="of each way (%(default)s)")
    parser.add_argument("--txtai-python", default="", help="of an environment with txtai")
    parser.add_argument("--no-pdf", action="store_true", help="leave the PDF out")
    parser.add_argument("--child", nargs=3, metavar=("WAY", "FILE", "HOME"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        way, file, home = args.child
        print(json.dumps(WAYS[way](Path(file), Path(home))))
        return
    text = book(args.chars)
    with tempfile.TemporaryDirectory() as folder:
        make_text(Path(folder), text)
        ways = ["plain text", *(["txtai"] if args.txtai_python else []), "quoth"]
        compare(Path(folder) / TEXT, ways, args.runs, args.txtai_python)
        if not args.no_pdf:
            make_pdf(Path(folder) / PDF, text)
            compare(Path(folder) / PDF, ["plain pdf", "quoth"], args.runs, args.txtai_python)


if __name__ == "__main__":
    main()
