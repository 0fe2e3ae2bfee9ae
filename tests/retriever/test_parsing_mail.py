"""E-mail as mail programs really write it: parts in any order, headers against the rules."""

from __future__ import annotations

from pathlib import Path

from retriever.parsing import parse
from retriever.types import ParsedDocument

MIXED = 'Content-Type: multipart/mixed; boundary="B"'
PLAIN = "Content-Type: text/plain; charset=utf-8"
PICTURE = "Content-Type: image/png\nContent-Disposition: inline; filename=plan.png"
PDF = "Content-Type: application/pdf\nContent-Disposition: attachment; filename=plan.pdf"


def parts(*written: str) -> str:
    return "".join(f"\n--B\n{one}\n" for one in written) + "\n--B--\n"


def read(folder: Path, mail: str | bytes) -> ParsedDocument:
    path = folder / "a.eml"
    data = mail.encode() if isinstance(mail, str) else mail
    path.write_bytes(b"From: Ada <a@b.c>\nMIME-Version: 1.0\n" + data)
    return parse(path)


def body(parsed: ParsedDocument) -> str:
    return parsed.text.partition("\n\n")[2]


def test_text_goes_on_behind_a_picture(tmp_path: Path) -> None:
    parsed = read(tmp_path, MIXED + parts(f"{PLAIN}\n\nBefore.", PICTURE, f"{PLAIN}\n\nBehind."))
    assert body(parsed) == "Before.\n\nBehind."
    assert parsed.warnings == ("attachments are not read: plan.png",)


def test_an_empty_text_gives_way_to_html(tmp_path: Path) -> None:
    kind = 'Content-Type: multipart/alternative; boundary="B"'
    html = "Content-Type: text/html; charset=utf-8\n\n<p>Your order ships on Monday.</p>"
    assert body(read(tmp_path, kind + parts(f"{PLAIN}\n\n ", html))) == (
        "Your order ships on Monday."
    )


def test_what_hangs_between_two_pieces_of_html_is_named(tmp_path: Path) -> None:
    inner = MIXED.replace('"B"', '"C"') + "".join(
        f"\n--C\n{one}\n" for one in ("Content-Type: text/html\n\nRead the <i>plan</i>.", PDF)
    )
    kind = 'Content-Type: multipart/alternative; boundary="B"'
    parsed = read(tmp_path, kind + parts(f"{PLAIN}\n\nRead the plan.", f"{inner}\n--C--"))
    assert body(parsed) == "Read the plan."
    assert parsed.warnings == ("attachments are not read: plan.pdf",)


def test_pictures_within_html_are_not_attachments(tmp_path: Path) -> None:
    kind = 'Content-Type: multipart/related; boundary="B"'
    parsed = read(tmp_path, kind + parts("Content-Type: text/html\n\n<p>Hello</p>", PICTURE))
    assert (body(parsed), parsed.warnings) == ("Hello", ())


def test_a_message_that_is_called_an_attachment_is_read(tmp_path: Path) -> None:
    note = f"{PLAIN}\nContent-Disposition: attachment; filename=note.txt"
    assert body(read(tmp_path, f"{note}\n\nWe meet.\n")) == "We meet."
    parsed = read(tmp_path, MIXED + parts(f"{note}\n\nWe meet.", PDF))
    assert body(parsed) == "We meet."
    assert parsed.warnings == ("attachments are not read: plan.pdf",)


def test_parts_without_a_border_are_text(tmp_path: Path) -> None:
    assert body(read(tmp_path, "Content-Type: multipart/mixed\n\nWe meet.\n")) == "We meet."


def test_a_header_in_bytes_of_another_encoding_is_read(tmp_path: Path) -> None:
    mail = "Subject: 会议通知\nContent-Type: text/plain; charset=gb2312\n\n会议在星期五。\n"
    assert read(tmp_path, mail.encode("gb18030")).text == (
        "Subject: 会议通知\nFrom: Ada <a@b.c>\n\n会议在星期五。"
    )


def test_a_header_that_cannot_be_parsed_does_not_cost_the_mail(tmp_path: Path) -> None:
    assert read(tmp_path, "Cc: <\n\nWe meet.\n").text == "From: Ada <a@b.c>\nCc: <\n\nWe meet."
