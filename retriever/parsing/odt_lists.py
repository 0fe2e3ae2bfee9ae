"""The numbers that a word processor prints before the items of OpenDocument lists.

They are counted from the lists' styles (ODF 1.3, part 3, 16.30 to 16.33). Knows elements of the
text and its styles; nothing of how text is written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from retriever.parsing.numerals import Numerals, whole, written

LABEL = "label"  # attribute of an item: what is printed before it
BULLET = "-"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_NUMBERED = _TEXT + "list-level-style-number"
_NUMERALS: dict[str, Numerals] = {
    "1": "decimal", "a": "letter", "A": "LETTER", "i": "roman", "I": "ROMAN",
}  # fmt: skip
_MAX_LEVELS = 10

Element: TypeAlias = Any  # lxml's elements have no types of their own


@dataclass(frozen=True, slots=True)
class _Level:
    """How one level of a list style is numbered."""

    numerals: Numerals
    prefix: str
    suffix: str
    shown: int  # levels that are printed, this one the last
    start: int


@dataclass(slots=True)
class _Counts:
    """How far each level of a list has been counted."""

    levels: dict[int, _Level]
    numbers: dict[int, int] = field(default_factory=dict)

    def label(self, level: int, stated: str | None) -> str:
        """Counts one more item on a level; what is printed before it."""
        style = self.levels.get(level)
        if style is None:
            return BULLET
        number = self.numbers.get(level, style.start - 1) + 1
        kept = {above: n for above, n in self.numbers.items() if above < level}
        self.numbers = kept | {level: whole(stated, number)}
        parts = [self._written(one) for one in range(max(1, level - style.shown + 1), level + 1)]
        return f"{style.prefix}{'.'.join(filter(None, parts))}{style.suffix}".strip() or BULLET

    def _written(self, level: int) -> str:
        style = self.levels.get(level)
        return written(self.numbers.get(level, style.start), style.numerals) if style else ""


def number_items(body: Element, *styles: Element) -> None:
    """Writes into each item of the body's lists what is printed before it.

    Args:
        body: its items get the attribute ``LABEL``.
        styles: roots that hold list styles.
    """
    known = {
        style.get(_STYLE + "name", ""): dict(
            _level(one) for one in style.iterchildren(_NUMBERED) if one.get(_STYLE + "num-format")
        )
        for root in styles
        for style in root.iter(_TEXT + "list-style")
    }
    earlier: dict[str, _Counts] = {}
    for outermost in body.iter(_TEXT + "list"):
        if next(outermost.iterancestors(_TEXT + "list"), None) is None:
            name = outermost.get(_TEXT + "style-name", "")
            goes_on = outermost.get(_TEXT + "continue-numbering") == "true"
            if not goes_on or name not in earlier:
                earlier[name] = _Counts(known.get(name, {}))
            _number(outermost, 1, earlier[name], known)


def _number(one: Element, level: int, counts: _Counts, known: dict[str, dict[int, _Level]]) -> None:
    """The items of a list, and of those inside them, which may have a style of their own."""
    for item in one.iterchildren(_TEXT + "list-item"):
        item.set(LABEL, counts.label(level, item.get(_TEXT + "start-value")))
        for inner in item.iterchildren(_TEXT + "list") if level < _MAX_LEVELS else ():
            own = known.get(inner.get(_TEXT + "style-name", ""))
            _number(inner, level + 1, counts if own is None else _Counts(own), known)


def _level(style: Element) -> tuple[int, _Level]:
    return (
        whole(style.get(_TEXT + "level"), 1),
        _Level(
            _NUMERALS.get(style.get(_STYLE + "num-format", ""), "decimal"),
            style.get(_STYLE + "num-prefix", ""),
            style.get(_STYLE + "num-suffix", ""),
            whole(style.get(_TEXT + "display-levels"), 1),
            whole(style.get(_TEXT + "start-value"), 1),
        ),
    )
