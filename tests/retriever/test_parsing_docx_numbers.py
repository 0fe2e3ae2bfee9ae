"""What Word prints before paragraphs is counted from their lists and styles, as Word does."""

from __future__ import annotations

from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml

from retriever.parsing import parse
from retriever.parsing.numerals import Numerals, written

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def level(place: int, kind: str, pattern: str, more: str = "", start: int = 1) -> str:
    return (
        f'<w:lvl w:ilvl="{place}"><w:start w:val="{start}"/><w:numFmt w:val="{kind}"/>{more}'
        f'<w:lvlText w:val="{pattern}"/></w:lvl>'
    )


CLAUSES = level(0, "decimal", "%1.") + level(1, "decimal", "%1.%2")
CLAUSES += level(2, "lowerLetter", "(%3)")


def paragraph(text: str, use: tuple[int, int] | None = None, style: str = "Normal") -> str:
    number = ""
    if use is not None:
        list_id, place = use
        number = f'<w:numPr><w:ilvl w:val="{place}"/><w:numId w:val="{list_id}"/></w:numPr>'
    return (
        f'<w:p {W}><w:pPr><w:pStyle w:val="{style}"/>{number}</w:pPr>'
        f"<w:r><w:t>{text}</w:t></w:r></w:p>"
    )


def lines(
    path: Path, paragraphs: list[str], lists: list[str], ids: list[str], styles: str = ""
) -> list[str]:
    """Lines that are read of a document of these paragraphs, definitions of lists, and ids."""
    document = docx.Document()
    numbering = document.part.numbering_part.element
    for child in list(numbering):
        numbering.remove(child)
    for key, levels in enumerate(lists):
        numbering.append(
            parse_xml(f'<w:abstractNum {W} w:abstractNumId="{key}">{levels}</w:abstractNum>')
        )
    for list_id, use in enumerate(ids, start=1):
        numbering.append(parse_xml(f'<w:num {W} w:numId="{list_id}">{use}</w:num>'))
    if styles:
        document.styles.element.append(parse_xml(styles))
    for place, markup in enumerate(paragraphs):
        document.element.body.insert(place, parse_xml(markup))
    document.save(str(path))
    return [line for line in parse(path).text.splitlines() if line]


def of(list_key: int, more: str = "") -> str:
    return f'<w:abstractNumId w:val="{list_key}"/>{more}'


def test_clauses_are_counted_on_every_level(tmp_path: Path) -> None:
    places = [("Rent", 0), ("Due", 1), ("Cash", 2), ("Card", 2), ("Late", 1), ("Fee", 2)]
    places += [("Notice", 0), ("Form", 1)]
    found = [paragraph(text, (1, place)) for text, place in places]
    assert lines(tmp_path / "a.docx", found, [CLAUSES], [of(0)]) == [
        "1. Rent", "1.1 Due", "(a) Cash", "(b) Card", "1.2 Late", "(a) Fee",
        "2. Notice", "2.1 Form",
    ]  # fmt: skip


def test_a_level_may_begin_elsewhere_and_go_on(tmp_path: Path) -> None:
    goes_on = '<w:lvlRestart w:val="0"/>'
    levels = level(0, "upperRoman", "%1", start=4) + level(1, "decimal", "§ %2", goes_on)
    places = [("A", 0), ("B", 1), ("C", 0), ("D", 1)]
    found = [paragraph(text, (1, place)) for text, place in places]
    expected = ["IV A", "§ 1 B", "V C", "§ 2 D"]
    assert lines(tmp_path / "a.docx", found, [levels], [of(0)]) == expected


def test_lists_of_one_definition_count_together_unless_one_begins_anew(tmp_path: Path) -> None:
    anew = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    ids = [of(0), of(0), of(0, anew)]
    used = zip("ABCDE", (1, 2, 3, 3, 1), strict=True)
    found = [paragraph(text, (list_id, 0)) for text, list_id in used]
    expected = ["1. A", "2. B", "1. C", "2. D", "3. E"]
    assert lines(tmp_path / "a.docx", found, [CLAUSES], ids) == expected


def test_a_style_tells_list_and_level(tmp_path: Path) -> None:
    """Also through the style it takes after; a paragraph may take the number away."""
    levels = level(0, "decimal", "Article %1") + level(
        1, "decimal", "%1.%2", '<w:pStyle w:val="Clause"/>'
    )
    number = '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>'
    clause = (
        f'<w:style {W} w:type="paragraph" w:styleId="Clause"><w:name w:val="Clause"/>{number}'
        "</w:style>"
    )
    found = [
        paragraph("Rent", (1, 0)), paragraph("It is 870 euro.", style="Clause"),
        paragraph("No number.", (0, 0), "Clause"), paragraph("Due on the 1st.", style="Clause"),
    ]  # fmt: skip
    assert lines(tmp_path / "a.docx", found, [levels], [of(0)], clause) == [
        "Article 1 Rent", "1.1 It is 870 euro.", "No number.", "1.2 Due on the 1st.",
    ]  # fmt: skip


def test_headings_keep_numbers_and_are_no_items(tmp_path: Path) -> None:
    bullets = level(0, "bullet", "\u2022")
    found = [
        paragraph("Rent", (1, 0), "Heading1"), paragraph("Cash", (2, 0), "Heading2"),
        paragraph("Coins", (2, 0)), paragraph("Notes", (2, 0)), paragraph("Lost", (9, 0)),
    ]  # fmt: skip
    expected = ["1. Rent", "Cash", "- Coins", "- Notes", "- Lost"]
    assert lines(tmp_path / "a.docx", found, [CLAUSES, bullets], [of(0), of(1)]) == expected
    assert parse(tmp_path / "a.docx").text.startswith("1. Rent\n\nCash\n\n- Coins\n- Notes")


def test_chinese_articles(tmp_path: Path) -> None:
    levels = level(0, "chineseCountingThousand", "第%1条")
    found = [paragraph(text, (1, 0)) for text in ("租金", "期限")]
    assert lines(tmp_path / "a.docx", found, [levels], [of(0)]) == ["第一条 租金", "第二条 期限"]


@pytest.mark.parametrize("start", ["", "-3", "x", "9" * 30])
def test_senseless_definitions_harm_nothing(tmp_path: Path, start: str) -> None:
    levels = (
        f'<w:lvl w:ilvl="{start}"><w:start w:val="{start}"/><w:numFmt w:val="upperLetter"/>'
        f'<w:lvlText w:val="{"%1" * 90}"/></w:lvl>'
    )
    loop = f'<w:style {W} w:type="paragraph" w:styleId="X"><w:basedOn w:val="X"/></w:style>'
    found = [paragraph("A", (1, 0), "X"), paragraph("B", style="X")]
    assert lines(tmp_path / "a.docx", found, [levels], [of(0), of(7)], loop) == ["- A", "B"]


@pytest.mark.parametrize(
    "number, numerals, text",
    [
        (4, "decimal", "4"), (4, "two digits", "04"), (1994, "roman", "mcmxciv"),
        (4, "ROMAN", "IV"), (0, "roman", "0"), (4000, "roman", "4000"), (26, "letter", "z"),
        (28, "LETTER", "BB"), (209, "letter", "209"), (10, "han", "十"), (42, "han", "四十二"),
        (20, "han", "二十"), (100, "han", "100"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_lists_have_them(number: int, numerals: Numerals, text: str) -> None:
    assert written(number, numerals) == text
