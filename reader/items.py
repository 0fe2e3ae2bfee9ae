"""Lists in a text: where the items of each begin and end. Pure: one string in, ranges out.

Knows the signs that people and parsers put before items; no question and no score.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

Range = tuple[int, int]  # [char_start, char_end)

_SIGN = re.compile(
    r"(?P<indent>[^\S\n]*)"
    r"(?:(?P<bullet>[-*+•◦▪●‣·–—])|(?P<open>\(?)(?:(?P<number>\d{1,3})|(?P<letter>[a-z]|[ivx]{2,5}))(?P<close>[.)、]))"
    r"[^\S\n]+(?:\[[ xX]\][^\S\n]+)?(?=\S)",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Open:
    """A list that may go on: what its items begin with, their indentation, where they are."""

    kind: str
    indent: int
    items: list[list[int]] = field(default_factory=list)


def item_lists(text: str) -> list[tuple[Range, ...]]:
    """Every list of two items or more, in the order of their beginnings.

    An item is a line that begins with a bullet, a number or a letter, without that sign, and
    the lines that go on below it. Items of a list have signs of one kind and one indentation;
    an empty line may stand between them, prose may not. The items of a list inside an item are
    a list of their own.
    """
    found: list[_Open] = []
    stack: list[_Open] = []
    blank = False
    for start, end in _lines(text):
        if not text[start:end].strip():
            blank = True
            continue
        sign = _SIGN.match(text, start, end)
        if sign is not None:
            _enter(sign, [sign.end(), end], stack, found)
        elif stack and (not blank or text[start].isspace()):
            for one in stack:
                one.items[-1][1] = end
        else:
            stack.clear()
        blank = False
    lists = (tuple(_trimmed(text, *item) for item in one.items) for one in found)
    return [items for items in lists if len(items) > 1]


def _enter(sign: re.Match[str], item: list[int], stack: list[_Open], found: list[_Open]) -> None:
    """An item joins the list that it belongs to, or begins one."""
    kind, indent = _kind(sign), len(sign["indent"].expandtabs(4))
    while stack and (stack[-1].indent > indent or _differs(stack[-1], kind, indent)):
        stack.pop()
    if not stack or stack[-1].indent < indent:
        stack.append(_Open(kind, indent))
        found.append(stack[-1])
    stack[-1].items.append(item)
    for outer in stack[:-1]:
        outer.items[-1][1] = item[1]


def _differs(last: _Open, kind: str, indent: int) -> bool:
    return last.indent == indent and last.kind != kind


def _kind(sign: re.Match[str]) -> str:
    """Items of one list have signs of one kind."""
    if sign["bullet"]:
        return sign["bullet"]
    return f"{sign['open']}{'1' if sign['number'] else 'a'}{sign['close']}"


def _lines(text: str) -> Iterator[Range]:
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, end
        start = end + 1


def _trimmed(text: str, start: int, end: int) -> Range:
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
