"""PDF files written here byte by byte: text, joined words, boxes, pictures, broken pages."""

from __future__ import annotations

import ctypes
import io
import threading
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
import pytest
from PIL import Image

from retriever.parsing import page_picture, parse
from retriever.parsing.pdf_names import Names
from retriever.parsing.pdf_page import open_pdf, read_below, read_page
from retriever.parsing.pdf_text import PageText
from retriever.types import Box, UnreadableFile
from tests.retriever.marking import mark_boxes

PROSE = (
    "The first edition of the book appeared on 24 November 1859, and all of the",
    "copies were sold on that very day. A second edition followed on the seventh of",
    "January 1860 with a few cor-",
    "rections. It was dear.",
)
BODY = "\n".join(PROSE)


# Text matrices that make lines run across a page turned by so many degrees.
UPRIGHT = {
    0: "1 0 0 1 72 720",
    90: "0 1 -1 0 72 72",
    180: "-1 0 0 -1 540 72",
    270: "0 -1 1 0 540 720",
}


def write_pdf(
    path: Path,
    pages: list[str],
    *,
    rotate: int = 0,
    upright: bool = False,
    broken: int | None = None,
    crop: str = "",
) -> Path:
    """A PDF with a page for each text, 12 point lines from the top; one page may be broken."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    kids = []
    for number, text in enumerate(pages):
        stream = f"BT /F1 12 Tf 14 TL {UPRIGHT[rotate if upright else 0]} Tm\n"
        for line in text.split("\n"):
            escaped = line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
            stream += f"({escaped}) Tj T*\n"
        stream += "ET"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        content = len(objects)
        objects.append(
            "42"
            if number == broken
            else f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] {crop} /Rotate {rotate} "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {content} 0 R >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    out += f"xref\n0 {size}\n0000000000 65535 f \n{table}".encode() + (
        f"trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF".encode()
    )
    path.write_bytes(out)
    return path


def boxes_of(path: Path, quoted: str) -> list[Box]:
    document = parse(path)
    start = document.text.index(quoted)
    return mark_boxes(path, document, start, start + len(quoted))


def words_within(path: Path, box: Box) -> str:
    """pdfium's own text inside a box, on a page that is not turned."""
    with open_pdf(path) as document:
        page = document[box.page_number - 1]
        width, height = page.get_size()
        return str(
            page.get_textpage().get_text_bounded(
                left=box.left * width - 0.5,
                right=box.right * width + 0.5,
                top=height - box.top * height,
                bottom=height - box.bottom * height,
            )
        )


def ink_share(path: Path, box: Box) -> tuple[float, float]:
    """Shares of dark pixels of the page's picture inside and just outside a box."""
    picture = page_picture(path, box.page_number, 1200)
    image = Image.open(io.BytesIO(picture.png)).convert("L").point(lambda v: 255 * (v < 128))
    corners = (
        int(box.left * image.width),
        int(box.top * image.height),
        round(box.right * image.width + 0.5),
        round(box.bottom * image.height + 0.5),
    )
    total = image.histogram()[255]
    inside = image.crop(corners).histogram()[255]
    return inside / total, 1 - inside / total


def test_pages_are_found_by_offset(tmp_path: Path) -> None:
    document = parse(write_pdf(tmp_path / "a.pdf", ["Alpha page.", "", "Gamma page."]))
    assert document.text == "Alpha page.\n\nGamma page."
    assert document.page_of(document.text.index("Alpha")) == 1
    assert document.page_of(document.text.index("Gamma")) == 3
    assert document.media_type == "application/pdf"


def test_wrapped_lines_and_cut_words_are_joined(tmp_path: Path) -> None:
    text = parse(write_pdf(tmp_path / "a.pdf", [BODY])).text
    assert "all of the copies were sold" in text
    assert "seventh of January 1860 with a few corrections. It was dear." in text


def test_rows_of_a_form_stay_apart(tmp_path: Path) -> None:
    form = "Name Ada Lovelace\nBorn 1815\nDied 1852\nCity London"
    assert parse(write_pdf(tmp_path / "a.pdf", [form])).text == form


