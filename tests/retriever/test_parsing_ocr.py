"""Scanned pages and pictures: said where there is no Tesseract, read and marked where there is."""

from __future__ import annotations

import ctypes
import shutil
import struct
import time
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
import pytest
from PIL import Image, ImageDraw, ImageFont

from retriever.parsing import HAS_PICTURES, ocr, page_picture, parse
from retriever.parsing.child import Watch, parse_in_child
from retriever.parsing.limits import ParseLimits
from retriever.parsing.ocr_text import ScannedPage, Word, scanned_page, words_of
from retriever.types import UnreadableFile
from tests.retriever.marking import mark_boxes
from tests.retriever.test_parsing_pdf import write_pdf

needs_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="Tesseract is not installed"
)
LINES = ("The first edition appeared in", "November 1859 and was sold out.")


def picture(turn: int = 0, lines: tuple[str, ...] = LINES) -> Image.Image:
    """A page at 150 dots an inch with two lines of writing, turned clockwise."""
    image = Image.new("L", (900, 500), 255)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(36)
    for place, line in enumerate(lines):
        draw.text((100, 100 + 50 * place), line, fill=0, font=font)
    return image.rotate(-turn, expand=True, fillcolor=255)


def scanned_pdf(path: Path, *pages: Image.Image) -> Path:
    pages[0].save(path, save_all=True, append_images=pages[1:], resolution=150)
    return path


@pytest.fixture
def no_tesseract(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "languages", lambda: ())


@pytest.mark.usefixtures("no_tesseract")
def test_without_tesseract_it_says_what_to_do(tmp_path: Path) -> None:
    picture().save(tmp_path / "a.png")
    scanned_pdf(tmp_path / "a.pdf", picture(), picture())
    for name, said in (("a.png", "a picture of a page"), ("a.pdf", "pages 1-2 without a text")):
        with pytest.raises(UnreadableFile) as caught:
            parse(tmp_path / name)
        assert caught.value.state == "no_text"
        assert said in caught.value.reason and "install Tesseract" in caught.value.reason


@needs_tesseract
@pytest.mark.parametrize("turn", [0, 90, 270])
def test_a_scan_is_read_and_marked_whichever_way_it_lies(tmp_path: Path, turn: int) -> None:
    path = scanned_pdf(tmp_path / "a.pdf", picture(turn))
    document = parse(path)
    assert document.text == "\n".join(LINES)
    assert document.warnings == ("page 1 read by OCR: letters may be wrong",)
    start = document.text.index("November")
    [box] = mark_boxes(path, document, start, start + len("November"))
    # The word's ink begins at (100, 150) of a picture of 900 x 500, and is 36 high at most.
    left, top, right, bottom = {
        0: (box.left * 900, box.top * 500, box.right * 900, box.bottom * 500),
        90: (box.top * 900, 500 - box.right * 500, box.bottom * 900, 500 - box.left * 500),
        270: (900 - box.bottom * 900, box.left * 500, 900 - box.top * 900, box.right * 500),
    }[turn]
    width = ImageFont.load_default(36).getlength("November")
    assert abs(left - 100) < 8 and abs(right - 100 - width) < 8
    assert 145 < top < bottom < 200


@needs_tesseract
def test_boxes_on_a_scan_come_line_by_line(tmp_path: Path) -> None:
    path = scanned_pdf(tmp_path / "a.pdf", picture())
    document = parse(path)
    upper, lower = mark_boxes(path, document, 4, len(document.text))
    assert upper.bottom < lower.top + 0.02
    assert mark_boxes(path, parse(write_pdf(tmp_path / "b.pdf", ["other"])), 0, 5) == []


@needs_tesseract
def test_only_pages_without_text_are_read_by_ocr(tmp_path: Path) -> None:
    scanned_pdf(tmp_path / "scan.pdf", picture(), Image.new("L", (300, 300), 255))
    write_pdf(tmp_path / "typed.pdf", ["Typed page."])
    with pdfium.PdfDocument(tmp_path / "typed.pdf") as both:
        with pdfium.PdfDocument(tmp_path / "scan.pdf") as scan:
            both.import_pages(scan)
        both.save(tmp_path / "a.pdf")
    told: list[float] = []
    document = parse_in_child(tmp_path / "a.pdf", watch=Watch(progress=told.append))
    assert document.text == "Typed page.\n\n" + "\n".join(LINES)
    assert document.page_of(20) == 2
    assert document.warnings == ("page 2 read by OCR: letters may be wrong",)
    assert told == [0.5, 1.0]


