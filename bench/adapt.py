"""What 200 corrections of one domain teach: F1 on other documents of it, and on SQuAD.

``python bench/adapt.py [--corrections N] [--seed N]``. PolicyQA dev, which the shipped reader
never saw, is split by document; corrections are drawn from one half, ``training.adapt`` does
all the rest as it would for a home, and the half that it never saw is read before and after.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from corpus import DATA

from reader import Reader
from reader.installed import installed
from reader.squad import load_squad
from training.adapt import BASE_QUESTIONS, compared
from training.adapt import main as adapt
from training.regimes import sampled

DOMAIN = "en/policyqa-dev.json"
Article = dict[str, Any]


def halves(articles: Sequence[Article]) -> tuple[list[Article], list[Article]]:
    """Documents to correct, and documents to measure on: the same ones each time."""
    drawn = sorted(articles, key=lambda article: str(article["title"]))
    Random("halves").shuffle(drawn)
    middle = len(drawn) // 2
    return drawn[:middle], drawn[middle:]


def corrections(articles: Sequence[Article], n: int, seed: int) -> dict[str, Any]:
    """``n`` questions of some documents, as people would have corrected them."""
    ids = [qa["id"] for a in articles for p in a["paragraphs"] for qa in p["qas"]]
    kept = set(sampled(ids, n, seed))
    rows = []
    for article in articles:
        paragraphs = [
            {**paragraph, "qas": [qa for qa in paragraph["qas"] if qa["id"] in kept]}
            for paragraph in article["paragraphs"]
        ]
        rows.append({**article, "paragraphs": [row for row in paragraphs if row["qas"]]})
    return {"data": rows}


def main() -> None:
    """Adapt in a home of its own, then print what it gave."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corrections", type=int, default=200, metavar="N")
    parser.add_argument("--seed", type=int, default=1, help="which corrections are drawn")
    parser.add_argument("--most", type=int, default=BASE_QUESTIONS, help="questions of SQuAD dev")
    parser.add_argument("--asked", type=int, default=10_000, help="questions of the held-out half")
    parser.add_argument("--home", type=Path, help="keep what was made here (default: nothing)")
    args = parser.parse_args()
    taught, measured = halves(json.loads((DATA / DOMAIN).read_text(encoding="utf-8"))["data"])
    with tempfile.TemporaryDirectory() as scratch:
        home = args.home or Path(scratch)
        home.mkdir(parents=True, exist_ok=True)
        given, unseen = home / "given.json", home / "unseen.json"
        given.write_text(json.dumps(corrections(taught, args.corrections, args.seed)))
        unseen.write_text(json.dumps({"data": measured}))
        words = ["--home", str(home), "--examples", str(given), "--data-root", str(DATA)]
        status = adapt([*words, "--most", str(args.most)])
        if status:
            raise SystemExit(status)
        asked = sampled(load_squad(unseen), args.asked, 1)
        found = compared(Reader.load(), Reader.load(installed(home)), asked, "unseen documents")
    print(f"F1 on {len(measured)} documents never seen: {found}")


if __name__ == "__main__":
    main()
