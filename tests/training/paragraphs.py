"""Forty short paragraphs with three questions each, and three towns told at length."""

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

TOWNS = [
    Example(
        id=f"town{order}",
        question=question,
        context=context,
        answers=(AnswerText(answer, context.index(answer)),),
        order=order,
    )
    for order, (question, context, answer) in enumerate(
        [
            (
                "When did the painter Maria Lund move to the coast?",
                "In 1902 the painter Maria Lund moved to the coast, and her friend Olaf Berg "
                "followed. She painted boats in the harbour.",
                "1902",
            ),
            (
                "How many boats lay in the harbour in 1910?",
                "The harbour held 40 boats in 1910 and, after the storm of 1911, only 12.",
                "40",
            ),
            (
                "What does the bakery sell on market days?",
                "The bakery sells rye bread on market days and cakes in the winter.",
                "rye bread",
            ),
        ]
    )
]
