"""A quotation as HTML: its sentence with the span marked, or its table's row in cells.

Knows no page framework and no library; all text is escaped here and comes out whole, in order:
what a row does not show is there for a screen reader and for copying.
"""

from __future__ import annotations

import re
from html import escape
from itertools import groupby

from chatbot.markdown_signs import is_markdown, is_rule, signs_of
from chatbot.marks import Stretch
from chatbot.preview import preview
from chatbot.quote import quoted
from chatbot.table_row import Piece, pieces_of
from chatbot.types import Answer
from chatbot.views.words import ENGLISH, Words
from retriever.types import Passage

LONG_CHARS = 40  # of a cell that would be a tall narrow column in the source
GAP = "<br>"  # between a heading and its text, and between items
_ITEM = re.compile(r"(?<=\S)(?=\n[^\S\n]*(?:[-*•◦▪–]|\d{1,3}[.)])[^\S\n])")
CSS = {"value": "q-value", "name": "q-column", "again": "q-unseen", "sign": "q-unseen"}


def quotation_html(answer: Answer) -> str:
    """The sentence or row the answer stands in, with the span marked."""
    cut = quoted(answer)
    text = cut.before + cut.span + cut.after
    marked = len(cut.before), len(cut.before) + len(cut.span)
    html = text_html(text, marked, GAP, has_signs=is_markdown(answer.citation.document_name))
    return _between(html, cut_before=cut.cut_before, cut_after=cut.cut_after)


def preview_html(question: str, passage: Passage) -> str:
    """The sentence or row of a passage that is nearest to a question."""
    cut = preview(question, passage.text)
    has_signs = is_markdown(passage.document_name)
    items = _ITEM.split(cut.after)  # a next one begins with an empty line, which makes the gap
    html = "".join(text_html(item, (0, 0), GAP, has_signs=has_signs) for item in items)
    return _between(html, cut_before=cut.cut_before, cut_after=cut.cut_after)


def where(document_name: str, page_number: int, words: Words = ENGLISH) -> str:
    """Document and page in one escaped line."""
    return f"<bdi>{escape(document_name)}</bdi> · {escape(words.page.format(number=page_number))}"


def _between(html: str, *, cut_before: bool, cut_after: bool) -> str:
    return f"{'… ' if cut_before else ''}{html}{' …' if cut_after else ''}"


def text_html(text: str, marked: Stretch, gap: str = "", *, has_signs: bool = False) -> str:
    """A slice with a stretch of it marked; an empty line shows no mark, and a row has cells.

    White space is left to CSS; ``gap`` is what an empty line becomes besides. With ``has_signs``
    those of Markdown are not shown.
    """
    shown: list[str] = []
    plain = start = 0  # where the lines of prose begin that are not shown yet, and this line
    for line in text.split("\n"):
        end = start + len(line)
        is_rule_line = has_signs and is_rule(line)
        pieces = [] if is_rule_line else pieces_of(line)
        if pieces or is_rule_line or not line.strip():
            shown.append(_prose_html(text, (plain, start), marked, has_signs))
            inside = marked[0] - start, marked[1] - start
            if pieces:
                shown.append(_row_html(line, pieces, inside, has_signs))
            else:
                shown.append(_unseen(line) if is_rule_line else f"{line}{gap}")
            plain = end
        start = end + 1
    return "".join([*shown, _prose_html(text, (plain, len(text)), marked, has_signs)])


def _row_html(line: str, pieces: list[Piece], marked: Stretch, has_signs: bool) -> str:
    cells = groupby(pieces, key=lambda piece: piece.cell)
    shown = "".join(_cell_html(line, list(cell), marked, has_signs) for _, cell in cells)
    return f'<span class="q-row">{shown}</span>'


def _cell_html(row: str, pieces: list[Piece], marked: Stretch, has_signs: bool) -> str:
    """A cell; one with a sentence in it takes the width of the row."""
    is_long = any(p.kind == "value" and p.char_end - p.char_start > LONG_CHARS for p in pieces)
    inside = "".join(_piece_html(row, one, marked, has_signs) for one in pieces)
    return f'<span class="q-cell{" q-long" if is_long else ""}">{inside}</span>'


def _piece_html(row: str, piece: Piece, marked: Stretch, has_signs: bool) -> str:
    """A piece of a row; one that holds a mark is always shown."""
    holds_mark = piece.char_start < marked[1] and marked[0] < piece.char_end
    css_class = "q-value" if holds_mark and piece.kind == "again" else CSS[piece.kind]
    inside = _prose_html(row, (piece.char_start, piece.char_end), marked, has_signs)
    return f'<span class="{css_class}">{inside}</span>'


def _prose_html(text: str, shown: Stretch, marked: Stretch, has_signs: bool) -> str:
    """A stretch without its signs; one in which a mark begins or ends is shown."""
    if not has_signs:
        return _marked_html(text, shown, marked)
    parts, position = [], shown[0]
    for start, end in signs_of(text, *shown):
        is_apart = end <= marked[0] or marked[1] <= start
        if is_apart or (marked[0] <= start and end <= marked[1] and (start, end) != marked):
            parts += [_marked_html(text, (position, start), marked), _unseen(text[start:end])]
            position = end
    return "".join([*parts, _marked_html(text, (position, shown[1]), marked)])


def _unseen(text: str) -> str:
    return f'<span class="q-unseen">{escape(text)}</span>'


def _marked_html(text: str, shown: Stretch, marked: Stretch) -> str:
    start, end = max(shown[0], marked[0]), min(shown[1], marked[1])
    if start >= end:
        return escape(text[slice(*shown)])
    before, after = escape(text[shown[0] : start]), escape(text[end : shown[1]])
    return f"{before}<mark>{escape(text[start:end])}</mark>{after}"
