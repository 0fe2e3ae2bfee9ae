"""Follow-ups: what rewriting them gives, against the last words alone and the whole history.

``python bench/follow_ups.py [--turns N] [--half choose|report] [--open]``. Reads the turns of
doc2dial that have something before them (../shared/data/extra/doc2dial_rc_val.csv.zip). Its
documents are split in two halves by name: rules were chosen on one, figures come from the other.
By default the pipeline searches and reads the one document that a dialogue is about; with
``--open`` all documents of the set. It always answers. Also prints how often questions that
stand alone are rewritten, after another question of their set.
"""

from __future__ import annotations

import argparse
import ast
import csv
import hashlib
import io
import json
import random
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from corpus import DATA, where
from tqdm import tqdm

from chatbot.ask import AskConfig, ask
from chatbot.dialogue import Exchange, standalone
from chatbot.types import MAX_QUESTION_CHARS, Reply
from reader import Reader
from reader.squad import load_squad
from retriever import Library
from training.metrics import f1

TURNS_FILE = DATA / "extra" / "doc2dial_rc_val.csv.zip"
ALONE = ("en/squad-dev-v1.1.json", "en/nq-qed-dev.json", "zh/cmrc2018-dev.json", "zh/drcd-dev.json")
NQ_OPEN = DATA / "extra" / "NQ-open.dev.jsonl"
MAX_FIELD_CHARS = 10_000_000
N_RESAMPLES = 2000
ALWAYS = AskConfig(threshold=0.0)


@dataclass(frozen=True, slots=True)
class Utterance:
    """One line of a dialogue; ``by`` is "user" or "agent"."""

    by: str
    text: str


@dataclass(frozen=True, slots=True)
class DialogueTurn:
    """What a user says last, what was said before, and where the answer stands.

    Attributes:
        title: of the document section that the dialogue is about.
        utterances: oldest first, the user's last one at the end.
        gold: the words that answer it.
        gold_start: where they begin in ``context``.
        context: the whole section.
    """

    title: str
    utterances: tuple[Utterance, ...]
    gold: str
    gold_start: int
    context: str

    @property
    def document(self) -> str:
        """The page that the section is of."""
        return self.title.rsplit("#", 1)[0]

    @property
    def half(self) -> str:
        """Either "choose" or "report", by the name of the document alone."""
        digest = hashlib.sha256(self.document.encode()).hexdigest()
        return "choose" if int(digest, 16) % 2 == 0 else "report"

    @property
    def collection(self) -> str:
        """Where the section lies alone in the library."""
        return "section-" + hashlib.sha256(self.title.encode()).hexdigest()[:16]


def read_turns() -> list[DialogueTurn]:
    """Every turn that has something before it; exits with a plain line where the data is absent."""
    if not TURNS_FILE.is_file():
        sys.exit("this benchmark reads ../shared/data/extra/doc2dial_rc_val.csv.zip: not here")
    csv.field_size_limit(MAX_FIELD_CHARS)
    with zipfile.ZipFile(TURNS_FILE) as archive:
        (name,) = archive.namelist()
        rows = list(csv.DictReader(io.TextIOWrapper(archive.open(name), encoding="utf-8")))
    turns = [_turn(row) for row in rows]
    return [turn for turn in turns if len(turn.utterances) > 1]


def _turn(row: dict[str, str]) -> DialogueTurn:
    answers = ast.literal_eval(row["answers"])
    lines = [line.partition(":") for line in row["question"].split("\t") if ":" in line]
    said = [Utterance(by.strip(), " ".join(text.split())) for by, _, text in lines]
    said.reverse()  # the file has the last one first
    return DialogueTurn(
        row["title"], tuple(said), answers["text"][0], answers["answer_start"][0], row["context"]
    )


def last_alone(turn: DialogueTurn) -> str:
    """What the user said last."""
    return turn.utterances[-1].text


def oldest_first(turn: DialogueTurn) -> str:
    """The history and the last words, as much of the end as a question may hold."""
    kept = ""
    for utterance in reversed(turn.utterances):
        longer = f"{utterance.text} {kept}".strip()
        if kept and len(longer) > MAX_QUESTION_CHARS:
            break
        kept = longer
    return kept[-MAX_QUESTION_CHARS:]


def newest_first(turn: DialogueTurn) -> str:
    """The last words, then the history backwards, as much as a question may hold."""
    return " ".join(said.text for said in reversed(turn.utterances))[:MAX_QUESTION_CHARS]


def rewritten(turn: DialogueTurn) -> str:
    """The last words as the chat would look them up after this dialogue."""
    history: list[Exchange] = []
    asked, answers = "", []
    for utterance in turn.utterances[:-1]:
        if utterance.by == "agent":
            answers.append(utterance.text)
            continue
        if asked or answers:
            history.append(Exchange(standalone(asked, history), " ".join(answers)))
        asked, answers = utterance.text, []
    history.append(Exchange(standalone(asked, history), " ".join(answers)))
    meant = standalone(last_alone(turn), history)
    return meant if len(meant) <= MAX_QUESTION_CHARS else last_alone(turn)


WAYS: dict[str, Callable[[DialogueTurn], str]] = {
    "last words alone": last_alone,
    "whole history, oldest first": oldest_first,
    "whole history, newest first": newest_first,
    "rewritten": rewritten,
}


