"""What visitors say of answers: right, wrong, "the right answer is here", "it is not in there".

Knows the store and the library's door, and nothing of a page. What is kept are places; every
call names its visitor, and another's turn is like one that never was.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from chatbot.people.workspace import Visitor
from chatbot.store import feedback
from chatbot.store.database import Database
from chatbot.types import Verdict
from retriever import Library
from retriever.types import UnknownDocument

MAX_ANSWER_CHARS = 300  # longer ones are no answers but passages; a reader gives 30 tokens
SAID = ("right", "wrong", "absent")


class Teaching:
    """The verdicts of all visitors, each on their own turns."""

    def __init__(
        self, database: Database, library: Library, clock: Callable[[], float] = time.time
    ) -> None:
        """Over an open database; ``clock`` gives seconds since 1970."""
        self._database = database
        self._library = library
        self._clock = clock

    def judge(self, visitor: Visitor, turn_id: str, kind: str) -> Verdict:
        """Keep "right", "wrong" or "absent" of a turn, in place of what was said before.

        Raises:
            ValueError: this cannot be said.
            LookupError: they have no such turn, or its document is gone.
        """
        if kind not in SAID:
            raise ValueError(f"expected {', '.join(SAID)}, got {kind!r}")
        return self._give(visitor, turn_id, Verdict(kind))

    def show(
        self, visitor: Visitor, turn_id: str, document_id: int, char_start: int, char_end: int
    ) -> Verdict:
        """Keep that the right answer stands here, but for white space around it.

        Raises:
            ValueError: no words are there, or too many to be an answer.
            LookupError: they have no such turn, or no such document.
        """
        text = self._library.text(document_id, visitor.readable)
        char_start, char_end = trimmed(text, char_start, char_end)
        if char_end - char_start > MAX_ANSWER_CHARS:
            raise ValueError(
                f"expected at most {MAX_ANSWER_CHARS} characters, got {char_end - char_start}; "
                "select only the words that answer"
            )
        return self._give(visitor, turn_id, Verdict("here", document_id, char_start, char_end))

    def take_back(self, visitor: Visitor, turn_id: str) -> None:
        """Forget what was said of a turn; nothing happens when nothing was."""
        with self._database.writing() as conn:
            feedback.take_back(conn, visitor.id, turn_id)

    def forget(self, document_id: int) -> None:
        """Forget what was said of a document that was removed."""
        with self._database.writing() as conn:
            feedback.forget_document(conn, document_id)

    def _give(self, visitor: Visitor, turn_id: str, verdict: Verdict) -> Verdict:
        with self._database.writing() as conn:
            feedback.give(conn, visitor.id, turn_id, verdict, self._clock())
            document_id = feedback.spoken_of(conn, visitor.id, turn_id)
        if document_id is not None:
            try:  # after the verdict was kept: whoever removes it earlier finds the verdict
                self._library.document(document_id, visitor.readable)
            except UnknownDocument:
                self.take_back(visitor, turn_id)
                raise
        return verdict


def trimmed(text: str, char_start: int, char_end: int) -> tuple[int, int]:
    """The range without white space at its ends.

    Raises:
        ValueError: it is not inside the text, or holds nothing else.
    """
    if not 0 <= char_start < char_end <= len(text):
        raise ValueError(
            f"expected a range of characters within 0 and {len(text)}, got {char_start}:{char_end}"
        )
    words = text[char_start:char_end]
    char_start += len(words) - len(words.lstrip())
    char_end -= len(words) - len(words.rstrip())
    if char_start >= char_end:
        raise ValueError("expected words, got white space alone; select the words that answer")
    return char_start, char_end


def find_words(text: str, words: str, near: int) -> tuple[int, int] | None:
    """Where words stand in a text, as near as can be to an offset; None if nowhere.

    White space of any kind and length counts as the same: a person types one space where a
    page breaks its line.
    """
    parts = words.split()
    if not parts:
        return None
    pattern = re.compile(r"\s+".join(map(re.escape, parts)))
    found = [match.span() for match in pattern.finditer(text)]
    return min(found, key=lambda span: abs(span[0] - near), default=None)