def stamped_pdf(path: Path, stamp: str, *pages: Image.Image) -> Path:
    """A scan, on whose pages a program wrote a few words."""
    with pdfium.PdfDocument(scanned_pdf(path.with_name("bare.pdf"), *pages)) as pdf:
        for page in pdf:
            words = pdfium_c.FPDFPageObj_NewTextObj(pdf, b"Helvetica", 9.0)
            coded = (stamp + "\0").encode("utf-16-le")
            letters = ctypes.cast(coded, ctypes.POINTER(ctypes.c_ushort))
            assert pdfium_c.FPDFText_SetText(words, letters)
            pdfium_c.FPDFPageObj_Transform(words, 1, 0, 0, 1, 20, 10)
            pdfium_c.FPDFPage_InsertObject(page, words)
            page.gen_content()
        pdf.save(path)
    return path


def test_a_scan_with_a_stamp_is_read_and_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [
        Word(line, (str(i),), 100, 100 + 50 * i, 800, 140 + 50 * i) for i, line in enumerate(LINES)
    ]
    monkeypatch.setattr(ocr, "languages", lambda: ("eng",))
    monkeypatch.setattr(ocr, "read_picture", lambda image: scanned_page(words, 900, 500))
    path = stamped_pdf(tmp_path / "a.pdf", "Scanned with X", picture())
    document = parse(path)
    assert document.text == "\n".join(LINES)
    assert document.warnings == ("page 1 read by OCR: letters may be wrong",)
    [box] = mark_boxes(path, document, 0, len(LINES[0]))
    assert box.left == pytest.approx(100 / 900)


def test_words_on_a_photograph_stay_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ocr, "languages", lambda: ("eng",))
    read = scanned_page([Word("Harvest in l948", ("1",), 20, 400, 200, 420)], 900, 500)
    monkeypatch.setattr(ocr, "read_picture", lambda image: read)
    document = parse(stamped_pdf(tmp_path / "a.pdf", "Harvest in 1948", picture()))
    assert (document.text, document.warnings) == ("Harvest in 1948", ())


@pytest.mark.usefixtures("no_tesseract")
def test_without_tesseract_a_stamped_scan_is_named(tmp_path: Path) -> None:
    document = parse(stamped_pdf(tmp_path / "a.pdf", "Scanned with X", picture(), picture()))
    assert document.text == "Scanned with X\n\nScanned with X"
    assert document.warnings == (
        "pages 1-2 with little text on a picture; "
        "install Tesseract (Debian: tesseract-ocr) to read them, "
        "then remove this document and add it again",
    )


@needs_tesseract
def test_ocr_has_limits(tmp_path: Path) -> None:
    path = scanned_pdf(tmp_path / "a.pdf", picture(), picture())
    with pytest.raises(UnreadableFile, match="pages 1-2 not read: OCR of a file may take 1e-09 s"):
        parse(path, limits=ParseLimits(max_ocr_s=1e-9))
    with pytest.raises(ocr.OcrFailed, match="OCR took more than 0 s"):
        ocr.read_picture(picture(), timeout_s=1e-6)


@needs_tesseract
def test_pictures_are_documents(tmp_path: Path) -> None:
    path = tmp_path / "a.tiff"
    picture().save(path, save_all=True, append_images=[picture(lines=("Second frame",))])
    document = parse_in_child(path)
    assert document.media_type == "image/tiff"
    assert document.text == "\n".join(LINES) + "\n\nSecond frame"
    assert document.page_of(len(document.text) - 1) == 2
    start = document.text.index("frame")
    [box] = mark_boxes(path, document, start, start + 5)
    assert box.page_number == 2 and 100 / 900 < box.left < box.right < 0.6
    assert page_picture(path, 2, 450).width_px == 450
    with pytest.raises(ValueError, match="pages go from 1 to 2, got 3"):
        page_picture(path, 3)


