"""Windows: every token of a text is in one, and offsets point back into the text."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from reader.windows import WindowConfig, load_tokenizer, make_windows, token_id, window_borders

SMALL = WindowConfig(max_length=24, stride=6, max_question_tokens=8)
TEXTS = st.text(alphabet=st.characters(blacklist_categories=("Cs",)), max_size=200)


@given(st.integers(0, 300), st.integers(1, 40), st.data())
def test_borders_cover_every_token_in_order(n_tokens: int, room: int, data: st.DataObject) -> None:
    stride = data.draw(st.integers(1, room))
    borders = list(window_borders(n_tokens, room, stride))
    covered = {token for begin, end in borders for token in range(begin, end)}
    assert covered == set(range(n_tokens))
    assert all(0 < end - begin <= room for begin, end in borders)
    assert borders == sorted(set(borders))


@settings(max_examples=150)
@given(question=TEXTS, text=TEXTS)
def test_windows_hold_the_question_and_slices_of_the_text(
    tokenizer: Tokenizer, question: str, text: str
) -> None:
    windows = make_windows([question], [text], [(0, 0)], tokenizer, SMALL)
    cls, sep = token_id(tokenizer, "[CLS]"), token_id(tokenizer, "[SEP]")
    for window in windows:
        assert window.length <= SMALL.max_length
        assert window.token_ids[0] == cls
        assert window.token_ids[window.context_start - 1] == sep
        assert window.token_ids[-1] == sep
        assert window.context_end == window.length - 1
        assert (window.offsets[:, 0] <= window.offsets[:, 1]).all()
        assert window.offsets.min() >= 0
        assert window.offsets.max() <= len(text)
    plain = tokenizer.encode(text, add_special_tokens=False)
    seen = {tuple(pair) for window in windows for pair in window.offsets.tolist()}
    assert {start for start, _ in seen} == {start for start, _ in plain.offsets}
    for start, end in seen:  # as the tokenizer says, or past the marks on its last character
        told = max(e for s, e in plain.offsets if s == start and e <= end)
        assert all(unicodedata.category(mark)[0] == "M" for mark in text[told:end])


def test_offsets_count_code_points_not_bytes(tokenizer: Tokenizer) -> None:
    text = "Zürich 𝔘nicode 北京 café"
    (window,) = make_windows(["where"], [text], [(0, 0)], tokenizer, WindowConfig())
    words = [text[start:end] for start, end in window.offsets]
    assert "Zürich" in words
    assert "京" in words
    assert words[-1] == "café"


@pytest.mark.parametrize(
    "word", ["cafe\u0301", "Jose\u0301", "न\u0947", "ท\u0e35\u0e48", "❤\ufe0f", "café"]
)
def test_a_token_ends_behind_the_marks_on_its_last_character(
    tokenizer: Tokenizer, word: str
) -> None:
    text = f"the {word}, is {word}"
    (window,) = make_windows(["where"], [text], [(0, 0)], tokenizer, WindowConfig())
    ends = window.offsets[:, 1].tolist()
    assert 4 + len(word) in ends
    assert ends[-1] == len(text)


def test_a_special_token_written_in_a_text_is_no_border(tokenizer: Tokenizer) -> None:
    text = "input is [CLS] a [SEP] b [MASK] [PAD]"
    (window,) = make_windows([f"why {text}"], [text], [(0, 0)], tokenizer, WindowConfig())
    special = [token_id(tokenizer, token) for token in ("[CLS]", "[SEP]", "[PAD]", "[MASK]")]
    assert [id for id in window.token_ids.tolist() if id in special] == [*special[:2], special[1]]
    assert "".join(text[s:e] for s, e in window.offsets) == text.replace(" ", "")


def test_half_a_character_is_refused_with_its_place(tokenizer: Tokenizer) -> None:
    texts = ["fine", "a \ud83d b"]
    with pytest.raises(ValueError, match="text 1: half of a surrogate pair at 2"):
        make_windows(["who"], texts, [(0, 0), (0, 1)], tokenizer, WindowConfig())


def test_a_text_without_tokens_gives_no_window(tokenizer: Tokenizer) -> None:
    texts = ["", " \n\t", "word"]
    windows = make_windows(["who"], texts, [(0, 0), (0, 1), (0, 2)], tokenizer, SMALL)
    assert [window.text_index for window in windows] == [2]


def test_a_stride_that_skips_text_is_refused() -> None:
    with pytest.raises(ValueError, match="would skip text"):
        WindowConfig(max_length=100, stride=90, max_question_tokens=40)


def test_truncation_stored_in_the_tokenizer_file_is_switched_off(
    tokenizer_path: Path, tmp_path: Path
) -> None:
    cutting = Tokenizer.from_file(str(tokenizer_path))
    cutting.enable_truncation(4)
    cutting.enable_padding(length=4)
    cutting.save(str(tmp_path / "tokenizer.json"))
    loaded = load_tokenizer(tmp_path / "tokenizer.json")
    assert len(loaded.encode("one two three four five six seven").ids) == 9


def test_every_window_begins_with_what_stands_above_its_text(tokenizer: Tokenizer) -> None:
    config = WindowConfig(max_length=40, stride=6, max_question_tokens=8, max_above_tokens=5)
    text = "the lamp was lit again " * 20
    above = "Lighthouses\nThe lamp of Harrow Point"
    windows = make_windows(["when"], [text], [(0, 0)], tokenizer, config, [above])
    last = tokenizer.encode(above, add_special_tokens=False).ids[-5:]
    plain = tokenizer.encode(text, add_special_tokens=False)
    assert len(windows) > 1
    for window in windows:
        assert window.length <= config.max_length
        assert window.n_above == 5
        assert window.token_ids[window.context_start - 5 : window.context_start].tolist() == last
        assert window.token_ids[window.context_start - 6] == token_id(tokenizer, "[SEP]")
    seen = {tuple(pair) for window in windows for pair in window.offsets.tolist()}
    assert seen == set(plain.offsets)


def test_nothing_above_is_read_where_it_was_not_taught(tokenizer: Tokenizer) -> None:
    texts, pairs = ["the lamp"], [(0, 0)]
    taught = WindowConfig(max_above_tokens=5)
    for config, above in ((WindowConfig(), ["Lighthouses"]), (taught, []), (taught, [""])):
        (window,) = make_windows(["when"], texts, pairs, tokenizer, config, above)
        (plain,) = make_windows(["when"], texts, pairs, tokenizer, WindowConfig())
        assert window.n_above == 0
        assert window.token_ids.tolist() == plain.token_ids.tolist()


def test_what_stands_above_is_given_for_each_text(tokenizer: Tokenizer) -> None:
    with pytest.raises(ValueError, match="expected as much above as there are texts, 2, got 1"):
        make_windows(["q"], ["a", "b"], [(0, 0)], tokenizer, WindowConfig(), ["title"])


def test_room_for_what_stands_above_counts() -> None:
    with pytest.raises(ValueError, match="stride 300 would skip text"):
        WindowConfig(stride=300, max_above_tokens=40)
    with pytest.raises(ValueError, match="max_above_tokens counts from 0"):
        WindowConfig(max_above_tokens=-1)
