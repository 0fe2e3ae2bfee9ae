"""The source column as HTML: a page's picture with marks laid over it, or a text with a mark.

Knows no page framework and no library; document text and names are escaped.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from html import escape

from chatbot.source import Excerpt, SourceView
from chatbot.words import ENGLISH, Words
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
        body = excerpt_html(view.excerpt, soft=view.place.is_passage)
    return f'{_bar(view, words)}<div class="q-page">{body}</div>'


def picture_html(
    picture: PagePicture, boxes: Sequence[Box], alt: str, *, soft: bool = False
) -> str:
    """The page as an image that carries its own bytes; marks in per cent of its size."""
    data = b64encode(picture.png).decode("ascii")
    marks = "".join(box_html(box, soft=soft) for box in boxes)
    return (
        f'<div class="q-sheet"><img src="data:image/png;base64,{data}" alt="{escape(alt)}" '
        f'width="{picture.width_px}" height="{picture.height_px}">{marks}</div>'
    )


def box_html(box: Box, *, soft: bool = False) -> str:
    """One mark, placed over the picture; a soft one for a whole passage."""
    left, top = 100 * box.left, 100 * box.top
    width, height = 100 * (box.right - box.left), 100 * (box.bottom - box.top)
    return (
        f'<span class="q-box{" q-soft" if soft else ""}" style="left:{left:.3f}%;top:{top:.3f}%;'
        f'width:{width:.3f}%;height:{height:.3f}%"></span>'
    )


def excerpt_html(excerpt: Excerpt, *, soft: bool = False) -> str:
    """The text around a mark in paragraphs; the one that holds the mark is set off."""
    head, first = _split_last(excerpt.before)
    rest, tail = _split_first(excerpt.after)
    css_class = "q-here q-passage" if soft else "q-here"
    around = f"{escape(first)}{_marked(excerpt.marked)}{escape(rest)}"
    here = f'<p class="{css_class}">{around}</p>' if excerpt.marked else f"<p>{escape(first)}</p>"
    return (
        f'<div class="q-excerpt">{_cut(excerpt.cut_before)}{_paragraphs(head)}'
        f"{here}{_paragraphs(tail)}{_cut(excerpt.cut_after)}</div>"
    )


def _marked(text: str) -> str:
    """Each line marked by itself, so that an empty line shows no mark."""
    return "\n".join(
        f"<mark>{escape(line)}</mark>" if line.strip() else line for line in text.split("\n")
    )


def _bar(view: SourceView, words: Words) -> str:
    name = f'<span class="q-file" title="{escape(view.document.name)}">'
    name += f"{escape(view.document.name)}</span>"
    return f'<div class="q-bar">{name}{_turner(view, words)}{_switch(view, words)}</div>'


def _turner(view: SourceView, words: Words) -> str:
    if view.document.n_pages <= 1:
        return ""
    page_number, n_pages = view.place.page_number, view.document.n_pages
    here = words.short_page.format(number=page_number, count=n_pages)
    back = _turn_button("‹", words.previous_page, -1, disabled=page_number <= 1)
    on = _turn_button("›", words.next_page, 1, disabled=page_number >= n_pages)
    return f'<span class="q-turner">{back}<span>{escape(here)}</span>{on}</span>'


def _turn_button(sign: str, label: str, by: int, *, disabled: bool) -> str:
    off = " disabled" if disabled else ""
    return (
        f'<button type="button" class="q-step" data-event="turn" data-by="{by}" '
        f'aria-label="{escape(label)}"{off}>{sign}</button>'
    )


def _switch(view: SourceView, words: Words) -> str:
    if not view.has_pictures:
        return ""
    label = words.as_page if view.place.as_text else words.as_text
    return f'<button type="button" class="q-switch" data-event="switch">{escape(label)}</button>'


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(part)}</p>" for part in _GAP.split(text) if part.strip())


def _split_last(text: str) -> tuple[str, str]:
    """Everything before the last gap between paragraphs, and what stands after it."""
    gaps = list(_GAP.finditer(text))
    return (text[: gaps[-1].start()], text[gaps[-1].end() :]) if gaps else ("", text)


def _split_first(text: str) -> tuple[str, str]:
    gap = _GAP.search(text)
    return (text[: gap.start()], text[gap.end() :]) if gap else (text, "")


def _cut(cut: bool) -> str:
    return '<p class="q-quiet">…</p>' if cut else ""
