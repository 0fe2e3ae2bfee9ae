"""The text of one paragraph of a Word document: its runs, symbols and formulas.

Knows nothing of lists, tables or parts; text boxes are put aside.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from lxml import etree

from retriever.parsing.formulas import fraction, power, raised, root

Element: TypeAlias = Any  # lxml's elements have no types of their own

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
# Deleted text, a second copy of drawings for old programs, formatting, field codes, and how
# characters are read aloud.
SKIPPED = frozenset({
    W + "del", W + "moveFrom", _MC + "Fallback", W + "pPr", W + "rPr", W + "instrText",
    W + "tblPr", W + "tblGrid", W + "sectPr", W + "rt",
})  # fmt: skip
_GLYPHS = {
    W + "tab": "\t", W + "ptab": "\t", W + "br": "\n", W + "cr": "\n", W + "noBreakHyphen": "-",
}  # fmt: skip
_RAISED = "superscript"
# What the codes of two fonts of signs stand for, from the places named on.
_SYMBOLS = {
    "Symbol": dict(zip(range(0x41, 0x5B), "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ", strict=True))
    | dict(zip(range(0x61, 0x7B), "αβχδεφγηιϕκλμνοπθρστυϖωξψζ", strict=True))
    | dict(zip(range(0xA2, 0xA6), "′≤⁄∞", strict=True))
    | dict(zip(range(0xAB, 0xBD), "↔←↑→↓°±″≥×∝∂•÷≠≡≈…", strict=True))
    | {0x2D: "−", 0xD6: "√", 0xD7: "⋅", 0xE5: "∑", 0xF2: "∫"},
    "Wingdings": {
        0x6F: "□", 0x71: "❑", 0xA7: "▪", 0xA8: "□", 0xE0: "→", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒",
        0xFE: "☑",
    },
}  # fmt: skip


def line_text(element: Element, boxes: list[Element], before: str = "") -> str:
    """Text of a run of elements.

    Args:
        element: what holds them.
        boxes: text boxes are put aside into it.
        before: text that stands before it on the line.
    """
    parts: list[str] = []
    for child in element.iterchildren(etree.Element):
        if text := _piece(child, boxes, parts[-1] if parts else before):
            parts.append(text)
    return "".join(parts)


def _piece(element: Element, boxes: list[Element], before: str) -> str:
    """What one element adds to the line."""
    if element.tag in (W + "t", M + "t"):
        return element.text or ""
    if element.tag == W + "sym":
        return _symbol(element)
    if element.tag == W + "txbxContent":
        boxes.append(element)
    elif element.tag == W + "r":
        align = element.find(f"{W}rPr/{W}vertAlign")
        text = line_text(element, boxes, before)
        return raised(text) if align is not None and align.get(W + "val") == _RAISED else text
    elif element.tag.startswith(M):
        return _formula(element, boxes, before)
    elif element.tag not in SKIPPED:
        return _GLYPHS.get(element.tag) or line_text(element, boxes, before)
    return ""


def _formula(element: Element, boxes: list[Element], before: str) -> str:
    """A part of a formula, with the signs that its layout stands for."""

    def part(name: str) -> str:
        found = element.find(M + name)
        return line_text(found, boxes) if found is not None else ""

    if element.tag == M + "f":
        return fraction(part("num"), part("den"), before)
    if element.tag == M + "rad":
        return root(part("e"), part("deg"))
    if element.tag == M + "sup":
        return power(line_text(element, boxes))
    text = line_text(element, boxes, before)
    if element.tag == M + "d":
        return f"{_bracket(element, 'begChr', '(')}{text}{_bracket(element, 'endChr', ')')}"
    return text


def _bracket(element: Element, name: str, usual: str) -> str:
    found = element.find(f"{M}dPr/{M}{name}")
    return usual if found is None else found.get(M + "val", "")


def _symbol(element: Element) -> str:
    """A sign by its code in a font; nothing where that is not known."""
    try:
        code = int(element.get(W + "char", ""), 16)
    except ValueError:
        return ""
    if not 0xE000 <= code <= 0xF8FF:
        return chr(code) if 0x20 <= code < 0xD800 else ""
    font = _SYMBOLS.get(element.get(W + "font", ""), {})
    code &= 0xFF
    return font.get(code, chr(code) if font and 0x20 <= code < 0x40 else "")
