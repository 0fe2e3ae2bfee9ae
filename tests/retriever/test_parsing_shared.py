"""Real files of other parsers' test suites: each ends in the state, and with the words, below."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from retriever.parsing import parse
from retriever.split import split
from retriever.types import State, UnreadableFile
from tests.retriever.marking import mark_boxes

DOCUMENTS = Path(__file__).resolve().parents[2].parent / "shared" / "documents"
pytestmark = pytest.mark.skipif(
    not DOCUMENTS.is_dir(), reason="../shared/documents is not here: real files to parse"
)


@dataclass(frozen=True)
class Case:
    name: str
    state: State
    phrase: str  # in the text, or in the reason
    page_number: int = 1  # that holds the phrase
    n_pages: int = 1


SCAN: tuple[State, str] = (
    ("indexed", "Docling bundles PDF document conversion to")
    if shutil.which("tesseract")
    else ("no_text", "install Tesseract")
)
SCAN_WARNINGS = ("page 1 read by OCR: letters may be wrong",)
CASES = [
    Case("chardet___chromium_gb18030_with_no_encoding_specified.html.xml", "indexed", "领军者"),
    Case("chardet__softsea.net.xml", "indexed", "是一个专门用来清除特洛伊木马"),
    Case("docling__docx_rich_cells.docx", "indexed", "This is simple text with bold"),
    Case("docling__ocr_test_rotated_90.pdf", *SCAN),
    Case("docling__wiki.md", "indexed", "IBM was founded in 1911 as the Computing"),
    Case("docling__xlsx_01.xlsx", "indexed", "2 (first); 4 (second); 6 (third).", 1, 4),
    Case("markitdown__REPAIR-2022-INV-001_multipage.pdf", "indexed", "after the vehicle has", 1, 3),
    Case("markitdown__equations.docx", "indexed", "The angle is"),
    Case("markitdown__test.epub", "indexed", "This is a blockquote for testing.", 2, 2),
    Case("markitdown__test.pptx", "indexed", "1 (ColA); 2 (ColB); 3 (ColC)", 3, 6),
    Case("markitdown__test.xls", "unsupported", "save it as .xlsx"),
    Case("markitdown__test.xlsx", "indexed", "89 (Alpha); 82 (Beta); 100 (Gamma)", 1, 2),
    Case("markitdown__test_mskanji.csv", "indexed", "髙橋淳 (名前): 35 (年齢)"),
    Case("markitdown__test_outlook_msg.msg", "unsupported", "save it as .eml"),
    Case("pdfplumber__empty.pdf", "empty", "the file has no bytes"),
    Case("unstructured__copy-protected.pdf", "indexed", "fine-tuning or re-training the", 2, 2),
    Case("unstructured__eng_spa_mult.odt", "indexed", "nacen libres e iguales en dignidad"),
    Case("unstructured__eng_spa_mult.rtf", "indexed", "dotados como están de razón y conciencia"),
    Case("unstructured__failure-after-repair.pdf", "indexed", "This edition July 2016", 2, 76),
    Case("unstructured__fake-html-cp1252.html", "indexed", "Der Preis betrug 15,50 €."),
    Case("unstructured__fake-power-point-malformed.pptx", "indexed", "Test Slide"),
    Case("unstructured__fake-text-utf-16.txt", "indexed", "This is a test document"),
    Case("unstructured__handbook-872p.docx", "indexed", "Chapter 13\n\nStanding Trustees"),
    Case("unstructured__korean-text-with-tables.pdf", "indexed", "빅포인트의 유효기간은 5년으로"),
    Case("unstructured__password.pdf", "encrypted", "it needs a password"),
    Case("unstructured__stanley-cups-utf-16.csv", "indexed", "Maple Leafs (Team): TOR (Location)"),
]  # fmt: skip
IDS = [case.name for case in CASES]


def test_the_table_names_every_file() -> None:
    assert sorted(IDS) == sorted(
        path.name for path in DOCUMENTS.iterdir() if path.name != "SOURCES.md"
    )


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_each_file_ends_as_expected(case: Case) -> None:
    path = DOCUMENTS / case.name
    if case.state != "indexed":
        with pytest.raises(UnreadableFile, match=case.phrase) as caught:
            parse(path)
        assert caught.value.state == case.state
        return
    document = parse(path)
    assert document.warnings == (SCAN_WARNINGS if case.name.startswith("docling__ocr") else ())
    assert len(document.page_starts) == case.n_pages
    assert document.page_of(document.text.index(case.phrase)) == case.page_number
    assert any(case.phrase in piece.text for piece in split(document))


def test_a_quotation_from_a_real_page_is_marked_where_it_stands() -> None:
    path = DOCUMENTS / "unstructured__copy-protected.pdf"
    document = parse(path)
    quoted = "academic research across a wide range of disciplines in the social sciences and hum"
    start = document.text.index(quoted)
    first, second = mark_boxes(path, document, start, start + len(quoted))
    assert first.page_number == second.page_number == 1
    assert 0.26 < first.left < 0.27 and 0.73 < first.right < 0.75
    assert 0.56 < first.top < first.bottom <= second.top + 0.003 < second.bottom < 0.6


def test_a_cell_of_a_real_table_is_whole_and_marked_line_by_line() -> None:
    path = DOCUMENTS / "unstructured__korean-text-with-tables.pdf"
    document = parse(path)
    cell = "삼성카드 쇼핑, G마켓, 옥션, 11번가, 인터파크, 쿠팡, 티몬, 위메프"
    start = document.text.index(f"온라인쇼핑몰: {cell}.\n\n* 전월") + len("온라인쇼핑몰: ")
    first, second = mark_boxes(path, document, start, start + len(cell))
    assert first.left == pytest.approx(second.left, abs=0.005)
    assert 0.02 > second.top - first.bottom > -0.01
    assert first.right > second.right


def test_all_of_them_fit_in_two_gigabytes_and_a_minute_each() -> None:
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from retriever.parsing import parse\n"
        "from retriever.types import UnreadableFile\n"
        "for path in sorted(Path(sys.argv[1]).iterdir()):\n"
        "    signal.alarm(60)\n"
        "    try:\n"
        "        parse(path)\n"
        "    except UnreadableFile as failure:\n"
        "        assert 'memory' not in failure.reason, failure\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )

    def limit_memory() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (2 << 30, 2 << 30))

    done = subprocess.run(
        [sys.executable, "-c", script, str(DOCUMENTS)],
        capture_output=True,
        text=True,
        preexec_fn=limit_memory,
        cwd=Path(__file__).resolve().parents[2],
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 2 << 20  # kibibytes
