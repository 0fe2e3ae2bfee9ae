"""What of a reply a person is offered, and how a choice of it is named.

Knows no HTML and no library: whoever shows a reply and whoever follows a click agree here.
"""

from __future__ import annotations

from dataclasses import dataclass

from chatbot.types import Answer

MAX_NEAREST = 3
WORTH_SHOWING = 0.05  # a candidate less probable than this only distracts


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person may click in a reply: ``candidates[index]`` or ``nearest[index]`` of a turn."""

    turn: str
    kind: str  # "candidate" or "nearest"
    index: int


def is_worth_showing(candidate: Answer) -> bool:
    """Whether a person would look at it at all."""
    return candidate.confidence >= WORTH_SHOWING
