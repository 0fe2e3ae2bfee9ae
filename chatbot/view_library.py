"""The library column as HTML: files on their way, a visitor's documents, the shared ones.

Knows no page framework and no library; every name and reason is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from chatbot.words import ENGLISH, Words
from retriever.types import Document, Job

SHORT_S = 10  # what takes less is not worth a word


def library_html(
    jobs: Sequence[Job],
    own: Sequence[Document],
    shared: Sequence[Document],
    words: Words = ENGLISH,
) -> str:
    """The list: the visitor's own, newest first, then what all can read.

    What is on its way stands above the documents; as the oldest of it ends first, a file's line
    becomes its document's line without moving.
    """
    names = {document.id: document.name for document in own}
    rows = [job_html(job, names, words) for job in reversed(jobs)]
    latest = {job.document_id: job for job in jobs}
    rows += [
        document_html(document, words, removable=True, job=latest.get(document.id))
        for document in reversed(own)
    ]
    listed = "".join(rows)
    mine = f"<ul>{listed}</ul>" if listed else f'<p class="q-quiet">{words.yours_empty}</p>'
    return (
        f'<section class="q-docs" aria-label="{escape(words.yours)}">'
        f"<h3>{escape(words.yours)}</h3>{mine}</section>{_shared(shared, words)}"
    )


def notice_html(text: str) -> str:
    """A line that says what did not happen, and why."""
    return f'<p class="q-told" role="alert">{escape(text)}</p>' if text else ""


def job_html(job: Job, names: Mapping[int, str], words: Words = ENGLISH) -> str:
    """A file on its way, or one that became no document; nothing where the document says it.

    Args:
        job: the file.
        names: of the visitor's documents, by id.
        words: of the page.
    """
    if not job.done:
        if job.parent_id and job.state == "waiting":
            return ""  # its archive has a line
        cancel = _act("cancel", words.cancel, job)
        return _job_row(job, escape(progress_text(job, words)), cancel, "q-moving")
    known = names.get(job.document_id or 0)
    if known == job.name or (job.state == "indexed" and known is None):
        return ""
    if known is not None:
        return _job_row(job, escape(words.same_file.format(name=known)))
    return _ended_row(job, words)


def _ended_row(job: Job, words: Words) -> str:
    """A file that was stopped, or of which something was not read; it can be tried again."""
    failed = f"{words.failed}: {job.reason}"
    text = {"cancelled": words.cancelled, "partly_failed": job.reason}.get(job.state, failed)
    retry = f" {_act('retry', words.retry, job)}" if job.can_retry else ""
    return _job_row(job, escape(text) + retry, _act("dismiss", words.dismiss, job), "q-failed")


def _job_row(job: Job, state: str, act: str = "", kind: str = "") -> str:
    return (
        f'<li class="q-doc {kind}"><span class="q-name">{escape(job.name)}</span>'
        f'<span class="q-state" role="status">{state}</span>{act}</li>'
    )


def _act(event: str, label: str, job: Job) -> str:
    """A button that does something with a file."""
    return (
        f'<button type="button" class="q-act" data-event="{event}" data-job="{job.id}" '
        f'aria-label="{escape(label)} {escape(job.name)}">{escape(label)}</button>'
    )


def progress_text(job: Job, words: Words = ENGLISH) -> str:
    """Where a file stands: waiting, reading, 62 %, and how long it will take."""
    percent = round(100 * job.fraction)
    if job.state == "waiting":
        return words.waiting
    if job.state == "parsing":
        return words.reading.format(percent=percent)
    return words.indexing.format(percent=percent) + _left(job, words)


def _left(job: Job, words: Words) -> str:
    """About how long; nothing for what takes moments."""
    if job.left_s is None or job.left_s < SHORT_S:
        return ""
    if job.left_s < 60:
        return " · " + words.seconds_left.format(count=10 * round(job.left_s / 10))
    return " · " + words.minutes_left.format(count=round(job.left_s / 60))


def document_html(
    document: Document, words: Words = ENGLISH, *, removable: bool, job: Job | None = None
) -> str:
    """A document: its name opens it, its state stands beneath, removal asks once.

    ``job`` is how the file came, as far as that is known.
    """
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
    if job and job.outcome == "replaced":
        text += f"<br>{escape(words.replaced)}"
    if job and job.can_retry:
        text += f" {_act('retry', words.retry, job)}"
    state = f'<span class="q-state">{text}</span>'
    return f'<li class="q-doc{failed}">{label}{remove}{state}</li>'


def state_text(document: Document, words: Words = ENGLISH) -> str:
    """State and size as escaped text: ready with pages, or failed and why."""
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
