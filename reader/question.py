"""What the form of a question says by itself. Pure: no text, no model."""

from __future__ import annotations

import re
from typing import Literal

Expects = Literal["one", "any", "several"]

_MARKED = re.compile(r"""[?？؟][\s"'”’»)\]」』】!！*_~\u200b-\u200f\u2060\ufeff]*\Z""")

_PREPOSITION = r"(?:(?:in|at|on|of|from|to|for|by|with|under|through)\s+)?"
_PLURAL = (
    r"(?:(?!is\b|was\b|has\b|does\b|series\b|news\b|texas\b|\w*(?:ss|us|is)\b)\w{3,}s"
    r"|people|men|women|children|species)"
)
# What follows a verb that only looks like a plural: "which company owns the ferry".
_OF_A_VERB = (
    r"(?:an?|the|this|that|these|those|his|her|its|their|our|my|your|it|him|them|us|me|you|more"
    r"|most|less|not|up|out|to|in|at|on|for|by|with|from|through|about|as|into|over|under|like)"
)
_VERB = r"(?:is|are|was|were|do|does|did|have|has|had|can|could|must|should|will|would|may)"
_NUMBER = r"(?:other|different|main|two|three|four|five|six|\d+)"
_SEVERAL = re.compile(
    rf"""^\W*{_PREPOSITION}(?:
        (?:who|what|which)\s+(?:all\s+)?(?:are|were)\b
      | (?:list|name|enumerate)\s+(?:all|the|every|each|some|those|{_NUMBER})\b
      | which\s+(?:of\s+the\s+)?(?:{_NUMBER}\s+)?{_PLURAL}\b
      | which\s+(?:of\s+the\s+)?(?:{_NUMBER}\s+)?[\w-]+\s+{_PLURAL}\b
        (?!\s+{_OF_A_VERB}\b|\s+(?-i:[A-Z])|\W*\Z)
      | what\s+(?:{_NUMBER}\s+)?(?:[\w-]+\s+)?{_PLURAL}\s+(?:of\b|{_VERB}\b)
    ) | 哪些 | 哪几 | 哪幾 | 分别 | 分別 | 有谁 | 有誰 | 列出""",
    re.IGNORECASE | re.VERBOSE,
)
_ONE = re.compile(
    rf"""^\W*{_PREPOSITION}(?:
        how\s+(?:big|deep|far|fast|heavy|high|large|long|many|much|often|old|tall|wide)\b
      | whose\b
      | (?:who|what|where)(?:['’]s|\s+(?:is|was))\s+(?:an?|the|his|her|its|their)\b
      | which\s+(?!of\b)\w+\b
    ) | 多少 | 几个 | 幾個 | 谁是 | 誰是 | 哪一""",
    re.IGNORECASE | re.VERBOSE,
)


def is_written(question: str) -> bool:
    """Whether a question ends as written ones do; what is typed into a search box does not."""
    return _MARKED.search(question) is not None


def expects(question: str) -> Expects:
    """How many answers the form of a question leads one to expect.

    "Which villages" and "Who were" expect several, "How many" and "Which village" one; "Who
    attended" may be after either.
    """
    if _SEVERAL.search(question):
        return "several"
    return "one" if _ONE.search(question) else "any"
