"""The numbers at the head of a list's items: as a file states them, and as they are written.

Pure: 4, iv, IV, d, D, 四. Knows no format's own names for these.
"""

from __future__ import annotations

import re
from typing import Literal

Numerals = Literal["decimal", "two digits", "roman", "ROMAN", "letter", "LETTER", "han"]

_WHOLE = re.compile(r"\s*(-?\d{1,6})\s*\Z", re.ASCII)
_ROMAN = tuple(
    zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i"),
        strict=True,
    )
)
_MOST_ROMAN = 3999
_MOST_LETTERS = 26 * 8  # so many times the alphabet; then digits
_HAN = "〇一二三四五六七八九"


def whole(text: str | None, otherwise: int) -> int:
    """A whole number of at most six figures that a file states; ``otherwise`` for all else."""
    stated = _WHOLE.match(text or "")
    return int(stated[1]) if stated else otherwise


def written(number: int, numerals: Numerals) -> str:
    """A number in these numerals; in digits where they have none for it.

    Letters go on with aa, bb, as word processors have it; Chinese numerals reach 99.
    """
    lower = numerals.lower()
    text = str(number)
    if numerals == "two digits":
        text = f"{number:02d}"
    elif lower == "roman" and 0 < number <= _MOST_ROMAN:
        text = _roman(number)
    elif lower == "letter" and 0 < number <= _MOST_LETTERS:
        text = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
    elif lower == "han" and 0 <= number < 100:
        text = _han(number)
    return text.upper() if numerals.isupper() else text


def _roman(number: int) -> str:
    parts: list[str] = []
    for value, sign in _ROMAN:
        parts.append(sign * (number // value))
        number %= value
    return "".join(parts)


def _han(number: int) -> str:
    tens, ones = divmod(number, 10)
    if not tens:
        return _HAN[ones]
    return (_HAN[tens] if tens > 1 else "") + "十" + (_HAN[ones] if ones else "")
