"""Word documents, made on the spot: tables, figures, lists and what stands beside the text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml

from retriever.parsing import parse

NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)


def paragraph_of(markup: str) -> Any:
    return parse_xml(f"<w:p {NAMESPACES}>{markup}</w:p>")


def text_of(path: Path, *paragraphs: str) -> str:
    """What is read of paragraphs of Word's XML."""
    document = docx.Document()
    for place, markup in enumerate(paragraphs):
        document.element.body.insert(place, paragraph_of(markup))
    document.save(str(path))
    return parse(path).text


def add_table(document: Any, rows: list[str]) -> Any:
    cells = [row.split("|") for row in rows]
    table = document.add_table(len(cells), len(cells[0]))
    for row, texts in zip(table.rows, cells, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    return table


def test_a_row_that_begins_further_right_keeps_its_columns(tmp_path: Path) -> None:
    document = docx.Document()
    first = add_table(document, ["Name|2019|2020", "Oslo|5|6"]).rows[0]._tr
    first.remove(first.tc_lst[0])
    first.get_or_add_trPr().append(parse_xml(f'<w:gridBefore {NAMESPACES} w:val="1"/>'))
    document.save(str(tmp_path / "a.docx"))
    assert parse(tmp_path / "a.docx").text == "2019 | 2020\nOslo: 5 (2019); Oslo: 6 (2020)."


def test_cells_that_span_rows_name_each_of_them(tmp_path: Path) -> None:
    document = docx.Document()
    rows = ["Region|City|Sales", "North|Oslo|5", "|Bergen|7", "South|Rome|9"]
    table = add_table(document, rows)
    table.cell(1, 0).merge(table.cell(2, 0))
    document.save(str(tmp_path / "a.docx"))
    assert parse(tmp_path / "a.docx").text == (
        "Region | City | Sales\nNorth (Region): Oslo (City); North: 5 (Sales).\n"
        "North (Region): Bergen (City); North: 7 (Sales).\n"
        "South (Region): Rome (City); South: 9 (Sales)."
    )


@pytest.mark.parametrize("is_marked", [False, True])
def test_names_in_tiers_under_one_merged_cell(tmp_path: Path, is_marked: bool) -> None:
    document = docx.Document()
    table = add_table(document, ["Quarter|2023||2024|", "|Plan|Actual|Plan|Actual", "Q1|1|2|3|4"])
    table.cell(0, 0).merge(table.cell(1, 0))
    table.cell(0, 1).merge(table.cell(0, 2))
    table.cell(0, 3).merge(table.cell(0, 4))
    for row in list(table.rows)[:2] if is_marked else []:
        row._tr.get_or_add_trPr().append(parse_xml(f"<w:tblHeader {NAMESPACES}/>"))
    document.save(str(tmp_path / "a.docx"))
    assert parse(tmp_path / "a.docx").text.endswith(
        "Q1 (Quarter): 1 (2023 Plan); Q1: 2 (2023 Actual); Q1: 3 (2024 Plan); Q1: 4 (2024 Actual)."
    )


def test_a_deleted_row_is_gone_and_ends_no_table(tmp_path: Path) -> None:
    document = docx.Document()
    table = add_table(document, ["Name|Fee", "Old|10", "New|20"])
    table.rows[1]._tr.get_or_add_trPr().append(
        parse_xml(f'<w:del {NAMESPACES} w:id="9" w:author="x"/>')
    )
    document.save(str(tmp_path / "a.docx"))
    assert parse(tmp_path / "a.docx").text == "Name | Fee\nNew (Name): 20 (Fee)."


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def math(name: str, **parts: str) -> str:
    inside = "".join(
        f"<m:{part}><m:r><m:t>{text}</m:t></m:r></m:{part}>" for part, text in parts.items()
    )
    return f"<m:oMath><m:{name}>{inside}</m:{name}></m:oMath>"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (run("Take ") + math("f", num="1", den="2") + run(" tablet"), "Take 1/2 tablet"),
        (run("Take 2") + math("f", num="1", den="2"), "Take 2 1/2"),
        (math("f", num="a+b", den="2c"), "(a+b)/2c"),
        (math("sSup", e="10", sup="-6"), "10⁻⁶"),
        (math("sSup", e="x", sup="n+1"), "x^(n+1)"),
        (math("sSup", e="90", sup="∘"), "90∘"),
        (math("rad", deg="3", e="27"), "³√27"),
        (math("d", e="a"), "(a)"),
        (run("10") + run("6", '<w:vertAlign w:val="superscript"/>') + run(" units"), "10⁶ units"),
        (run("the 1") + run("st", '<w:vertAlign w:val="superscript"/>'), "the 1st"),
        (run("20") + '<w:r><w:sym w:font="Symbol" w:char="F0B0"/></w:r>' + run("C"), "20°C"),
        (run("a") + '<w:r><w:sym w:font="Odd" w:char="F0B0"/><w:sym w:char="x"/></w:r>', "a"),
        (run("left") + "<w:r><w:ptab/></w:r>" + run("right"), "left\tright"),
        (
            f"<w:r><w:ruby><w:rt>{run('とう')}</w:rt><w:rubyBase>{run('東')}</w:rubyBase></w:ruby></w:r>",
            "東",
        ),
    ],
)
def test_a_line_says_what_its_layout_means(tmp_path: Path, markup: str, text: str) -> None:
    assert text_of(tmp_path / "a.docx", markup) == text


def test_comments_are_read(tmp_path: Path) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("The rent is 870 euro.")
    document.add_comment(paragraph.runs, text="900 euro from May.", author="Ann")
    document.save(str(tmp_path / "a.docx"))
    assert parse(tmp_path / "a.docx").text == (
        "The rent is 870 euro.\n\nComment by Ann: 900 euro from May."
    )
