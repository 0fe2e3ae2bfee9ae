"""When words say what was expected: the rule for answers that people mark more or less of."""

from __future__ import annotations

import re

from training.metrics import is_right

RIGHT_F1 = 0.5


def says(words: str, gold: str) -> bool:
    """Whether words hold an answer whole, or are much the same."""
    said, wanted = (" ".join(re.findall(r"\w+", text.lower())) for text in (words, gold))
    return f" {wanted} " in f" {said} " or is_right(words, [gold], RIGHT_F1)