def test_paragraphs_stay_apart(tmp_path: Path) -> None:
    text = parse(write_pdf(tmp_path / "a.pdf", [f"Title\n\n{BODY}\n\n{BODY}"])).text
    assert text.startswith("Title\n\nThe first edition")
    assert "It was dear.\n\nThe first edition" in text


def test_a_broken_page_costs_that_page_alone(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", ["One.", "Two.", "Three."], broken=1)
    document = parse(path)
    assert document.text == "One.\n\nThree."
    assert document.page_of(document.text.index("Three")) == 3
    assert len(document.warnings) == 1
    assert document.warnings[0].startswith("page 2 could not be read: ")


def test_whatever_goes_wrong_on_a_page_costs_that_page_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(document: pdfium.PdfDocument, index: int, above: Names | None) -> PageText:
        if index == 1:
            raise ZeroDivisionError("division by zero")
        return read_below(document, index, above)

    monkeypatch.setattr("retriever.parsing.pdf.read_below", read)
    document = parse(write_pdf(tmp_path / "a.pdf", ["One.", "Two.", "Three."]))
    assert document.text == "One.\n\nThree."
    assert document.warnings == ("page 2 could not be read: division by zero",)


def test_pages_that_all_fail_are_a_broken_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no page could be read") as caught:
        parse(write_pdf(tmp_path / "a.pdf", ["One."], broken=0))
    assert caught.value.state == "broken"


def test_every_code_point_keeps_its_place_on_the_page(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [BODY])
    with open_pdf(path) as document:
        page = read_page(document, 0)
        text_page = document[0].get_textpage()  # kept: what it lends dies with it
        assert page.raw_index.shape == (len(page.text),)
        for char, place in zip(page.text, page.raw_index.tolist(), strict=True):
            if place < 0:
                assert char.isspace()
            else:
                assert chr(pdfium_c.FPDFText_GetUnicode(text_page.raw, place)) == char


@pytest.mark.parametrize("quoted", ["24 November 1859", "second edition", "dear"])
def test_a_box_covers_its_words_and_no_others(tmp_path: Path, quoted: str) -> None:
    path = write_pdf(tmp_path / "a.pdf", ["Another page.", BODY])
    (box,) = boxes_of(path, quoted)
    assert box.page_number == 2
    assert words_within(path, box).strip() == quoted


def test_a_quotation_over_lines_gets_a_box_for_each(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [BODY])
    first, second = boxes_of(path, "all of the copies were sold")
    assert words_within(path, first).strip() == "all of the"
    assert words_within(path, second).strip() == "copies were sold"
    assert first.bottom <= second.top + 0.005
    cut_word = boxes_of(path, "few corrections")
    assert [words_within(path, box).strip(" -\r\n\ufffe") for box in cut_word] == [
        "few cor",
        "rections",
    ]


def test_a_quotation_over_pages_gets_boxes_on_both(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", ["One ends here.", "Two begins."])
    document = parse(path)
    boxes = mark_boxes(path, document, 0, len(document.text))
    assert [box.page_number for box in boxes] == [1, 2]
    assert mark_boxes(path, document, 3, 3) == []


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("upright", [True, False])
def test_boxes_follow_the_page_as_it_is_drawn(tmp_path: Path, rotate: int, upright: bool) -> None:
    text = "only words here"
    crop = "" if upright else "/CropBox [50 600 550 780]"
    path = write_pdf(tmp_path / "a.pdf", [text], rotate=rotate, upright=upright, crop=crop)
    (box,) = boxes_of(path, text)
    inside, outside = ink_share(path, box)
    assert inside > 0.97 and outside < 0.03
    assert (box.right - box.left) * (box.bottom - box.top) < 0.05
    (part,) = boxes_of(path, "only")
    assert 0.2 < ink_share(path, part)[0] < 0.5


@pytest.mark.parametrize("rotate", [90, 180, 270])
@pytest.mark.parametrize("upright", [True, False])
def test_a_turned_page_reads_like_an_upright_one(
    tmp_path: Path, rotate: int, upright: bool
) -> None:
    """Also where its lines run down, or up, or stand on their heads."""
    text = f"Title\n\n{BODY}\n\n{BODY}"
    plain = parse(write_pdf(tmp_path / "a.pdf", [text])).text
    turned = write_pdf(tmp_path / "b.pdf", [text], rotate=rotate, upright=upright)
    assert parse(turned).text == plain


def test_a_box_on_a_sideways_page_is_turned_with_it(tmp_path: Path) -> None:
    plain = boxes_of(write_pdf(tmp_path / "a.pdf", [BODY]), "copies were sold")
    turned = boxes_of(write_pdf(tmp_path / "b.pdf", [BODY], rotate=90), "copies were sold")
    as_turned = [(1 - box.bottom, box.left, 1 - box.top, box.right) for box in plain]
    sides = [(box.left, box.top, box.right, box.bottom) for box in turned]
    assert len(sides) == 1 and sides[0] == pytest.approx(as_turned[0], abs=1e-4)


def test_a_picture_has_the_width_that_was_asked(tmp_path: Path) -> None:
    picture = page_picture(write_pdf(tmp_path / "a.pdf", [BODY]), 1, 500)
    image = Image.open(io.BytesIO(picture.png))
    assert image.format == "PNG"
    assert image.size == (picture.width_px, picture.height_px)
    assert abs(picture.width_px - 500) <= 1 and abs(picture.height_px - 647) <= 1


def test_few_colours_where_nobody_sees_the_difference(tmp_path: Path) -> None:
    text = page_picture(write_pdf(tmp_path / "a.pdf", [BODY]), 1, 500)
    few = Image.open(io.BytesIO(text.png))
    assert few.mode == "P"
    darkest, lightest = few.convert("L").getextrema()
    assert darkest < 32 and lightest > 250
    photograph = Image.effect_mandelbrot((300, 300), (-2, -1.5, 1, 1.5), 99)
    bands = (photograph, photograph.rotate(90), photograph.rotate(180))
    Image.merge("RGB", bands).resize((900, 900)).save(tmp_path / "b.pdf")
    many = Image.open(io.BytesIO(page_picture(tmp_path / "b.pdf", 1, 500).png))
    assert many.mode == "RGB"


def test_pictures_and_boxes_refuse_what_is_not_there(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", ["One."])
    (tmp_path / "a.txt").write_text("no pages")
    with pytest.raises(ValueError, match="pages go from 1 to 1, got 2"):
        page_picture(path, 2)
    with pytest.raises(ValueError, match="width_px"):
        page_picture(path, 1, 10**6)
    with pytest.raises(ValueError, match="is neither"):
        page_picture(tmp_path / "a.txt", 1)
    with pytest.raises(ValueError, match="range must lie in"):
        mark_boxes(path, parse(path), 0, 10**6)


def test_threads_may_read_at_once(tmp_path: Path) -> None:
    paths = [write_pdf(tmp_path / f"{n}.pdf", [f"Number {n}. {BODY}"] * 3) for n in range(4)]
    seen: list[str] = []

    def read(path: Path) -> None:
        for _ in range(3):
            document = parse(path)
            page_picture(path, 2, 100)
            seen.append(document.text[:9] + path.stem)

    threads = [threading.Thread(target=read, args=[path]) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == sorted(f"Number {n}.{n}" for n in range(4) for _ in range(3))


def test_pdfium_gives_soft_hyphens_as_we_expect(tmp_path: Path) -> None:
    # If this changes with pdfium, words cut at line ends can no longer be found.
    with open_pdf(write_pdf(tmp_path / "a.pdf", [BODY])) as document:
        text_page = document[0].get_textpage()
        codes = {
            pdfium_c.FPDFText_GetUnicode(text_page.raw, place)
            for place in range(text_page.count_chars())
        }
        assert 0x02 in codes
        assert isinstance(document, pdfium.PdfDocument)
        assert ctypes.sizeof(pdfium_c.FS_RECTF) == 16
