"""The source column as HTML: a page's picture with marks laid over it, or a text with a mark.

Knows no page framework and no library; document text and names are escaped.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from html import escape

from chatbot.markdown_signs import is_heading, is_markdown
from chatbot.source import Excerpt, SourceView
from chatbot.views.ground import on_dark
from chatbot.views.quotation import text_html
from chatbot.views.words import ENGLISH, Words
from retriever.types import Box, PagePicture

_GAP = re.compile(r"\n\s*\n")


def source_html(view: SourceView | None, words: Words = ENGLISH, *, notice: str = "") -> str:
    """The right column; ``view`` is None before anything was opened or when it is gone."""
    if view is None:
        return f'<p class="q-quiet q-nothing">{escape(notice or words.source_empty)}</p>'
    body = ""
    if view.picture is not None:
        alt = words.picture_of.format(number=view.place.page_number, name=view.document.name)
        body = picture_html(view.picture, view.boxes, alt, soft=view.place.is_passage)
    elif view.excerpt is not None:
        has_signs = is_markdown(view.document.name)
        soft = view.place.is_passage
        body = excerpt_html(view.excerpt, words, soft=soft, has_signs=has_signs)
    return f'{_bar(view, words)}<div class="q-page">{body}</div>{_tools(view, words)}'


def opening_html(name: str, words: Words = ENGLISH) -> str:
    """The column while a page of that document is being drawn."""
    opening = f'<p class="q-quiet q-nothing" role="status">{escape(words.opening)}</p>'
    return f'<div class="q-bar">{_file(name)}</div>{opening}'


def picture_html(
    picture: PagePicture, boxes: Sequence[Box], alt: str, *, soft: bool = False
) -> str:
    """The page as an image that carries its own bytes; marks in per cent of its size."""
    data = b64encode(picture.png).decode("ascii")
    pairs = zip(boxes, on_dark(picture, boxes), strict=True)
    marks = "".join(box_html(box, soft=soft, dark=dark) for box, dark in pairs)
    return (
        f'<div class="q-sheet"><img src="data:image/png;base64,{data}" alt="{escape(alt)}" '
        f'width="{picture.width_px}" height="{picture.height_px}">{marks}</div>'
    )


def box_html(box: Box, *, soft: bool = False, dark: bool = False) -> str:
    """One mark, placed over the picture; a soft one for a whole passage, one on dark ground."""
    kinds = f"q-box{' q-soft' if soft else ''}{' q-dark' if dark else ''}"
    left, top = 100 * box.left, 100 * box.top
    width, height = 100 * (box.right - box.left), 100 * (box.bottom - box.top)
    return (
        f'<span class="{kinds}" style="left:{left:.3f}%;top:{top:.3f}%;'
        f'width:{width:.3f}%;height:{height:.3f}%"></span>'
    )


def excerpt_html(
    excerpt: Excerpt, words: Words = ENGLISH, *, soft: bool = False, has_signs: bool = False
) -> str:
    """The text around a mark in paragraphs; the one that holds the mark is set off.

    Each paragraph is a slice of the document's text and says in ``data-start`` where it begins.
    """
    head, first_start = _split_last(excerpt.before)
    rest_end, tail_start = _split_first(excerpt.after)
    first = excerpt.before[first_start:]
    text = first + excerpt.marked + excerpt.after[:rest_end]
    marked = len(first), len(first) + len(excerpt.marked)
    here = text_html(text, marked, has_signs=has_signs)
    kind = ("q-here q-passage" if soft else "q-here") if excerpt.marked else ""
    start = excerpt.char_start + first_start
    tail = start + len(first) + len(excerpt.marked) + tail_start
    end = start + len(text) + len(excerpt.after) - rest_end
    before = _further(words.text_before, -1, excerpt.char_start) if excerpt.cut_before else ""
    after = _further(words.text_after, 1, end) if excerpt.cut_after else ""
    return (
        f'<div class="q-excerpt">{_above(excerpt)}{before}'
        f"{_paragraphs(head, excerpt.char_start, has_signs)}{_paragraph(here, start, kind)}"
        f"{_paragraphs(excerpt.after[tail_start:], tail, has_signs)}{after}</div>"
    )


def _above(excerpt: Excerpt) -> str:
    """The headings that the excerpt stands under."""
    trail = " › ".join(map(escape, excerpt.above))
    return f'<p class="q-above">{trail}</p>' if trail else ""


def _bar(view: SourceView, words: Words) -> str:
    return f'<div class="q-bar">{_file(view.document.name)}{_turner(view, words)}</div>'


def _file(name: str) -> str:
    return f'<span class="q-file" title="{escape(name)}">{escape(name)}</span>'


def _turner(view: SourceView, words: Words) -> str:
    if view.document.n_pages <= 1:
        return ""
    page_number, n_pages = view.place.page_number, view.document.n_pages
    label = words.page_number.format(count=n_pages)
    box = (
        f'<input class="q-at" data-event="number" inputmode="numeric" autocomplete="off" '
        f'value="{page_number}" size="{len(str(n_pages))}" aria-label="{escape(label)}">'
    )
    here = f"{escape(words.page_label)} {box} {escape(words.page_of.format(count=n_pages))}"
    back = _turn_button("‹", words.previous_page, -1, disabled=page_number <= 1)
    on = _turn_button("›", words.next_page, 1, disabled=page_number >= n_pages)
    return f'<span class="q-turner">{back}<span>{here}</span>{on}</span>'


def _turn_button(sign: str, label: str, by: int, *, disabled: bool) -> str:
    off = " disabled" if disabled else ""
    return (
        f'<button type="button" class="q-step" data-event="turn" data-by="{by}" '
        f'aria-label="{escape(label)}"{off}>{sign}</button>'
    )


def _tools(view: SourceView, words: Words) -> str:
    """The line under the page: from mark to mark, and the other way to show the page."""
    found = f"{_steps(view, words)}{_switch(view, words)}"
    return f'<div class="q-tools">{found}</div>' if found else ""


def _steps(view: SourceView, words: Words) -> str:
    marks = view.marks
    if marks.count > 1:
        says = words.mark if marks.are_all else words.many_marks
        label = says.format(number=marks.index + 1, count=marks.count)
        label += f" · {words.other_mark}" if view.is_other else ""
        back = _step_button(words.previous_mark, -1)
        return (
            f'<span class="q-marks">{escape(label)}</span>{back}{_step_button(words.next_mark, 1)}'
        )
    is_shown = view.mark_page == view.place.page_number and (
        view.excerpt is None or bool(view.excerpt.marked)
    )
    return _step_button(words.to_mark, 0) if marks.count == 1 and not is_shown else ""


def _step_button(label: str, by: int) -> str:
    return (
        f'<button type="button" class="q-link" data-event="step" data-by="{by}">'
        f"{escape(label)}</button>"
    )


def _switch(view: SourceView, words: Words) -> str:
    if not view.has_pictures:
        return ""
    label = words.as_page if view.place.as_text else words.as_text
    return (
        f'<button type="button" class="q-link q-switch" data-event="switch">'
        f"{escape(label)}</button>"
    )


def _paragraphs(text: str, char_start: int, has_signs: bool) -> str:
    """Every paragraph of a slice that begins at ``char_start`` of its document."""
    shown, begin = [], 0
    for gap_start, gap_end in [*(gap.span() for gap in _GAP.finditer(text)), (len(text), 0)]:
        part = text[begin:gap_start]
        if part.strip():
            html = text_html(part, (0, 0), has_signs=has_signs)
            kind = "q-heading" if has_signs and is_heading(part) else ""
            shown.append(_paragraph(html, char_start + begin, kind))
        begin = gap_end
    return "".join(shown)


def _paragraph(html: str, char_start: int, kind: str = "") -> str:
    css_class = f' class="{kind}"' if kind else ""
    return f'<p{css_class} data-start="{char_start}">{html}</p>'


def _split_last(text: str) -> tuple[str, int]:
    """Everything before the last gap between paragraphs, and where what follows it begins."""
    gaps = list(_GAP.finditer(text))
    return (text[: gaps[-1].start()], gaps[-1].end()) if gaps else ("", 0)


def _split_first(text: str) -> tuple[int, int]:
    """Where the first gap between paragraphs begins and ends."""
    gap = _GAP.search(text)
    return gap.span() if gap else (len(text), len(text))


def _further(label: str, by: int, at: int) -> str:
    """A button to the text before or after what is shown."""
    return (
        f'<p class="q-quiet"><button type="button" class="q-link" data-event="further" '
        f'data-by="{by}" data-at="{at}">{escape(label)}</button></p>'
    )
