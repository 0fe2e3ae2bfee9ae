"""Questions with several answers: invented sections of documents, SQuAD's own as bullets, TAT-QA's.

What an item is depends on how a text tells it: items of one sentence are quoted together, as
people quote them, bullets and items in sentences of their own one by one. Knows examples; no
model and no tokens.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from reader.squad import AnswerText, Example
from retriever.parsing.rows import table_lines
from retriever.split import split
from retriever.types import ParsedDocument

SPEC = Path(__file__).parent / "specs" / "lists.toml"
N_ITEMS = (2, 6)  # of an invented section
N_SECTIONS = (2, 4)  # of an invented document
MOST_WORDS = 6  # of an item that becomes a bullet
WAYS = ("sentence", "bullets", "spread")
_BETWEEN = re.compile(r"\s*,\s+(?:and|or)\s+|\s*[,;]\s+|\s+(?:and|or)\s+")
_COORDINATED = re.compile(r"[,;].*\b(?:and|or)\s", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Section:
    """A piece of a document, the question that it answers, and where its answers stand."""

    text: str
    question: str
    answers: tuple[tuple[int, int], ...]  # [char_start, char_end)


def invented(n_documents: int, seed: int) -> list[Example]:
    """Questions of documents drawn from ``specs/lists.toml``, one of each section.

    ``answers`` are all answers that stand in the passage; a section cut in two gives two.
    """
    spec = tomllib.loads(SPEC.read_text(encoding="utf-8"))
    random = Random(seed)
    found: list[Example] = []
    for number in range(n_documents):
        kinds = random.sample(spec["list"], random.randint(*N_SECTIONS))
        sections = [_section(kind, spec["words"], random) for kind in kinds]
        found += _examples(sections, f"list-{seed}-{number}", 1000 * number, random)
    return found


def _examples(
    sections: Sequence[Section], name: str, order: int, random: Random
) -> Iterator[Example]:
    """Each question over the passages that hold an answer, as the library cuts them."""
    text, starts = "", []
    for section in sections:
        starts.append(len(text))
        text += section.text + "\n\n"
    passages = split(ParsedDocument(name, "text/plain", text, (0,)))
    for number, (section, at) in enumerate(zip(sections, starts, strict=True)):
        for index, passage in enumerate(passages):
            answers = [
                AnswerText(text[at + start : at + end], at + start - passage.char_start)
                for start, end in section.answers
                if passage.char_start <= at + start and at + end <= passage.char_end
            ]
            if answers:
                random.shuffle(answers)
                key = f"{name}-{number}-{index}"
                question = section.question
                yield Example(key, question, passage.text, tuple(answers), order + index)


def _section(kind: dict[str, Any], words: dict[str, list[str]], random: Random) -> Section:
    """A heading, what is asked for in one of three ways, and sentences that answer nothing."""
    known: Sequence[str] = words.get(kind["items"], ()) if isinstance(kind["items"], str) else ()
    drawn = random.sample(known or kind["items"], len(known or kind["items"]))
    way = random.choice(WAYS if "spread" in kind else WAYS[:2])
    most = min(N_ITEMS[1], len(kind["spread"]) if way == "spread" else N_ITEMS[1])
    items, others = drawn[: random.randint(N_ITEMS[0], most)], drawn[N_ITEMS[1] :]
    beside = [
        sentence.format(other=random.choice(others)) for sentence in kind["beside"]
    ]  # no sentence holds an item
    beside = [_capital(one) for one in random.sample(beside, random.randint(1, len(beside)))]
    heading = random.choice(kind["heading"])
    head = random.choice((f"## {heading}\n\n", f"{heading}\n\n", f"{heading}\n", ""))
    before = random.randint(0, len(beside))
    text = head + "".join(f"{one} " for one in beside[:before])
    middle, answers = _told(kind, way, items, random)
    answers = [(len(text) + start, len(text) + end) for start, end in answers]
    text += middle + " ".join(beside[before:])
    return Section(text.rstrip(), random.choice(kind["ask"]), tuple(answers))


def _told(
    kind: dict[str, Any], way: str, items: Sequence[str], random: Random
) -> tuple[str, list[tuple[int, int]]]:
    """The part of a section that answers, and the answers' places in it."""
    if way == "spread":
        return _spread(kind["spread"], items, random)
    intro = random.choice(kind["intro"])
    if way == "sentence":
        listed = _enumerated(items, random)
        start = len(intro) + 1
        return f"{intro} {listed}. ", [(start, start + len(listed))]
    return bullets(f"{intro.rstrip(':')}:", items, random)


