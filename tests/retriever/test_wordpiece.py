"""Token ids of a text equal those of the tokenizer that reads it whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from retriever.encoding import wordpiece
from retriever.encoding.embed import packaged_folder
from retriever.encoding.wordpiece import WordPieces

FILE = packaged_folder() / "tokenizer.json"
PIECES = WordPieces(FILE, 64)


WHOLE = Tokenizer.from_file(str(FILE))
WHOLE.no_padding()
WHOLE.enable_truncation(64)


def whole(text: str) -> list[int]:
    """Ids by the tokenizer alone."""
    ids: list[int] = WHOLE.encode(text).ids
    return ids


LETTERS = "aé\u0301Σς \t\n\r\x0b\x0c\x1c\x85\xa0\u2009\u3000\u200b\x00中文.,-[]#'1İß"
SPECIAL = ["[SEP]", "[CLS]", "[MASK]", "##a", "a", " "]
TEXTS = st.one_of(
    st.text(st.sampled_from(LETTERS)), st.text(), st.lists(st.sampled_from(SPECIAL)).map("".join)
)


@given(TEXTS)
def test_ids_are_those_of_the_whole_text(text: str) -> None:
    assert PIECES([text]) == [whole(text)]


def test_long_texts_and_words_are_cut() -> None:
    for text in ("word " * 500, "x" * 5000, "中" * 500, "two" + " words" * 62):
        assert PIECES([text]) == [whole(text)]


def test_what_it_remembers_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wordpiece, "MAX_WORDS", 10)
    pieces = WordPieces(FILE, 64)
    for n in range(100):
        assert pieces([f"w{n} " + "long" * 20]) == [whole(f"w{n} " + "long" * 20)]
    assert 0 < len(pieces._known) <= 10
    assert max(map(len, pieces._known)) <= wordpiece.MAX_WORD_CHARS


@pytest.mark.parametrize("step", ["normalizer", "pre_tokenizer", "post_processor"])
def test_another_kind_of_tokenizer_is_refused(tmp_path: Path, step: str) -> None:
    content = json.loads(FILE.read_text(encoding="utf-8"))
    content[step] = None
    (tmp_path / "tokenizer.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ValueError, match="expected a WordPiece tokenizer"):
        WordPieces(tmp_path / "tokenizer.json", 64)
