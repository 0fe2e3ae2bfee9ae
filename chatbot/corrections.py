"""Verdicts -> examples in SQuAD form, their words cut from the library as it is now.

Knows the doors of library and store, and nothing of a page or of who may see what: it is the
owner of a home who takes out what was said in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatbot.store import feedback
from chatbot.store.database import Database
from chatbot.store.feedback import Judged
from chatbot.store.places import StoredReply
from retriever import Library
from retriever.split import split
from retriever.types import ParsedDocument, UnknownDocument

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question about a passage: ``context[char_start:][:len(answer)] == answer``.

    ``answer`` is empty where the passage does not answer.
    """

    id: str
    question: str
    document_name: str
    context: str
    answer: str = ""
    char_start: int = 0


def write_corrections(path: Path, chats: Database, library: Library) -> tuple[int, int]:
    """Write what everybody said of answers as SQuAD-form JSON, the newest last.

    Returns:
        How many verdicts there are, and how many examples they gave.
    """
    with chats.reading() as conn:
        judged = feedback.all_judged(conn)
    found = list(lessons(judged, library, library.collections()))
    path.write_text(json.dumps(to_squad(found), ensure_ascii=False, indent=1), encoding="utf-8")
    return len(judged), len(found)


def lessons(
    judged: Iterable[Judged], library: Library, collections: Sequence[str]
) -> Iterator[Lesson]:
    """What verdicts teach: nothing where the document is gone, or where only "wrong" was said."""
    for one in judged:
        verdict, quoted = one.verdict, one.reply["answers"][:1]
        if verdict.kind == "absent":
            yield from _not_in(_first_read(one.reply), one, library, collections)
        elif verdict.kind == "right" and quoted:
            (place,) = quoted
            words = (place["char_start"], place["char_end"])
            yield from _in(place["document_id"], words, one, library, collections)
        elif verdict.place is not None:
            document_id, char_start, char_end = verdict.place
            for lesson in _in(document_id, (char_start, char_end), one, library, collections):
                yield lesson
                wrong = [place["passage_id"] for place in quoted]
                yield from _not_in(wrong, one, library, collections, lesson.answer)


def _in(
    document_id: int,
    words: Range,
    one: Judged,
    library: Library,
    collections: Sequence[str],
) -> Iterator[Lesson]:
    """The words in the passage that a reader meets them in."""
    try:
        name = library.document(document_id, collections).name
        text = library.text(document_id, collections)
        page_starts = library.page_starts(document_id, collections)
    except UnknownDocument:
        return
    begin, end = passage_around(ParsedDocument(name, "", text, page_starts), words)
    answer, context = text[words[0] : words[1]], text[begin:end]
    yield Lesson(one.turn_id, one.looked_up, name, context, answer, words[0] - begin)


def _not_in(
    passage_ids: Sequence[int],
    one: Judged,
    library: Library,
    collections: Sequence[str],
    answer: str = "",
) -> Iterator[Lesson]:
    """Passages that do not answer; one that holds the answer's words may well do."""
    for passage in library.passages(passage_ids, collections):
        if not answer or answer.casefold() not in passage.text.casefold():
            name = passage.document_name
            yield Lesson(f"{one.turn_id}-not", one.looked_up, name, passage.text)


def _first_read(reply: StoredReply) -> list[int]:
    """The passage that was quoted; where none was, the nearest one."""
    quoted = [place["passage_id"] for place in reply["answers"]]
    return (quoted or [near["passage_id"] for near in reply["nearest"]])[:1]


def passage_around(document: ParsedDocument, words: Range) -> Range:
    """The passage of a document that holds the words; several where no single one does."""
    slices = [(part.char_start, part.char_end) for part in split(document)]
    whole = [(begin, end) for begin, end in slices if begin <= words[0] and words[1] <= end]
    if whole:
        return whole[0]
    touched = [(begin, end) for begin, end in slices if begin < words[1] and words[0] < end]
    begins, ends = zip(words, *touched, strict=True)
    return min(begins), max(ends)


def to_squad(found: Iterable[Lesson]) -> dict[str, Any]:
    """The SQuAD form (Rajpurkar et al. 2018), contexts in the order of their first question."""
    by_context: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for lesson in found:
        answers = [{"text": lesson.answer, "answer_start": lesson.char_start}]
        by_context.setdefault((lesson.document_name, lesson.context), []).append(
            {
                "id": lesson.id,
                "question": lesson.question,
                "answers": answers if lesson.answer else [],
                "is_impossible": not lesson.answer,
            }
        )
    articles = [
        {"title": name, "paragraphs": [{"context": context, "qas": qas}]}
        for (name, context), qas in by_context.items()
    ]
    return {"version": "corrections", "data": articles}
