"""Merging: each quotation counts once, citations are offsets of their document."""

from __future__ import annotations

from chatbot.answer import cite, merge
from reader.types import Span
from retriever.types import Hit, Passage

TEXT = "The bridge opened in 1931. It closed in 1978 and was opened again in 1990."


def hit(char_start: int, char_end: int, document_id: int = 1) -> Hit:
    passage = Passage(
        id=document_id << 20 | char_start,
        document_id=document_id,
        document_name=f"{document_id}.txt",
        text=TEXT[char_start:char_end],
        char_start=char_start,
        char_end=char_end,
        page_number=1,
    )
    return Hit(passage, 1.0)


def span(hits: list[Hit], index: int, words: str, score: float) -> Span:
    text = hits[index].passage.text
    start = text.index(words)
    return Span(index, start, start + len(words), words, score, 0.0, score, 1 / (1 + 2.7**-score))


def test_offsets_are_those_of_the_document() -> None:
    hits = [hit(27, len(TEXT))]
    answer = cite(hits[0], span(hits, 0, "1978", 3.0))
    assert TEXT[answer.citation.char_start : answer.citation.char_end] == "1978" == answer.text


def test_quotations_follow_in_the_order_of_their_spans() -> None:
    hits = [hit(0, 26), hit(27, len(TEXT))]
    spans = [span(hits, 1, "1978", 5.0), span(hits, 1, "1990", 3.0), span(hits, 0, "1931", 1.0)]
    assert [answer.text for answer in merge(hits, spans)] == ["1978", "1990", "1931"]


def test_a_quotation_found_in_two_overlapping_passages_counts_once() -> None:
    hits = [hit(0, 44), hit(27, len(TEXT))]
    spans = [span(hits, 0, "1978", 5.0), span(hits, 1, "closed in 1978", 4.0)]
    assert [answer.text for answer in merge(hits, spans)] == ["1978"]


def test_the_same_words_elsewhere_are_no_other_candidate() -> None:
    hits = [hit(0, 26, document_id=1), hit(0, 26, document_id=2)]
    spans = [span(hits, 0, "1931", 5.0), span(hits, 1, "1931", 4.0), span(hits, 1, "opened", 3.0)]
    first, second = merge(hits, spans)
    assert first.citation.document_id == 1
    assert second.text == "opened"


def test_the_same_offsets_of_two_documents_are_two_places() -> None:
    hits = [hit(0, 26, document_id=1), hit(0, 26, document_id=2)]
    spans = [span(hits, 0, "1931", 5.0), span(hits, 1, "in 1931", 4.0)]
    assert [answer.citation.document_id for answer in merge(hits, spans)] == [1, 2]


def test_nothing_read_is_no_answer() -> None:
    assert merge([], []) == []


def test_words_of_two_paragraphs_are_no_quotation() -> None:
    text = "- collapse of an aerial\n\n## Not insured\n\nWear and tear."
    hits = [Hit(Passage(1, 1, "a.md", text, 0, len(text), 1), 1.0)]
    over = span(hits, 0, "an aerial\n\n## Not insured\n\nWear", 5.0)
    assert [a.text for a in merge(hits, [over, span(hits, 0, "Wear and tear", 1.0)])] == [
        "Wear and tear"
    ]
