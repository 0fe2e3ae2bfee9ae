"""The numbers that Word prints before paragraphs: "4.2", "(b)", "第三条".

A document states them nowhere: they are counted from the styles and lists that its paragraphs
name (ECMA-376-1, 17.9). Knows XML; nothing of text, tables or notes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from retriever.parsing.docx_line import SKIPPED, Element, W
from retriever.parsing.numerals import Numerals, whole, written

LABEL = "label"  # of a paragraph: what is printed before it
IS_HEADING = "heading"
BULLET = "-"
_NO_LIST = "0"  # an id that takes a style's list away
_MAX_LABEL_CHARS = 40
_MAX_BASES = 20  # styles that each take after the next
_NUMERALS: dict[str, Numerals] = {
    "decimalZero": "two digits",
    "lowerRoman": "roman",
    "upperRoman": "ROMAN",
    "lowerLetter": "letter",
    "upperLetter": "LETTER",
    "chineseCounting": "han",
    "chineseCountingThousand": "han",
    "japaneseCounting": "han",
}
_PLACE = re.compile(r"%([1-9])")  # of a level's number in a label


@dataclass(frozen=True, slots=True)
class _Level:
    """How one level of a list counts, and what is printed."""

    start: int = 1
    kind: str = "decimal"
    pattern: str = ""
    style: str = ""
    restarts: bool = True


@dataclass(slots=True)
class _List:
    """A list as it is counted: all paragraphs that use one definition count together."""

    levels: dict[int, _Level]
    counts: dict[int, int] = field(default_factory=dict)

    def step(self, level: int) -> None:
        """One more paragraph on a level; deeper ones begin anew."""
        one = self.levels.get(level, _Level())
        self.counts[level] = self.counts.get(level, one.start - 1) + 1
        for deeper in [d for d in self.counts if d > level]:
            if self.levels.get(deeper, _Level()).restarts:
                del self.counts[deeper]

    def label(self, level: int) -> str:
        """What stands before a paragraph on this level now."""
        one = self.levels.get(level, _Level())
        if one.kind == "bullet":
            return BULLET
        printed = _PLACE.sub(lambda place: self._number(int(place[1]) - 1), one.pattern).strip()
        return printed if len(printed) <= _MAX_LABEL_CHARS else ""

    def _number(self, level: int) -> str:
        one = self.levels.get(level, _Level())
        if one.kind == "none":
            return ""
        return written(self.counts.get(level, one.start), _NUMERALS.get(one.kind, "decimal"))


@dataclass(frozen=True, slots=True)
class _Use:
    """A list's id and a level of it, as a paragraph or a style names them; None: not said."""

    list_id: str | None = None
    level: int | None = None


class _Styles:
    """Paragraph styles: which are headings, and which list each uses."""

    def __init__(self, root: Element) -> None:
        self._styles = {s.get(W + "styleId", ""): s for s in root.iterchildren(W + "style")}

    def is_heading(self, style_id: str) -> bool:
        """Whether Word calls it a heading or a title."""
        style = self._styles.get(style_id)
        name = _value(style, "name") if style is not None else ""
        return name.lower().startswith(("heading", "title"))

    def use(self, style_id: str) -> _Use:
        """The list that the style uses, by itself or by the styles that it takes after."""
        for _ in range(_MAX_BASES):
            style = self._styles.get(style_id)
            if style is None:
                break
            use = _use(style)
            if use.list_id is not None:
                return use
            style_id = _value(style, "basedOn")
        return _Use()


