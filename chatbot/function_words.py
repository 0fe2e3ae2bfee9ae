"""The words of a text that say something by themselves: not "at", "of the" or 的.

Pure: tables and counting, for English and Chinese.
"""

from __future__ import annotations

import re

from chatbot.follow_ups import english_words as english

_WORD = re.compile(r"\w+")
_ENGLISH = (
    english.PREPOSITIONS
    | english.CONJUNCTIONS
    | english.POINTING
    | english.TO_BE
    | frozenset("a an the it its he him she they them we us you do does did has have had".split())
)
_HAN = frozenset("的了着过在是于从到对为由把被和与及或而但也都就之其这那它他她吗呢吧啊")


def saying_words(text: str) -> frozenset[str]:
    """The words of a text in lower case, without function words; capitals alone are names.

    IT and US are a department and a country, "it" and "us" say nothing.
    """
    words = (word for word in _WORD.findall(text) if word.isupper() or not _is_function(word))
    return frozenset(word.casefold() for word in words)


def _is_function(word: str) -> bool:
    return word.lower() in _ENGLISH or _HAN.issuperset(word)
