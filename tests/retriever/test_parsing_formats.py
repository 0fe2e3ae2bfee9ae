"""Small files of each format, made on the spot: what a reader could quote from them."""

from __future__ import annotations

import datetime
import zipfile
from email.message import EmailMessage
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from docx.oxml import OxmlElement
from hypothesis import given, settings
from hypothesis import strategies as st
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from retriever.parsing import parse
from retriever.parsing.limits import ParseLimits
from retriever.parsing.pages import Pages, assemble, clean
from retriever.parsing.rows import table_lines
from retriever.split import split
from retriever.types import UnreadableFile

ODT_HEAD = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0">'
)


def text_of(path: Path, content: str | bytes) -> str:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return parse(path).text


@settings(max_examples=200)
@given(st.lists(st.text(alphabet="ab \n", max_size=8).map(clean), min_size=1, max_size=12))
def test_the_page_of_an_offset_is_where_the_text_came_from(texts: list[str]) -> None:
    if not any(texts):
        with pytest.raises(UnreadableFile):
            assemble("a", Pages("text/plain", texts), ParseLimits())
        return
    document = assemble("a", Pages("text/plain", texts), ParseLimits())
    expected: list[int] = []  # the slow reference: a page number for each code point
    for number, text in enumerate(texts, start=1):
        if text:
            expected += [*expected[-1:] * 2, *[number] * len(text)]
    assert [document.page_of(place) for place in range(len(document.text))] == expected
    assert document.page_starts[0] == 0 and len(document.page_starts) == len(texts)
    assert list(document.page_starts) == sorted(document.page_starts)


def test_docx_keeps_reading_order_lists_tables_and_margins(tmp_path: Path) -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Minutes of the board"
    document.add_heading("Decisions", 1)
    document.add_paragraph("The budget was approved.")
    document.add_paragraph("first point", style="List Bullet")
    table = document.add_table(rows=0, cols=2)
    for cells in (("Name", "Office"), ("Ada", "Chair"), ("Grace", "Treasurer")):
        row = table.add_row()
        row.cells[0].text, row.cells[1].text = cells
    document.add_paragraph("The meeting closed at five.")
    document.save(str(tmp_path / "a.docx"))
    parsed = parse(tmp_path / "a.docx")
    assert parsed.text == (
        "Decisions\n\nThe budget was approved.\n\n- first point\nName | Office\n"
        "Ada (Name): Chair (Office).\nGrace (Name): Treasurer (Office).\n\n"
        "The meeting closed at five.\n\nMinutes of the board"
    )
    assert parsed.page_starts == (0,)


def test_docx_reads_what_the_usual_walk_leaves_out(tmp_path: Path) -> None:
    document = docx.Document()
    body = document.element.body
    control, inside = OxmlElement("w:sdt"), OxmlElement("w:sdtContent")
    control.append(inside)
    inside.append(document.add_paragraph("in a content control")._p)
    body.insert(0, control)
    tracked = document.add_paragraph("kept ")
    for tag, text_tag, words in (("w:ins", "w:t", "added"), ("w:del", "w:delText", "gone")):
        change, run, text = OxmlElement(tag), OxmlElement("w:r"), OxmlElement(text_tag)
        text.text = words
        run.append(text)
        change.append(run)
        tracked._p.append(change)
    document.save(str(tmp_path / "a.docx"))
    assert parse(tmp_path / "a.docx").text == "in a content control\n\nkept added"


def test_pptx_has_a_page_for_each_slide(tmp_path: Path) -> None:
    show = pptx.Presentation()
    first = show.slides.add_slide(show.slide_layouts[1])
    first.shapes.title.text = "Origins"
    first.placeholders[1].text = "Published in 1859"
    first.notes_slide.notes_text_frame.text = "Mention the second edition"
    second = show.slides.add_slide(show.slide_layouts[5])
    second.shapes.title.text = "Figures"
    table = second.shapes.add_table(2, 2, 0, 0, Inches(3), Inches(1)).table
    for place, words in enumerate(("Year", "Copies", "1859", "1250")):
        table.cell(place // 2, place % 2).text = words
    data = CategoryChartData()
    data.categories = ["1859", "1860"]
    data.add_series("Sold", (1250, 3000))
    second.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, 0, 0, Inches(3), Inches(2), data)
    show.save(str(tmp_path / "a.pptx"))
    parsed = parse(tmp_path / "a.pptx")
    assert parsed.text == (
        "Origins\n\nPublished in 1859\n\nNotes:\nMention the second edition\n\n"
        "Figures\n\nYear | Copies\n1859 (Year): 1250 (Copies).\n\n"
        "Sold\n1859: 1250 (Sold).\n1860: 3000 (Sold)."
    )
    assert parsed.page_of(parsed.text.index("Figures")) == 2


