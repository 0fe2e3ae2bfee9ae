"""The source column: the right piece of text, the mark where it belongs, all escaped."""

from __future__ import annotations

import io
import re
from base64 import b64encode
from bisect import bisect_right
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pptx import Presentation

from chatbot.source import Place, SourceView, excerpt_of, look, step
from chatbot.views.ground import on_dark
from chatbot.views.source import excerpt_html, picture_html, source_html
from retriever import Library
from retriever.types import Box, PagePicture
from tests.chatbot.records import EVIL, document
from tests.retriever.hash_encoder import hash_encoder


def test_the_mark_stands_in_its_surroundings() -> None:
    text = "a" * 5000 + "\nbefore HERE after\n" + "z" * 5000
    start = text.index("HERE")
    excerpt = excerpt_of(text, (0,), Place(1, 1, start, start + 4))
    assert excerpt.marked == "HERE"
    assert excerpt.before.endswith("before ")
    assert excerpt.after.startswith(" after")
    assert excerpt.cut_before
    assert excerpt.cut_after
    assert len(excerpt.before) <= 1500
    assert len(excerpt.after) <= 1500


def test_a_long_text_is_read_on_to_its_end_and_back_again() -> None:
    text = "".join(f"Line {number} of the story.\n" for number in range(2000))
    place, shown = Place(1, 1, text.index("Line 900 "), text.index("Line 901 ")), []
    excerpt = excerpt_of(text, (0,), place)
    while excerpt.cut_after:
        end = excerpt.char_start + len(excerpt.before + excerpt.marked + excerpt.after)
        assert f'data-by="1" data-at="{end}"' in excerpt_html(excerpt)
        excerpt = excerpt_of(text, (0,), place.moved(end, 1))
        assert excerpt.char_start <= end + 1
        assert excerpt.marked == ""
    shown.append(excerpt.after)
    while excerpt.cut_before:
        before = excerpt.char_start
        assert f'data-by="-1" data-at="{before}"' in excerpt_html(excerpt)
        excerpt = excerpt_of(text, (0,), place.moved(before, -1))
        assert before - 6000 <= excerpt.char_start < before
        shown.append(excerpt.marked)
    assert text[place.char_start : place.char_end] in shown
    assert excerpt_of(text, (0,), place.moved(10**9, 1)).cut_after is False


@pytest.mark.parametrize(("page_number", "shown"), [(1, "one "), (2, "two "), (3, "three")])
def test_a_page_without_a_mark_shows_that_page(page_number: int, shown: str) -> None:
    excerpt = excerpt_of("one two three", (0, 4, 8), Place(1, page_number))
    assert excerpt.before == shown
    assert excerpt.marked == ""


def test_a_mark_on_another_page_is_not_dragged_along() -> None:
    excerpt = excerpt_of("one two three", (0, 4, 8), Place(1, 3, 0, 3))
    assert (excerpt.before, excerpt.marked, excerpt.after) == ("three", "", "")


@given(st.text(alphabet="ab \n", min_size=1, max_size=300), st.data())
def test_an_excerpt_is_one_slice_with_the_mark_inside(text: str, data: st.DataObject) -> None:
    starts = (0, *sorted(data.draw(st.sets(st.integers(1, len(text)), max_size=3))))
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    page_number = bisect_right(starts, start)
    excerpt = excerpt_of(text, starts, Place(1, page_number, start, end))
    assert text[start:end].startswith(excerpt.marked)
    assert excerpt.marked
    whole = excerpt.before + excerpt.marked + excerpt.after
    assert text[start - len(excerpt.before) :].startswith(whole)


def test_turning_stops_at_the_first_and_the_last_page() -> None:
    place = Place(1, 2, 5, 9)
    assert place.turned(3, 1) == Place(1, 3, 5, 9)
    assert place.turned(3, 2).page_number == 3
    assert place.turned(3, -5).page_number == 1
    assert Place(1, 99).turned(3, 0).page_number == 3


