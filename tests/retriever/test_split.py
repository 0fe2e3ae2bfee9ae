"""Passages are slices on good borders that lose nothing."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retriever.sentences import sentences
from retriever.split import DENSE_WEIGHT, SplitConfig, split
from retriever.types import ParsedDocument, Slice

SMALL = SplitConfig(target_chars=60, max_chars=90, overlap_chars=25)
SENTENCE = "The committee met on Tuesday and agreed on nothing at all. "


def cut(text: str, config: SplitConfig | None = None) -> list[Slice]:
    return split(ParsedDocument("a.txt", "text/plain", text, (0,)), config)


def texts(text: str, config: SplitConfig | None = None) -> list[str]:
    return [piece.text for piece in cut(text, config)]


def weight(text: str) -> int:
    """The slow reference for the scripts that the tests use."""
    dense = re.compile("[\u0e00-\u0eff\u3001-\u30ff\u3400-\u9fff\uac00-\ud7af\uff01-\uff60]")
    return sum(DENSE_WEIGHT if dense.match(char) else 1 for char in text)


PIECES = st.sampled_from(
    ["word", " ", "  ", "\n", "\n\n", "\n \n", ". ", "Dr. ", "3.5", "# H", "。", "中", "ไทย", "한",
     "e\u0301", "\u00a0", "\u3000", "!", "?” ", "…", "x" * 40, "中" * 20, "\u2003", ".", "- a\n",
     "\U0001f600"]
)  # fmt: skip


@settings(max_examples=200)
@given(st.lists(PIECES, max_size=120).map("".join), st.booleans())
def test_slices_cover_everything_within_bounds(text: str, is_small: bool) -> None:
    config = SMALL if is_small else SplitConfig()
    pieces = cut(text, config)
    covered = [False] * len(text)
    for piece in pieces:
        assert text[piece.char_start : piece.char_end] == piece.text
        assert piece.text and piece.text.strip() == piece.text
        assert weight(piece.text) <= config.max_chars
        for place in range(piece.char_start, piece.char_end):
            covered[place] = True
    assert all(covered[place] or char.isspace() for place, char in enumerate(text))
    for first, second in pairwise(pieces):
        assert first.char_start < second.char_start and first.char_end < second.char_end


@settings(max_examples=100)
@given(st.text(alphabet="ab .\n", min_size=1, max_size=300))
def test_a_paragraph_within_the_maximum_is_never_cut(text: str) -> None:
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
    pieces = texts(text, SplitConfig(target_chars=40, max_chars=120, overlap_chars=0))
    for paragraph in paragraphs:
        if len(paragraph) <= 120:
            assert any(paragraph in piece for piece in pieces)


def test_a_long_paragraph_of_an_encyclopaedia_stays_whole() -> None:
    paragraph = (SENTENCE * 20)[:1200].strip()
    assert texts(paragraph) == [paragraph]


def test_short_paragraphs_are_merged_up_to_the_target() -> None:
    text = "\n\n".join(SENTENCE.strip() for _ in range(40))
    pieces = texts(text)
    assert all(400 < len(piece) <= 800 for piece in pieces[:-1])
    assert "\n\n".join(pieces) == text


def test_a_heading_stays_with_the_paragraph_below_it() -> None:
    text = f"Chapter one\n\n{SENTENCE * 10}\n\nChapter two\n\n2.1 Scope\n\n{SENTENCE * 8}"
    pieces = texts(text)
    assert pieces[0].startswith("Chapter one\n\nThe committee")
    assert pieces[1].startswith("Chapter two\n\n2.1 Scope\n\nThe committee")


def test_items_with_empty_lines_between_them_are_merged() -> None:
    items = [f"- step {n}: turn the wheel and wait for the bell" for n in range(14)]
    text = "\n\n".join(["Steps", *items[:7], "---", *items[7:]])
    assert texts(text) == [text]


def test_a_heading_goes_with_the_first_piece_of_a_long_section() -> None:
    pieces = texts(f"Findings\n\n{SENTENCE * 60}")
    assert pieces[0].startswith("Findings\n\nThe committee")
    assert len(pieces) > 3


def test_long_paragraphs_are_cut_at_sentences_and_share_one() -> None:
    whole = [f"Sentence number {n} says that the {n}th thing happened." for n in range(60)]
    pieces = texts(" ".join(whole))
    for first, second in pairwise(pieces):
        assert first.endswith("happened.") and second.startswith("Sentence number")
        assert second.startswith(first[first.rindex("Sentence number") :])


@pytest.mark.parametrize(
    "unbroken",
    [
        "Mr. Holmes met Dr. Watson and Prof. J. R. R. Tolkien at 3.5 miles from St. Ives, e.g.",
        "It was founded by the U.S. Army and approx. 40 vol. of it (no. 7, fig. 3, pp. 20) remain",
        "He paid $3.50 for version 2.0.1 of the programme at example.com yesterday at noon sharp",
    ],
)
def test_abbreviations_and_numbers_end_no_sentence(unbroken: str) -> None:
    config = SplitConfig(target_chars=100, max_chars=100, overlap_chars=0)
    pieces = texts(f"{unbroken}. {unbroken}. {unbroken}.", config)
    assert pieces == [f"{unbroken}."] * 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "他来了。她走了！真的吗？“是的。”好的好的",
            ["他来了。", "她走了！", "真的吗？", "“是的。”", "好的好的"],
        ),
        ("He said “No.” She left. (It rained.) Why?! So", None),
    ],
)
def test_sentences_end_after_closing_quotes(text: str, expected: list[str] | None) -> None:
    config = SplitConfig(target_chars=15, max_chars=15, overlap_chars=0)
    pieces = texts(text, config)
    if expected:
        assert pieces == expected
    else:
        assert pieces[0] == "He said “No.”"


@pytest.mark.parametrize(
    "both",
    [
        "पहला वाक्य है। दूसरा वाक्य है।",
        "یہ پہلا جملہ ہے۔ یہ دوسرا ہے۔",
        "أين تقع المدينة؟ في شمال البلاد",
    ],
)
def test_sentences_of_hindi_urdu_and_arabic_end(both: str) -> None:
    assert len(list(sentences(both, 0, len(both)))) == 2


def test_rows_of_a_table_are_cut_at_line_ends() -> None:
    text = "\n".join(f"Team: T{n}; City: C{n}" for n in range(200))
    for piece in texts(text):
        assert piece.startswith("Team:") and re.search(r"City: C\d+\Z", piece)


def test_a_passage_of_chinese_holds_fewer_characters() -> None:
    pieces = texts("机器学习研究如何让计算机从数据中学习。" * 100)
    assert all(100 < len(piece) <= 400 for piece in pieces)
    assert all(piece.endswith("。") for piece in pieces)


def test_thai_is_cut_at_its_spaces() -> None:
    text = " ".join(["ภาษาไทยเป็นภาษาที่ใช้ในประเทศไทย"] * 100)
    assert all(piece.endswith("ไทย") for piece in texts(text))


def test_a_mark_is_not_cut_from_its_letter() -> None:
    for piece in texts("e\u0301" * 3000):
        assert piece.startswith("e") and piece.endswith("\u0301")


@pytest.mark.parametrize(
    "text",
    ["x" * 10**6, "." * 10**6, '"' * 10**6, "\u0301" * 10**6, "a\n" * 300_000, "A. " * 100_000,
     "\n" * 10**6, "a" + " " * 10**6 + "b", "a." + " " * 10**6 + "b", "中" * 10**6,
     "H\n\n" * 10**5],
    ids=["letters", "dots", "quotes", "marks", "lines", "initials", "newlines", "gap",
         "end_gap", "han", "headings"],
)  # fmt: skip
def test_endless_runs_are_cut_without_quadratic_cost(text: str) -> None:
    pieces = cut(text)
    assert sum(len(piece.text) for piece in pieces) >= len(text.replace("\n", "").replace(" ", ""))
    assert all(weight(piece.text) <= 1200 for piece in pieces[:: max(1, len(pieces) // 20)])


def test_nothing_comes_from_nothing() -> None:
    assert texts("") == [] and texts(" \n\n\u3000") == []


@pytest.mark.parametrize(
    "bad", [{"target_chars": 2000}, {"overlap_chars": 800}, {"target_chars": 0}]
)
def test_a_configuration_that_cannot_work_is_refused(bad: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="need"):
        SplitConfig(**bad)
