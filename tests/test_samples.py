"""Holds the sample library to its promise: small, varied, cleanly read, its questions answered.

Goes through the real parsers, index and reader, as a first visitor's click does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatbot.ask import ask
from reader import Reader
from retriever import Library
from retriever.parsing import parse

SAMPLES = Path(__file__).resolve().parents[1] / "chatbot" / "samples"
QUESTIONS = json.loads((SAMPLES.parent / "questions.json").read_text(encoding="utf-8"))
DOCUMENTS = sorted(SAMPLES.iterdir())  # and nothing else: a folder that is added whole
ENGLISH = [row for row in QUESTIONS if row["question"].isascii() or "é" in row["question"]]
ON_THE_PAGE = QUESTIONS[:3]


def one_line(text: str) -> str:
    """The text with every run of white space as one space: a PDF breaks its lines anywhere."""
    return re.sub(r"\s+", " ", text)


def test_the_library_is_varied_and_small() -> None:
    assert {path.suffix for path in DOCUMENTS} == {".pdf", ".docx", ".xlsx", ".md", ".html"}
    assert sum(path.stat().st_size for path in SAMPLES.iterdir()) < 500 * 1024


def test_questions_name_documents_that_are_here() -> None:
    assert len(QUESTIONS) >= 12
    assert {row["document"] for row in QUESTIONS} == {path.name for path in DOCUMENTS}
    assert len({row["document"] for row in ON_THE_PAGE}) == len(ON_THE_PAGE)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_sample_reads_without_a_warning(path: Path) -> None:
    document = parse(path)
    assert document.warnings == ()
    assert len(document.text) > 800
    assert "\ufffd" not in document.text


def test_every_page_of_the_pdf_has_text() -> None:
    document = parse(SAMPLES / "harrow-point-light.pdf")
    ends = (*document.page_starts[1:], len(document.text))
    pages = [document.text[a:b] for a, b in zip(document.page_starts, ends, strict=True)]
    assert len(pages) == 5
    assert all(len(page.split()) > 60 for page in pages)


@pytest.mark.parametrize("row", QUESTIONS, ids=lambda row: row["question"])
def test_an_expected_answer_stands_in_its_document(row: dict[str, str]) -> None:
    assert row["answer"] in one_line(parse(SAMPLES / row["document"]).text)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with Library.open(tmp_path_factory.mktemp("home")) as opened:
        for path in DOCUMENTS:
            assert opened.add(path, "samples").state == "indexed"
        yield opened


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.load()


def is_answered(row: dict[str, str], library: Library, reader: Reader) -> bool:
    """Whether the best answer comes from the right document and overlaps the expected one."""
    answer = ask(row["question"], library, reader, ("samples",)).answer
    if answer is None or answer.citation.document_name != row["document"]:
        return False
    said, expected = one_line(answer.text).casefold(), row["answer"].casefold()
    return said in expected or expected in said


@pytest.mark.parametrize("row", ON_THE_PAGE, ids=lambda row: row["question"])
def test_the_questions_on_the_page_are_answered(
    row: dict[str, str], library: Library, reader: Reader
) -> None:
    assert is_answered(row, library, reader)


def test_most_english_questions_are_answered(library: Library, reader: Reader) -> None:
    missed = [row["question"] for row in ENGLISH if not is_answered(row, library, reader)]
    assert len(missed) <= len(ENGLISH) // 5, missed