def _spread(
    frames: Sequence[str], items: Sequence[str], random: Random
) -> tuple[str, list[tuple[int, int]]]:
    text, places = "", []
    for frame, item in zip(frames, items, strict=False):
        before, after = frame.split("{item}")
        said = item if before else _capital(item)
        start = len(text) + len(before)
        places.append((start, start + len(said)))
        text += before + said + after + random.choice((" ", " ", "\n\n"))
    return text, places


def bullets(intro: str, items: Sequence[str], random: Random) -> tuple[str, list[tuple[int, int]]]:
    """A list of items below a line, and the items' places in it."""
    sign, end = random.choice(("- ", "* ", "• ", "{n}. ", "{n}) ")), random.choice(("", ";", "."))
    large = random.random() < 0.5
    text, places = intro + random.choice(("\n", "\n\n")), []
    for number, item in enumerate(items, start=1):
        said = _capital(item) if large else item
        text += sign.format(n=number)
        places.append((len(text), len(text) + len(said)))
        text += f"{said}{end}\n"
    return text + "\n", places


def _enumerated(items: Sequence[str], random: Random) -> str:
    comma = random.choice(("", ","))
    return f"{', '.join(items[:-1])}{comma if len(items) > 2 else ''} and {items[-1]}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def as_bullets(examples: Sequence[Example], seed: int) -> list[Example]:
    """The questions whose answer ends a sentence and names three things or more, with bullets.

    The question and all other words are a person's own: "It consists of A, B and C." becomes
    "It consists of:" above three items.
    """
    random = Random(seed)
    found: list[Example] = []
    for example in examples:
        parts = _parts(example)
        if not parts:
            continue
        start = example.answers[0].char_start
        before = example.context[:start].rstrip().rstrip(":,")
        after = example.context[start + len(example.answers[0].text) :].lstrip(" .")
        middle, places = bullets("", parts, random)
        text = f"{before}:{middle}{after}".rstrip()
        at = len(before) + 1
        answers = [AnswerText(text[at + s : at + e], at + s) for s, e in places]
        random.shuffle(answers)
        found.append(
            Example(f"{example.id}-bullets", example.question, text, tuple(answers), example.order)
        )
    return found


def _parts(example: Example) -> list[str]:
    """The things that an answer names, where they end a sentence; none if it names fewer than 3."""
    if not example.answers or not _COORDINATED.search(example.answers[0].text):
        return []
    answer = example.answers[0]
    if not re.match(r"\s?\.(?:\s|\Z)", example.context[answer.char_start + len(answer.text) :]):
        return []
    parts = [part for part in _BETWEEN.split(answer.text) if part]
    is_list = len(parts) > 2 and all(len(part.split()) <= MOST_WORDS for part in parts)
    return parts if is_list else []


def tat_qa(path: Path) -> list[Example]:
    """Of every other page of TAT-QA (Zhu et al. 2021) the questions with several answers.

    Each over the paragraph or the rows of the table that hold all of them, once each.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if it is not of TAT-QA's form.
    """
    found: list[Example] = []
    try:
        for number, entry in enumerate(json.loads(path.read_text(encoding="utf-8"))[::2]):
            rows = "\n".join(table_lines(entry["table"]["table"]))
            passages = split(ParsedDocument("table", "text/csv", rows, (0,)))
            texts = [passage.text for passage in passages]
            texts += [paragraph["text"] for paragraph in entry["paragraphs"]]
            for asked in entry["questions"]:
                if asked["answer_type"] == "multi-span" and "respective" not in asked["question"]:
                    found += _over_one(asked, texts, 1000 * number)
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is not in TAT-QA's form: {error}") from error
    return found


def _over_one(asked: dict[str, Any], texts: Sequence[str], order: int) -> list[Example]:
    items: list[str] = asked["answer"]
    for index, text in enumerate(texts):
        if all(len(re.findall(rf"(?<!\w){re.escape(item)}(?!\w)", text)) == 1 for item in items):
            answers = tuple(AnswerText(item, text.index(item)) for item in items)
            return [Example(asked["uid"], asked["question"], text, answers, order + index)]
    return []
