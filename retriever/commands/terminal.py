"""What the commands say about documents and passages, for people and as JSON.

Pure; prints nothing and knows no library.
"""

from __future__ import annotations

from ..types import Document, Hit, Job

SHOWN_CHARS = 300


def final(document: Document) -> dict[str, object]:
    """The last line about an added file."""
    return {
        "state": document.state,
        "reason": document.reason,
        "warnings": list(document.warnings),
        "pages": document.n_pages,
        "passages": document.n_passages,
        "document_id": document.id,
        "document": document.name,
    }


def summary(document: Document, note: str = "") -> str:
    """How a file went, for people; ``note`` stands behind its figures."""
    if document.state != "indexed":
        return f"{document.state}: {document.reason}"
    pages = f"{document.n_pages} page{'s' * (document.n_pages != 1)}"
    passages = f"{document.n_passages} passage{'s' * (document.n_passages != 1)}"
    notes = "".join(f"\n    note: {warning}" for warning in document.warnings)
    return f"{pages}, {passages}{note}{notes}"


def job_state(job: Job) -> str:
    """Where a queued file stands, for people."""
    said: str = job.state.replace("_", " ")
    if job.state in ("parsing", "embedding"):
        said += f", {job.fraction:.0%}"
        said += "" if job.left_s is None else f", about {job.left_s:.0f} s left"
    if job.outcome in ("replaced", "unchanged"):
        said += f" ({job.outcome})"
    return f"{said}: {job.reason}" if job.reason else said


def readable(rank: int, hit: Hit) -> str:
    """A found passage for people, cut where it is long."""
    passage = hit.passage
    text = " ".join(passage.text.split())
    shown = text if len(text) <= SHOWN_CHARS else text[: SHOWN_CHARS - 1] + "…"
    return f"{rank:>3}. {passage.document_name}, page {passage.page_number}\n     {shown}"
