"""Many questions, each over its own context -> one answer text each. Knows no scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from reader.reader import Reader
from reader.squad import Example
from reader.types import Span

CHUNK = 128  # questions read together; bounds the memory used


def best_spans(
    reader: Reader, examples: Sequence[Example]
) -> Iterator[tuple[Example, Span | None]]:
    """Each example with the reader's best span; None for a blank context or question."""
    for begin in range(0, len(examples), CHUNK):
        chunk = examples[begin : begin + CHUNK]
        place: dict[str, int] = {}
        asked = [example for example in chunk if example.question.strip()]
        pairs = [(i, place.setdefault(e.context, len(place))) for i, e in enumerate(asked)]
        answers = iter(reader.read_many([e.question for e in asked], list(place), pairs, k=1))
        for example in chunk:
            spans = next(answers) if example.question.strip() else []
            yield example, spans[0] if spans else None


def predict(
    reader: Reader, examples: Sequence[Example], null_below: float = -1.0
) -> dict[str, str]:
    """The official prediction form, ``{question id: answer text}``.

    Args:
        reader: a loaded reader.
        examples: questions with their contexts.
        null_below: answers of lower probability become "", which means "not answered"
            in SQuAD v2.0. The default answers every question.

    Raises:
        ValueError: if two questions have the same id, of which the form can hold one.
    """
    times = Counter(example.id for example in examples)
    if twice := [key for key in times if times[key] > 1]:
        raise ValueError(f"expected ids that differ, got several questions of {twice[0]!r}")
    return {
        example.id: span.text if span and span.probability >= null_below else ""
        for example, span in best_spans(reader, examples)
    }
