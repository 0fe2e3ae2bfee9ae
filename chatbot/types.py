"""The records a conversation is made of. Plain data: no model, no page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from retriever.types import Hit, Passage

MAX_QUESTION_CHARS = 500  # unless somebody says otherwise


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a quotation stands: ``library.text(document_id)[char_start:char_end]``.

    ``page_number`` counts from 1 and is the page that holds ``char_start``.
    """

    document_id: int
    document_name: str
    page_number: int
    char_start: int
    char_end: int
    passage: Passage


@dataclass(frozen=True, slots=True)
class Answer:
    """A quotation.

    Attributes:
        text: the words, as they stand in the document.
        confidence: the calibrated probability that it is right.
        citation: where it stands.
        alternatives: other candidates, likeliest first; at most one of all these is right.
        beside: further answers of a list, right if it is, in the order to show them.
    """

    text: str
    confidence: float
    citation: Citation
    alternatives: tuple[Answer, ...] = ()
    beside: tuple[Answer, ...] = ()

    @property
    def listed(self) -> tuple[Answer, ...]:
        """The answer and those beside it."""
        return (self, *self.beside)

    @property
    def candidates(self) -> tuple[Answer, ...]:
        """The answer, those beside it, its alternatives: what a person may choose from."""
        return (*self.listed, *self.alternatives)


@dataclass(frozen=True, slots=True)
class Reply:
    """What one question got.

    Attributes:
        question: as it was asked.
        answer: None when nothing was found that is sure enough.
        confidence: of the best candidate, also when it was not sure enough; 0 without one.
        nearest: the passages that were read, best first by search and reading together.
        elapsed_s: from question to reply.
        gone: whether there was an answer, or else a nearest passage, and its document is no
            longer there.
    """

    question: str
    answer: Answer | None
    confidence: float
    nearest: tuple[Hit, ...]
    elapsed_s: float
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Working:
    """How far a question has come: searching while ``n_passages`` is 0, then reading them."""

    n_read: int = 0
    n_passages: int = 0


OnProgress = Callable[[Working], None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What whoever asked says of a reply.

    Attributes:
        kind: ``right``; ``wrong``, and nothing more; ``here``, the right answer is at
            ``text(document_id)[char_start:char_end]``; ``absent``, no document answers.
        document_id: None but for ``here``, as are the offsets.
    """

    kind: str
    document_id: int | None = None
    char_start: int | None = None
    char_end: int | None = None

    @property
    def place(self) -> tuple[int, int, int] | None:
        """Document, start and end of the right answer, where it was shown."""
        if self.document_id is None or self.char_start is None or self.char_end is None:
            return None
        return self.document_id, self.char_start, self.char_end


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of a conversation and what it got.

    Attributes:
        id: stable and unguessable; whatever is done with a turn names it by this.
        question: as it was typed; ``reply.question`` is what was looked up.
        reply: what it got.
        verdict: what its owner says of that; None when nothing.
    """

    id: str
    question: str
    reply: Reply
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """What was asked so far, oldest first, and by whom: the ``id`` of a ``Visitor``.

    ``title`` is empty until the first turn is kept; an ``id`` may be given before. ``generation``
    is its owner's when this was read: once that has ended, nothing more is kept of it.
    """

    owner: str = ""
    turns: tuple[Turn, ...] = ()
    id: str = ""
    title: str = ""
    generation: str | None = field(default=None, compare=False)

    def turn(self, turn_id: str) -> Turn | None:
        """The turn of that id; None when it is not of this conversation."""
        return next((turn for turn in self.turns if turn.id == turn_id), None)
