"""The sentence around a span: always a slice, never more than a glance."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.quote import quotation, quoted
from tests.chatbot.records import answer


def around(text: str, span: str) -> str:
    start = text.index(span)
    cut = quotation(text, start, start + len(span))
    assert cut.span == span
    return cut.before + cut.span + cut.after


@pytest.mark.parametrize(
    ("text", "span", "sentence"),
    [
        ("One. Two is here. Three.", "here", "Two is here."),
        ("One? Two is here! Three.", "Two", "Two is here!"),
        ("It cost 3.14 pounds in all. Then more.", "pounds", "It cost 3.14 pounds in all."),
        ("J. Smith met Dr. Jones there. Later.", "Jones", "J. Smith met Dr. Jones there."),
        ("第一句。苏堤全长约二点八公里。第三句。", "二点八", "苏堤全长约二点八公里。"),
        ("Title\n\nThe body has it\n\nNext", "body", "The body has it"),
        ("- first item\n- second item\n- third", "second", "second item"),
        ("Name\tDays\nAnna\t28 days\nBert\t3", "28 days", "Anna\t28 days"),
        ("Kind: A; Sold: 61\nKind: B; Sold: 44\nKind: C; Sold: 3", "44", "Kind: B; Sold: 44"),
        ("Kind | Sold\nA (Kind): 61 (Sold).\nB: 44 (Sold).", "44", "B: 44 (Sold)."),
        ("6 (May); 44 (June).\n7 (May); 9 (June).", "6", "6 (May); 44 (June)."),
        ("It rained. He met Ann (his sister).", "Ann", "He met Ann (his sister)."),
        ("A: 6 (May); A: 44 (June).\nB: 44 (June).", "6", "A: 6 (May); A: 44 (June)."),
        ("Subtotal 2,730\nTax 278.46\nGRAND TOTAL 5,738\nNote", "5,738", "GRAND TOTAL 5,738"),
        ("The light\nThe lamp was lit in May. More.", "May", "The lamp was lit in May."),
        ("Kind | Sold\nA | 61\nB | 44", "61", "A | 61"),
        ("hard\nwrapped line with it. Next one.", "it", "hard\nwrapped line with it."),
        ("no stop at all", "stop", "no stop at all"),
        ("Use a tool, e.g. Python or Rust. So.", "Rust", "Use a tool, e.g. Python or Rust."),
        ("One. Room No. 5 is locked. Two.", "locked", "Room No. 5 is locked."),
        ("He said no. Five left.", "Five", "Five left."),
        ("It left the U.S. Navy in 1970. Then.", "1970", "It left the U.S. Navy in 1970."),
        ("See Fig. 3 and pp. 12 f. there. So.", "12", "See Fig. 3 and pp. 12 f. there."),
        ("By Smith et al. (2019) it is 4 %. So.", "4 %", "By Smith et al. (2019) it is 4 %."),
        ("Am 24. November 1859 kam es. Dann.", "1859", "Am 24. November 1859 kam es."),
        ("It opened in 1931. November was wet.", "wet", "November was wet."),
        ("Rain fell.[20] On 16 June it merged.[1][21] So.", "16", "On 16 June it merged.[1][21]"),
        ('He said "Good!" and left. She stayed.', "left", 'He said "Good!" and left.'),
        ('"Who is it?" asked he. I did.', "he", '"Who is it?" asked he.'),
        ("A (B. C. 44) year. Next.", "44", "A (B. C. 44) year."),
        ("The rate is 3.5 kg/m². Next: 4 °C.", "3.5 kg", "The rate is 3.5 kg/m²."),
        ("Rules:\n1. Lock it.\n2. Call Ann. Wait.", "Ann", "2. Call Ann."),
        ("Rules:\n(a) Lock it\n(b) Call Ann", "Ann", "(b) Call Ann"),
        ("## 2.1 Scope\nIt covers all. So.", "Scope", "2.1 Scope"),
        ("2.1 Scope\nThe policy covers 3.2 km. So.", "3.2 km", "The policy covers 3.2 km."),
        ("• first of all\n• second of all", "second", "second of all"),
        ("> He wrote it. Twice.", "wrote", "He wrote it."),
        ("It is compli-\ncated to say. Yes.", "say", "It is compli-\ncated to say."),
        ("她说：“好。”然后走了；他没走。", "走了", "然后走了；他没走。"),
        ("Mr. and Mrs. Hale, Jan. 5, vol. 2. End.", "Jan. 5", "Mr. and Mrs. Hale, Jan. 5, vol. 2."),
    ],
)  # fmt: skip
def test_the_sentence_that_a_person_would_name(text: str, span: str, sentence: str) -> None:
    assert around(text, span) == sentence


def test_a_long_sentence_is_cut_between_words_and_says_so() -> None:
    text = "word " * 300 + "here " + "word " * 300
    cut = quotation(text, 1500, 1504, max_side_chars=50)
    assert cut.span == "here"
    assert cut.cut_before
    assert cut.cut_after
    assert len(cut.before) <= 50
    assert len(cut.after) <= 50
    assert cut.before.startswith("word ")
    assert cut.after.endswith(" word")


@given(st.text(alphabet='ab .!?。\n\tAB"”', max_size=200), st.data())
def test_it_is_always_one_slice_around_the_span(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    cut = quotation(text, start, end, max_side_chars=30)
    assert cut.span == text[start:end]
    left = start - len(cut.before)
    right = end + len(cut.after)
    assert text[left:right] == cut.before + cut.span + cut.after
    assert len(cut.before) <= 30
    assert len(cut.after) <= 30


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 2), (0, 5)])
def test_a_span_outside_the_text_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="offsets"):
        quotation("abcd", start, end)


def test_an_answer_stands_in_the_sentence_of_its_passage() -> None:
    text = "One. Two is here. Three."
    assert quoted(answer(text, "here", char_start=100)) == quotation(text, 12, 16)