def fill(library: Library, turns: Sequence[DialogueTurn], folder: Path) -> None:
    """Every section in a collection of its own."""
    for turn in tqdm({turn.title: turn for turn in turns}.values(), desc="sections"):
        path = folder / f"{turn.collection}.txt"
        path.write_text(turn.context, encoding="utf-8")
        library.add(path, turn.collection)


def is_there(reply: Reply, turn: DialogueTurn) -> bool:
    """Whether the quotation overlaps the words that answer."""
    if reply.answer is None:
        return False
    citation = reply.answer.citation
    same = citation.document_name == f"{turn.collection}.txt"
    gold_end = turn.gold_start + len(turn.gold)
    return same and citation.char_start < gold_end and citation.char_end > turn.gold_start


def interval(values: np.ndarray, groups: Sequence[str]) -> tuple[float, float]:
    """95 % of the mean, by drawing whole documents anew (they hold many turns each)."""
    rng = np.random.default_rng(13)
    members = [np.flatnonzero(np.array(groups) == group) for group in sorted(set(groups))]
    sums = np.array([values[index].sum() for index in members])
    counts = np.array([len(index) for index in members])
    drawn = rng.integers(0, len(members), (N_RESAMPLES, len(members)))
    means = sums[drawn].sum(1) / counts[drawn].sum(1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def measure(turns: Sequence[DialogueTurn], library: Library, everywhere: Sequence[str]) -> None:
    """Asks every way and prints the table; ``everywhere`` replaces the document's collection."""
    reader = Reader.load()
    earned = {way: np.zeros(len(turns)) for way in WAYS}
    found = {way: np.zeros(len(turns)) for way in WAYS}
    changed = np.zeros(len(turns), dtype=bool)
    for row, turn in enumerate(tqdm(turns, desc="turns")):
        known: dict[str, Reply] = {}
        for way, question_of in WAYS.items():
            question = question_of(turn).strip() or "?"
            if question not in known:
                where_to_look = everywhere or [turn.collection]
                known[question] = ask(question, library, reader, where_to_look, ALWAYS)
            answer = known[question].answer
            earned[way][row] = 100 * f1(answer.text if answer else "", [turn.gold])
            found[way][row] = 100 * is_there(known[question], turn)
        changed[row] = rewritten(turn) != last_alone(turn)
    groups = [turn.document for turn in turns]
    print(f"{len(turns)} turns of {len(set(groups))} documents; {changed.sum()} are rewritten")
    for way in WAYS:
        low, high = interval(earned[way], groups)
        print(f"{way:28} F1 {earned[way].mean():5.2f} [{low:.2f}, {high:.2f}], in place "
              f"{found[way].mean():4.1f} %")  # fmt: skip
    for way in WAYS:
        gain = earned["rewritten"] - earned[way]
        low, high = interval(gain, groups)
        print(f"rewritten - {way:28} F1 {gain.mean():+5.2f} [{low:+.2f}, {high:+.2f}]")
    if changed.any():
        before, after = earned["last words alone"][changed], earned["rewritten"][changed]
        print(f"where rewritten: F1 {before.mean():.2f} -> {after.mean():.2f}")


def standing_alone() -> Iterator[tuple[str, list[Exchange]]]:
    """Sets of questions that were asked by themselves, each with its answer."""
    with NQ_OPEN.open(encoding="utf-8") as lines:
        asked = [json.loads(line) for line in lines]
    yield NQ_OPEN.name, [Exchange(one["question"], one["answer"][0]) for one in asked]
    for name in ALONE:
        examples = load_squad(DATA / name)
        answers = [example.answers[0].text if example.answers else "" for example in examples]
        pairs = zip(examples, answers, strict=True)
        yield name, [Exchange(example.question, answer) for example, answer in pairs]


def count_wrongful(shown: int) -> None:
    """How many of them are rewritten after another, unrelated one; prints some of these."""
    for name, asked in standing_alone():
        before = random.Random(5).sample(asked, len(asked))
        pairs = [(one.question, standalone(one.question, [other]))
                 for one, other in zip(asked, before, strict=True)]  # fmt: skip
        changed = [(typed, meant) for typed, meant in pairs if meant != typed]
        share = 100 * len(changed) / len(asked)
        print(f"{name}: {len(changed)} of {len(asked)} rewritten, {share:.2f} %")
        for typed, meant in random.Random(5).sample(changed, min(shown, len(changed))):
            print(f"    {typed} -> {meant}")


def main() -> None:
    """Run both measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=0, help="ask so many, drawn; 0 for all")
    parser.add_argument("--half", default="report", choices=("choose", "report"))
    parser.add_argument("--open", action="store_true", help="look in all documents of the set")
    parser.add_argument("--shown", type=int, default=0, help="print so many wrongful rewritings")
    flags = parser.parse_args()
    print(where())
    count_wrongful(flags.shown)
    every = read_turns()
    asked = [turn for turn in every if turn.half == flags.half]
    if flags.turns:
        asked = random.Random(13).sample(asked, min(flags.turns, len(asked)))
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with Library.open(home / "library") as library:
            needed = every if flags.open else asked
            fill(library, needed, home)
            everywhere = sorted({turn.collection for turn in needed}) if flags.open else []
            measure(asked, library, everywhere)


if __name__ == "__main__":
    main()
