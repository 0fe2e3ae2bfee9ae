"""HTML and XML: what a browser would show as text, block by block.

Other parsers use ``html_text`` for the HTML that they hold. Runs nothing, fetches nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

from lxml import etree

from retriever.parsing.encodings import Decoded, decode
from retriever.parsing.formulas import fraction, power, raised, root
from retriever.parsing.html_lists import number_items, sign
from retriever.parsing.limits import ParseLimits
from retriever.parsing.pages import Pages, clean
from retriever.parsing.plain import encoding_warnings
from retriever.parsing.rows import table_lines
from retriever.types import UnreadableFile

HTML_TYPE = "text/html"
XML_TYPE = "application/xml"

Element: TypeAlias = Any  # lxml's elements have no types of their own

_DECLARED = re.compile(
    rb"""<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)|<meta[^>]*?charset\s*=\s*["']?\s*([\w.:-]+)""",
    re.IGNORECASE,
)
_XML_HEAD = re.compile(r"\A\s*<\?xml[^>]*\?>", re.IGNORECASE)
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,400}>")
_SPACE = re.compile(r"[ \t\n\r\f\v]+")
_SKIPPED = frozenset(
    "script style noscript template head svg nav button select iframe object audio video canvas "
    "map datalist rt rp annotation annotation-xml".split()
)
_PARAGRAPHS = frozenset(
    "p h1 h2 h3 h4 h5 h6 table ul ol dl blockquote pre section article figure hr header footer "
    "main aside fieldset details".split()
)
_LINES = frozenset("div li dt dd tr br caption figcaption summary address legend option".split())
_FORMULAS = frozenset("sup mfrac msup mroot msqrt".split())
_CELLS = frozenset({"td", "th"})
_MAX_SPAN = 100
_MAX_CHARS = 24 << 20  # a tree of short elements takes forty times the bytes of its source


def parse_html(path: Path, limits: ParseLimits) -> Pages:
    """A web page as one page of text."""
    decoded = decode_markup(path.read_bytes())
    return Pages(HTML_TYPE, [html_text(decoded.text)], encoding_warnings(decoded))


def parse_xml(path: Path, limits: ParseLimits) -> Pages:
    """An XML file of any kind: each element's text on a line, after the element's name.

    Raises:
        UnreadableFile: ``broken`` when it declares entities or is no XML.
    """
    decoded = decode_markup(path.read_bytes())
    if "<!ENTITY" in decoded.text:
        raise UnreadableFile("broken", "its XML declares entities, which is not allowed")
    root = xml_root(decoded.text)
    if _name(root) == "html":
        return Pages(HTML_TYPE, [html_text(decoded.text)], encoding_warnings(decoded))
    text = clean("".join(_xml_lines(root)))
    return Pages(XML_TYPE, [text], encoding_warnings(decoded))


def decode_markup(data: bytes) -> Decoded:
    """Bytes of HTML or XML as text, by the encoding that they declare where that works."""
    found = _DECLARED.search(data[:4096])
    declared = (found[1] or found[2]).decode("ascii") if found else None
    return decode(data, declared)


def xml_root(text: str) -> Element:
    """The root of an XML text; entities are not expanded, damage is repaired if it can be.

    Raises:
        UnreadableFile: ``broken`` when nothing could be read.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=True, recover=True,
        remove_comments=True, remove_pis=True, encoding="utf-8",
    )  # fmt: skip
    root = _root(text, parser)
    if root is None:
        raise UnreadableFile("broken", "not XML, though it says so")
    return root


def html_text(markup: str) -> str:
    """The text of a web page or a piece of one, clean; empty when there is none.

    Raises:
        UnreadableFile: ``broken`` when it is too long or nested too deeply to be read whole.
    """
    parser = etree.HTMLParser(
        no_network=True, huge_tree=True, remove_comments=True, remove_pis=True, encoding="utf-8"
    )
    root = _root(markup, parser)
    if root is None:
        return ""
    writer = _Writer()
    _write(root, writer)
    text = clean(writer.text())
    title = _SPACE.sub(" ", root.findtext("head/title") or "").strip()
    return text if title in text else clean(f"{title}\n\n{text}")


def _root(markup: str, parser: Element) -> Element | None:
    """The tree of all of a source; None when it is blank.

    At a limit of its own, lxml leaves out the rest and returns what it has: that is refused.
    """
    if len(markup) > _MAX_CHARS:
        raise UnreadableFile(
            "broken",
            f"it holds {len(markup):,} characters of markup; the limit is {_MAX_CHARS:,}",
        )
    source = _XML_HEAD.sub("", clean(markup), count=1).strip()
    root = etree.fromstring(source.encode(), parser) if source else None
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise UnreadableFile("broken", "its parts are nested too deeply")
    return root


class _Writer:
    """Collects text with white space collapsed as a browser does; breaks do not add up."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._gap = ""
        self._bullet = ""

    def bullet(self, bullet: str) -> None:
        """Put this right before the next text, whatever wraps that; "" takes it back."""
        self._bullet = bullet

    def gap(self, space: str) -> None:
        """Ask for at least this white space before the next text, or before its bullet."""
        if self._bullet:
            return
        if len(space) > len(self._gap) or (space == "\n" and self._gap == " "):
            self._gap = space

    def words(self, text: str) -> None:
        """Text from the source, where any run of white space means one space."""
        text = _SPACE.sub(" ", text)
        if text.startswith(" "):
            self.gap(" ")
        if bare := text.strip(" "):
            self.exact(bare)
            self._gap = " " if text.endswith(" ") else ""

    def exact(self, text: str) -> None:
        """Text kept as it is."""
        if text:
            self._parts += [self._gap if self._parts else "", self._bullet, text]
            self._gap = self._bullet = ""

    def last(self) -> str:
        """What stands right before the next text."""
        return self._gap or (self._parts[-1] if self._parts else "")

    def text(self) -> str:
        """All that was written."""
        return "".join(self._parts)


