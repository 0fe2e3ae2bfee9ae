"""The library column as HTML: files on their way, a visitor's documents, the shared ones.

Knows no page framework and no library; every name and reason is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from chatbot.intake import Job
from chatbot.words import ENGLISH, Words
from retriever.types import FINAL_STATES, Document


def library_html(
    jobs: Sequence[Job],
    own: Sequence[Document],
    shared: Sequence[Document],
    words: Words = ENGLISH,
) -> str:
    """The list: what is on its way and the visitor's own first, then what all can read."""
    moving = {job.name for job in jobs if not job.done}
    rows = [job_html(job, words) for job in jobs if not job.done]
    rows += [notice_html(job, words) for job in jobs if _worth_a_notice(job)]
    rows += [
        document_html(document, words, removable=True)
        for document in own
        if document.state in FINAL_STATES or document.name not in moving
    ]
    mine = f"<ul>{''.join(rows)}</ul>" if rows else f'<p class="q-quiet">{words.yours_empty}</p>'
    return (
        f'<section class="q-docs" aria-label="{escape(words.yours)}">'
        f"<h3>{escape(words.yours)}</h3>{mine}</section>{_shared(shared, words)}"
    )


def job_html(job: Job, words: Words = ENGLISH) -> str:
    """A file on its way."""
    return (
        f'<li class="q-doc q-moving"><span class="q-name">{escape(job.name)}</span>'
        f'<span class="q-state" role="status">{escape(progress_text(job, words))}</span></li>'
    )


def progress_text(job: Job, words: Words = ENGLISH) -> str:
    """Where a file stands: waiting, reading, 62 %."""
    percent = round(100 * job.fraction)
    if job.state == "parsing":
        return words.reading.format(percent=percent)
    if job.state == "waiting":
        return words.waiting
    return words.indexing.format(percent=percent)


def notice_html(job: Job, words: Words = ENGLISH) -> str:
    """A file that did not become a document of its own."""
    if job.document is not None:
        text = words.same_file.format(name=job.document.name)
    else:
        text = f"{words.failed}: {job.trouble}"
    return (
        f'<li class="q-doc"><span class="q-name">{escape(job.name)}</span>'
        f'<span class="q-state">{escape(text)}</span></li>'
    )


def document_html(document: Document, words: Words = ENGLISH, *, removable: bool) -> str:
    """A document: its name opens it, its state stands beneath, removal asks once."""
    label = escape(document.name)
    if document.state == "indexed":
        label = (
            f'<button type="button" class="q-name" data-event="open" '
            f'data-document="{document.id}">{label}</button>'
        )
    else:
        label = f'<span class="q-name">{label}</span>'
    remove = _remove(document, words) if removable else ""
    failed = "" if document.state == "indexed" else " q-failed"
    text = state_text(document, words) if removable else _size(document, words)
    state = f'<span class="q-state">{text}</span>'
    return f'<li class="q-doc{failed}">{label}{remove}{state}</li>'


def state_text(document: Document, words: Words = ENGLISH) -> str:
    """State and size as escaped text: ready with pages, or failed and why."""
    if document.state not in FINAL_STATES:
        return escape(words.waiting)
    size = _size(document, words)
    if document.state != "indexed":
        return size
    if not document.warnings:
        return words.ready.format(pages=size)
    warnings = "".join(f"<br>{escape(warning)}" for warning in document.warnings)
    return words.ready_with_warnings.format(pages=size) + warnings


def _size(document: Document, words: Words) -> str:
    """How many pages, or why there are none; escaped."""
    if document.state != "indexed":
        return f"{escape(words.failed)}: {escape(document.reason)}"
    one = document.n_pages == 1
    return words.one_page if one else words.pages.format(count=document.n_pages)


def _remove(document: Document, words: Words) -> str:
    sure = words.remove_sure.format(name=document.name)
    return (
        f'<details class="q-remove"><summary aria-label="{escape(words.remove)} '
        f'{escape(document.name)}">{escape(words.remove)}</summary>'
        f'<button type="button" data-event="remove" data-document="{document.id}">'
        f"{escape(sure)}</button></details>"
    )


def _shared(shared: Sequence[Document], words: Words) -> str:
    if not shared:
        return ""
    rows = "".join(document_html(document, words, removable=False) for document in shared)
    return (
        f'<section class="q-docs" aria-label="{escape(words.samples)}">'
        f'<h3>{escape(words.samples)} <span class="q-quiet">{escape(words.shared)}</span></h3>'
        f"<ul>{rows}</ul></section>"
    )


def _worth_a_notice(job: Job) -> bool:
    same_bytes = job.document is not None and job.document.name != job.name
    return same_bytes or bool(job.trouble)
