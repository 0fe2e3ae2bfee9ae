"""SQuAD-form JSON files -> examples. Checks that every answer stands where it says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class AnswerText:
    """One accepted answer: ``context[char_start:char_start + len(text)] == text``."""

    text: str
    char_start: int


@dataclass(frozen=True, slots=True)
class Example:
    """A question about a context. ``answers`` is empty where the context does not answer.

    ``order`` is the position of the context in its data set: neighbours come from the
    same article, so a split by ``order`` keeps articles whole. ``above`` is what stands above
    the context: its article's title, or a document's title and headings.
    """

    id: str
    question: str
    context: str
    answers: tuple[AnswerText, ...]
    order: int
    above: str = ""


def load_squad(path: Path) -> list[Example]:
    """Read a file of the SQuAD form (Rajpurkar et al. 2016; 2018 with ``is_impossible``).

    Raises:
        OSError: if the file cannot be read.
        ValueError: if it is not in SQuAD form, or an answer is not where it says.
    """
    try:
        payload = json.loads(path.read_text(encoding="utf-8-sig"))
        return list(_examples(payload["data"], path.name))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not JSON in UTF-8: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f'{path} is not in SQuAD form: expected {{"data": [{{"paragraphs": [{{"context": ..., '
            f'"qas": [...]}}]}}]}}, missed {error}'
        ) from error


def _examples(articles: Iterable[dict[str, Any]], name: str) -> Iterator[Example]:
    position = 0
    for article in articles:
        above = str(article.get("title") or "").replace("_", " ").strip()
        for paragraph in article["paragraphs"]:
            context = _text(paragraph["context"], f"{name}, context {position}")
            order = int(paragraph.get("order", position))
            position += 1
            for qa in paragraph["qas"]:
                key = _text(str(qa["id"]), f"{name}, a question's id")
                question = _text(qa["question"], f"{name}, question {key}")
                answers = () if qa.get("is_impossible") else _answers(qa, context, name)
                yield Example(key, question, context, answers, order, above)


def _text(value: object, origin: str) -> str:
    """The value, if it is text that can be written as UTF-8."""
    if not isinstance(value, str):
        raise ValueError(f"{origin}: expected text, got {value!r}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"{origin}: half of a surrogate pair at {error.start}, which is no character"
        ) from error
    return value


def _answers(qa: dict[str, Any], context: str, name: str) -> tuple[AnswerText, ...]:
    answers = tuple(AnswerText(a["text"], int(a["answer_start"])) for a in qa.get("answers", ()))
    for answer in answers:
        if not answer.text:
            raise ValueError(
                f"{name}, question {qa['id']}: an accepted answer is empty; a question that the "
                'context does not answer has "answers": []'
            )
        found = context[answer.char_start : answer.char_start + len(answer.text)]
        if found != answer.text or answer.char_start < 0:
            raise ValueError(
                f"{name}, question {qa['id']}: expected {answer.text!r} at offset "
                f"{answer.char_start}, found {found!r}"
            )
    return answers