def test_xlsx_puts_names_beside_values(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "People"
    rows = [("Name", "Born", "Share", "Paid"), ("Ada", datetime.date(1815, 12, 10), 0.125, True)]
    for row in [*rows, (), ("Only a remark",), ("City", "Size"), ("Rome", 2.0)]:
        sheet.append(row)
    sheet["C2"].number_format = "0.0%"
    book.create_sheet("Empty")
    book.create_sheet("More").append(["x", 1])
    book.save(tmp_path / "a.xlsx")
    parsed = parse(tmp_path / "a.xlsx")
    assert parsed.text == (
        "People\n\nName | Born | Share | Paid\n"
        "Ada (Name): 1815-12-10 (Born); Ada: 12.5% (Share); Ada: TRUE (Paid).\n"
        "Only a remark\nCity | Size\nRome (City): 2 (Size).\n\nMore\n\nx | 1"
    )
    assert parsed.page_of(parsed.text.index("More")) == 3


def test_xlsx_goes_on_after_empty_rows(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Wide"
    sheet["A1"], sheet["A5000"], sheet["A1048576"] = "First", "Later", "Last"
    book.save(tmp_path / "a.xlsx")
    assert parse(tmp_path / "a.xlsx").text == "Wide\n\nFirst\nLater\nLast"


def test_xlsx_warns_of_formulas_without_values(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["a", "b"], ["two", "=1+1"]):
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    assert parse(tmp_path / "a.xlsx").warnings == (
        "1 formula has no saved value; open the file in Excel and save it again",
    )


def test_html_reads_as_it_looks(tmp_path: Path) -> None:
    page = """<!doctype html><html><head><title>Trees</title><style>p {}</style></head><body>
    <nav>Home About</nav><h1>Oak</h1><p>An <b>oak</b> is
    a tree.<br>It is&nbsp;big &amp; old.<script>alert(1)</script></p><ul><li>acorn<li>leaf</ul>
    <table><tr><th>Kind<th>Height</tr><tr><td>red<td>28 m</tr></table>
    <pre>two
    lines</pre><p hidden>secret</p></body></html>"""
    assert text_of(tmp_path / "a.html", page) == (
        "Trees\n\nOak\n\nAn oak is a tree.\nIt is\xa0big & old.\n\n- acorn\n- leaf\n\n"
        "Kind | Height\nred (Kind): 28 m (Height).\n\ntwo\n    lines"
    )


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<ul><li><p>Salt</p></li><li><p>Oil</p></li></ul>", "- Salt\n\n- Oil"),
        ("<ol>\n<li>\n<p>Salt</p>\n</li>\n<li> Oil</li></ol>", "1. Salt\n\n2. Oil"),
        ("<ol start=3 type=a><li>Salt<li value=9>Oil<li>Ash</ol>", "c. Salt\ni. Oil\nj. Ash"),
        ("<ol reversed><li>Salt<ol type=I><li>Sea</ol><li>Oil</ol>", "2. Salt\n\nI. Sea\n\n1. Oil"),
        ("<ol start=-1><li>Salt<li><li>Oil</ol>", "-1. Salt\n1. Oil"),
        ("<ol start=x><li value=99999999>Salt</ol>", "1. Salt"),
        ("<ul><li><p>Salt it.</p><p>Wait.</p></li></ul>", "- Salt it.\n\nWait."),
        ("<ul><li>Salt<ul><li><p>Sea</p></li></ul></li></ul>", "- Salt\n\n- Sea"),
        ("<ul><li><ul><li><div><p>Sea</p></div></li></ul></li></ul>", "- Sea"),
        ("<ul><li><p></p></li><li>Oil</li><li></li></ul><p>End</p>", "- Oil\n\nEnd"),
        ("<ul><li><table><tr><th>A<th>B<tr><td>c<td>d</table></ul>", "- A | B\nc (A): d (B)."),
    ],
)
def test_a_bullet_stands_beside_its_text(tmp_path: Path, source: str, text: str) -> None:
    assert text_of(tmp_path / "a.html", f"<html>{source}</html>") == text


def test_items_in_paragraphs_stand_below_their_heading(tmp_path: Path) -> None:
    items = (f"<li><p>In step {n} the wheel is turned {n} times.</p></li>" for n in range(60))
    page = f"<html><h1>Bell</h1><p>It rings.</p><h2>Steps</h2><ol>{''.join(items)}</ol></html>"
    (tmp_path / "a.html").write_text(page)
    pieces = split(parse(tmp_path / "a.html"))
    assert len(pieces) > 2
    assert {piece.context for piece in pieces[1:]} == {"Bell\nSteps"}


