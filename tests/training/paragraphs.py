"""Forty short paragraphs with three questions each, for tests that split and mix."""

from __future__ import annotations

from reader.squad import AnswerText, Example

EXAMPLES = [
    Example(
        id=f"q{paragraph}-{number}",
        question=f"What is number {number} of paragraph {paragraph}?",
        context=f"Paragraph {paragraph} speaks of word{paragraph} at length.",
        answers=(AnswerText(f"word{paragraph}", 0),),
        order=paragraph,
    )
    for paragraph in range(40)
    for number in range(3)
]