def _write(element: Element, writer: _Writer) -> None:
    """An element with what is in it; what follows it is its parent's affair."""
    name = _name(element)
    if name in _SKIPPED or element.get("hidden") is not None:
        return
    gap = "\n\n" if name in _PARAGRAPHS else "\n" if name in _LINES else ""
    gap = gap or (" " if name in _CELLS else "")
    writer.gap(gap)
    if name == "ol":
        number_items(element)
    if name == "pre":
        writer.exact(_pre_text(element).strip("\n"))
    elif name in _FORMULAS:
        _write_formula(element, writer)
    elif name == "table" and _is_data(element):
        _write_table(element, writer)
    elif name == "li":
        writer.bullet(sign(element))
        _write_inside(element, writer)
        writer.bullet("")
    else:
        _write_inside(element, writer)
    writer.gap(gap)


def _write_inside(element: Element, writer: _Writer) -> None:
    writer.words(element.text or "")
    for child in element.iterchildren():
        if isinstance(child.tag, str):
            _write(child, writer)
        writer.words(child.tail or "")


def _pre_text(element: Element) -> str:
    """Text with its own white space, and the line breaks that are marked in it."""
    parts = [element.text or ""]
    for child in element.iterchildren():
        if isinstance(child.tag, str):
            parts.append("\n" if _name(child) == "br" else _pre_text(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _write_formula(element: Element, writer: _Writer) -> None:
    """What is set higher, or above a line, with the signs that stand for that.

    Reads each part once: read twice, nested ones would take for ever.
    """
    name = _name(element)
    parts = [child for child in element.iterchildren() if isinstance(child.tag, str)]
    if name == "sup":
        writer.words(raised(_cell_text(element)))
    elif name == "msqrt":
        writer.words(root(_cell_text(element)))
    elif len(parts) != 2:
        _write_inside(element, writer)
    else:
        first, second = map(_cell_text, parts)
        if name == "mfrac":
            writer.words(fraction(first, second, writer.last()))
        else:
            writer.words(first + power(second) if name == "msup" else root(first, second))


def _is_data(table: Element) -> bool:
    """Whether a table holds data, rather than arranging a page."""
    blocks = ("table", "h1", "h2", "h3", "ul", "ol", "form", "article", "section")
    rows = list(table.iter("tr"))
    is_layout = any(next(table.iterdescendants(name), None) is not None for name in blocks)
    return not is_layout and any(len(row) > 1 for row in rows)


def _write_table(table: Element, writer: _Writer) -> None:
    headers: list[list[str]] = []
    rows: list[list[str]] = []
    for cells, is_header in _grid(table):
        (headers if is_header and not rows else rows).append(cells)
    caption = table.find("caption")
    if caption is not None:
        writer.words(" ".join(caption.itertext()))
    for line in table_lines(rows, headers):
        writer.gap("\n")
        writer.exact(line)


def _grid(table: Element) -> Iterator[tuple[list[str], bool]]:
    """Each row's cells, one for each column, and whether all of them are headings.

    What spans columns is followed by empty cells; what spans rows is said in each of them.
    """
    hanging: dict[int, tuple[int, str]] = {}  # column -> rows to come, and their text
    for row in table.iter("tr"):
        cells = [cell for cell in row.iterchildren() if _name(cell) in _CELLS]
        texts: list[str] = []
        for cell in cells:
            _let_hang(texts, hanging)
            text, n_rows = _cell_text(cell), _span(cell, "rowspan")
            if n_rows > 1:
                hanging[len(texts)] = (n_rows - 1, text)
            texts += [text] + [""] * (_span(cell, "colspan") - 1)
        _let_hang(texts, hanging)
        yield texts, bool(cells) and all(_name(cell) == "th" for cell in cells)


def _let_hang(texts: list[str], hanging: dict[int, tuple[int, str]]) -> None:
    """Put what hangs down from rows above into the columns that come next."""
    while len(texts) in hanging:
        n_rows, text = hanging.pop(len(texts))
        if n_rows > 1:
            hanging[len(texts)] = (n_rows - 1, text)
        texts.append(text)


def _span(cell: Element, direction: str) -> int:
    """How many columns or rows a cell covers, within reason."""
    stated = cell.get(direction, "1").strip()
    return min(max(1, int(stated)), _MAX_SPAN) if stated.isascii() and stated.isdigit() else 1


def _cell_text(cell: Element) -> str:
    writer = _Writer()
    _write_inside(cell, writer)
    return writer.text()


def _name(element: Element) -> str:
    """Tag without its namespace, in small letters."""
    return element.tag.rsplit("}", 1)[-1].lower() if isinstance(element.tag, str) else ""


def _xml_lines(element: Element) -> Iterator[str]:
    """``name: text`` for a leaf, one paragraph for text with elements in it, else its parts."""
    children = [child for child in element.iterchildren() if isinstance(child.tag, str)]
    own = [element.text or "", *(child.tail or "" for child in children)]
    if not children:
        text = _leaf_text(element.text or "")
        if text:
            yield f"{_name(element)}: {text}\n"
    elif any(part.strip() for part in own):
        yield _SPACE.sub(" ", "".join(element.itertext())).strip() + "\n\n"
    else:
        for child in children:
            yield from _xml_lines(child)
        yield "\n"


def _leaf_text(text: str) -> str:
    """A leaf's text; feeds carry HTML inside, as text."""
    if _MARKUP.search(text):
        return html_text(text)
    return text.strip()
