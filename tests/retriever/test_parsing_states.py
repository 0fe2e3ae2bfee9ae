"""Files that are locked, damaged, disguised or hostile end as a named state with a reason."""

from __future__ import annotations

import bz2
import gzip
import io
import random
import zipfile
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from PIL import Image

from retriever.parsing import parse
from retriever.parsing.limits import ParseLimits
from retriever.parsing.sniff import sniff
from retriever.types import ParsedDocument, State, UnreadableFile

OFFICE: dict[str, str | bytes] = {"[Content_Types].xml": "<Types/>"}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def outcome(path: Path, limits: ParseLimits | None = None) -> tuple[State, str]:
    try:
        document = parse(path, limits=limits)
    except UnreadableFile as failure:
        return failure.state, failure.reason
    return "indexed", document.text


def office_bytes(kind: str) -> bytes:
    stream = io.BytesIO()
    if kind == "docx":
        document = docx.Document()
        document.add_paragraph("Some words. " * 50)
        document.save(stream)
    elif kind == "pptx":
        show = pptx.Presentation()
        show.slides.add_slide(show.slide_layouts[5]).shapes.title.text = "Some words"
        show.save(stream)
    else:
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append(["Some", "words"])
        book.save(stream)
    return stream.getvalue()


def archive_of(members: dict[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "state", "reason"),
    [
        ("a.pdf", b"", "empty", "no bytes"),
        ("a.txt", b" \r\n\t\x00", "empty", "no text"),
        ("a.html", b"<html><script>x</script></html>", "empty", "no text"),
        ("a.xls", OLE + "Workbook".encode("utf-16-le"), "unsupported", "save it as .xlsx"),
        ("a.doc", OLE + "WordDocument".encode("utf-16-le"), "unsupported", "save it as .docx"),
        ("a.ppt", OLE + "PowerPoint Document".encode("utf-16-le"), "unsupported", ".pptx"),
        ("a.msg", OLE + "__substg1.0_1".encode("utf-16-le"), "unsupported", "save it as .eml"),
        ("a.docx", OLE + "EncryptedPackage".encode("utf-16-le"), "encrypted", "password"),
        ("a.bin", bytes(range(256)) * 8, "unsupported", "not a document"),
        ("a.txt", b"\x7fELF" + bytes(100), "unsupported", "program"),
        ("a.zip", archive_of({"a.txt": "x"}), "unsupported", "unpack"),
        ("a.gz", b"\x1f\x8b\x08\x00" + bytes(20), "unsupported", "unpack"),
        ("a.pdf", b"%PDF-1.7\nnothing more", "broken", "save it as a PDF again"),
        ("a.zip", archive_of({"word/essay.txt": "x"}), "unsupported", "unpack"),
        ("a.docx", archive_of(OFFICE | {"word/x.xml": "<a/>"}), "broken", "damaged"),
        ("a.docx", office_bytes("docx")[:3000], "broken", "damaged"),
        ("a.xml", b"<?xml version='1.0'?>", "broken", "XML"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, name: str, data: bytes, state: State, reason: str
) -> None:
    (tmp_path / name).write_bytes(data)
    got_state, got_reason = outcome(tmp_path / name)
    assert got_state == state
    assert reason in got_reason


@pytest.mark.parametrize("kind", ["docx", "pptx", "xlsx"])
@pytest.mark.parametrize("wrong", ["a.txt", "a.pdf", "a"])
def test_content_counts_more_than_the_extension(tmp_path: Path, kind: str, wrong: str) -> None:
    (tmp_path / wrong).write_bytes(office_bytes(kind))
    state, text = outcome(tmp_path / wrong)
    assert state == "indexed" and "Some" in text


def test_the_given_name_decides_among_texts(tmp_path: Path) -> None:
    (tmp_path / "upload").write_bytes(b"a,b\none,two\n")
    assert parse(tmp_path / "upload", "table.csv").text == "a | b\none (a): two (b)."
    assert parse(tmp_path / "upload").text == "a,b\none,two"
    assert parse(tmp_path / "upload", "table.csv").name == "table.csv"


def test_an_html_page_called_txt_is_html(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"<!-- saved -->\n<!DOCTYPE html><p>One<p>Two")
    assert outcome(tmp_path / "a.txt") == ("indexed", "One\n\nTwo")


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    bomb = archive_of(OFFICE | {"word/document.xml": b"<a/>", "word/media/x": bytes(30 << 20)})
    (tmp_path / "a.docx").write_bytes(bomb)
    assert len(bomb) < 1 << 20
    assert outcome(tmp_path / "a.docx", ParseLimits(max_expanded_bytes=20 << 20)) == (
        "broken",
        "it unpacks to more than 20 MB, the limit for one file",
    )
    assert "1 MB" in outcome(tmp_path / "a.docx", ParseLimits(max_expanded_bytes=1 << 20))[1]


def test_entities_are_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "xx"><!ENTITY c "&b;&b;">]><a>&c;</a>'
    (tmp_path / "a.xml").write_text(f"<?xml version='1.0'?>{bomb}")
    (tmp_path / "a.docx").write_bytes(archive_of(OFFICE | {"word/document.xml": bomb}))
    wide = archive_of(OFFICE | {"xl/workbook.xml": bomb.encode("utf-16")})
    (tmp_path / "a.xlsx").write_bytes(wide)
    for name in ("a.xml", "a.docx", "a.xlsx"):
        assert outcome(tmp_path / name) == (
            "broken",
            "its XML declares entities, which is not allowed",
        )


def test_a_page_cannot_read_files_of_the_machine(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("classified")
    page = f'<!DOCTYPE a SYSTEM "{tmp_path}/secret.txt"><a>open</a>'
    (tmp_path / "a.xml").write_text(f"<?xml version='1.0'?>{page}")
    assert outcome(tmp_path / "a.xml") == ("indexed", "a: open")


def test_limits_are_named_with_their_figures(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x" * 3000)
    assert outcome(tmp_path / "a.txt", ParseLimits(max_chars=1000)) == (
        "broken",
        "it holds 3,000 characters; the limit is 1,000",
    )
    assert outcome(tmp_path / "a.txt", ParseLimits(max_bytes=2000))[0] == "broken"
    (tmp_path / "a.csv").write_text("name,town\n" + "Ann,Zug\n" * 100)
    assert outcome(tmp_path / "a.csv", ParseLimits(max_chars=1000)) == (
        "broken",
        "it holds more than 1,000 characters, the limit for one file",
    )
    with pytest.raises(ValueError, match="max_pages must be above zero"):
        ParseLimits(max_pages=0)


def test_deep_nesting_ends(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<div>" * 50_000 + "deep" + "</div>" * 50_000)
    (tmp_path / "a.xml").write_text("<?xml version='1.0'?>" + "<a>" * 50_000 + "</a>" * 50_000)
    for name in ("a.html", "a.xml"):
        state, _ = outcome(tmp_path / name)
        assert state in ("indexed", "empty", "broken")


def test_many_comments_cost_no_time(tmp_path: Path) -> None:
    comments = "<!-- note -->\n" * 300
    (tmp_path / "a.txt").write_text(comments + "# Title")
    assert outcome(tmp_path / "a.txt")[0] == "indexed"
    (tmp_path / "b.txt").write_text(comments + "<html><p>words</p></html>")
    assert outcome(tmp_path / "b.txt") == ("indexed", "words")


def test_a_long_gap_costs_no_time(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(f"<html><p>wide{' ' * 1_000_000}gap</p></html>")
    assert outcome(tmp_path / "a.html") == ("indexed", "wide gap")


@pytest.mark.parametrize("depth", [200, 300, 1000, 3000])
def test_nesting_never_loses_text_in_silence(tmp_path: Path, depth: int) -> None:
    inner = "<font>" * depth + "deep" + "</font>" * depth
    (tmp_path / "a.html").write_text(f"<html><body><p>first</p>{inner}<p>last</p></body></html>")
    (tmp_path / "a.xml").write_text(f"<?xml version='1.0'?><a><b>first</b>{inner}<b>last</b></a>")
    for name in ("a.html", "a.xml"):
        state, said = outcome(tmp_path / name)
        if state == "broken":
            assert (depth > 300, said) == (True, "its parts are nested too deeply")
        else:
            assert [word in said for word in ("first", "deep", "last")] == [True] * 3


def test_one_long_text_is_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(f"<html><pre>{'word ' * 2_100_000}</pre><p>last</p></html>")
    state, text = outcome(tmp_path / "a.html")
    assert state == "indexed"
    assert text.endswith("last")


def test_too_much_markup_is_refused_before_it_costs_memory(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<html>" + "<b>x</b>" * 4_000_000)
    state, reason = outcome(tmp_path / "a.html")
    assert state == "broken"
    assert "characters of markup; the limit is" in reason


def test_a_missing_file_is_the_callers_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        parse(tmp_path / "none.pdf")


PDF = (
    b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n"
    b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n3 0 obj\n<< /Type /Page /Parent 2 0 R "
    b"/MediaBox [0 0 200 200] /Contents 4 0 R /Resources << /Font << /F << /Type /Font /Subtype "
    b"/Type1 /BaseFont /Helvetica >> >> >> >>\nendobj\n4 0 obj\n<< /Length 44 >>\nstream\n"
    b"BT /F 12 Tf 20 100 Td (Some words) Tj ET    \nendstream\nendobj\n"
    b"trailer << /Root 1 0 R >>\n%%EOF"
)
SEEDS: dict[str, bytes] = {
    "a.pdf": PDF,
    "a.docx": office_bytes("docx"),
    "a.pptx": office_bytes("pptx"),
    "a.xlsx": office_bytes("xlsx"),
    "a.rtf": b"{\\rtf1\\ansi Some \\'e9 \\u26449? words\\par}",
    "a.eml": b"From: a@b.c\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n"
    b"--x\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
    b"U29tZSB3b3Jkcw==\n--x--\n",
    "a.html": b"<html><meta charset=gbk><table><tr><td>Some<td>words</table></html>",
    "a.xml": b"<?xml version='1.0' encoding='utf-8'?><a b='c'><d>Some</d>words</a>",
    "a.csv": b'a;b\n"Some";"words"\n',
}


@pytest.mark.parametrize("name", SEEDS)
def test_damage_never_escapes_as_anything_else(tmp_path: Path, name: str) -> None:
    path, dice = tmp_path / name, random.Random(name)
    path.write_bytes(SEEDS[name])
    assert "Some" in outcome(path)[1]
    for _ in range(40):
        data = bytearray(SEEDS[name])
        for _ in range(dice.randint(1, 12)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        path.write_bytes(data[: dice.randint(1, len(data))] if dice.random() < 0.4 else data)
        try:
            document = parse(path)
        except UnreadableFile as failure:
            assert failure.reason and failure.state != "indexed"
        else:
            assert isinstance(document, ParsedDocument) and document.text.strip()
            document.text.encode("utf-8")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "BMW Group was founded in 1916."),
        ("a.txt", "MZ CR is the ministry of health."),
        ("a.txt", "ID3 tags name the artist."),
        ("a.txt", "BZh is how bzip2 begins."),
        ("a.txt", "Rar! said the lion."),
        ("a.txt", "GIF8 is no picture."),
        ("a.md", "# Marks\n\nA file that begins with `%PDF-1.7` is a PDF."),
    ],
)
def test_a_text_may_begin_like_another_format(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert outcome(tmp_path / name) == ("indexed", text)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (bz2.compress(b"words"), "compressed"),
        (gzip.compress(b"words"), "compressed"),
        (b"MZ\x90\x00\x03" + bytes(59), "a program"),
        (b"ID3\x03\x00\x00\x00\x00\x00\x0fTIT2", "a sound recording"),
        (b"Rar!\x1a\x07\x00\xcf\x90s", "an archive"),
    ],
)
def test_other_formats_are_named(tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "a.txt").write_bytes(data)
    state, said = outcome(tmp_path / "a.txt")
    assert state == "unsupported" and reason in said


@pytest.mark.parametrize("before", [b"\n\n", b"\x1b%-12345X@PJL JOB\n", b"HTTP/1.1 200 OK\n\n"])
def test_a_pdf_may_begin_a_little_later(tmp_path: Path, before: bytes) -> None:
    (tmp_path / "a").write_bytes(before + b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n\x00\x01")
    assert sniff(tmp_path / "a", "a") == "pdf"


def test_a_bitmap_is_a_picture(tmp_path: Path) -> None:
    Image.new("L", (9, 9)).save(tmp_path / "a.bmp")
    assert sniff(tmp_path / "a.bmp", "a.bmp") == "picture"
