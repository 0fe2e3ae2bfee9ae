"""The library column as HTML: files on their way, a visitor's documents, the shared ones.

Knows no page framework and no library; every name and reason is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape

from chatbot.people.workspace import SAMPLES
from chatbot.views.words import ENGLISH, Words
from retriever.types import Document, Job

SHORT_S = 10  # what takes less is not worth a word


@dataclass(frozen=True, slots=True)
class About:
    """What is known of documents beside themselves.

    Attributes:
        languages: ISO 639-1 codes by the documents' ids, None where that is unsure.
        titles: of collections, by their names in the library; told of each document among all.
    """

    languages: Mapping[int, str | None] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)


def library_html(
    jobs: Sequence[Job],
    own: Sequence[Document],
    shared: Sequence[Document],
    words: Words = ENGLISH,
    *,
    about: About | None = None,
    writable: Sequence[str] = (),
    title: str = "",
    notice: str = "",
) -> str:
    """The list: the visitor's own, newest first, then what all can read.

    What is on its way stands above the documents; as the oldest of it ends first, a file's line
    becomes its document's line without moving.

    Args:
        jobs: files on their way, or just ended.
        own: the visitor's documents.
        shared: what everybody may read.
        words: of the page.
        about: what is known of the documents beside themselves.
        writable: collections that everybody can read and this visitor may remove from: all such,
            or with a title ``own`` alone, if it is one.
        title: of the collection that ``own`` is, "" for all that is the visitor's.
        notice: what did not happen, and why.
    """
    about = about or About()
    if title:  # which says it of all of them
        about = replace(about, titles={})
    theirs = [] if title else [job for job in jobs if job.collection in writable]
    mine = [job for job in jobs if job not in theirs]
    listed = _rows(mine, own, words, about, removable=True)
    empty = words.shared_empty if title and writable else words.yours_empty
    inside = f"<ul>{listed}</ul>" if listed else f'<p class="q-quiet">{empty}</p>'
    samples = [one for one in shared if one.collection == SAMPLES]
    others = [one for one in shared if one.collection != SAMPLES]
    may_remove = any(one.collection in writable for one in others)
    quiet = words.shared_by_you if may_remove else words.read_only
    return (
        notice_html(notice)
        + _section(title or words.yours, "", inside)
        + _shared(words.everyones, quiet, _rows(theirs, others, words, about, may_remove))
        + _shared(words.samples, words.shared, _rows((), samples, words, about, False))
    )


def by_name_html(words: Words = ENGLISH) -> str:
    """A box over a long list: the page hides what does not hold the words, or says none does."""
    label = escape(words.find_documents)
    return (
        f'<input id="q-by-name" placeholder="{label}" aria-label="{label}" autocomplete="off">'
        f'<p class="q-quiet q-no-name" role="status" data-none="{escape(words.no_document)}"></p>'
    )


def _rows(
    jobs: Sequence[Job],
    documents: Sequence[Document],
    words: Words,
    about: About,
    removable: bool,
) -> str:
    names = {document.id: document.name for document in documents}
    latest = {job.document_id: job for job in jobs}
    ordered = reversed(documents) if removable else documents
    return "".join(
        [job_html(job, names, words) for job in reversed(jobs)]
        + [
            document_html(one, words, removable=removable, job=latest.get(one.id), about=about)
            for one in ordered
        ]
    )


def _section(title: str, quiet: str, inside: str) -> str:
    more = f' <span class="q-quiet">{escape(quiet)}</span>' if quiet else ""
    return (
        f'<section class="q-docs" aria-label="{escape(title)}">'
        f"<h3>{escape(title)}{more}</h3>{inside}</section>"
    )


def _shared(title: str, quiet: str, rows: str) -> str:
    return _section(title, quiet, f"<ul>{rows}</ul>") if rows else ""


def notice_html(text: str) -> str:
    """A line that says what did not happen, and why."""
    return f'<p class="q-told" role="alert">{escape(text)}</p>' if text else ""


def off_html(words: Words) -> str:
    """The button beside one that does what cannot be undone: the page closes both at a click."""
    return f'<button type="button" class="q-off">{escape(words.cancel)}</button>'


def job_html(job: Job, names: Mapping[int, str], words: Words) -> str:
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
    failed = _why(job.state, job.reason, words)
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


def progress_text(job: Job, words: Words) -> str:
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
    document: Document,
    words: Words,
    *,
    removable: bool,
    job: Job | None = None,
    about: About | None = None,
) -> str:
    """A document: its name opens it, one line says what it is and more on a click.

    Removal asks once. ``job`` is how the file came, as far as that is known.
    """
    label = escape(document.name)
    is_ready = document.state == "indexed"
    if is_ready:
        label = (
            f'<button type="button" class="q-name" data-event="open" '
            f'data-document="{document.id}">{label}</button>'
        )
    else:
        label = f'<span class="q-name">{label}</span>'
    remove = _remove(document, words) if removable else ""
    about = about or About()
    text = _one_line(document, words, removable, about)
    end = f"<br>{escape(words.replaced)}" if job and job.outcome == "replaced" else ""
    end += f" {_act('retry', words.retry, job)}" if job and job.can_retry else ""
    if is_ready:
        state = (
            f'<details class="q-about" data-key="about-{document.id}">'
            f'<summary class="q-state">{text}{end}</summary>'
            f"{_more(document, words, about)}</details>"
        )
    else:
        state = f'<span class="q-state">{text}{end}</span>'
    return f'<li class="q-doc{"" if is_ready else " q-failed"}">{label}{remove}{state}</li>'


def _one_line(document: Document, words: Words, with_state: bool, about: About) -> str:
    """State, size and collection as escaped text; or failed and why."""
    text = _size(document, words)
    if title := about.titles.get(document.collection):
        text += f" · {escape(words.in_collection.format(name=title))}"
    if document.state != "indexed" or not with_state:
        return text
    ready = words.ready_with_warnings if document.warnings else words.ready
    return ready.format(pages=text)


def _more(document: Document, words: Words, about: About) -> str:
    """What was understood of a document, and what was lost."""
    n_passages = document.n_passages
    passages = words.one_passage if n_passages == 1 else words.passages.format(count=n_passages)
    day = escape(document.added_at)
    added = escape(words.added).format(day=f'<time datetime="{day}">{day[:10]}</time>')
    language = language_names(words).get(about.languages.get(document.id) or "", "")
    first = [language] if language else []
    first += [passages, size_text(document.size_bytes)]
    parts = " · ".join([*map(escape, first), added])
    warnings = "".join(f"<p>{escape(warning)}</p>" for warning in document.warnings)
    return f'<div class="q-quiet"><p>{parts}</p>{warnings}</div>'


def size_text(n_bytes: int) -> str:
    """Bytes for a person: 12 KB, 3.4 MB."""
    if n_bytes < 1000 * 1024:
        return f"{max(1, round(n_bytes / 1024))}\u00a0KB"
    return f"{n_bytes / 1024**2:.1f}\u00a0MB"


def language_names(words: Words) -> dict[str, str]:
    """What languages are called, by their ISO 639-1 codes."""
    return dict(pair.split("=") for pair in words.language_names.split("|"))


def _size(document: Document, words: Words) -> str:
    """How many pages, or why there are none; escaped."""
    if document.state != "indexed":
        return escape(_why(document.state, document.reason, words))
    one = document.n_pages == 1
    return words.one_page if one else words.pages.format(count=document.n_pages)


def _why(state: str, reason: str, words: Words) -> str:
    """Why a file became no document, in the page's words where it has them, else the parser's."""
    reasons = dict(pair.split("=") for pair in words.reasons.split("|") if pair)
    return words.failed_why.format(reason=reasons.get(state) or reason)


def _remove(document: Document, words: Words) -> str:
    sure = words.remove_sure.format(name=document.name)
    return (
        f'<details class="q-remove"><summary aria-label="{escape(words.remove)} '
        f'{escape(document.name)}">{escape(words.remove)}</summary>'
        f'<button type="button" data-event="remove" data-document="{document.id}">'
        f"{escape(sure)}</button>{off_html(words)}</details>"
    )