@pytest.fixture
def reads_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every frame that Pillow can load says "First", after a while."""

    def read(frame: Image.Image) -> ScannedPage:
        frame.load()
        time.sleep(0.3)
        return scanned_page(words_of("\n".join(["head", row(1, 0, 0, "First")])), 900, 500)

    monkeypatch.setattr(ocr, "languages", lambda: ("eng",))
    monkeypatch.setattr("retriever.parsing.picture._read", read)


@needs_tesseract
@pytest.mark.parametrize(
    ("compression", "n_lost", "said"),
    [
        ("raw", 100, "buffer is not large enough"),
        ("tiff_lzw", 60, "it is all black"),
        ("tiff_lzw", 140, "unknown data organization"),
        ("tiff_lzw", 200, "Missing dimensions"),
    ],
)
def test_a_tiff_that_was_cut_short_keeps_its_sound_frames(
    tmp_path: Path, compression: str, n_lost: int, said: str
) -> None:
    path, others = tmp_path / "a.tiff", [picture(lines=("Second frame",)), picture()]
    picture().save(path, save_all=True, append_images=others, compression=compression)
    path.write_bytes(path.read_bytes()[:-n_lost])
    document = parse_in_child(path)
    assert document.text == "\n".join(LINES) + "\n\nSecond frame"
    assert len(document.page_starts) == 3
    first, second = document.warnings
    assert first == "read by OCR: letters may be wrong"
    assert second.startswith(f"page 3 could not be read: {said}")
    assert page_picture(path, 2, 450).width_px == 450


@pytest.mark.usefixtures("reads_first")
@pytest.mark.parametrize("colours", [77, 65535])
def test_a_frame_that_cannot_be_found_costs_itself_alone(tmp_path: Path, colours: int) -> None:
    path = tmp_path / "a.tiff"
    picture().save(path, save_all=True, append_images=[picture(), picture()])
    mark = struct.pack("<HHI", 262, 3, 1)  # the number after it says how colours are stored
    before, first, second, third = path.read_bytes().split(mark)
    second = struct.pack("<H", colours) + second[2:]
    path.write_bytes(mark.join([before, first, second, third]))
    document = parse(path)
    assert (document.text, len(document.page_starts)) == ("First\n\nFirst", 3)
    assert document.warnings[1:] == ("page 2 could not be read: unknown pixel mode",)


@pytest.mark.usefixtures("reads_first")
def test_a_picture_that_was_cut_short_is_broken(tmp_path: Path) -> None:
    picture().save(tmp_path / "a.jpg")
    data = (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(data[: len(data) // 2])
    with pytest.raises(UnreadableFile, match="damaged: image file is truncated") as caught:
        parse(tmp_path / "a.jpg")
    assert caught.value.state == "broken"


def test_a_frame_is_not_left_out_for_want_of_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture().save(tmp_path / "a.tiff", save_all=True, append_images=[picture()])

    def read(frame: Image.Image) -> ScannedPage:
        raise MemoryError

    monkeypatch.setattr(ocr, "languages", lambda: ("eng",))
    monkeypatch.setattr("retriever.parsing.picture._read", read)
    with pytest.raises(UnreadableFile, match="more memory than there is"):
        parse(tmp_path / "a.tiff")


@pytest.mark.usefixtures("reads_first")
def test_a_photograph_with_a_preview_is_one_page(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    preview = picture().resize((90, 50))
    picture().save(path, "MPO", save_all=True, append_images=[preview])
    with Image.open(path) as image:
        assert (image.format, image.n_frames) == ("MPO", 2)
    document = parse(path)
    assert (document.text, document.page_starts) == ("First", (0,))
    assert document.media_type == "image/jpeg"
    assert document.media_type in HAS_PICTURES
    assert page_picture(path, 1, 450).width_px == 450
    with pytest.raises(ValueError, match="pages go from 1 to 1, got 2"):
        page_picture(path, 2)


@pytest.mark.usefixtures("reads_first")
def test_frames_that_come_too_late_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.tiff"
    picture().save(path, save_all=True, append_images=[picture(), picture()])
    document = parse(path, limits=ParseLimits(max_ocr_s=0.2))
    assert (document.text, len(document.page_starts)) == ("First", 3)
    assert document.warnings[1:] == ("pages 2-3 not read: OCR of a file may take 0.2 s",)


@needs_tesseract
def test_a_page_without_a_size_costs_itself_alone(tmp_path: Path) -> None:
    whole, outside = b"[0 0 612 792] /Rotate", b"[700 0 800 9] /Rotate"
    path = write_pdf(tmp_path / "a.pdf", ["", "Two."], crop="/CropBox [0 0 612 792]")
    path.write_bytes(path.read_bytes().replace(whole, outside, 1))
    document = parse(path)
    assert document.text == "Two."
    assert document.warnings == ("page 1 could not be read: the page has no size",)


@needs_tesseract
def test_blank_pages_are_no_loss(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="its pages are blank") as caught:
        parse(write_pdf(tmp_path / "a.pdf", ["", ""]))
    assert caught.value.state == "empty"
    assert parse(write_pdf(tmp_path / "a.pdf", ["One.", ""])).warnings == ()


@needs_tesseract
def test_a_damaged_picture_is_broken(tmp_path: Path) -> None:
    for name, data in (("a.png", b"\x89PNG\r\n\x1a\n"), ("a.jpg", b"\xff\xd8\xff\xe0")):
        (tmp_path / name).write_bytes(data + bytes(range(256)))
        with pytest.raises(UnreadableFile, match="damaged: cannot identify") as caught:
            parse(tmp_path / name)
        assert caught.value.state == "broken"


@needs_tesseract
def test_a_picture_without_words_says_so(tmp_path: Path) -> None:
    Image.new("L", (300, 300), 255).save(tmp_path / "a.png")
    with pytest.raises(UnreadableFile, match="OCR found no words") as caught:
        parse(tmp_path / "a.png")
    assert caught.value.state == "no_text"


@needs_tesseract
def test_a_black_page_is_no_page_without_words(tmp_path: Path) -> None:
    Image.new("1", (300, 300)).save(tmp_path / "a.png")
    with pytest.raises(UnreadableFile, match="page 1 could not be read: it is all black") as caught:
        parse(tmp_path / "a.png")
    assert caught.value.state == "no_text"


@needs_tesseract
def test_a_picture_that_claims_too_many_pixels_is_not_unpacked(tmp_path: Path) -> None:
    Image.new("1", (12_000, 12_000)).save(tmp_path / "a.png")
    with pytest.raises(UnreadableFile, match="144,000,000 pixels; the limit is 100,000,000"):
        parse(tmp_path / "a.png")


def row(line: int, left: int, top: int, text: str, confidence: float = 90.0) -> str:
    cells = [5, 1, 1, 1, line, 1, left, top, 20 * len(text), 40, confidence, text]
    return "\t".join(map(str, cells))


def test_words_without_confidence_stay_in_sure_lines_only() -> None:
    rows = [row(1, 0, 0, "sure"), row(1, 100, 0, "A", 0), row(2, 0, 50, "~;", 3), row(3, 0, 9, " ")]
    words = words_of("\n".join(["level\tpage_num", *rows, "4\t1\t1"]))
    assert [word.text for word in words] == ["sure", "A"]
    assert words[0] == Word("sure", ("1", "1", "1", "1"), 0, 0, 80, 40)


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([row(1, 0, 0, "cor-"), row(2, 0, 50, "rections")], "corrections"),
        ([row(1, 0, 0, "国际"), row(1, 50, 0, "空间"), row(2, 0, 50, "站")], "国际空间\n站"),
        ([row(1, 0, 0, "天宫"), row(1, 50, 0, "is"), row(1, 99, 0, "空间")], "天宫 is 空间"),
        ([row(1, 0, 0, "One."), row(2, 0, 400, "Two.")], "One.\n\nTwo."),
        ([], ""),
    ],
)
def test_lines_become_text(rows: list[str], text: str) -> None:
    page = scanned_page(words_of("\n".join(["head", *rows])), 1000, 1000)
    assert page.page.text == text
    assert len(page.page.raw_index) == len(text)
    for place, char in zip(page.page.raw_index.tolist(), text, strict=True):
        assert char.isspace() or place >= 0
