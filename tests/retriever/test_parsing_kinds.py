"""Relatives of Office's formats: read where they hold the same, refused in plain words else."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import docx
import pptx
import pytest

from retriever.parsing import parse
from retriever.types import UnreadableFile

OOXML = "application/vnd.openxmlformats-officedocument"
WORD = "application/vnd.ms-word"


def changed(path: Path, part: str, old: str, new: str) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = parts[part].replace(old.encode(), new.encode())
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def document() -> Any:
    made = docx.Document()
    made.add_paragraph("Some words")
    return made


def show() -> Any:
    made = pptx.Presentation()
    made.slides.add_slide(made.slide_layouts[5]).shapes.title.text = "Some words"
    return made


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("a.docm", f"{OOXML}.wordprocessingml.document", f"{WORD}.document.macroEnabled"),
        ("a.dotx", "wordprocessingml.document.main", "wordprocessingml.template.main"),
        ("a.ppsx", "presentationml.presentation.main", "presentationml.slideshow.main"),
        ("a.potx", "presentationml.presentation.main", "presentationml.template.main"),
    ],
)  # fmt: skip
def test_templates_shows_and_macros_are_read(tmp_path: Path, name: str, old: str, new: str) -> None:
    (document() if name.startswith("a.do") else show()).save(str(tmp_path / name))
    changed(tmp_path / name, "[Content_Types].xml", old, new)
    assert parse(tmp_path / name).text == "Some words"


def test_a_strict_file_is_refused_in_plain_words(tmp_path: Path) -> None:
    document().save(str(tmp_path / "a.docx"))
    usual = "http://schemas.openxmlformats.org/officeDocument"
    changed(tmp_path / "a.docx", "_rels/.rels", usual, "http://purl.oclc.org/ooxml/officeDocument")
    with pytest.raises(UnreadableFile, match="Strict Open XML"):
        parse(tmp_path / "a.docx")


@pytest.mark.parametrize(
    ("part", "content", "words"),
    [
        ("xl/workbook.bin", "x", "xlsb"),
        ("visio/document.xml", "x", "vsdx"),
        ("Index/Document.iwa", "x", "Keynote"),
        ("mimetype", "application/vnd.oasis.opendocument.graphics", "odg"),
    ],
)
def test_others_are_refused_in_plain_words(
    tmp_path: Path, part: str, content: str, words: str
) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(part, content)
    with pytest.raises(UnreadableFile, match=words) as caught:
        parse(tmp_path / "a.zip")
    assert caught.value.state == "unsupported"
