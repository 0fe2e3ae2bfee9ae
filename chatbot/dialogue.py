"""A follow-up and what was asked before it -> a question that stands alone.

Knows no model and no page. For now a question is taken as it was asked; the seam is here so
that the page, the terminal and the evaluator already ask through it.
"""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.types import Reply


def standalone(question: str, earlier: Sequence[Reply] = ()) -> str:
    """The question to look up; the very one that was asked until follow-ups are understood."""
    del earlier
    return question
