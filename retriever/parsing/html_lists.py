"""What a browser prints before the items of a list: a bullet, or numbers counted from the list.

Knows elements of HTML; nothing of how their text is written.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from retriever.parsing.numerals import Numerals, whole, written

Element: TypeAlias = Any  # lxml's elements have no types of their own

BULLET = "- "
_SIGN = "quoth-sign"  # attribute of an item whose list has been counted
_NUMERALS: dict[str, Numerals] = {"a": "letter", "A": "LETTER", "i": "roman", "I": "ROMAN"}


def number_items(ordered: Element) -> None:
    """Count the items of an ``<ol>``, each of which ``sign`` then knows."""
    items = [child for child in ordered.iterchildren("li")]
    step = -1 if ordered.get("reversed") is not None else 1
    number = whole(ordered.get("start"), 1 if step > 0 else len(items))
    for item in items:
        number = whole(item.get("value"), number)
        numerals = _NUMERALS.get(item.get("type") or ordered.get("type") or "1", "decimal")
        item.set(_SIGN, f"{written(number, numerals)}. ")
        number += step


def sign(item: Element) -> str:
    """What stands before an ``<li>``."""
    found: str = item.get(_SIGN, BULLET)
    return found
