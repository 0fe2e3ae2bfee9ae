"""Hits and spans -> the candidates of an answer. Pure: no model, no index."""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.types import Answer, Citation
from reader.types import Span
from retriever.headings import PARAGRAPH_BORDER
from retriever.types import Hit


def merge(hits: Sequence[Hit], spans: Sequence[Span]) -> list[Answer]:
    """Spans as quotations of their documents, each once, in their order.

    Passages of a document overlap, so one quotation can be found twice: spans that share
    characters of a document, or that say the same words, count once, as the first of them.
    Marks without a letter or a figure say nothing, and what begins in one paragraph and ends in
    another joins what its author parted ("What is covered" with "What is not").

    Args:
        hits: the passages that were read; ``spans[i].text_index`` points into them.
        spans: best first.
    """
    kept: list[Answer] = []
    for span in spans:
        answer = cite(hits[span.text_index], span)
        is_one = any(map(str.isalnum, answer.text)) and not PARAGRAPH_BORDER.search(answer.text)
        if is_one and not any(_same(answer, other) for other in kept):
            kept.append(answer)
    return kept


def cite(hit: Hit, span: Span) -> Answer:
    """A span of a passage as a quotation of its document."""
    passage = hit.passage
    citation = Citation(
        document_id=passage.document_id,
        document_name=passage.document_name,
        page_number=passage.page_number,
        char_start=passage.char_start + span.char_start,
        char_end=passage.char_start + span.char_end,
        passage=passage,
    )
    return Answer(span.text, span.probability, citation)


def overlap(a: Answer, b: Answer) -> bool:
    """Whether two quotations share characters of a document."""
    return (
        a.citation.document_id == b.citation.document_id
        and a.citation.char_start < b.citation.char_end
        and b.citation.char_start < a.citation.char_end
    )


def _same(a: Answer, b: Answer) -> bool:
    return a.text.casefold() == b.text.casefold() or overlap(a, b)
