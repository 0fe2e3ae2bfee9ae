"""Every trouble that is expected is a sentence in each language, and no other is."""

from __future__ import annotations

import errno

import pytest

from chatbot.people.collections import TitleTaken
from chatbot.people.limits import LimitReached
from chatbot.people.troubles import trouble_text
from chatbot.views.words import ENGLISH
from chatbot.views.words_zh import CHINESE
from retriever.trouble import NoSpace, NotWritable
from retriever.types import UnknownCollection


@pytest.mark.parametrize(
    "error, told",
    [
        (LimitReached("files", 3, 4), "4 documents; 3 is the most"),
        (TitleTaken("Travel"), "collection Travel already"),
        (UnknownCollection("gone"), "no longer here"),
        (NoSpace(errno.ENOSPC, "full"), "disk here is full"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk here is full"),
        (NotWritable(errno.EROFS, "read-only"), "only be read"),
        (TimeoutError("another process"), "busy"),
    ],
)
def test_what_is_expected_is_said(error: Exception, told: str) -> None:
    assert told in trouble_text(error, ENGLISH)
    assert trouble_text(error, CHINESE) not in ("", trouble_text(error, ENGLISH))


@pytest.mark.parametrize("error", [RuntimeError("odd"), OSError(errno.EIO, "odd"), ValueError()])
def test_what_nobody_expected_has_no_sentence(error: Exception) -> None:
    assert trouble_text(error, ENGLISH) == ""