class _Lists:
    """The lists of a document, by the ids under which paragraphs name them."""

    def __init__(self, root: Element | None, styles: _Styles) -> None:
        self._used: set[tuple[str, int]] = set()
        self._starts: dict[tuple[str, int], int] = {}
        self._named: dict[str, _List] = {}
        if root is None:
            return
        defined = {
            one.get(W + "abstractNumId", ""): one for one in root.iterchildren(W + "abstractNum")
        }
        lists = {key: _List(dict(_levels(one))) for key, one in defined.items()}
        numbers = {one.get(W + "numId", ""): one for one in root.iterchildren(W + "num")}
        for list_id, number in numbers.items():
            key = _value(number, "abstractNumId")
            link = _value(defined.get(key), "numStyleLink")
            if link:  # the definition is that of a style
                linked = numbers.get(styles.use(link).list_id or "")
                key = _value(linked, "abstractNumId") if linked is not None else key
            if key in lists:
                self._named[list_id] = self._overridden(list_id, number, lists[key])

    def _overridden(self, list_id: str, number: Element, usual: _List) -> _List:
        """The list with what this id says otherwise: a level of its own, or where to begin."""
        levels: dict[int, _Level] = {}
        for change in number.iterchildren(W + "lvlOverride"):
            level = whole(change.get(W + "ilvl", ""), 0)
            levels.update(_levels(change))
            if start := _value(change, "startOverride"):
                self._starts[list_id, level] = whole(start, 1)
        return _List(usual.levels | levels) if levels else usual

    def label(self, use: _Use, style_id: str) -> str:
        """Counts a paragraph of this use; what is printed before it, "" for nothing."""
        one = self._named.get(use.list_id or "")
        if use.list_id is None or one is None:
            return ""
        level = use.level
        if level is None:
            own = (key for key, found in one.levels.items() if found.style == style_id)
            level = next(own, 0)
        if (use.list_id, level) in self._starts and (use.list_id, level) not in self._used:
            one.counts[level] = self._starts[use.list_id, level] - 1
        self._used.add((use.list_id, level))
        one.step(level)
        return one.label(level)


class Numbers:
    """Counts the paragraphs of one document, in the order in which it is read."""

    def __init__(self, styles: Element, numbering: Element | None) -> None:
        """Takes the roots of the styles and of the lists; a document may have no lists."""
        self._styles = _Styles(styles)
        self._lists = _Lists(numbering, self._styles)

    def label(self, root: Element) -> None:
        """Writes into each paragraph what is printed before it, and whether it is a heading.

        These are its attributes ``LABEL`` and ``IS_HEADING``. An item of a list always has a
        label, ``BULLET`` where none is printed; a heading has one only if it is a number.
        """
        for paragraph in _paragraphs(root):
            style_id = _value(paragraph.find(W + "pPr"), "pStyle")
            use = self._used_by(paragraph, style_id)
            label = self._lists.label(use, style_id)
            is_heading = self._styles.is_heading(style_id)
            if is_heading:
                paragraph.set(IS_HEADING, "1")
            if not is_heading and use.list_id not in (None, _NO_LIST):
                paragraph.set(LABEL, label or BULLET)
            elif label not in ("", BULLET):
                paragraph.set(LABEL, label)

    def _used_by(self, paragraph: Element, style_id: str) -> _Use:
        """The list of a paragraph: its own, or its style's on a level that it may state."""
        own, styled = _use(paragraph), self._styles.use(style_id)
        if own.list_id is not None:
            return own
        return _Use(styled.list_id, styled.level if own.level is None else own.level)


def _paragraphs(container: Element) -> Iterator[Element]:
    """Every paragraph that is printed, in order, those in text boxes after the one around."""
    for element in container.iterchildren(etree.Element):
        is_paragraph = element.tag == W + "p"
        if is_paragraph:
            yield element
        boxes = not is_paragraph or next(element.iter(W + "txbxContent"), None) is not None
        if boxes and element.tag not in SKIPPED:
            yield from _paragraphs(element)


def _use(holder: Element) -> _Use:
    """The list that a paragraph or a style names itself."""
    number = holder.find(f"{W}pPr/{W}numPr")
    if number is None:
        return _Use()
    level = _value(number, "ilvl")
    return _Use(_value(number, "numId") or None, whole(level, 0) if level else None)


def _levels(holder: Element) -> Iterator[tuple[int, _Level]]:
    for level in holder.iterchildren(W + "lvl"):
        yield (
            whole(level.get(W + "ilvl", ""), 0),
            _Level(
                whole(_value(level, "start"), 1),
                _value(level, "numFmt") or "decimal",
                _value(level, "lvlText"),
                _value(level, "pStyle"),
                _value(level, "lvlRestart") != "0",
            ),
        )


def _value(holder: Element | None, name: str) -> str:
    """The value that a child of this name states; "" if there is none."""
    found = holder.find(W + name) if holder is not None else None
    return found.get(W + "val", "") if found is not None else ""
