"""OpenDocument texts, made on the spot: tables, boxes, and the margins of pages."""

from __future__ import annotations

import zipfile
from pathlib import Path

from retriever.parsing import parse

NAMES = "office text table style drawing:draw svg-compatible:svg".split()
NAMESPACES = " ".join(
    f'xmlns:{name.split(":")[-1]}="urn:oasis:names:tc:opendocument:xmlns:{name.split(":")[0]}:1.0"'
    for name in NAMES
)


def text_of(path: Path, body: str, margins: str = "", lists: str = "") -> str:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            f"<office:document-content {NAMESPACES}><office:automatic-styles>{lists}"
            f"</office:automatic-styles><office:body><office:text>{body}</office:text>"
            "</office:body></office:document-content>",
        )
        if margins:
            archive.writestr(
                "styles.xml",
                f"<office:document-styles {NAMESPACES}><office:master-styles><style:master-page>"
                f"{margins}</style:master-page></office:master-styles></office:document-styles>",
            )
    return parse(path).text


def paragraph(text: str) -> str:
    return f"<text:p>{text}</text:p>"


def cell(inside: str, attributes: str = "") -> str:
    return f"<table:table-cell {attributes}>{inside}</table:table-cell>"


def row(*cells: str) -> str:
    inside = "".join(c if c.startswith("<table:") else cell(paragraph(c)) for c in cells)
    return f"<table:table-row>{inside}</table:table-row>"


def test_a_table_in_a_cell_is_said_once(tmp_path: Path) -> None:
    inner = f"<table:table>{row('Big', '9 kg')}</table:table>"
    table = (
        f"<table:table><table:table-header-rows>{row('Name', 'Details')}"
        f"</table:table-header-rows><table:table-rows>{row('Box', cell(inner))}"
        f"{row('Bag', 'light')}</table:table-rows></table:table>"
    )
    assert text_of(tmp_path / "a.odt", table) == (
        "Name | Details\nBox (Name): Big | 9 kg (Details).\nBag (Name): light (Details)."
    )


def test_cells_that_span_rows_name_each_of_them(tmp_path: Path) -> None:
    north = cell(paragraph("North"), 'table:number-rows-spanned="2"')
    covered = "<table:covered-table-cell/>"
    rows = [
        row("Region", "City", "Sales"),
        row(north, "Oslo", "5"),
        row(covered, "Bergen", "7"),
        row("South", "Rome", "9"),
    ]
    assert text_of(tmp_path / "a.odt", f"<table:table>{''.join(rows)}</table:table>") == (
        "Region | City | Sales\nNorth (Region): Oslo (City); North: 5 (Sales).\n"
        "North (Region): Bergen (City); North: 7 (Sales).\n"
        "South (Region): Rome (City); South: 9 (Sales)."
    )


def test_a_cell_wide_and_high_stands_in_its_first_column_alone(tmp_path: Path) -> None:
    wide = cell(paragraph("ab"), 'table:number-rows-spanned="2" table:number-columns-spanned="2"')
    covered = "<table:covered-table-cell/>"
    rows = row(wide, covered, "1") + row(covered, covered, "2") + row("x", "y", "3")
    assert text_of(tmp_path / "a.odt", f"<table:table>{rows}</table:table>") == (
        "ab | 1\nab | 2\nx | y | 3"
    )


def test_boxes_and_pictures_stand_behind_their_paragraph(tmp_path: Path) -> None:
    box = f"<draw:frame><draw:text-box>{paragraph('Figure 1')}</draw:text-box></draw:frame>"
    picture = "<draw:frame><draw:image/><svg:title>A mill</svg:title></draw:frame>"
    assert text_of(tmp_path / "a.odt", paragraph(f"The picture{box} shows{picture} it.")) == (
        "The picture shows it.\n\nFigure 1\n\nA mill"
    )


def test_readings_of_characters_are_left_out(tmp_path: Path) -> None:
    ruby = "<text:ruby><text:ruby-base>東京</text:ruby-base><text:ruby-text>とう</text:ruby-text>"
    assert text_of(tmp_path / "a.odt", paragraph(f"{ruby}</text:ruby>です")) == "東京です"


def test_margins_of_pages_stand_at_the_end(tmp_path: Path) -> None:
    margins = (
        f"<style:header>{paragraph('Contract 4711')}</style:header>"
        f"<style:header-left>{paragraph('Contract 4711')}</style:header-left>"
        f"<style:footer>{paragraph('<text:page-number>1</text:page-number>')}</style:footer>"
    )
    assert text_of(tmp_path / "a.odt", paragraph("Body"), margins) == "Body\n\nContract 4711"


def of_level(level: int, num_format: str, more: str = "") -> str:
    return (
        f'<text:list-level-style-number text:level="{level}" style:num-format="{num_format}" '
        f'style:num-suffix="." {more}/>'
    )


def items(*inside: str, more: str = 'text:style-name="L"') -> str:
    listed = "".join(f"<text:list-item>{one}</text:list-item>" for one in inside)
    return f"<text:list {more}>{listed}</text:list>"


def test_items_have_the_numbers_that_are_counted_for_them(tmp_path: Path) -> None:
    levels = of_level(1, "1") + of_level(2, "1", 'text:display-levels="2"') + of_level(3, "")
    lists = f'<text:list-style style:name="L">{levels}</text:list-style>'
    inner = items(paragraph("Cash") + items(paragraph("Coins"), more=""), more="")
    body = items(paragraph("Rent") + inner, paragraph("Notice"))
    body += items(paragraph("Keys"), more='text:style-name="L" text:continue-numbering="true"')
    body += items(paragraph("Anew")) + items(paragraph("Other"), more='text:style-name="M"')
    found = text_of(tmp_path / "a.odt", body, lists=lists).splitlines()
    assert [line for line in found if line] == [
        "1. Rent", "1.1. Cash", "- Coins", "2. Notice", "3. Keys", "1. Anew", "- Other",
    ]  # fmt: skip


def test_a_list_may_begin_elsewhere_and_an_item_too(tmp_path: Path) -> None:
    style = of_level(1, "a", 'text:start-value="3" style:num-prefix="("').replace('"."', '")"')
    lists = f'<text:list-style style:name="L">{style}</text:list-style>'
    body = items(paragraph("Rent"), paragraph("Notice"))
    body = body.replace("<text:list-item>", '<text:list-item text:start-value="x">')
    assert text_of(tmp_path / "a.odt", body, lists=lists) == "(c) Rent\n(d) Notice"
