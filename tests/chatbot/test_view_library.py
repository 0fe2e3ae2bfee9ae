"""The library column: where each file stands, in words, and escaped."""

from __future__ import annotations

import pytest

from chatbot.intake import Job
from chatbot.view_library import library_html
from retriever.types import State
from tests.chatbot.records import EVIL, document


def test_a_first_visit_says_that_it_is_private_and_lists_the_samples() -> None:
    html = library_html((), (), (document("whales.pdf"),))
    assert "seen by you alone" in html
    assert "whales.pdf" in html
    assert "shared, read-only" in html
    assert ">12 pages<" in html
    assert 'data-event="remove"' not in html


def test_own_documents_open_and_can_be_removed() -> None:
    html = library_html((), (document("origin.pdf", document_id=9),), ())
    assert '<button type="button" class="q-name" data-event="open" data-document="9"' in html
    assert 'data-event="remove" data-document="9"' in html
    assert "Remove origin.pdf for good" in html
    assert "ready · 12 pages" in html


@pytest.mark.parametrize(
    ("state", "fraction", "words"),
    [
        ("waiting", 0.0, "waiting"),
        ("parsing", 0.62, "reading, 62 %"),
        ("embedding", 0.5, "indexing, 50 %"),
    ],
)
def test_a_file_on_its_way_says_where_it_is(state: State, fraction: float, words: str) -> None:
    assert words in library_html((Job(1, "a", "b.docx", state, fraction),), (), ())


def test_a_failed_file_says_why_and_does_not_open() -> None:
    scan = document("scan.pdf", state="no_text", reason="no text layer")
    html = library_html((), (scan,), ())
    assert "failed: no text layer" in html
    assert 'data-event="open"' not in html
    assert 'data-event="remove"' in html


def test_a_warning_is_shown_beside_the_pages() -> None:
    html = library_html((), (document(warnings=("Page 3 could not be read.",)),), ())
    assert "ready, with a warning · 12 pages" in html
    assert "Page 3 could not be read." in html


def test_the_same_file_under_another_name_is_said() -> None:
    job = Job(1, "a", "copy.pdf", "indexed", 1.0, document("origin.pdf"))
    assert "the same file as origin.pdf" in library_html((job,), (), ())


def test_a_file_on_its_way_is_listed_once() -> None:
    half = document("b.pdf", state="embedding")
    html = library_html((Job(1, "a", "b.pdf", "embedding", 0.5),), (half,), ())
    assert html.count("b.pdf") == 1


def test_names_and_reasons_are_escaped() -> None:
    documents = (
        document(EVIL, warnings=(EVIL,)),
        document(EVIL, state="broken", reason=EVIL),
    )
    jobs = (Job(1, "a", EVIL), Job(2, "a", EVIL, trouble=EVIL))
    html = library_html(jobs, documents, documents)
    assert "<script" not in html
    assert "<img" not in html
    assert '"\'&"' not in html
