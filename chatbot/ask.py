"""The whole way from a question to a reply, read top to bottom. Every door comes here."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from chatbot.answer import merge
from chatbot.choices import MAX_NEAREST
from chatbot.evidence import Weights, rank_passages, weigh
from chatbot.named import share_unnamed
from chatbot.preview import previewed
from chatbot.several import together
from chatbot.types import MAX_QUESTION_CHARS, Answer, OnProgress, Reply, Working
from reader import Reader, Span
from retriever import Library, UnknownDocument
from retriever.types import Hit, page_number_at

LEAST_TO_ANSWER = 1 / 3  # a wrong answer costs half of what a right one earns (Chow 1970)
SPANS_PER_PASSAGE = 20  # more than a passage has, so that each of them is heard


@dataclass(frozen=True, slots=True)
class AskConfig:
    """How hard to look, and how sure to be.

    Attributes:
        n_passages: passages the retriever hands to the reader.
        n_alternatives: other candidates that are kept.
        threshold: least probability to answer; None takes ``LEAST_TO_ANSWER``.
        weights: what the search counts beside the reading.
        max_question_chars: characters of the longest question; 0 is no limit.
    """

    n_passages: int = 10
    n_alternatives: int = 3
    threshold: float | None = None
    weights: Weights = field(default_factory=Weights)
    max_question_chars: int = MAX_QUESTION_CHARS


def ask(
    question: str,
    library: Library,
    reader: Reader,
    collections: Sequence[str],
    config: AskConfig | None = None,
    on_progress: OnProgress | None = None,
) -> Reply:
    """Answer a question out of some collections of a library.

    ``on_progress`` is told in this thread when passages are found, and as each has been read.

    Raises:
        ValueError: if the question is blank or longer than the config says.
    """
    started = time.perf_counter()
    config = config or AskConfig()
    check_question(question, config.max_question_chars)
    hits = library.search(question, config.n_passages, collections)
    found = read_hits(reader, question, hits, _counting(on_progress, len(hits)))
    spans = weigh(hits, found, config.weights, share_unnamed(question, hits))
    best = together(question, merge(hits, spans), config.n_alternatives)
    least = LEAST_TO_ANSWER if config.threshold is None else config.threshold
    answer = best if best and best.confidence >= least else None
    nearest = rank_passages(hits, spans)
    try:
        if answer:
            answer = _on_its_page(answer, library.pages_of(sorted(_cited(answer)), collections))
        else:
            nearest = _on_their_pages(question, nearest, library, collections)
    except UnknownDocument:  # removed while it was read: what is left may answer
        return ask(question, library, reader, collections, config, on_progress)
    return Reply(
        question=question,
        answer=answer,
        confidence=best.confidence if best else 0.0,
        nearest=tuple(nearest),
        elapsed_s=time.perf_counter() - started,
    )


def read_hits(
    reader: Reader,
    question: str,
    hits: Sequence[Hit],
    on_read: Callable[[int], None] | None = None,
) -> list[Span]:
    """Every span of every hit, each passage below its document's title and headings."""
    if not hits:
        return []
    texts = [hit.passage.text for hit in hits]
    above = [hit.passage.context for hit in hits]
    return reader.read(
        question, texts, SPANS_PER_PASSAGE * len(texts), on_read=on_read, above=above
    )


def check_question(question: str, max_chars: int = MAX_QUESTION_CHARS) -> None:
    """ValueError, worded for a person, unless the question can be asked."""
    if not question.strip():
        raise ValueError("expected a question, got an empty one")
    if any("\ud800" <= character <= "\udfff" for character in question):
        raise ValueError("the question holds half of a character; type it again")
    if max_chars and len(question) > max_chars:
        raise ValueError(f"the question has {len(question)} characters; ask in at most {max_chars}")


def _counting(on_progress: OnProgress | None, n_passages: int) -> Callable[[int], None] | None:
    """Says that reading begins; what comes back is told how many passages have been read."""
    if on_progress is None:
        return None
    on_progress(Working(0, n_passages))
    return lambda n_read: on_progress(Working(n_read, n_passages))


def _cited(answer: Answer) -> set[int]:
    """The documents of an answer and of all that is shown with it."""
    others = (*answer.beside, *answer.alternatives)
    return {answer.citation.document_id}.union(*map(_cited, others))


def _on_its_page(answer: Answer, pages: Mapping[int, Sequence[int]]) -> Answer:
    """The answer with the page of the span itself: a passage may run over a page border."""
    beside = tuple(_on_its_page(a, pages) for a in answer.beside)
    alternatives = tuple(_on_its_page(a, pages) for a in answer.alternatives)
    citation = answer.citation
    page_number = page_number_at(pages[citation.document_id], citation.char_start)
    citation = replace(citation, page_number=page_number)
    return replace(answer, citation=citation, alternatives=alternatives, beside=beside)


def _on_their_pages(
    question: str, nearest: Sequence[Hit], library: Library, collections: Sequence[str]
) -> list[Hit]:
    """The first passages, which are shown, with the page of the sentence that is shown of them."""
    shown: list[Hit] = []
    first = nearest[:MAX_NEAREST]
    pages = library.pages_of(sorted({hit.passage.document_id for hit in first}), collections)
    for hit in first:
        passage = hit.passage
        start, _ = previewed(question, passage.text)
        page_number = page_number_at(pages[passage.document_id], passage.char_start + start)
        shown.append(replace(hit, passage=replace(passage, page_number=page_number)))
    return [*shown, *nearest[MAX_NEAREST:]]