@pytest.mark.parametrize("codec", ["gb18030", "big5", "cp932", "utf-8", "utf-16"])
def test_html_in_its_declared_encoding(tmp_path: Path, codec: str) -> None:
    page = f'<html><meta charset="{codec}"><p>日本 </p></html>'
    assert text_of(tmp_path / "a.html", page.encode(codec)) == "日本"


def test_xhtml_with_an_xml_head_is_html(tmp_path: Path) -> None:
    page = '<?xml version="1.0" encoding="utf-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml">'
    assert text_of(tmp_path / "a.xhtml", f"{page}<body><p>One</p><p>Two</p></body></html>") == (
        "One\n\nTwo"
    )


def test_xml_gives_names_and_values(tmp_path: Path) -> None:
    page = """<?xml version="1.0" encoding="gb2312"?><feed><item><title>书</title>
    <body>&lt;p&gt;One&lt;/p&gt;</body></item><p>mixed <i>text</i> here</p></feed>"""
    assert text_of(tmp_path / "a.xml", page.encode("gb18030")) == (
        "title: 书\nbody: One\n\nmixed text here"
    )


def test_epub_has_a_page_for_each_chapter(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.epub", "w") as book:
        book.writestr("mimetype", "application/epub+zip")
        book.writestr(
            "META-INF/container.xml",
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OPS/book.opf"/></rootfiles></container>',
        )
        items = "".join(
            f'<item id="c{n}" href="c%20{n}.xhtml" media-type="application/xhtml+xml"/>'
            for n in range(3)
        )
        spine = "".join(f'<itemref idref="c{n}"/>' for n in (1, 0, 2))
        book.writestr(
            "OPS/book.opf",
            f'<package xmlns="http://www.idpf.org/2007/opf"><manifest>{items}</manifest>'
            f"<spine>{spine}</spine></package>",
        )
        for number in range(2):
            book.writestr(f"OPS/c {number}.xhtml", f"<html><body><p>Chapter {number}</p></html>")
    parsed = parse(tmp_path / "a.epub")
    assert parsed.text == "Chapter 1\n\nChapter 0"
    assert parsed.page_of(parsed.text.index("Chapter 0")) == 2
    assert parsed.warnings[0].startswith("chapter 3 could not be read")


def test_odt_keeps_lists_tables_and_notes(tmp_path: Path) -> None:
    body = (
        "<office:body><office:text><text:h>Title</text:h><text:p>One<text:s text:c='2'/>two"
        "<text:note><text:note-body><text:p>aside</text:p></text:note-body></text:note></text:p>"
        "<text:list><text:list-item><text:p>point</text:p></text:list-item></text:list>"
        "<table:table><table:table-row><table:table-cell><text:p>Team</text:p></table:table-cell>"
        "<table:table-cell><text:p>City</text:p></table:table-cell></table:table-row>"
        "<table:table-row><table:table-cell table:number-columns-repeated='2'><text:p>X</text:p>"
        "</table:table-cell></table:table-row></table:table></office:text></office:body>"
    )
    with zipfile.ZipFile(tmp_path / "a.odt", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", f"{ODT_HEAD}{body}</office:document-content>")
    assert parse(tmp_path / "a.odt").text == (
        "Title\n\nOne  two [aside]\n\n- point\n\nTeam | City\nX (Team): X (City)."
    )


def test_rtf_loses_its_formatting_only(tmp_path: Path) -> None:
    source = r"{\rtf1\ansi\ansicpg1252 {\b Bold} caf\'e9 \u26449?\par Second}"
    assert text_of(tmp_path / "a.rtf", source) == "Bold café 村\nSecond"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("City;Size\nRome;2,8\nParis;2,1\n", "a.csv"),
        ("City\tSize\nRome\t2,8\nParis\t2,1\n", "a.tsv"),
        ('City,Size\n"Rome","2,8"\n\n"Paris","2,1"\n', "a.csv"),
        ("City|Size\r\nRome|2,8\r\nParis|2,1", "a.csv"),
    ],
)
def test_csv_finds_its_delimiter(tmp_path: Path, content: str, name: str) -> None:
    for codec in ("utf-8-sig", "utf-16", "cp1252"):
        assert text_of(tmp_path / name, content.encode(codec)) == (
            "City | Size\nRome (City): 2,8 (Size).\nParis (City): 2,1 (Size)."
        )


