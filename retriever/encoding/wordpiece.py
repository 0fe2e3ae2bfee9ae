"""Texts become the token ids of a BERT vocabulary, each word looked up once.

Knows tokenizer files; nothing of models.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

WORD = re.compile(r"[^ \t\n\r]+")
MAX_WORDS = 100_000  # kept in memory: about 20 MB
MAX_WORD_CHARS = 40  # longer ones, such as whole Chinese sentences, do not come again


class WordPieces:
    """A tokenizer of BERT's kind. Safe to call from several threads.

    Such a tokenizer never looks across white space, so a text's ids are those of its words
    one after another, and most words have been seen before: five times as fast as the
    tokenizer that it asks for new words.
    """

    def __init__(self, file: Path, max_tokens: int) -> None:
        """Reads ``tokenizer.json``; longer texts are cut to ``max_tokens``.

        Raises:
            ValueError: the tokenizer is not of BERT's kind.
        """
        if not _is_of_bert(json.loads(file.read_text(encoding="utf-8"))):
            raise ValueError(f"expected a WordPiece tokenizer of BERT's kind in {file}")
        self._tokenizer = Tokenizer.from_file(str(file))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._first, self._last = self._tokenizer.encode("").ids
        self._max_tokens = max_tokens
        self._known: dict[str, list[int]] = {}

    def __call__(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text, at most ``max_tokens`` with the two special tokens around them."""
        return [self._ids(text) for text in texts]

    def _ids(self, text: str) -> list[int]:
        ids = [self._first]
        for word in WORD.finditer(text):
            ids += self._known.get(word[0]) or self._learn(word[0])
            if len(ids) >= self._max_tokens:
                break
        return [*ids[: self._max_tokens - 1], self._last]

    def _learn(self, word: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(word, add_special_tokens=False).ids
        if len(word) <= MAX_WORD_CHARS:
            if len(self._known) >= MAX_WORDS:
                self._known = {}
            self._known[word] = ids
        return ids


def _is_of_bert(tokenizer: dict[str, Any]) -> bool:
    """Whether no step of it looks across white space, and texts stand between two tokens."""
    steps = [tokenizer.get(step) or {} for step in ("normalizer", "pre_tokenizer", "model")]
    kinds = [step.get("type") for step in steps]
    added = [token["content"] for token in tokenizer.get("added_tokens", ())]
    single = (tokenizer.get("post_processor") or {}).get("single", ())
    around = [next(iter(part)) for part in single]
    return (
        kinds == ["BertNormalizer", "BertPreTokenizer", "WordPiece"]
        and around == ["SpecialToken", "Sequence", "SpecialToken"]
        and not any(re.search(r"\s", content) for content in added)
    )
