"""Labels point at the tokens that cover the answer, or at [CLS] when the window lacks it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from reader.artefact import SHIPPED, TOKENIZER
from reader.windows import WindowConfig, load_tokenizer, make_windows
from training.labels import NULL_POSITION, token_span

TEXT = "In 1859 the first edition was sold out on its first day; the second followed in 1860."
CONFIG = WindowConfig(max_length=20, stride=5, max_question_tokens=6)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return load_tokenizer(SHIPPED / TOKENIZER)


@given(data=st.data())
def test_labels_cover_the_answer_or_say_null(tokenizer: Tokenizer, data: st.DataObject) -> None:
    words = TEXT.split(" ")
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, min(first + 4, len(words) - 1)))
    char_start = len(" ".join(words[:first])) + (first > 0)
    char_end = len(" ".join(words[: last + 1]))
    labelled = 0
    for window in make_windows(["when"], [TEXT], [(0, 0)], tokenizer, CONFIG):
        start, end = token_span(window, char_start, char_end)
        inside = window.offsets[0, 0] <= char_start and char_end <= window.offsets[-1, 1]
        assert (start == NULL_POSITION) != inside
        if inside:
            labelled += 1
            assert window.offsets[start - window.context_start, 0] == char_start
            assert window.offsets[end - window.context_start, 1] == char_end
    assert labelled >= 1


def test_an_answer_inside_a_word_takes_the_tokens_that_cover_it(tokenizer: Tokenizer) -> None:
    (window,) = make_windows(["how"], ["It cost $3.5bn."], [(0, 0)], tokenizer, WindowConfig())
    start, end = token_span(window, 9, 12)  # "3.5"
    covered = window.offsets[[start - window.context_start, end - window.context_start]]
    assert covered[0, 0] <= 9
    assert covered[1, 1] >= 12


def test_an_empty_answer_is_refused(tokenizer: Tokenizer) -> None:
    (window,) = make_windows(["how"], ["word"], [(0, 0)], tokenizer, WindowConfig())
    with pytest.raises(ValueError, match="non-empty"):
        token_span(window, 2, 2)