def test_rows_without_names_keep_their_cells() -> None:
    assert list(table_lines([["1", "2"], ["3", "4"]])) == ["1 | 2", "3 | 4"]
    assert list(table_lines([["a", "b"], ["", "x\ny"]])) == ["a | b", "x y (b)"]
    assert list(table_lines([["Name:", "Ada"], ["Born:", "1815"]])) == [
        "Name: | Ada",
        "Born: | 1815",
    ]
    assert list(table_lines([["1", "", "2"]], [["n", "o", ""]])) == ["n | o", "1 (n); 2."]


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        (["|2019|2018", "Tax|$ 5|$ 4"], ["2019 | 2018", "Tax: $ 5 (2019); Tax: $ 4 (2018)."]),
        (["At|2019", "Assets|", "Cash|9"], ["At | 2019", "Assets", "Cash (At): 9 (2019)."]),
        (["Ada|1815", "Bob|1820"], ["Ada | 1815", "Bob | 1820"]),  # years, but no names
        (
            ["Books||", "||In millions", "|Home||Abroad|", "|2019|2018|2019|2018", "Tax|1||3|4"],
            [
                "Books", "In millions", "Home | Abroad", "2019 | 2018 | 2019 | 2018",
                "Tax: 1 (Home 2019); Tax: 3 (Abroad 2019); Tax: 4 (Abroad 2018).",
            ],
        ),
        (["|Name|Town", "|Ada|Zug"], ["Name | Town", "Ada (Name): Zug (Town)."]),
        (["T", "a|b", "1|2", "", "c|d"], ["T", "a | b", "1 (a); 2 (b).", "c | d"]),
        (["(mm)|a:", "x|y!"], ["(mm) | a:", "x (mm): y! (a)."]),
        (["N|A|B", "x|1|2", "|3|4"], ["N | A | B", "x (N): 1 (A); x: 2 (B).", "3 (A); 4 (B)."]),
        (["x"], ["x"]),
    ],
)  # fmt: skip
def test_values_stand_beside_the_names_of_row_and_column(rows: list[str], lines: list[str]) -> None:
    assert list(table_lines(row.split("|") for row in rows)) == lines


def test_a_wide_row_says_its_name_once() -> None:
    names = ["n", *(f"c{place}" for place in range(20))]
    line = list(table_lines([names, ["x", *map(str, range(20))]]))[1]
    assert line.startswith("x (n): 0 (c0); 1 (c1);") and line.endswith("19 (c19).")


def test_html_cells_that_span_keep_their_names(tmp_path: Path) -> None:
    source = (
        "<html><table><tr><th rowspan=2>Team<th colspan=2>Won<tr><th>Home<th>Away"
        "<tr><td rowspan=2>Blues<td>3<td>4<tr><td>5<td colspan=999999>6</table></html>"
    )
    assert text_of(tmp_path / "a.html", source) == (
        "Team | Won\nTeam | Home | Away\nBlues (Team): 3 (Home); Blues: 4 (Away).\n"
        "Blues (Team): 5 (Home); Blues: 6 (Away)."
    )


def test_a_stray_quote_in_a_tsv_swallows_nothing(tmp_path: Path) -> None:
    table = 'Item\tSize\tNote\nPipe\t"big\tok\nTube\t12\tfine\n'
    assert text_of(tmp_path / "a.tsv", table) == (
        'Item | Size | Note\nPipe (Item): "big (Size); Pipe: ok (Note).\n'
        "Tube (Item): 12 (Size); Tube: fine (Note)."
    )


@pytest.mark.parametrize("name", ["a.eml", "letter"])
def test_mail_says_who_when_and_what(tmp_path: Path, name: str) -> None:
    message = EmailMessage()
    message["Subject"], message["From"] = "会议", "Ada <ada@example.org>"
    message["To"], message["Date"] = "b@example.org", "Tue, 01 Mar 2022 10:00:00 +0000"
    message["Message-ID"] = "<1@example.org>"
    message.set_content("We meet at noon. 中午见。", charset="gb2312")
    message.add_alternative("<p>We meet at <b>noon</b>.</p>", subtype="html")
    message.add_attachment(b"x", maintype="application", subtype="pdf", filename="plan.pdf")
    (tmp_path / name).write_bytes(bytes(message))
    parsed = parse(tmp_path / name)
    assert parsed.text == (
        "Subject: 会议\nFrom: Ada <ada@example.org>\nTo: b@example.org\n"
        "Date: Tue, 01 Mar 2022 10:00:00 +0000\n\nWe meet at noon. 中午见。"
    )
    assert parsed.warnings == ("attachments are not read: plan.pdf",)


def test_mail_in_html_alone_is_read(tmp_path: Path) -> None:
    mail = "From: a@b.c\nContent-Type: text/html; charset=utf-8\n\n<p>One</p><p>Two</p>"
    assert text_of(tmp_path / "a.eml", mail) == "From: a@b.c\n\nOne\n\nTwo"


def test_markdown_stays_as_it_was_written(tmp_path: Path) -> None:
    source = "# Title\n\nSome *text* with [a link](x).\n\n- one\n- two"
    parsed_text = text_of(tmp_path / "a.md", source + "\n\n")
    assert parsed_text == source
    assert parse(tmp_path / "a.md").media_type == "text/markdown"