def test_a_damaged_page_is_shown_as_its_text_and_can_be_passed(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(broken_pdf())
    with Library.open(tmp_path / "home", encoder=hash_encoder()) as library:
        added = library.add(tmp_path / "a.pdf")
        assert added.warnings == ("page 2 could not be read: Failed to load page.",)
        views = [look(library, ("default",), Place(added.id, number)) for number in (1, 2, 3)]
    assert [view.picture is not None for view in views] == [True, False, True]
    assert views[1].place.page_number == 2
    assert 'value="2"' in source_html(views[1])


def test_marks_are_stepped_through_from_page_to_page(tmp_path: Path) -> None:
    slides = Presentation()
    for words in ("The harbour opened in 1931.", "Nothing here.", "It shut in 1978, built 1931."):
        slides.slides.add_slide(slides.slide_layouts[5]).shapes.title.text = words
    slides.save(str(tmp_path / "a.pptx"))
    with Library.open(tmp_path / "home", encoder=hash_encoder()) as library:
        added = library.add(tmp_path / "a.pptx")
        text = library.text(added.id)
        first, other = text.index("1931"), text.index("1978")
        quoted = ((first, first + 4), (other, other + 4))
        place = Place(added.id, 1, first, first + 4, quoted=quoted)
        shown = []
        for _ in range(4):
            view = look(library, ("default",), place)
            assert view.excerpt is not None
            shown.append((view.place.page_number, view.excerpt.marked, view.marks.index))
            place = step(library, ("default",), place, 1)
        assert shown == [(1, "1931", 0), (3, "1978", 1), (3, "1931", 2), (1, "1931", 0)]
        turned = look(library, ("default",), place.turned(3, 0)).marks
        assert turned.count == 3
        away = Place(added.id, 2, other, other + 4)
        assert "back to the mark" in source_html(look(library, ("default",), away))
        assert step(library, ("default",), away, 0).page_number == 3
        bare = Place(added.id, 2)
        assert step(library, ("default",), bare, 1) == bare
        assert "q-tools" not in source_html(look(library, ("default",), bare))


def test_a_step_to_another_candidate_says_so(tmp_path: Path) -> None:
    text = "Holt painted it. Then Berg came. Holt left."
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8")
    with Library.open(tmp_path / "home", encoder=hash_encoder()) as library:
        added = library.add(path)
        holt, berg, again = (0, 4), (22, 26), (33, 37)
        place = Place(added.id, 1, *holt, quoted=(holt, berg, again), others=(berg, again))
        said = []
        for _ in range(3):
            view = look(library, ("default",), place)
            assert view.excerpt is not None
            said.append((view.excerpt.marked, "marks · other candidate<" in source_html(view)))
            place = step(library, ("default",), place, 1)
    assert said == [("Holt", False), ("Berg", True), ("Holt", False)]


def test_an_excerpt_far_down_names_the_headings_that_it_stands_under(tmp_path: Path) -> None:
    body = "".join(f"The keeper wrote line {n} of his log by the lamp. " for n in range(90))
    text = f"# The light\n\n## The first years\n\n{body}The horn came in 1902."
    (tmp_path / "a.md").write_text(text, encoding="utf-8")
    with Library.open(tmp_path / "home", encoder=hash_encoder()) as library:
        added = library.add(tmp_path / "a.md")
        start = library.text(added.id).index("1902")
        far = look(library, ("default",), Place(added.id, 1, start, start + 4))
        assert far.excerpt is not None
        assert far.excerpt.above == ("The light", "The first years")
        assert "The light › The first years" in source_html(far)
        near = look(library, ("default",), Place(added.id, 1, 3, 8))
        assert near.excerpt is not None
        assert near.excerpt.above == ()


def test_a_heading_of_markdown_looks_like_one() -> None:
    excerpt = excerpt_of("Before.\n\n## Landing\n\nIt was lit.", (0,), Place(1, 1, 0, 6))
    assert '<p class="q-heading"' in excerpt_html(excerpt, has_signs=True)
    assert "q-heading" not in excerpt_html(excerpt)


def test_each_paragraph_says_where_it_stands() -> None:
    text = "One.\n\nTwo & HERE more.\n\nThree.\n\n\nFour."
    start = text.index("HERE")
    html = excerpt_html(excerpt_of(text, (0,), Place(1, 1, start, start + 4)))
    shown = re.findall(r'<p[^>]* data-start="(\d+)">(.*?)</p>', html)
    assert len(shown) == 4
    for offset, inside in shown:
        words = unescape(re.sub("<[^>]+>", "", inside))
        assert text[int(offset) :].startswith(words)


def test_a_table_is_shown_row_by_row_and_every_character_of_it_is_there() -> None:
    text = "Kind | Trees\nAsh (Kind): 9 (Trees); Ash: 734 (Crop).\nElm (Kind): 4 (Trees).\n\nEnd."
    start = text.index("734")
    html = excerpt_html(excerpt_of(text, (0,), Place(1, 1, start, start + 3)))
    assert html.count('class="q-row"') == 3
    assert '<span class="q-value"><mark>734</mark></span>' in html
    (table,) = re.findall(r'<p[^>]* data-start="0">(.*?)</p>', html, re.DOTALL)
    assert unescape(re.sub("<[^>]+>", "", table)) == text.split("\n\n", maxsplit=1)[0]


def broken_pdf() -> bytes:
    """Three pages, the second of which is none."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 6 0 R"
    page += b"/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>"
    text = b"BT /F 12 Tf 20 200 Td (The harbour opened in 1931.) Tj ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R 4 0 R 5 0 R]/Count 3>>",
        page,
        b"<</Type/Nothing>>",
        page,
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
    ]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % pair for pair in enumerate(objects, start=1))
    return b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R>>\n%%EOF"


def test_paragraphs_stand_apart_and_the_one_with_the_mark_is_set_off() -> None:
    text = "First.\n\nSecond has HERE in it.\n\nThird."
    start = text.index("HERE")
    html = excerpt_html(excerpt_of(text, (0,), Place(1, 1, start, start + 4)))
    assert '<p class="q-here" data-start="8">Second has <mark>HERE</mark> in it.</p>' in html
    assert '<p data-start="0">First.</p>' in html
    assert '<p data-start="32">Third.</p>' in html


def test_a_passage_is_marked_softly_and_empty_lines_not_at_all() -> None:
    text = "One.\n\nTwo."
    html = excerpt_html(excerpt_of(text, (0,), Place(1, 1, 0, len(text))), soft=True)
    assert html.count("<mark>") == 2
    assert "<mark></mark>" not in html
    assert "q-passage" in html
    assert "q-soft" in picture_html(painted("white"), [Box(1, 0, 0, 1, 1)], "", soft=True)


def test_a_picture_carries_its_bytes_and_its_marks() -> None:
    picture = painted("white")
    html = picture_html(picture, [Box(1, 0.1, 0.2, 0.35, 0.25)], EVIL)
    assert f'src="data:image/png;base64,{b64encode(picture.png).decode()}"' in html
    assert "left:10.000%;top:20.000%;width:25.000%;height:5.000%" in html
    assert "<script" not in html


def test_a_mark_on_dark_ground_is_another_one() -> None:
    """The lower half is a dark cell with light letters on a third of it."""
    picture = painted("white", {(0, 50, 100, 100): "#112233", (10, 60, 40, 70): "white"})
    light, dark = Box(1, 0.1, 0.1, 0.5, 0.2), Box(1, 0.1, 0.55, 0.5, 0.75)
    assert on_dark(picture, [light, dark]) == [False, True]
    assert on_dark(picture, [Box(1, 1.0, 1.0, 1.0, 1.0)]) == [True]  # nothing to see is no failure
    assert picture_html(picture, [light, dark], "").count("q-dark") == 1


def painted(ground: str, parts: dict[tuple[int, int, int, int], str] | None = None) -> PagePicture:
    """A page of one colour, with rectangles of others."""
    image = Image.new("RGB", (100, 100), ground)
    for corners, colour in (parts or {}).items():
        image.paste(colour, corners)
    stream = io.BytesIO()
    image.save(stream, format="PNG")
    return PagePicture(stream.getvalue(), 100, 100)


def test_the_bar_names_the_file_and_turns_pages() -> None:
    picture = PagePicture(b"\x89PNG", 10, 10)
    first = source_html(SourceView(document(EVIL), Place(1, 1), picture, (), None, True))
    assert "of 12" in first
    assert first.count("disabled") == 1
    assert 'data-event="switch"' in first
    assert "<script" not in first
    excerpt = excerpt_of(f"{EVIL} HERE", (0,), Place(1, 1, 0, len(EVIL)))
    single = document("a.txt", n_pages=1, media_type="text/plain")
    text = source_html(SourceView(single, Place(1, 1), None, (), excerpt, False))
    assert "p. 1" not in text
    assert "switch" not in text
    assert "<script" not in text


def test_an_empty_panel_says_what_it_is_for() -> None:
    assert "opens here" in source_html(None)
    assert "no longer here" in source_html(None, notice="That document is no longer here.")
