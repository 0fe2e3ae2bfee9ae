"""What a person is told of what could not be done: the limits and troubles that are expected.

Knows no page and no call.
"""

from __future__ import annotations

import errno

from chatbot.people.collections import TitleTaken
from chatbot.people.limits import LimitReached, limit_text
from chatbot.views.words import Words
from retriever.trouble import NoSpace, NotWritable
from retriever.types import UnknownCollection


def trouble_text(error: Exception, words: Words) -> str:
    """An error as one sentence of a language; "" for one that nobody expected."""
    if isinstance(error, LimitReached):
        return limit_text(error, words)
    if isinstance(error, TitleTaken):
        return words.title_taken.format(name=error.title)
    if isinstance(error, UnknownCollection):
        return words.collection_gone
    if isinstance(error, NotWritable):
        return words.not_writable
    if isinstance(error, TimeoutError):
        return words.library_busy
    is_full = isinstance(error, NoSpace) or getattr(error, "errno", None) == errno.ENOSPC
    return words.no_space if is_full else ""
