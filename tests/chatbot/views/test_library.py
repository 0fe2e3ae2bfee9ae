"""The library column: where each file stands, in words, and escaped."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from chatbot.views.library import About, library_html, size_text
from chatbot.views.words import ENGLISH
from chatbot.views.words_zh import CHINESE
from retriever.types import Job, JobState, Outcome
from tests.chatbot.records import EVIL, document


def test_a_first_visit_says_that_it_is_private_and_lists_the_samples() -> None:
    html = library_html((), (), (replace(document("whales.pdf"), collection="samples"),))
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


def job(
    name: str = "b.docx",
    state: JobState = "waiting",
    *,
    job_id: int = 1,
    fraction: float = 0.0,
    left_s: float | None = None,
    reason: str = "",
    outcome: Outcome = "",
    document_id: int | None = None,
    parent_id: int | None = None,
    can_retry: bool = False,
) -> Job:
    return Job(
        job_id, "a", name, name, state, reason, fraction, left_s, outcome, document_id, parent_id,
        1000, can_retry,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("state", "fraction", "left_s", "words"),
    [
        ("waiting", 0.0, None, "waiting"),
        ("parsing", 0.62, None, "reading, 62 %"),
        ("embedding", 0.5, 3.0, 'role="status">50 %<'),
        ("embedding", 0.5, 42.0, "50 % · about 40 s left"),
        ("embedding", 0.1, 400.0, "10 % · about 7 min left"),
    ],
)
def test_a_file_on_its_way_says_where_it_is_and_can_be_stopped(
    state: JobState, fraction: float, left_s: float | None, words: str
) -> None:
    moving = job("b.docx", state, fraction=fraction, left_s=left_s)
    html = library_html((moving,), (), ())
    assert words in html
    assert 'data-event="cancel" data-job="1"' in html


def test_the_newest_stands_on_top_and_the_oldest_file_on_its_way_above_the_documents() -> None:
    jobs = (job("third.txt", "embedding", job_id=7), job("fourth.txt", job_id=8))
    documents = (document("first.txt", document_id=1), document("second.txt", document_id=2))
    html = library_html(jobs, documents, ())
    places = [html.index(name) for name in ("fourth", "third", "second", "first")]
    assert places == sorted(places)


def test_a_cancelled_file_can_be_tried_again_or_dismissed() -> None:
    html = library_html((job(state="cancelled", can_retry=True),), (), ())
    for words in ("cancelled", 'data-event="retry"', 'data-event="dismiss"'):
        assert words in html
    gone = job(state="broken", reason="No space left on device")
    html = library_html((gone,), (), ())
    assert "failed: No space left on device" in html
    assert 'data-event="retry"' not in html


def test_a_failed_document_can_be_tried_again() -> None:
    scan = document("scan.pdf", state="no_text", reason="no text layer")
    failed = job("scan.pdf", "no_text", document_id=scan.id, can_retry=True)
    html = library_html((failed,), (scan,), ())
    assert html.count("q-doc ") == 1
    assert 'data-event="retry" data-job="1"' in html
    assert 'data-event="dismiss"' not in html


def test_a_new_version_says_so() -> None:
    done = job("origin.pdf", "indexed", outcome="replaced", document_id=1)
    html = library_html((done,), (document("origin.pdf"),), ())
    assert "took the place of the earlier version" in html
    assert html.count("origin.pdf</button>") == 1


def test_an_archive_is_one_line_until_its_files_are_read() -> None:
    archive = job("all.zip", "embedding", fraction=0.4)
    inside = [job(f"all.zip/{n}.txt", job_id=n, parent_id=1) for n in (2, 3)]
    html = library_html((archive, *inside), (), ())
    assert html.count('<li class="q-doc') == 1
    lost = job("all.zip", "partly_failed", reason="1 of 3 files were not added")
    assert "1 of 3 files were not added" in library_html((lost,), (), ())
    assert "all.zip" not in library_html((job("all.zip", "indexed"),), (), ())


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
    same = job("copy.pdf", "indexed", outcome="unchanged", document_id=1)
    assert "the same file as origin.pdf" in library_html((same,), (document("origin.pdf"),), ())


def test_names_and_reasons_are_escaped() -> None:
    documents = (
        document(EVIL, warnings=(EVIL,)),
        document(EVIL, state="broken", reason=EVIL),
    )
    jobs = (
        job(EVIL),
        job(EVIL, "broken", job_id=2, reason=EVIL, can_retry=True),
        job("b.txt", "indexed", job_id=3, document_id=1),
    )
    html = library_html(jobs, documents, documents)
    assert "<script" not in html
    assert "<img" not in html
    assert '"\'&"' not in html


def test_one_quiet_line_says_what_a_document_is_and_a_click_says_more() -> None:
    about = About({1: "de"}, {"visitor-a": "Travel <b>"})
    html = library_html((), (document("brief.pdf"),), (), about=about)
    line, _, more = html.rpartition("</summary>")
    assert line.endswith("ready · 12 pages · in Travel &lt;b&gt;")
    assert "<p>German · 3 passages · 1\u00a0KB · added <time" in more
    chosen = library_html((), (document("brief.pdf"),), (), about=about, title="Travel")
    assert "<h3>Travel</h3>" in chosen
    assert "in Travel" not in chosen


def test_what_all_may_read_is_told_from_the_samples() -> None:
    rules = replace(document("rules.pdf"), collection="library")
    html = library_html((), (), (rules, replace(document("whales.pdf"), collection="samples")))
    assert '<h3>Shared <span class="q-quiet">· read-only</span></h3>' in html
    assert '<h3>Samples <span class="q-quiet">shared, read-only</span></h3>' in html


def test_an_owner_may_remove_what_is_shared_but_no_sample() -> None:
    shared = (
        replace(document("rules.pdf", document_id=4), collection="library"),
        replace(document("whales.pdf", document_id=5), collection="samples"),
    )
    theirs = library_html((), (), shared)
    assert theirs.index("rules.pdf") < theirs.index("whales.pdf")
    assert 'data-event="remove"' not in theirs
    owners = library_html((), (), shared, writable=("library",))
    assert re.findall(r'data-event="remove" data-document="(\d)"', owners) == ["4"]


@pytest.mark.parametrize(
    ("title", "writable", "expected"),
    [
        ("", ("library",), ENGLISH.yours_empty),
        ("Shared", (), ENGLISH.yours_empty),  # a collection of somebody's own
        ("Shared", ("library",), ENGLISH.shared_empty),
    ],
)
def test_an_empty_list_says_who_will_see_what_is_added(
    title: str, writable: tuple[str, ...], expected: str
) -> None:
    assert expected in library_html((), (), (), title=title, writable=writable)


def test_what_did_not_happen_is_said_above_the_list() -> None:
    html = library_html((), (), (), notice="Too <many>.")
    assert html.startswith('<p class="q-told" role="alert">Too &lt;many&gt;.</p>')


@pytest.mark.parametrize(
    ("n_bytes", "text"), [(1, "1 KB"), (2048, "2 KB"), (1024**2, "1.0 MB"), (5_400_000, "5.1 MB")]
)
def test_sizes_are_for_people(n_bytes: int, text: str) -> None:
    assert size_text(n_bytes).replace("\u00a0", " ") == text


def test_why_a_file_failed_is_said_in_the_page_s_language() -> None:
    locked = document("letter.pdf", state="encrypted", reason="needs a password")
    odd = document("notes.xyz", state="partly_failed", reason="1 of 3 files were not added")
    html = library_html((), (locked, odd), (), CHINESE)
    assert "失败：需要密码" in html
    assert "needs a password" not in html
    assert "失败：1 of 3 files" in html  # better in English than not at all
